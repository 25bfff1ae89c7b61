"""What the caller hears of the assistant: received from the provider, sent to the carrier, played, heard.

The carrier echoes a mark when the audio before it was played, and also when a clear dropped it. So marks
carry a generation that every pause or stop raises, and echoes of older generations say nothing. Between
marks the position runs with the clock, never past what was sent.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Reply:
    """One spoken item of the assistant. All lengths are milliseconds of its audio."""

    item_id: str
    response_id: str
    content_index: int
    received_ms: int = 0
    sent_ms: int = 0
    heard_ms: int = 0
    complete: bool = False

    @property
    def heard_fraction(self) -> float:
        return round(min(1.0, self.heard_ms / self.received_ms), 3) if self.received_ms else 0.0


def mark_name(generation: int, item_id: str, position_ms: int) -> str:
    """The name by which a returning mark says what was played: `g<generation>:<item>:<ms>`."""
    return f"g{generation}:{item_id}:{position_ms}"


def parse_mark(name: str) -> tuple[int, str, int] | None:
    """The parts of a mark's name; None for a mark that is not ours."""
    head, _, position = name.rpartition(":")
    generation, _, item_id = head.partition(":")
    if not (generation[:1] == "g" and generation[1:].isdigit() and item_id and position.isdigit()):
        return None
    return int(generation[1:]), item_id, int(position)


class Playback:
    """The queue of replies that are not over yet, the first of them being played or paused."""

    def __init__(self) -> None:
        self.generation = 0
        self.paused = False
        self._queue: list[Reply] = []
        self._anchor_at_ms: int | None = None  # when `_anchor_ms` of the first reply was reached

    @property
    def pending(self) -> bool:
        """Something is queued, playing or paused."""
        return bool(self._queue)

    @property
    def audible(self) -> bool:
        """The caller hears the assistant, as far as we know."""
        return not self.paused and self._anchor_at_ms is not None and bool(self._queue)

    @property
    def current(self) -> Reply | None:
        return self._queue[0] if self._queue else None

    def received(self, response_id: str, item_id: str, content_index: int, audio_ms: int) -> bool:
        """Count audio that arrived from the provider. True if it is the first of its item."""
        for reply in self._queue:
            if reply.item_id == item_id:
                reply.received_ms += audio_ms
                return False
        self._queue.append(Reply(item_id, response_id, content_index, received_ms=audio_ms))
        return True

    def completed(self, item_id: str) -> Reply | None:
        """No more audio of this item will arrive. The reply, if all of it has been played already."""
        for reply in self._queue:
            if reply.item_id == item_id:
                reply.complete = True
        return self._finish_if_played()

    def response_completed(self, response_id: str) -> Reply | None:
        """No more audio of this response will arrive. The reply, if all of it has been played already."""
        for reply in self._queue:
            if reply.response_id == response_id:
                reply.complete = True
        return self._finish_if_played()

    def sent(self, item_id: str, sent_ms: int, at_ms: int) -> None:
        for position, reply in enumerate(self._queue):
            if reply.item_id == item_id:
                reply.sent_ms = sent_ms
                if position == 0 and self._anchor_at_ms is None and not self.paused:
                    self._anchor_at_ms = at_ms
                return

    def mark_returned(self, name: str, at_ms: int) -> tuple[Reply | None, int | None]:
        """Take note of a mark. Returns the reply that is over now, and the position the mark stood for."""
        mark = parse_mark(name)
        if mark is None or mark[0] != self.generation or self.paused:
            return None, None
        for position, reply in enumerate(self._queue):
            if reply.item_id == mark[1]:
                del self._queue[:position]  # marks return in order: what stood before was played
                reply.heard_ms = max(reply.heard_ms, mark[2])
                self._anchor_at_ms = at_ms
                return self._finish_if_played(), mark[2]
        return None, None

    def heard_ms(self, at_ms: int) -> int:
        """How much of the current reply the caller has heard by now."""
        reply = self.current
        if reply is None:
            return 0
        if self.paused or self._anchor_at_ms is None:
            return reply.heard_ms
        return min(reply.heard_ms + max(0, at_ms - self._anchor_at_ms), max(reply.sent_ms, reply.heard_ms))

    def pause(self, at_ms: int) -> int:
        """Freeze at what was heard. Returns the new generation."""
        self._freeze(at_ms)
        self.paused = True
        return self.generation

    def resume(self) -> Reply | None:
        """Go on from the frozen position. Returns the reply that turns out to be over, if one does."""
        self.paused = False
        return self._finish_if_played()

    def stop(self, at_ms: int) -> tuple[int, list[Reply]]:
        """Forget everything queued. Returns the generation and the replies cut, with what was heard of each.

        With nothing queued nothing changes, and the carrier need not be told.
        """
        if self._queue and not self.paused:
            self._freeze(at_ms)
        cut, self._queue, self.paused = self._queue, [], False
        return self.generation, cut

    def _freeze(self, at_ms: int) -> None:
        heard = self.heard_ms(at_ms)
        if self.current is not None:
            self.current.heard_ms = heard
        for reply in self._queue:
            reply.sent_ms = reply.heard_ms
        self._anchor_at_ms = None
        self.generation += 1

    def _finish_if_played(self) -> Reply | None:
        reply = self.current
        if reply is None or self.paused or not reply.complete or reply.heard_ms < reply.received_ms:
            return None  # while paused the last word on it is not spoken: the caller may be cutting it
        self._queue.pop(0)
        if not self._queue:
            self._anchor_at_ms = None
        return reply
