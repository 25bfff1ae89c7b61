"""What a caller's words and keys are about, and what to tell the model next.

The parts know the details: `making` a new appointment, `changing` one that exists. Here it is decided whose turn it
is, what is remembered between them, and what is said when neither is meant.
"""

from __future__ import annotations

from datetime import date

import msgspec

from calls.conversation import sentences
from calls.conversation.afterwards import is_about, is_another, is_then, put_right
from calls.conversation.changing import AIMS, Changing
from calls.conversation.events import CallFacts, KnownAppointment, Reading, SlotAnswer
from calls.conversation.keypad import MENU_KEYS
from calls.conversation.making import Booked, Making
from calls.conversation.moves import Book, Goodbye, HandOver, Hold, Move, Note, OpenMenu, Questions, Say
from calls.conversation.wanted import after_preposition, split_start
from crm.phones import normalize_phone


class Dialog:
    """What is known of the caller's wishes, and what was asked last."""

    def __init__(self, facts: CallFacts) -> None:
        self._facts = facts
        self._caller = normalize_phone(facts.caller_phone) or ""
        self._questions = Questions()
        self._making = Making(facts, self._questions)
        self._changing = Changing(self._questions, self._caller)
        self._promised = False  # that a person will call back
        self._wants_further = False  # one more appointment, which only a person can make
        self._unheard = 0  # utterances in a row that could not be transcribed

    # --- what others may know ---------------------------------------------------------------------------
    @property
    def asked(self) -> str | None:
        """What a bare answer would answer: name phone time confirm which service more."""
        return self._questions.standing

    @property
    def question(self) -> int:
        """How much has been asked so far."""
        return self._questions.count

    @property
    def awaits_answer(self) -> bool:
        """A bare "כן" would mean something."""
        return self.asked in ("confirm", "which")

    @property
    def number_asked(self) -> bool:
        return self.asked == "phone"

    @property
    def wants_name(self) -> bool:
        """A bare name would be welcome now."""
        asked = self.asked in ("name", "confirm") and not self._changing.engaged
        return self._making.name is None and self.booked is None and asked

    @property
    def known_day(self) -> str | None:
        """The day that an hour alone would belong to."""
        if self._changing.engaged:
            return self._changing.known_day
        return split_start(self.booked.start)[0] if self.booked is not None else self._making.wanted.known_day

    @property
    def phone(self) -> str:
        """The number to book under, E.164; empty while unknown."""
        return self._making.phone

    @property
    def service(self) -> str | None:
        return self._making.service

    @property
    def known(self) -> tuple[str, str, str, str, str]:
        """Of the appointment in hand: service id, ISO day, hour, name and phone, each empty while unknown."""
        making, booked = self._making, self.booked
        if booked is not None:
            return making.service or "", *split_start(booked.start), booked.name, booked.phone or making.phone
        wanted = making.wanted
        return making.service or "", wanted.day or "", wanted.hour or "", making.name or "", making.phone

    @property
    def booked(self) -> Booked | None:
        """The appointment that was made in this call, as it stands now."""
        return self._making.booked

    @property
    def writing(self) -> bool:
        """An appointment is being made or changed."""
        return self._making.writing or self._changing.writing

    @property
    def wants_staff(self) -> bool:
        """A promise was made that a person will call back."""
        return self._promised or self._making.wants_staff or self._changing.wants_staff

    @property
    def topic(self) -> str:
        """What the call is about, for the person it is handed to; empty while nobody can tell."""
        return sentences.TOPICS.get(self.aim, "")

    @property
    def aim(self) -> str:
        """What the caller wants: book reschedule cancel; empty while nobody can tell."""
        if self._changing.aim:
            return self._changing.aim
        return "book" if self._making.is_wanted or self.booked is not None else ""

    @property
    def outcome(self) -> str:
        """What the call came to: booked rescheduled cancelled message, or nothing yet."""
        if self.booked is not None:
            return "booked"
        return self._changing.done or ("message" if self.wants_staff else "")

    # --- what happens -------------------------------------------------------------------------------------
    def read(
        self,
        reading: Reading,
        *,
        today: date,
        is_question: bool = False,
        before_booking: bool = False,
        question: int | None = None,
        person_there: bool = False,
    ) -> list[Move]:
        """Go on from what one caller sentence says; what the business answers to it comes first.

        `before_booking`: it was said before they heard of their appointment. `question`: the number of the question
        that stood when it was said; it answers no later one. `person_there`: a caller can be put through now.
        """
        self._unheard = 0
        moves = self._read(reading, today, is_question, before_booking, question, person_there)
        return _with_fact(reading, moves)

    def _read(
        self,
        reading: Reading,
        today: date,
        is_question: bool,
        before_booking: bool,
        question: int | None,
        person_there: bool,
    ) -> list[Move]:
        if question is not None and question < self.question and not before_booking:
            reading = self._without_answers(reading)
            if not self._is_news(reading):
                return [self._questions.again()]
        if reading.wants_to_talk and person_there and not self.writing:
            return [HandOver("transfer", self.topic)]
        if reading.wants_person:
            self._promised = True
            return [Say(f"[SERVER] fact: {sentences.PASSED_ON}")]
        if self.writing:
            return [self._making.calendar_down()]
        if reading.wants_wait and not (reading.name or reading.phone):
            return [Hold()]
        if self.booked is not None:
            answer = self._about_booking(self.booked, reading, today, before_booking)
            if not isinstance(answer, Reading):
                return [answer]
            reading = answer
        if (moves := self._change(reading, today, is_question, before_booking)) is not None:
            return moves
        if self.asked == "more" and reading.intent == "no" and not (reading.day or reading.hour):
            return [Goodbye()]
        if self.booked is not None:
            return [Say()]
        return self._making.read(reading, today=today, is_question=is_question)

    def keys_committed(self, digits: str, *, today: date) -> list[Move]:
        """The caller committed keys: a choice of the menu, or a number."""
        self._unheard = 0
        if not self.number_asked and len(digits) <= 2:
            return [OpenMenu(digits if digits in MENU_KEYS else "")]
        if self.writing:
            return [Say()]  # the appointment is on its way, its number stands
        if self._changing.wants_number:
            return self._changing.number_given(digits)
        if self._changing.engaged:
            return [self._questions.again()]
        if self.booked is not None:
            return [Say()]
        return self._making.number_keyed(digits, today=today)

    def not_heard(self) -> list[Move]:
        """An utterance could not be transcribed: ask again, and the second time offer the keys."""
        self._unheard += 1
        if self._unheard == 1:
            return [Say(f"[SERVER] confirm: {sentences.NOT_HEARD}")]
        keys = sentences.KEYS_WITH_PERSON if self._facts.can_transfer else sentences.KEYS
        return [Say(f"[SERVER] confirm: {sentences.NOT_HEARD_AGAIN.format(keys=keys)}")]

    def slot_checked(self, answer: SlotAnswer, *, today: date) -> list[Move]:
        """The calendar answered about the time in hand."""
        if self._changing.engaged:
            return self._changing.slot_checked(answer, today=today)
        return self._making.slot_checked(answer, today=today)

    def appointments_found(
        self, appointments: tuple[KnownAppointment, ...], *, ok: bool = True, today: date
    ) -> list[Move]:
        """What stands under the number that was looked under."""
        return self._changing.found(appointments, today=today) if ok else [self._changing.calendar_down()]

    def booking_answered(self, answer: SlotAnswer, *, today: date) -> list[Move]:
        """An appointment was made, moved or cancelled, or was not."""
        if not self._changing.writing:
            return self._making.answered(answer)
        moves = self._changing.answered(answer)
        if answer.ok and self.booked is not None and answer.appointment_id == self.booked.appointment_id:
            start = f"{answer.start_iso[:10]} {answer.start_iso[11:16]}"
            self._making.changed(cancelled=self._changing.done == "cancelled", start=start)
        return moves

    def calendar_silent(self) -> list[Move]:
        """The calendar has not answered for too long; a person will have to."""
        return [self._changing.calendar_down() if self._changing.engaged else self._making.calendar_down()]

    # --- for the menu ---------------------------------------------------------------------------------------
    def book_by_keys(self, start: str, phone: str) -> Book:
        """The caller took this time by keys."""
        return self._making.by_keys(start, phone)

    def promise_call(self) -> None:
        """A person will call back."""
        self._promised = True

    # --- what the sentence is about -------------------------------------------------------------------------
    def _change(self, reading: Reading, today: date, is_question: bool, before_booking: bool) -> list[Move] | None:
        """Moving or cancelling, if that is what the sentence is about."""
        if aim := self._aim(reading, before_booking):
            numbers = (self._caller, self._making.phone)
            phone = self.booked.phone if self.booked is not None else ""
            self._changing.begin(aim, numbers=numbers, made_here=self._made_here(reading), phone=phone)
        elif not self._changing.takes(reading):
            self._changing.leave()
            return None
        return self._changing.read(reading, today=today, is_question=is_question)

    def _aim(self, reading: Reading, before_booking: bool) -> str:
        """What shall be done to an appointment that exists; nothing as a rule."""
        if reading.intent in AIMS:
            return reading.intent
        if self.booked is None or self._changing.engaged or reading.intent != "no":
            return ""
        if reading.day or reading.hour:  # לא, רציתי בשלוש
            return "reschedule"
        return "cancel" if before_booking else ""  # לא רגע, לא לקבוע

    def _made_here(self, reading: Reading) -> KnownAppointment | None:
        """The appointment of this call, unless the caller speaks of another one."""
        if self.booked is None:
            return None
        day, _, hour = self.booked.start.partition(" ")
        if reading.from_day not in (None, day) or reading.from_hour not in (None, hour):
            return None
        return KnownAppointment(self.booked.appointment_id, self.booked.start)

    def _about_booking(self, booked: Booked, reading: Reading, today: date, before_booking: bool) -> Move | Reading:
        """What to say of the appointment that was made; or the sentence, as what it says about that one."""
        further = self._wants_further and is_about(reading) and reading.intent != "no"
        if further or is_another(booked, reading):
            self._changing.leave()
            self._promised = self._wants_further = True
            return Say(f"[SERVER] fact: {sentences.ALREADY_BOOKED}")
        if not is_about(reading):
            return reading
        if self._changing.engaged and (reading.intent != "book" or self._changing.aim == "reschedule"):
            return msgspec.structs.replace(reading, intent="none") if reading.intent == "book" else reading
        self._changing.leave()
        if not is_then(booked, reading):
            return put_right(booked, reading)
        if before_booking:
            return Say()  # they hear of it anyway
        if reading.farewell:
            return Goodbye()
        stands = sentences.STANDS.format(when=after_preposition(booked.start, today))
        return self._questions.ask("more", f"[SERVER] fact: {stands} {sentences.ANYTHING_ELSE}")

    def _is_news(self, reading: Reading) -> bool:
        """It says something that is not known yet, or wants something of its own."""
        wanted = self._making.wanted
        return bool(
            reading.intent in ("book", *AIMS)
            or reading.wants_person
            or reading.wants_wait
            or reading.another
            or reading.no_day
            or (reading.name and reading.name != self._making.name)
            or (reading.phone and normalize_phone(reading.phone) != self._making.phone)
            or (reading.service and reading.service != self._making.service)
            or (reading.day and reading.day != wanted.day)
            or (reading.hour and reading.hour != wanted.hour)
        )

    def _without_answers(self, reading: Reading) -> Reading:
        """What is left of a sentence that was said before the question that stands now."""
        repeats = self._changing.engaged and reading.intent == self._changing.aim  # it would be a yes now
        intent = "none" if reading.intent in ("yes", "no") or repeats else reading.intent
        return msgspec.structs.replace(reading, intent=intent, choice="")


def _with_fact(reading: Reading, moves: list[Move]) -> list[Move]:
    """The business's own answer, told before whatever comes next; of a caller who is handed on or leaves, nothing."""
    if not reading.fact or reading.wants_person or any(isinstance(move, HandOver | Goodbye | Hold) for move in moves):
        return moves
    item = f"[SERVER] fact: {reading.fact}"
    return [Say(item)] if moves == [Say()] else [Note(item), *moves]
