"""The time a caller wants: what was said of it, what the calendar said to it, and whether they agreed.

A time that may be meant in several ways is a list of proposals, asked about one by one; a refused time leaves
alternatives, of which the caller may take one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from enum import Enum

from booking.hebrew.speech import say_date, say_time
from calls.conversation.events import CallFacts, Reading, SlotAnswer

SAID_WITHOUT_OFFERS = ("invalid_time", "past", "beyond_window", "unknown_service")
_OTHER_DAY = {
    "past": "ליום שכבר עבר אי אפשר לקבוע. יש יום אחר שנוח?",
    "unreal": "אין תאריך כזה בלוח השנה. יש יום אחר שנוח?",
}

When = tuple[str | None, str | None]  # ISO day, HH:MM


class Then(Enum):
    """What follows from the caller's words."""

    GO_ON = "go on"
    PROPOSE = "propose"  # ask about the first of the proposals
    ASK = "ask"  # the time is open again
    WHICH = "which"  # one of the two that were offered


class Wanted:
    """One wish for a time."""

    def __init__(self) -> None:
        self.day: str | None = None
        self.hour: str | None = None
        self.is_free = False  # it was checked and found free
        self.announced = False  # the caller was told so
        self.consented = False  # to this very time
        self.refused = False  # it was checked and cannot be had
        self.offered: tuple[str, ...] = ()  # alternatives the caller was told
        self.proposals: list[When] = []  # readings still to be confirmed
        self._agreed: When = (None, None)  # the day, the hour that all of those have

    @property
    def start(self) -> str:
        """Local "YYYY-MM-DD HH:MM"; empty while either is missing."""
        return f"{self.day} {self.hour}" if self.day and self.hour else ""

    @property
    def is_open(self) -> bool:
        """There is a time to go on with."""
        return bool(self.start) and not self.refused

    @property
    def known_day(self) -> str | None:
        """The day that an hour alone would belong to."""
        return self._agreed[0] or self.day

    def set(self, day: str | None, hour: str | None) -> None:
        if (day, hour) != (self.day, self.hour):
            self.day, self.hour = day, hour
            self.unsettle()
        self.offered, self.proposals, self._agreed = (), [], (None, None)

    def unsettle(self) -> None:
        """What was found out and agreed about the time counts no more."""
        self.is_free = self.announced = self.consented = self.refused = False

    # --- what the caller says -------------------------------------------------------------------------
    def take(self, reading: Reading) -> Then:
        """Adopt the day and hour said, if they are sure."""
        readings = [(reading.day, reading.hour), *reading.alternatives]
        if (offer := self._match_offer(readings)) is not None:
            self._accept(offer)
            return Then.GO_ON
        if reading.ambiguous or reading.disagreement:
            day = self.known_day
            return self._doubt([(said or day, hour) for said, hour in readings if hour and (said or day)])
        self.refused = False  # named once more: worth checking once more
        known_day, known_hour = self._agreed
        hour = known_hour or self.hour
        if reading.day and reading.part_of_day and self.known_day:
            hour = None  # it belonged to the day that stood before: ביום חמישי בערב
        self.set(reading.day or known_day or self.day, reading.hour or hour)
        return Then.GO_ON

    def take_no_day(self, reading: Reading) -> str:
        """The day that was named is over, or is none: what was in hand is not wanted; the hour stays known.

        Returns the question to ask.
        """
        self.set(None, reading.hour or self._agreed[1] or self.hour)
        return f"[SERVER] confirm: {_OTHER_DAY[reading.no_day]}"

    def choose(self, choice: str) -> bool:
        """Take the offered time that the caller pointed at: first second earlier later. False if none is meant."""
        if not choice or len(self.offered) < 2:
            return False
        offers = self.offered if choice in ("first", "second") else tuple(sorted(self.offered))
        self._accept(offers[0] if choice in ("first", "earlier") else offers[1])
        return True

    def answer(self, *, yes: bool) -> Then:
        """A plain yes or no to what was asked about the time."""
        if self.proposals:
            proposal, *self.proposals = self.proposals
            if yes:
                self.set(*proposal)
                return Then.GO_ON
            if self.proposals:
                return Then.PROPOSE
            self.set(*self._agreed)
            return Then.ASK
        if not yes:
            self.set(None, None)
            return Then.ASK
        if self.is_free:
            self.consented = True
        elif len(self.offered) == 1:
            self._accept(self.offered[0])
        elif self.offered:
            return Then.WHICH
        return Then.GO_ON

    def _accept(self, offer: str) -> None:
        """It was offered by name a moment ago: that is announcement and consent."""
        self.set(*split_start(offer))
        self.announced = self.consented = True

    def _match_offer(self, readings: Sequence[When]) -> str | None:
        """The offered alternative that one of these readings names, if exactly one is named."""
        named = {
            offer
            for offer in self.offered
            for day, hour in readings
            if hour is not None and split_start(offer)[1] == hour and day in (None, split_start(offer)[0])
        }
        return named.pop() if len(named) == 1 else None

    def _doubt(self, possible: Sequence[When]) -> Then:
        """Ask about each possible reading in turn; what they have in common is known meanwhile."""
        days, hours = {day for day, _ in possible}, {hour for _, hour in possible}
        self.proposals = list(dict.fromkeys(possible))
        self._agreed = (days.pop() if len(days) == 1 else None, hours.pop() if len(hours) == 1 else None)
        return Then.PROPOSE if self.proposals else Then.ASK

    # --- what the calendar says -----------------------------------------------------------------------
    def refuse(self, answer: SlotAnswer) -> str:
        """The time cannot be had; what to tell the model. Alternatives that will be said aloud are kept."""
        near = answer.suggestions[:2]
        item = f"[SERVER] slot_unavailable: {self.start}; reason={answer.error}; alternatives={','.join(near)}"
        self.give_up()
        self.offered = () if answer.error in SAID_WITHOUT_OFFERS else near
        return item

    def give_up(self) -> None:
        """It is not asked about again unless it is named again."""
        self.is_free = self.announced = self.consented = False
        self.refused = True

    @property
    def asks_for(self) -> str:
        """What a refusal leaves to be answered."""
        return {0: "time", 1: "confirm"}.get(len(self.offered), "which")

    # --- in words -------------------------------------------------------------------------------------
    def proposal_question(self, today: date) -> str:
        day, hour = self.proposals[0]
        return f"[SERVER] confirm: הכוונה ל{after_preposition(f'{day} {hour}', today)}?"

    def which_question(self, today: date) -> str:
        first, second = (in_words(offer, today).replace(", בשעה", " בשעה") for offer in self.offered)
        return f"[SERVER] confirm: מה מתאים יותר: {first}, או {second}?"


def split_start(start: str) -> tuple[str, str]:
    day, _, hour = start.partition(" ")
    return day, hour


def in_words(start: str, today: date) -> str:
    """A local start as it is said: ביום שלישי, בשעה שש בערב."""
    day, hour = split_start(start)
    return f"{say_date(date.fromisoformat(day), today)}, בשעה {say_time(time.fromisoformat(hour))}"


def after_preposition(start: str, today: date) -> str:
    """As it stands after ל or של: יום שלישי, not ביום שלישי."""
    return in_words(start, today).removeprefix("ב")


def local_date(facts: CallFacts, at_ms: int) -> date:
    """The date at the business at this moment of the call."""
    started = datetime.fromisoformat(facts.started_at)
    return datetime.fromtimestamp(started.timestamp() + at_ms / 1000, tz=started.tzinfo).date()
