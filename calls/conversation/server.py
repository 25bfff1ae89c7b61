"""What the server decides: sentences go in understood, the calendar's answers come back, and moves come out.

Keeps the books of the call: what is on its way to our workers, and which deeds the assistant may speak of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from calls.conversation import actions as do
from calls.conversation import corrections
from calls.conversation import events as ev
from calls.conversation.dialog import Dialog
from calls.conversation.errands import Errands
from calls.conversation.events import person_there
from calls.conversation.menu import Menu
from calls.conversation.moves import (
    Book,
    Cancel,
    Check,
    Find,
    FindSlots,
    Goodbye,
    Move,
    Reschedule,
)
from calls.conversation.readings import Readings
from calls.conversation.truth import Guard

Step = Move | do.AnyAction
_NOT_YET = {
    "book": corrections.NOT_BOOKED,
    "reschedule": corrections.NOT_MOVED,
    "cancel": corrections.NOT_CANCELLED,
}


class Server:
    """The booking desk's side of the conversation. Methods return moves, and actions for our own workers."""

    def __init__(self, facts: ev.CallFacts) -> None:
        self._facts = facts
        self.dialog = Dialog(facts)
        self.guard = Guard(facts)
        self.errands = Errands()
        self.readings = Readings()
        self.menu: Menu | None = None
        self.farewell = False  # the last goodbye was the caller's
        self._writing: Book | Reschedule | Cancel | None = None
        self._starts: dict[int, str] = {}  # of the appointments that this call knows
        if facts.booked is not None:
            self._starts[facts.booked.appointment_id] = facts.booked.start
            self.guard.booked(facts.booked.start, facts.booked.name)

    @property
    def busy(self) -> bool:
        """An answer is on its way from our workers."""
        return self.errands.busy or self.readings.waiting

    # --- the caller said ------------------------------------------------------------------------------
    def said(self, text: str, *, question_heard: bool) -> list[Step]:
        """Words to be understood. A question that was not heard before them is not what they answer."""
        self.errands.drop_question()
        request = self.errands.request("u")
        known = self.dialog
        self.readings.ask(request, is_question=text.endswith("?"), question=known.question - (not question_heard))
        return [do.RunUnderstanding(request, text, known.asked, known.wants_name, known.known_day)]

    def understood(self, event: ev.Understood, today: date) -> list[Step]:
        if not self.readings.answer(event.request_id, event.reading):
            return [do.Ignored("Understood", "answered before")]
        return self.read(today, event.at_ms)

    def read(self, today: date, at_ms: int) -> list[Step]:
        """Go on from the sentences understood by now. While an appointment is being written they wait for it."""
        steps: list[Step] = []
        while not self.errands.blocked:
            sentence = self.readings.next()
            if sentence is None or sentence.reading is None:
                break
            reading = sentence.reading
            if reading.farewell and not (reading.day or reading.hour):
                self.farewell = True
                steps.append(Goodbye())
                continue
            moves = self.dialog.read(
                reading,
                today=today,
                is_question=sentence.is_question,
                before_booking=sentence.before_booking,
                question=sentence.question,
                person_there=person_there(self._facts, at_ms),
            )
            steps += self.follow(moves)
        return steps

    def how_things_are(self, today: date) -> str:
        """What became of the caller's wish so far, as a correction says it; empty where they have none yet."""
        if self.dialog.outcome == "cancelled":
            return corrections.WAS_CANCELLED
        return self.guard.done_here(today) or _NOT_YET.get(self.dialog.aim, "")

    def promise_call(self) -> None:
        """A person shall get back to the caller: it was said, or is about to be."""
        self.dialog.promise_call()
        self.guard.will_call_back()

    # --- our workers answered ----------------------------------------------------------------------------
    def slot_checked(self, event: ev.SlotChecked, today: date) -> list[Step]:
        about = self.errands.asked_about
        rest = self.errands.answered(event.request_id)
        if rest is None:
            return [do.Ignored("SlotChecked", "the caller has said more since")]
        if event.answer.error != "failure":
            self.guard.checked(about, event.answer.ok)
            self.guard.offered(event.answer.suggestions)
        return [*rest, *self.follow(self.dialog.slot_checked(event.answer, today=today))]

    def appointments_found(self, event: ev.AppointmentsFound, today: date) -> list[Step]:
        rest = self.errands.answered(event.request_id)
        if rest is None:
            return [do.Ignored("AppointmentsFound", "the caller has said more since")]
        for found in event.appointments:
            self._starts[found.appointment_id] = found.start
            self.guard.knows(found.start, found.name)
        return [*rest, *self.follow(self.dialog.appointments_found(event.appointments, ok=event.ok, today=today))]

    def slots_found(self, event: ev.SlotsFound) -> list[Step]:
        rest = self.errands.answered(event.request_id)
        if rest is None or self.menu is None:
            return [do.Ignored("SlotsFound", "the menu was left")]
        self.guard.offered(event.starts)
        return [*rest, *self.follow(self.menu.slots_found(event.starts, ok=event.ok, at_ms=event.at_ms))]

    def written(self, event: ev.BookingAnswered, today: date) -> list[Step]:
        """An appointment was made, moved or cancelled, or was not."""
        rest = self.errands.written(event.request_id)
        if rest is None:
            return [do.Ignored("BookingAnswered", "answered before")]
        self._keep_books(event.answer)
        self.readings.booked()
        if self.menu is not None:
            moves = self.menu.booking_answered(event.answer, today=today, at_ms=event.at_ms)
        else:
            moves = self.dialog.booking_answered(event.answer, today=today)
        return [*rest, *self.follow(moves), *self.read(today, event.at_ms)]

    def overdue(self, at_ms: int) -> list[Step]:
        """The calendar does not answer."""
        if not self.errands.overdue():
            return []
        if self.menu is not None:
            return self.follow(self.menu.calendar_silent(at_ms))
        return self.follow(self.dialog.calendar_silent())

    # --- moves ---------------------------------------------------------------------------------------------
    def follow(self, moves: Iterable[Move]) -> list[Step]:
        """Moves with the errands among them sent on their way."""
        steps = [step for move in moves for step in self._sent(move)]
        if self.dialog.wants_staff:
            self.guard.will_call_back()
        return steps

    def _sent(self, move: Move) -> Iterator[Step]:
        match move:
            case Check(start=start, service=service, moving=moving):
                request, actions = self.errands.ask(start)
                yield from (*actions, do.CheckSlot(request, start, service, moving))
            case Find(phone=phone):
                request, actions = self.errands.ask()
                yield from (*actions, do.FindAppointments(request, phone))
            case FindSlots(after=after, count=count, service=service):
                request, actions = self.errands.ask()
                yield from (*actions, do.FindSlots(request, after, count, service))
            case Book() | Reschedule() | Cancel():
                self._writing = move
                request, actions = self.errands.write()
                yield from (*actions, _writing(request, move))
            case _:
                yield move

    def _keep_books(self, answer: ev.SlotAnswer) -> None:
        """What was done may be spoken of from now on."""
        move, self._writing = self._writing, None
        start = f"{answer.start_iso[:10]} {answer.start_iso[11:16]}"
        if not answer.ok:
            if isinstance(move, Book | Reschedule) and answer.error not in ("failure", "need_name", "need_phone"):
                self.guard.checked(move.start, False)
            self.guard.offered(answer.suggestions)
        elif isinstance(move, Book):
            self.guard.booked(start, answer.customer_name)
        elif isinstance(move, Reschedule):
            self.guard.moved(start, was=self._starts.get(move.appointment_id))
        elif isinstance(move, Cancel):
            self.guard.cancelled(start)
        if answer.ok and answer.appointment_id is not None:
            self._starts[answer.appointment_id] = start


def _writing(request: str, move: Book | Reschedule | Cancel) -> do.AnyAction:
    match move:
        case Book(start=start, name=name, phone=phone, service=service):
            return do.BookAppointment(request, start, name, phone, service)
        case Reschedule(appointment_id=appointment_id, start=start, phone=phone):
            return do.MoveAppointment(request, appointment_id, start, phone)
        case Cancel(appointment_id=appointment_id, phone=phone):
            return do.CancelAppointment(request, appointment_id, phone)
