"""The caller's side: utterances from their first sound to their transcript, and which of them are turns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from booking.hebrew import is_backchannel, is_ghost
from calls.conversation.timings import Timings

CERTAIN_SPEECH_MS = 800  # speech this long is speech, whatever its words


class Kind(Enum):
    TURN = "turn"
    NOISE = "noise"  # a click, a breath, or words that recognition makes up on silence
    BACKCHANNEL = "backchannel"  # an "aha" that accompanies the assistant


@dataclass(frozen=True)
class Heard:
    """An utterance that is over. `text` is empty when it could not be transcribed."""

    kind: Kind
    timings: Timings


class Listening:
    """Utterances by the provider's item id."""

    def __init__(self) -> None:
        self.speaking: str | None = None  # item id of the utterance going on
        self._timings: dict[str, Timings] = {}
        self._speech_ms: dict[str, int] = {}
        self._finished: set[str] = set()  # utterances whose transcript, or its failure, has come
        self._ready: dict[str, Heard] = {}  # heard, but an older utterance is still to come

    @property
    def waiting(self) -> bool:
        """Somebody is speaking, or a transcript is still to come."""
        return self.speaking is not None or bool(self._timings)

    @property
    def overdue(self) -> list[str]:
        """Utterances that are over and whose transcript has not come."""
        return [item_id for item_id in self._timings if item_id != self.speaking and item_id not in self._ready]

    def started(self, item_id: str, at_ms: int, *, barged_in: bool) -> None:
        self.speaking = item_id
        self._timings[item_id] = Timings(0, "", at_ms, barged_in=barged_in)

    def stopped(self, item_id: str, stopped_ms: int, speech_ms: int) -> int:
        """Speech ended at `stopped_ms`. Returns how long it was: as the provider says, else as it arrived.

        0 when neither tells; then the transcript alone decides what it was.
        """
        if self.speaking == item_id:
            self.speaking = None
        if (timings := self._timings.get(item_id)) is not None:
            speech_ms = speech_ms or max(0, stopped_ms - timings.started_ms)
            timings.stopped_ms = max(timings.started_ms, stopped_ms)
        if speech_ms:
            self._speech_ms[item_id] = speech_ms
        return speech_ms

    def committed(self, item_id: str, at_ms: int) -> None:
        """The provider made an item of it; normally after `stopped`, but not every provider says both."""
        if item_id not in self._finished:
            self._timings.setdefault(item_id, Timings(0, "", at_ms, stopped_ms=at_ms))
        if self.speaking == item_id:
            self.speaking = None

    def partly_transcribed(self, item_id: str, at_ms: int) -> None:
        if (timings := self._timings.get(item_id)) is not None:
            timings.note("STT_FIRST_PARTIAL_MS", at_ms)

    def transcribed(self, item_id: str, text: str, at_ms: int, *, shortest_ms: int, over_assistant: bool) -> bool:
        """The transcript came; False for a repeat. An utterance that was never announced, or comes late, counts."""
        if item_id in self._finished:
            return False
        self._finished.add(item_id)
        timings = self._timings.setdefault(item_id, Timings(0, "", at_ms, stopped_ms=at_ms))
        if self.speaking == item_id:
            self.speaking = None
        speech_ms = self._speech_ms.get(item_id, CERTAIN_SPEECH_MS)
        timings.note("STT_FINAL_MS", at_ms)
        timings.text = text.strip()
        certain = speech_ms >= CERTAIN_SPEECH_MS
        if speech_ms < shortest_ms or (not certain and (not timings.text or is_ghost(timings.text))):
            kind = Kind.NOISE
        else:
            kind = Kind.BACKCHANNEL if over_assistant and is_backchannel(timings.text) else Kind.TURN
        self._ready[item_id] = Heard(kind, timings)
        return True

    def failed(self, item_id: str) -> bool:
        """The provider heard it and cannot write it down."""
        self._finished.add(item_id)
        return self.given_up(item_id)

    def given_up(self, item_id: str) -> bool:
        """No transcript came in time: a turn without words if it was certainly speech. False if none is awaited."""
        timings = self._timings.get(item_id)
        if timings is None or item_id in self._ready:
            return False
        speech_ms = self._speech_ms.get(item_id, CERTAIN_SPEECH_MS)
        self._ready[item_id] = Heard(Kind.TURN if speech_ms >= CERTAIN_SPEECH_MS else Kind.NOISE, timings)
        return True

    def next_heard(self) -> tuple[str, Heard] | None:
        """The oldest utterance, if it is known what it was: transcripts may overtake each other, turns may not."""
        oldest = next(iter(self._timings), None)
        if oldest is None or oldest not in self._ready:
            return None
        del self._timings[oldest]
        self._speech_ms.pop(oldest, None)
        return oldest, self._ready.pop(oldest)
