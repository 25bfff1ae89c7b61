"""The carrier's play-out buffer: media in order, marks between them, real time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from simulator import ulaw

_MOST_MS = 10 * 60 * 1000


@dataclass(frozen=True)
class Played:
    """What 20 ms of play-out were: sound (silence where there was none) and the marks reached by it."""

    sound: bytes
    audible_bytes: int
    marks: tuple[str, ...]


class PlayOut:
    """What the server has sent and the caller has not heard yet."""

    def __init__(self) -> None:
        self._queue: deque[bytes | str] = deque()  # sound, or the name of a mark
        self._bytes = 0
        self.furthest_ahead_ms = 0
        self.discarded_ms = 0

    @property
    def ahead_ms(self) -> float:
        """How much sound waits."""
        return self._bytes / ulaw.BYTES_PER_MS

    def add(self, sound: bytes) -> None:
        """Queue sound; beyond ten minutes it is thrown away (error 31931)."""
        if self.ahead_ms + len(sound) / ulaw.BYTES_PER_MS > _MOST_MS:
            self.discarded_ms += len(sound) // ulaw.BYTES_PER_MS
            return
        self._queue.append(sound)
        self._bytes += len(sound)
        self.furthest_ahead_ms = max(self.furthest_ahead_ms, int(self.ahead_ms))

    def mark(self, name: str) -> str | None:
        """Queue a mark. Returned at once if nothing is waiting before it."""
        if not self._queue:
            return name
        self._queue.append(name)
        return None

    def clear(self) -> list[str]:
        """Empty the buffer; the marks that were still waiting, which are all sent back."""
        marks = [each for each in self._queue if isinstance(each, str)]
        self._queue.clear()
        self._bytes = 0
        return marks

    def play(self) -> Played:
        """The next 20 ms."""
        sound = bytearray()
        marks: list[str] = []
        while self._queue and (isinstance(self._queue[0], str) or len(sound) < ulaw.FRAME_BYTES):
            first = self._queue.popleft()
            if isinstance(first, str):
                marks.append(first)
                continue
            room = ulaw.FRAME_BYTES - len(sound)
            sound += first[:room]
            if len(first) > room:
                self._queue.appendleft(first[room:])
        self._bytes -= len(sound)
        silence = bytes([ulaw.SILENT_CODE]) * (ulaw.FRAME_BYTES - len(sound))
        return Played(bytes(sound) + silence, len(sound), tuple(marks))
