"""Booking in a conversation: which fact is missing, and what to tell the model next.

What the caller volunteers is used at once and never asked again. What is missing is asked in the order name,
phone, day and hour. A time is checked as soon as it is known; nothing is booked without an explicit request
for that time or an explicit yes, and never twice in one call.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from booking.hebrew.speech import say_date, say_time
from calls.conversation.events import CallFacts, Reading, SlotAnswer
from crm.phones import national, normalize_phone

CHANGES_BY_STAFF = "שינוי או ביטול של תור נעשים על ידי הצוות. אעביר את הפרטים לנציג והוא יחזור אליך בהמשך."
ALREADY_BOOKED = "כבר נקבע תור בשיחה הזאת. אם צריך עוד תור, אעביר את הפרטים לנציג והוא יחזור אליך בהמשך."
TIME_WANTED = "יש יום ושעה שנוחים?"
OTHER_DAY = {
    "past": "ליום שכבר עבר אי אפשר לקבוע. יש יום אחר שנוח?",
    "unreal": "אין תאריך כזה בלוח השנה. יש יום אחר שנוח?",
}
PASSED_ON = "אעביר את הפרטים לנציג והוא יחזור אליך בהמשך."
ASKED_ANEW = ("invalid_time", "past", "beyond_window", "unknown_service")  # said of these: no alternatives
CALENDAR_DOWN = "יש תקלה זמנית ביומן. אעביר את הפרטים לנציג והוא יחזור אליך בהמשך."


@dataclass(frozen=True)
class Say:
    """Let the assistant speak; `item` is the `[SERVER]` text it goes by, None if its instructions suffice."""

    item: str | None = None
    lasting: bool = False


@dataclass(frozen=True)
class Note:
    """Tell the model something without asking it to speak."""

    item: str


@dataclass(frozen=True)
class Check:
    start: str
    service: str | None


@dataclass(frozen=True)
class Book:
    start: str
    name: str
    phone: str
    service: str | None


@dataclass(frozen=True)
class Goodbye:
    """The caller has what they wanted: say goodbye and end."""


Move = Say | Note | Check | Book | Goodbye


class Dialog:
    """What is known of the appointment the caller wants, and what was asked last."""

    def __init__(self, facts: CallFacts) -> None:
        self._require_phone = facts.require_phone
        self.name: str | None = None
        self.phone = normalize_phone(facts.caller_phone) or "" if facts.trust_caller_id else ""
        self.service: str | None = None
        self.day: str | None = None
        self.hour: str | None = None
        self.asked: str | None = None  # name phone time confirm more: what a bare answer would answer
        self.booked: SlotAnswer | None = None
        self.wants_staff = False  # a promise was made that a person will call back
        self._booking = False  # the caller wants an appointment
        self._writing = False  # it is being booked; nothing is asked of the calendar meanwhile
        self._consented = False  # to the time in hand
        self._free = False  # the time in hand was checked and found free
        self._announced = False  # the caller was told so
        self._refused = False  # the time in hand was checked and cannot be had
        self._offered: tuple[str, ...] = ()  # alternatives the caller was told
        self._proposals: list[tuple[str | None, str | None]] = []  # readings still to be confirmed
        self._agreed: tuple[str | None, str | None] = (None, None)  # the day, the hour that all of those have

    @property
    def wants_name(self) -> bool:
        """A bare name would be welcome now."""
        return self.name is None and self.booked is None and self.asked in ("name", "confirm")

    @property
    def known_day(self) -> str | None:
        """The day that an hour alone would belong to."""
        return self._agreed[0] or self.day

    def read(
        self, reading: Reading, *, today: date, is_question: bool = False, before_booking: bool = False
    ) -> list[Move]:
        """Go on from what one caller sentence says; `before_booking` if it was said before they heard of it."""
        if reading.wants_person:
            self.wants_staff = True
            return [Say(f"[SERVER] fact: {PASSED_ON}")]
        if self.booked is not None:
            return [self._after_booking(reading, before_booking)]
        if self._writing:
            return [self._calendar_down()]
        if reading.intent in ("reschedule", "cancel"):
            self.wants_staff = True
            return [Say(f"[SERVER] fact: {CHANGES_BY_STAFF}")]
        if reading.intent == "book":
            self._booking = True
        if (answer := self._answered(reading, today)) is not None:
            return [answer]
        self._take_person(reading)
        if reading.phone and not self._take_phone(reading.phone):
            return [self._ask_phone(invalid=True)]
        if reading.no_day:
            return [self._ask_other_day(reading)]
        if reading.day or reading.hour:
            if (question := self._take_time(reading, today)) is not None:
                return [question]
            said_yes = reading.intent == "yes" and self.asked == "confirm"
            if said_yes or (reading.hour and self._booking and not is_question):
                self._consented = True
        return [self._next(today, chatting=reading.intent == "question")]

    def phone_keyed(self, digits: str, *, today: date) -> list[Move]:
        """The caller committed a number on the keypad. Once the appointment is on its way, its number stands."""
        if self.booked is not None or self._writing:
            return [Say()]
        if not self._take_phone(digits):
            return [self._ask_phone(invalid=True)]
        then = self._next(today)
        if then == Say() and self.asked == "time":
            then = Say(f"[SERVER] confirm: {TIME_WANTED}")  # else nothing asks: the caller said no words to answer
        return [Note(f"[SERVER] phone_captured: {national(self.phone)}"), then]

    def slot_checked(self, answer: SlotAnswer, *, today: date) -> list[Move]:
        """The calendar answered about the time in hand."""
        if answer.ok:
            self._free = True
            return [self._next(today)]
        return [self._cannot(answer)]

    def booking_answered(self, answer: SlotAnswer) -> list[Move]:
        """The calendar booked the time in hand, or did not."""
        self._writing = False
        if not answer.ok:
            return [self._cannot(answer)]
        self.booked, self.asked = answer, "more"
        facts = {
            "appointment_id": answer.appointment_id,
            "start_iso": answer.start_iso,
            "customer_name": answer.customer_name,
            "say": answer.say,
        }
        return [Say(f"[SERVER] appointment_created: {json.dumps(facts, ensure_ascii=False)}", lasting=True)]

    def calendar_silent(self) -> list[Move]:
        """The calendar has not answered for too long; a person will have to."""
        if not self._writing:
            self._give_up_time()
        return [self._calendar_down()]

    # --- taking facts ---------------------------------------------------------------------------------
    def _answered(self, reading: Reading, today: date) -> Move | None:
        """A plain yes or no to what was asked; None if there is more to read."""
        says_more = reading.day or reading.hour or reading.no_day
        if says_more or self.asked != "confirm" or reading.intent not in ("yes", "no"):
            return None
        self._take_person(reading)
        if self._proposals:
            proposal, *rest = self._proposals
            self._proposals = rest
            if reading.intent == "yes":
                self._set_time(*proposal)
                return None
            if rest:
                return self._propose(today)
            self._set_time(*self._agreed)
            return self._ask_time()
        if reading.intent == "yes":
            if self._free:
                self._consented = True
            elif self._offered:
                self._set_time(*_split(self._offered[0]))
                self._consented = len(self._offered) == 1
            return None
        self._set_time(None, None)
        return self._ask_time()

    def _take_person(self, reading: Reading) -> None:
        if reading.name:
            self.name = reading.name
        if reading.service and reading.service != self.service:
            self.service = reading.service
            self._free = self._announced = False

    def _take_phone(self, raw: str) -> bool:
        phone = normalize_phone(raw)
        if phone is None:
            return False
        self.phone = phone
        return True

    def _take_time(self, reading: Reading, today: date) -> Move | None:
        """Adopt the day and hour said. A question comes back where they cannot be sure."""
        readings = [(reading.day, reading.hour), *reading.alternatives]
        if (offered := self._match_offer(readings)) is not None:
            self._set_time(*_split(offered))
            self._announced = True  # it was offered by name a moment ago
            self._consented = True
            self._booking = True
            return None
        if reading.ambiguous or reading.disagreement:
            self._booking = self._booking or reading.intent == "book"
            possible = [(day or self.known_day, hour) for day, hour in readings if hour and (day or self.known_day)]
            return self._ask_which(possible, today)
        self._refused = False  # named once more: worth checking once more
        known_day, known_hour = self._agreed
        self._set_time(reading.day or known_day or self.day, reading.hour or known_hour or self.hour)
        return None

    def _ask_which(self, possible: Sequence[tuple[str | None, str | None]], today: date) -> Move:
        """Ask about each possible reading in turn; what they have in common is known meanwhile."""
        days, hours = {day for day, _ in possible}, {hour for _, hour in possible}
        self._proposals = list(dict.fromkeys(possible))
        self._agreed = (days.pop() if len(days) == 1 else None, hours.pop() if len(hours) == 1 else None)
        return self._propose(today) if self._proposals else self._ask_time()

    def _match_offer(self, readings: list[tuple[str | None, str | None]]) -> str | None:
        """The offered alternative that one of these readings names, if exactly one is named."""
        named = {
            offer
            for offer in self._offered
            for day, hour in readings
            if hour is not None and _split(offer)[1] == hour and day in (None, _split(offer)[0])
        }
        return named.pop() if len(named) == 1 else None

    def _set_time(self, day: str | None, hour: str | None) -> None:
        if (day, hour) != (self.day, self.hour):
            self.day, self.hour = day, hour
            self._free = self._announced = self._consented = self._refused = False
        self._offered, self._proposals, self._agreed = (), [], (None, None)

    # --- what comes next ------------------------------------------------------------------------------
    def _next(self, today: date, *, chatting: bool = False) -> Move:
        if self.day and self.hour and not self._refused:
            if not self._free:
                return Check(f"{self.day} {self.hour}", self.service)
            if not self._announced and (not self._consented or self._missing()):
                self._announced = True
                self.asked = "confirm"
                return Say(f"[SERVER] slot_available: {self.day} {self.hour}")
        elif not self._booking or chatting:
            return Say()
        missing = self._missing()
        if missing == "name":
            self.asked = "name"
            return Say("[SERVER] need_name")
        if missing == "phone":
            return self._ask_phone()
        if not (self.day and self.hour) or self._refused:
            return self._ask_time()
        if not self._consented:
            self.asked = "confirm"
            when = _in_words(self.day, self.hour, today)
            return Say(f"[SERVER] confirm: אז {when}, על שם {self.name}. לקבוע?")
        self._writing = True
        return Book(f"{self.day} {self.hour}", self.name or "", self.phone, self.service)

    def _missing(self) -> str | None:
        if self.name is None:
            return "name"
        return "phone" if self._require_phone and not self.phone else None

    def _ask_phone(self, *, invalid: bool = False) -> Say:
        self.asked = "phone"
        return Say("[SERVER] need_phone; reason=invalid_phone" if invalid else "[SERVER] need_phone")

    def _ask_time(self) -> Say:
        self.asked = "time"
        return Say()

    def _ask_other_day(self, reading: Reading) -> Say:
        """The day that was named is over, or is none. What was in hand is not what they want; the hour stays known."""
        self._set_time(None, reading.hour or self._agreed[1] or self.hour)
        self.asked = "time"
        return Say(f"[SERVER] confirm: {OTHER_DAY[reading.no_day]}")

    def _propose(self, today: date) -> Say:
        """Ask whether the first of the possible readings is meant."""
        self.asked = "confirm"
        day, hour = self._proposals[0]
        when = _in_words(day or "", hour or "", today).removeprefix("ב")  # ליום שלישי, not לביום
        return Say(f"[SERVER] confirm: הכוונה ל{when}?")

    def _cannot(self, answer: SlotAnswer) -> Move:
        if answer.error == "need_name":
            self.name, self.asked = None, "name"
            return Say("[SERVER] need_name")
        if answer.error in ("need_phone", "invalid_phone"):
            self.phone = ""
            return self._ask_phone(invalid=answer.error == "invalid_phone")
        if answer.error == "failure":
            self._give_up_time()
            return self._calendar_down()
        refused = f"{self.day} {self.hour}"
        self._give_up_time()
        near = answer.suggestions[:2]
        self._offered = () if answer.error in ASKED_ANEW else near
        self.asked = "confirm" if len(self._offered) == 1 else "time"
        return Say(f"[SERVER] slot_unavailable: {refused}; reason={answer.error}; alternatives={','.join(near)}")

    def _give_up_time(self) -> None:
        """The time in hand cannot be had; it is not asked about again unless it is named again."""
        self._free = self._announced = self._consented = False
        self._refused = True

    def _calendar_down(self) -> Say:
        self.wants_staff = True
        return Say(f"[SERVER] fact: {CALENDAR_DOWN}")

    def _after_booking(self, reading: Reading, before_booking: bool) -> Move:
        if reading.intent in ("reschedule", "cancel") or (reading.intent == "no" and before_booking):
            self.wants_staff = True
            return Say(f"[SERVER] fact: {CHANGES_BY_STAFF}")
        if reading.intent == "book" and (reading.day or reading.hour):
            self.wants_staff = True
            return Say(f"[SERVER] fact: {ALREADY_BOOKED}")
        needs_nothing = reading.intent == "no" and self.asked == "more" and not (reading.day or reading.hour)
        return Goodbye() if needs_nothing else Say()


def _split(start: str) -> tuple[str, str]:
    day, _, hour = start.partition(" ")
    return day, hour


def _in_words(day: str, hour: str, today: date) -> str:
    return f"{say_date(date.fromisoformat(day), today)}, בשעה {say_time(time.fromisoformat(hour))}"


def local_date(facts: CallFacts, at_ms: int) -> date:
    """The date at the business at this moment of the call."""
    started = datetime.fromisoformat(facts.started_at)
    return datetime.fromtimestamp(started.timestamp() + at_ms / 1000, tz=started.tzinfo).date()
