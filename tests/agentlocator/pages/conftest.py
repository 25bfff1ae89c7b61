"""Pages outside the apps, seen by Dana who owns the salon, Noa who works there, and Ruth next door."""

from __future__ import annotations

from tests.support.salon import dana, next_door, noa, salon

__all__ = ["dana", "next_door", "noa", "salon"]
