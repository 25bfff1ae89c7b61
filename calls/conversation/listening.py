"""The caller's side: utterances from their first sound to their transcript, and which of them are turns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from booking.hebrew import is_backchannel, is_ghost
from calls.conversation.timings import Timings

CERTAIN_SPEECH_MS = 800  # speech this long is speech, whatever its words
SHORT_WORD_MS = 250  # "כן"


class Kind(Enum):
    TURN = "turn"
    NOISE = "noise"  # a click, a breath, or words that recognition makes up on silence
    BACKCHANNEL = "backchannel"  # an "aha" that accompanies the assistant
    ECHO = "echo"  # the assistant's own words


@dataclass(frozen=True)
class Heard:
    """An utterance that is over. `text` is empty when it could not be transcribed."""

    kind: Kind
    timings: Timings


class Listening:
    """Utterances by the provider's item id."""

    def __init__(self) -> None:
        self.speaking: str | None = None  # item id of the utterance going on
        self.lost_words = False  # what was said is lost with its session, and will be heard again by the next one
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
        self.speaking, self.lost_words = item_id, False
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

    def speaking_for(self, at_ms: int) -> int | None:
        """How long the caller has been speaking; None while they do not."""
        timings = self._timings.get(self.speaking) if self.speaking is not None else None
        return max(0, at_ms - timings.started_ms) if timings is not None else None

    def barged_in_at(self, item_id: str) -> int | None:
        """When this utterance began, if the assistant was speaking then."""
        timings = self._timings.get(item_id)
        return timings.started_ms if timings is not None and timings.barged_in else None

    def forget(self) -> None:
        """The session that was hearing them is gone."""
        self.lost_words = self.lost_words or self.waiting
        self._finished |= self._timings.keys()
        self.speaking = None
        for kept in (self._timings, self._speech_ms, self._ready):
            kept.clear()

    def committed(self, item_id: str, at_ms: int) -> None:
        """The provider made an item of it; normally after `stopped`, but not every provider says both."""
        if item_id not in self._finished:
            self._timings.setdefault(item_id, Timings(0, "", at_ms, stopped_ms=at_ms))
        if self.speaking == item_id:
            self.speaking = None

    def partly_transcribed(self, item_id: str, at_ms: int) -> None:
        if (timings := self._timings.get(item_id)) is not None:
            timings.note("STT_FIRST_PARTIAL_MS", at_ms)

    def transcribed(
        self,
        item_id: str,
        text: str,
        at_ms: int,
        *,
        shortest_ms: int,
        over_assistant: bool,
        is_echo: bool = False,
    ) -> bool:
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
        kind = self._kind(timings.text, speech_ms, shortest_ms=shortest_ms, over_assistant=over_assistant)
        self._ready[item_id] = Heard(Kind.ECHO if is_echo and kind is Kind.TURN else kind, timings)
        return True

    def _kind(self, text: str, speech_ms: int, *, shortest_ms: int, over_assistant: bool) -> Kind:
        nothing = not text or is_ghost(text)
        if speech_ms < shortest_ms or (nothing and (over_assistant or speech_ms < CERTAIN_SPEECH_MS)):
            return Kind.NOISE
        if text and is_ghost(text):
            return Kind.NOISE  # however long: nobody says these lines to a receptionist
        return Kind.BACKCHANNEL if over_assistant and is_backchannel(text) else Kind.TURN

    def failed(self, item_id: str, *, over_assistant: bool) -> bool:
        """The provider heard it and cannot write it down."""
        self._finished.add(item_id)
        return self.given_up(item_id, over_assistant=over_assistant)

    def given_up(self, item_id: str, *, over_assistant: bool) -> bool:
        """No transcript came: a turn without words, unless it may have been a noise over the assistant's voice.

        False if none is awaited.
        """
        timings = self._timings.get(item_id)
        if timings is None or item_id in self._ready:
            return False
        speech_ms = self._speech_ms.get(item_id, CERTAIN_SPEECH_MS)
        shortest_ms = CERTAIN_SPEECH_MS if over_assistant else SHORT_WORD_MS
        self._ready[item_id] = Heard(Kind.TURN if speech_ms >= shortest_ms else Kind.NOISE, timings)
        return True

    def next_heard(self) -> tuple[str, Heard] | None:
        """The oldest utterance, if it is known what it was: transcripts may overtake each other, turns may not."""
        oldest = next(iter(self._timings), None)
        if oldest is None or oldest not in self._ready:
            return None
        del self._timings[oldest]
        self._speech_ms.pop(oldest, None)
        return oldest, self._ready.pop(oldest)
