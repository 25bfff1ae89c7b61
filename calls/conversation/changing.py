"""Moving and cancelling by phone: which appointment, where to, and then an explicit yes.

Appointments are looked for under the caller's own number, then under one they key. Nothing is changed before the
caller agreed to the very change, and each agreement changes one thing once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date

import msgspec

from booking.hebrew.speech import say_date
from calls.conversation import sentences
from calls.conversation.consent import Step, agreed, names_time
from calls.conversation.events import KnownAppointment, Reading, SlotAnswer
from calls.conversation.lookup import Lookup
from calls.conversation.moves import Cancel, Check, Find, Move, Note, Questions, Reschedule, Say
from calls.conversation.wanted import Then, Wanted, after_preposition, split_start
from crm.phones import national

AIMS = ("reschedule", "cancel")
REFUSED_NUMBERS = 2
FOR_STAFF_ONLY = ("too_late", "not_allowed", "unknown_appointment")


class Changing:
    """One wish to move or cancel an appointment, and its outcome."""

    def __init__(self, questions: Questions, caller_phone: str) -> None:
        self._questions = questions
        self._lookup = Lookup(caller_phone)
        self._step = Step.OVER
        self._refused_numbers = 0
        self._changes = 0
        self.target = Wanted()
        self.aim = ""  # reschedule cancel
        self.done = ""  # what was done last: rescheduled cancelled
        self.wants_staff = False
        self.writing = False

    # --- what others may know ---------------------------------------------------------------------------
    @property
    def engaged(self) -> bool:
        """The next sentence is about this."""
        return self._step not in (Step.REST, Step.OVER)

    @property
    def wants_number(self) -> bool:
        return self._step is Step.NUMBER

    @property
    def known_day(self) -> str | None:
        """The day that an hour alone would belong to."""
        chosen = self._lookup.chosen
        return self.target.known_day or (split_start(chosen.start)[0] if chosen else None)

    def takes(self, reading: Reading) -> bool:
        """Whether this sentence goes on with the change."""
        when = bool(reading.day or reading.hour)
        if self.engaged:
            return reading.intent != "book" or (self._step is Step.TIME and when)
        return self._step is Step.REST and self.aim == "reschedule" and when and reading.intent != "book"

    # --- what happens -------------------------------------------------------------------------------------
    def begin(self, aim: str, *, numbers: Sequence[str], made_here: KnownAppointment | None, phone: str) -> None:
        """The caller wants this. `made_here`: the appointment of this call, booked under `phone`."""
        if not self.engaged or self._step is Step.OFFER:
            self._lookup.start(numbers=numbers, made_here=made_here, phone=phone)
            self._step, self.target = Step.LOOK, Wanted()
        elif aim != self.aim and self._step is not Step.NUMBER:
            self._step, self.target = Step.LOOK, Wanted()  # the appointment that was asked about stays in hand
        self.aim = aim

    def leave(self) -> None:
        """The caller wants something else, or a person has to go on; everything stays as it is."""
        self._step = Step.OVER

    def read(self, reading: Reading, *, today: date, is_question: bool) -> list[Move]:
        """Go on from a sentence that this `takes`."""
        if self._step is Step.OFFER:
            return [self._offer_answered(reading)]
        if self._step is Step.NUMBER and reading.phone:
            return self.number_given(reading.phone)
        if self._step is Step.NUMBER and reading.intent == "no":
            return [self._offer(sentences.NOT_FOUND_BY_NUMBER)]
        if self._step is Step.REST:
            self._step, self.target = Step.LOOK, Wanted()
        self._note_which(reading)
        if reading.intent == "question" and not names_time(reading) and self._lookup.chosen is not None:
            return [Say()]  # the standing question stays
        yes = None if is_question else self._agreed(reading)
        if yes is not None and (moves := self._answered(yes, today)) is not None:
            return moves
        if self._step is Step.TIME and reading.intent == "no" and yes is None and not names_time(reading):
            return [self._keep()]
        if reading.no_day and self._lookup.chosen is not None and self.aim == "reschedule":
            self._step = Step.TIME
            return [self._questions.ask("time", self.target.take_no_day(reading))]
        self._take_target(reading, is_question)
        return self._next(today)

    def number_given(self, raw: str) -> list[Move]:
        """The number under which the appointment stands, keyed or said."""
        phone = self._lookup.number_given(raw)
        if phone is None:
            self._refused_numbers += 1
            too_often = self._refused_numbers >= REFUSED_NUMBERS
            return [self._offer(sentences.NOT_FOUND_BY_NUMBER) if too_often else self._ask_number(again=True)]
        if self._lookup.asks_too_much:
            return [self._offer(sentences.NOT_FOUND_BY_NUMBER)]
        return [Note(f"[SERVER] phone_captured: {national(phone)}"), self._look()]

    def found(self, appointments: Sequence[KnownAppointment], *, today: date) -> list[Move]:
        """What stands under the number that was looked under, soonest first."""
        if appointments:
            self._lookup.found(appointments)
            return self._next(today)
        self._lookup.nothing_there()
        if self._lookup.next_number() is not None:
            return [self._look()]
        if self._lookup.was_told_a_number:
            return [self._offer(sentences.NONE_FOUND)]
        return [Note(f"[SERVER] fact: {sentences.NOT_UNDER_YOUR_NUMBER}"), self._ask_number()]

    def slot_checked(self, answer: SlotAnswer, *, today: date) -> list[Move]:
        """May it go to the time in hand?"""
        if not answer.ok:
            return [self._cannot(answer)]
        self.target.is_free = True
        return self._next(today)

    def answered(self, answer: SlotAnswer) -> list[Move]:
        """It was changed, or was not."""
        self.writing = False
        if not answer.ok:
            return [self._cannot(answer)]
        self._changes += 1
        self._step = Step.REST
        self.done = "rescheduled" if self.aim == "reschedule" else "cancelled"
        self._lookup.now_at(f"{answer.start_iso[:10]} {answer.start_iso[11:16]}")
        facts = {
            "appointment_id": answer.appointment_id,
            "start_iso": answer.start_iso,
            # Whoever only knows a number hears no name.
            "customer_name": answer.customer_name if self._lookup.is_own else "",
            "say": answer.say,
        }
        told = self._questions.ask("more", f"[SERVER] appointment_{self.done}: {json.dumps(facts, ensure_ascii=False)}")
        return [Say(told.item, lasting=True)]

    # --- taking what is said --------------------------------------------------------------------------------
    def _note_which(self, reading: Reading) -> None:
        """The caller says which appointment it is, by its present day or hour."""
        day, hour = reading.from_day, reading.from_hour
        answers = self._step is Step.WHICH and reading.intent != "yes"
        answers = answers or (self._step is Step.AGREE and self.aim == "cancel")
        if answers and (day, hour) == (None, None) and self._lookup.stands_at(reading.day, reading.hour):
            day, hour = reading.day, reading.hour
        if self._lookup.name(day, hour):
            self._step = Step.LOOK

    def _agreed(self, reading: Reading) -> bool | None:
        chosen = self._lookup.chosen
        return agreed(reading, step=self._step, aim=self.aim, target=self.target, chosen=chosen)

    def _answered(self, yes: bool, today: date) -> list[Move] | None:
        """What a yes or no leads to; None: go on."""
        if self._step is Step.TIME:
            if self.target.answer(yes=yes) is not Then.WHICH:
                return None
            return [self._questions.ask("which", self.target.which_question(today))]
        if self._step is Step.WHICH:
            if yes:
                self._lookup.choose(surely=True)
            elif not self._lookup.not_this_one():
                return [self._offer(sentences.NONE_OF_THEM)]
            self._step = Step.LOOK
            return None
        if yes:
            return [self._write()]
        if self.aim == "cancel" and self._lookup.not_this_one():
            return None
        return [self._keep()]

    def _keep(self) -> Say:
        self._step = Step.REST
        return self._questions.ask("more", f"[SERVER] fact: {sentences.KEPT}")

    def _take_target(self, reading: Reading, is_question: bool) -> None:
        """Where the appointment shall go. To ask for it by day and hour is to agree, if nothing was changed before."""
        if self.aim != "reschedule" or not (reading.day or reading.hour):
            self.target.choose(reading.choice)
            return
        requested = reading.intent == "reschedule" or self._step is Step.TIME
        if reading.day is None and self.target.known_day is None:
            requested = False  # which day was not said; that of the appointment is meant
            reading = msgspec.structs.replace(reading, day=self.known_day)
        then = self.target.take(reading)
        if then is Then.GO_ON and reading.hour and requested and not (is_question or self._changes):
            self.target.consented = True

    # --- what comes next ------------------------------------------------------------------------------------
    def _next(self, today: date) -> list[Move]:
        lookup = self._lookup
        if lookup.appointments is None:
            return [self._look()]
        if lookup.chosen is None:
            lookup.narrow()
        if self.aim == "cancel":
            if lookup.chosen is None:
                lookup.choose(surely=False)  # it is asked about by name anyway
            self._step = Step.AGREE
            return [self._ask("confirm", sentences.CONFIRM_CANCEL, today)]
        if lookup.chosen is None:
            self._step = Step.WHICH
            return [self._ask("confirm", sentences.WHICH_APPOINTMENT, today)]
        return [self._aim_at(lookup.chosen, today)]

    def _look(self) -> Move:
        self._step = Step.LOOK
        number = self._lookup.next_number()
        return self._ask_number() if number is None else Find(number)

    def _aim_at(self, chosen: KnownAppointment, today: date) -> Move:
        """Where to, is it free there, and shall it be so?"""
        target = self.target
        if target.hour and not target.day and not target.proposals:
            target.set(split_start(chosen.start)[0], target.hour)
        if target.proposals or not target.is_open or target.start == chosen.start:
            self._step = Step.TIME
            return self._ask_where(chosen, today)
        if not target.is_free:
            return Check(target.start, None, chosen.appointment_id)
        if target.consented and self._lookup.is_sure:
            return self._write()
        self._step = Step.AGREE
        return self._ask("confirm", sentences.CONFIRM_MOVE, today, to=after_preposition(target.start, today))

    def _ask_where(self, chosen: KnownAppointment, today: date) -> Move:
        target = self.target
        if target.proposals:
            return self._questions.ask("confirm", target.proposal_question(today))
        if target.refused:
            return self._questions.ask("time")  # the refusal has asked already
        self._lookup.is_sure = True  # each of these questions says which appointment is meant
        if target.start == chosen.start:
            target.set(None, None)
            return self._ask("time", sentences.THERE_ALREADY, today)
        if target.day:
            day = say_date(date.fromisoformat(target.day), today)
            return self._ask("time", sentences.MOVE_TO_WHICH_HOUR, today, day=day)
        return self._ask("time", sentences.MOVE_WHERE, today)

    def _ask(self, what: str, sentence: str, today: date, **values: str) -> Say:
        """A question about the appointment in question."""
        one = self._lookup.chosen or self._lookup.left[0]
        when = after_preposition(one.start, today)
        return self._questions.ask(what, f"[SERVER] confirm: {sentence.format(when=when, **values)}")

    def _write(self) -> Move:
        chosen = self._lookup.chosen
        assert chosen is not None  # it was asked about
        self.writing, self._step = True, Step.LOOK
        if self.aim == "cancel":
            return Cancel(chosen.appointment_id, self._lookup.phone)
        return Reschedule(chosen.appointment_id, self.target.start, self._lookup.phone)

    # --- where it cannot go on ------------------------------------------------------------------------------
    def _cannot(self, answer: SlotAnswer) -> Move:
        if answer.error == "failure":
            return self.calendar_down()
        if answer.error in FOR_STAFF_ONLY:
            self._step, self.wants_staff = Step.OVER, True
            if answer.error != "too_late":
                return Say(f"[SERVER] fact: {sentences.CHANGED_MEANWHILE}")
            said = f"{answer.say} {sentences.PASSED_ON}" if answer.say else sentences.TOO_LATE
            return Say(f"[SERVER] fact: {said}")
        item = self.target.refuse(answer)
        self._step = Step.TIME
        return self._questions.ask(self.target.asks_for, item)

    def calendar_down(self) -> Say:
        """The calendar does not answer. What was written meanwhile is still told once it does."""
        self.wants_staff = True
        if not self.writing:
            self._step = Step.OVER
        return Say(f"[SERVER] fact: {sentences.CALENDAR_DOWN}")

    def _ask_number(self, *, again: bool = False) -> Say:
        self._step = Step.NUMBER
        reason = "; reason=invalid_phone" if again else ""
        return self._questions.ask("phone", f"[SERVER] need_phone{reason}")

    def _offer(self, sentence: str) -> Say:
        self._step = Step.OFFER
        return self._questions.ask("confirm", f"[SERVER] confirm: {sentence}")

    def _offer_answered(self, reading: Reading) -> Say:
        """Shall a person call about it?"""
        self._step = Step.OVER
        if reading.intent == "yes":
            self.wants_staff = True
            return self._questions.ask("more", f"[SERVER] fact: {sentences.PASSED_ON}")
        if reading.intent == "no":
            return self._questions.ask("more", f"[SERVER] fact: {sentences.FINE}")
        return Say()
