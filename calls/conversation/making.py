"""Making an appointment: the facts it needs, in which order they are asked for, and the caller's consent.

What the caller volunteers is used at once and never asked again. What is missing is asked in the order name,
phone, day and hour. A time is checked as soon as it is known; nothing is booked without an explicit request
for that time or an explicit yes, and never twice in one call.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from calls.conversation import sentences
from calls.conversation.events import CallFacts, Reading, SlotAnswer
from calls.conversation.moves import Book, Check, Move, Note, Questions, Say
from calls.conversation.wanted import Then, Wanted, in_words
from crm.phones import national, normalize_phone

SERVICES_NAMED = 4  # in one question; more are no question any more
SERVICE_ASKED = 2  # times


@dataclass(frozen=True)
class Booked:
    """The appointment that was made in this call, as it stands now. `start` is local."""

    appointment_id: int
    start: str
    name: str
    phone: str


class Making:
    """What is known of the appointment the caller wants."""

    def __init__(self, facts: CallFacts, questions: Questions) -> None:
        self._facts = facts
        self._questions = questions
        self._caller = normalize_phone(facts.caller_phone) or ""
        self.name: str | None = None
        self.phone = self._caller if facts.trust_caller_id else ""
        self.service: str | None = None
        self.wanted = Wanted()
        self.wants_staff = False  # a promise was made that a person will call back
        self.booked: Booked | None = None
        if (earlier := facts.booked) is not None:
            self.booked = Booked(earlier.appointment_id, earlier.start, earlier.name, "")
        self.is_wanted = False  # the caller asked for an appointment
        self._written: Book | None = None  # it is being booked; nothing is asked of the calendar meanwhile
        self._possible_services: tuple[str, ...] = ()  # the words may mean any of these
        self._service_asked = 0

    @property
    def writing(self) -> bool:
        return self._written is not None

    # --- what happens -------------------------------------------------------------------------------------
    def read(self, reading: Reading, *, today: date, is_question: bool) -> list[Move]:
        """Go on from what one caller sentence says."""
        if reading.intent == "book":
            self.is_wanted = True
        self._take_person(reading)
        if (question := self._answered(reading, today)) is not None:
            return [question]
        if reading.phone and not self._take_phone(reading.phone):
            return [self._ask_phone(invalid=True)]
        if reading.no_day:
            return [self._questions.ask("time", self.wanted.take_no_day(reading))]
        if reading.day or reading.hour:
            asked = self._questions.standing
            if (question := self._take_time(reading, today)) is not None:
                return [question]
            said_yes = reading.intent == "yes" and asked == "confirm"
            if said_yes or (reading.hour and self.is_wanted and not is_question):
                self.wanted.consented = True
        return [self._next(today, chatting=reading.intent == "question")]

    def number_keyed(self, digits: str, *, today: date) -> list[Move]:
        if not self._take_phone(digits):
            return [self._ask_phone(invalid=True)]
        then = self._next(today)
        if then == Say() and self._questions.standing == "time":
            then = Say(f"[SERVER] confirm: {sentences.TIME_WANTED}")  # the caller said no words to answer
        return [Note(f"[SERVER] phone_captured: {national(self.phone)}"), then]

    def slot_checked(self, answer: SlotAnswer, *, today: date) -> list[Move]:
        """May the time in hand be booked?"""
        if not answer.ok:
            return [self._cannot(answer)]
        self.wanted.is_free = True
        return [self._next(today)]

    def answered(self, answer: SlotAnswer) -> list[Move]:
        """It was booked, or was not."""
        written, self._written = self._written, None
        if not answer.ok:
            return [self._cannot(answer)]
        start = f"{answer.start_iso[:10]} {answer.start_iso[11:16]}"
        phone = written.phone if written is not None else self.phone
        self.booked = Booked(answer.appointment_id or 0, start, answer.customer_name, phone)
        facts = {
            "appointment_id": answer.appointment_id,
            "start_iso": answer.start_iso,
            "customer_name": answer.customer_name,
            "say": answer.say,
        }
        told = self._questions.ask("more", f"[SERVER] appointment_created: {json.dumps(facts, ensure_ascii=False)}")
        return [Say(told.item, lasting=True)]

    def changed(self, *, cancelled: bool, start: str) -> None:
        """What was booked stands elsewhere now, or no more: then another one may be booked."""
        assert self.booked is not None  # only what was booked here is told of here
        if cancelled:
            self.booked, self.wanted, self.is_wanted = None, Wanted(), False
        else:
            self.booked = Booked(self.booked.appointment_id, start, self.booked.name, self.booked.phone)

    def by_keys(self, start: str, phone: str) -> Book:
        """The caller took this time by keys. Staff ask for a name that is not known."""
        name = self.name or (self._facts.caller_name if phone == self._caller else "")
        if not name:
            name, self.wants_staff = sentences.BOOKED_BY_KEYS, True
        self._written = Book(start, name, phone, self.service)
        return self._written

    def calendar_down(self) -> Say:
        """The calendar does not answer; a person will have to. What was written is still told once it does."""
        self.wants_staff = True
        if self._written is None:
            self.wanted.give_up()
        return Say(f"[SERVER] fact: {sentences.CALENDAR_DOWN}")

    # --- taking facts ---------------------------------------------------------------------------------------
    def _answered(self, reading: Reading, today: date) -> Move | None:
        """A plain yes or no, or a choice of what was offered; None if there is more to read."""
        if reading.day or reading.hour or reading.no_day:
            return None
        if self.wanted.choose(reading.choice):
            self.is_wanted = True
            return None
        if self._questions.standing not in ("confirm", "which") or reading.intent not in ("yes", "no"):
            return None
        then = self.wanted.answer(yes=reading.intent == "yes")
        return None if then is Then.GO_ON else self._ask_about_time(then, today)

    def _take_time(self, reading: Reading, today: date) -> Move | None:
        """Adopt the day and hour said. A question comes back where they cannot be sure."""
        offered = self.wanted.offered
        then = self.wanted.take(reading)
        self.is_wanted = self.is_wanted or self.wanted.start in offered  # one of the alternatives
        return None if then is Then.GO_ON else self._ask_about_time(then, today)

    def _ask_about_time(self, then: Then, today: date) -> Move:
        if then is Then.PROPOSE:
            return self._questions.ask("confirm", self.wanted.proposal_question(today))
        if then is Then.WHICH:
            return self._questions.ask("which", self.wanted.which_question(today))
        return self._questions.ask("time")

    def _take_person(self, reading: Reading) -> None:
        if reading.name:
            self.name = reading.name
        service = reading.service
        if self._questions.standing == "service" and reading.choice in ("first", "second"):
            service = self._possible_services[("first", "second").index(reading.choice)]
        if service:
            self._possible_services = ()
            if service != self.service:
                self.service = service
                self.wanted.is_free = self.wanted.announced = False
        elif self.service is None and reading.vague_service:
            self._possible_services = reading.vague_service

    def _take_phone(self, raw: str) -> bool:
        phone = normalize_phone(raw)
        if phone is None:
            return False
        self.phone = phone
        return True

    # --- what comes next ------------------------------------------------------------------------------------
    def _next(self, today: date, *, chatting: bool = False) -> Move:
        wanted = self.wanted
        if not wanted.is_open and (not self.is_wanted or chatting):
            return Say()
        if (question := self._ask_service()) is not None:
            return question
        if wanted.is_open and not wanted.is_free:
            return Check(wanted.start, self.service)
        missing = self._missing()
        if wanted.is_open and not wanted.announced and (not wanted.consented or missing):
            wanted.announced = True
            return self._questions.ask("confirm", f"[SERVER] slot_available: {wanted.start}")
        if missing == "name":
            return self._questions.ask("name", "[SERVER] need_name")
        if missing == "phone":
            return self._ask_phone()
        if not wanted.is_open:
            return self._questions.ask("time")
        if not wanted.consented:
            when = in_words(wanted.start, today)
            return self._questions.ask("confirm", f"[SERVER] confirm: אז {when}, על שם {self.name}. לקבוע?")
        self._written = Book(wanted.start, self.name or "", self.phone, self.service)
        return self._written

    def _missing(self) -> str | None:
        if self.name is None:
            return "name"
        return "phone" if self._facts.require_phone and not self.phone else None

    def _ask_service(self) -> Move | None:
        """Which of the services that the caller's words fit. Asked in vain, it is left to the staff."""
        if not self._possible_services:
            return None
        if self._service_asked == SERVICE_ASKED:
            self.wants_staff, self._possible_services = True, ()
            return None
        self._service_asked += 1
        known = dict(self._facts.services)
        names = [known[service] for service in self._possible_services if service in known]
        if not 2 <= len(names) <= SERVICES_NAMED:
            return self._questions.ask("service", f"[SERVER] confirm: {sentences.WHICH_SERVICE_OF_MANY}")
        listed = f"{', '.join(names[:-1])} או {names[-1]}"
        return self._questions.ask("service", f"[SERVER] confirm: {sentences.WHICH_SERVICE.format(names=listed)}")

    def _ask_phone(self, *, invalid: bool = False) -> Say:
        reason = "; reason=invalid_phone" if invalid else ""
        return self._questions.ask("phone", f"[SERVER] need_phone{reason}")

    def _cannot(self, answer: SlotAnswer) -> Move:
        if answer.error == "need_name":
            self.name = None
            return self._questions.ask("name", "[SERVER] need_name")
        if answer.error in ("need_phone", "invalid_phone"):
            self.phone = ""
            return self._ask_phone(invalid=answer.error == "invalid_phone")
        if answer.error == "failure":
            return self.calendar_down()
        item = self.wanted.refuse(answer)
        return self._questions.ask(self.wanted.asks_for, item)
