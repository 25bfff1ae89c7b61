"""Which calls are live in this process, and whether one more may come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings


class Capacity:
    """Counts live calls. A process that stops takes none, because it no longer listens."""

    def __init__(self) -> None:
        self._live: set[tuple[str, int]] = set()  # call SID and which of its streams

    @property
    def live(self) -> int:
        return len(self._live)

    @property
    def is_full(self) -> bool:
        return bool(len(self._live) >= settings.MAX_CALLS)

    def is_live(self, call_sid: str) -> bool:
        return any(live == call_sid for live, _ in self._live)

    @contextmanager
    def occupied_by(self, call_sid: str, part: int = 0) -> Iterator[bool]:
        """Hold the place of one of the call's streams. False where it is taken.

        A further stream has a place of its own: the one it follows may still be storing what was said in it.
        """
        if (call_sid, part) in self._live:
            yield False
            return
        self._live.add((call_sid, part))
        try:
            yield True
        finally:
            self._live.discard((call_sid, part))


capacity = Capacity()
