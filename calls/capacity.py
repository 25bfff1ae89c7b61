"""Which calls are live in this process, and whether one more may come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings


class Capacity:
    """Counts live calls. A process that stops takes none, because it no longer listens."""

    def __init__(self) -> None:
        self._live: set[str] = set()

    @property
    def live(self) -> int:
        return len(self._live)

    @property
    def is_full(self) -> bool:
        return bool(len(self._live) >= settings.MAX_CALLS)

    def is_live(self, call_sid: str) -> bool:
        return call_sid in self._live

    @contextmanager
    def occupied_by(self, call_sid: str) -> Iterator[bool]:
        """Hold the call's place. False where it is taken: a call has one stream."""
        if call_sid in self._live:
            yield False
            return
        self._live.add(call_sid)
        try:
            yield True
        finally:
            self._live.discard(call_sid)


capacity = Capacity()
