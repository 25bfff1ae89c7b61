"""What the caller hears of the assistant: received from the provider, sent to the carrier, played, heard.

The carrier echoes a mark when the audio before it was played, and also when a clear dropped it. So marks
carry a generation that every pause or stop raises, and echoes of older generations say nothing. Between
marks the position runs with the clock, never past what was sent.
"""

from __future__ import annotations

from dataclasses import dataclass

LOCAL = "local"  # response id of lines that are ours


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
    forgotten: bool = False  # by the provider: it was said in an earlier session

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
        self._anchor_at_ms: int | None = None  # when `heard_ms` of the first reply was reached
        self._dry_at_ms: int | None = None  # when a reply that is held back had run out before

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

    @property
    def replies(self) -> tuple[Reply, ...]:
        """Those that are not over yet, the first of them being played or paused."""
        return tuple(self._queue)

    def received(self, response_id: str, item_id: str, content_index: int, audio_ms: int) -> bool:
        """Count audio that arrived from the provider. True if it is the first of its item."""
        for reply in self._queue:
            if reply.item_id == item_id:
                reply.received_ms += audio_ms
                return False
        self._queue.append(Reply(item_id, response_id, content_index, received_ms=audio_ms))
        return True

    def received_ms(self, response_id: str) -> int:
        """Audio of a response that is not over yet."""
        return sum(reply.received_ms for reply in self._queue if reply.response_id == response_id)

    def reply(self, item_id: str) -> Reply | None:
        """A reply that is not over yet."""
        return next((reply for reply in self._queue if reply.item_id == item_id), None)

    def queue(self, at_ms: int) -> list[Reply]:
        """The replies that are not over, with what was heard of the first by now."""
        if self._queue and not self.paused:
            self._queue[0].heard_ms = self.heard_ms(at_ms)
            if self._anchor_at_ms is not None:
                self._anchor_at_ms = at_ms
        return list(self._queue)

    def dry_for(self, at_ms: int) -> int | None:
        """How long all that came of the reply has been played, while more of it should come.

        Below zero: it will be so in that time. None: nothing is missing, or it is held back before its end.
        """
        reply = self.current
        if reply is None or reply.complete:
            return None
        dry_at = self._dry_at_ms if self.paused else self._dry_at(at_ms)
        return None if dry_at is None else at_ms - dry_at

    def _dry_at(self, at_ms: int) -> int:
        """When the last of what came of the first reply is played, if nothing more comes."""
        reply = self._queue[0]
        anchor = at_ms if self._anchor_at_ms is None else self._anchor_at_ms
        return anchor + max(0, reply.received_ms - reply.heard_ms)

    def session_lost(self) -> None:
        """What is still to be heard was said in a session that is no more."""
        for reply in self._queue:
            reply.forgotten = True

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
                if position == 0 and not self.paused:
                    self._starts_again(reply, at_ms)
                reply.sent_ms = sent_ms
                return

    def _starts_again(self, reply: Reply, at_ms: int) -> None:
        """Audio leaves now; where all before it was played, this is when it begins to be heard."""
        heard = self.heard_ms(at_ms)
        if self._anchor_at_ms is None or heard >= reply.sent_ms:
            reply.heard_ms, self._anchor_at_ms = heard, at_ms

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

    def played_out(self, at_ms: int) -> Reply | None:
        """The reply, if by the clock all of it was played, whether or not the carrier says so."""
        reply = self.current
        if reply is None or not reply.complete or self.paused or self._anchor_at_ms is None:
            return None
        if at_ms < self._dry_at(at_ms):
            return None
        reply.heard_ms = reply.received_ms
        return self._finish_if_played()

    def pause(self, at_ms: int) -> int:
        """Freeze at what was heard. Returns the new generation."""
        self._freeze(at_ms)
        self.paused = True
        return self.generation

    def resume(self, at_ms: int) -> Reply | None:
        """Go on from the frozen position. Returns the reply that turns out to be over, if one does."""
        self.paused = False
        if self._queue and self._queue[0].heard_ms >= self._queue[0].received_ms:
            self._anchor_at_ms = self._dry_at_ms or at_ms  # nothing is left to be sent that would set it
        self._dry_at_ms = None
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
            dry_at = self._dry_at(at_ms)
            self._dry_at_ms = dry_at if dry_at <= at_ms else None
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
