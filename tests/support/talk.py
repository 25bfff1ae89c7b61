"""A dialog driven by hand, without the machine around it: the test speaks, keys and answers for the calendar."""

from __future__ import annotations

import datetime as dt

from calls.conversation.dialog import Dialog
from calls.conversation.events import CallFacts, KnownAppointment, Reading, SlotAnswer
from calls.conversation.menu import Menu
from calls.conversation.moves import Book, Cancel, Check, Find, FindSlots, Move, Note, Reschedule, Say, Speak

STARTED_AT = "2026-11-22T12:00:00+02:00"  # a Sunday
TODAY = dt.date(2026, 11, 22)
DANA = "+972521234567"
TUESDAY_SIX = KnownAppointment(7, "2026-11-24 18:00", "תספורת", "דנה לוי")
THURSDAY_TEN = KnownAppointment(8, "2026-11-26 10:00", "צבע", "דנה לוי")


class Talk:
    """Each verb is something that happens; `moves` are those of the last one, `all` those of the whole call."""

    def __init__(self, **facts: object) -> None:
        self.facts = CallFacts(started_at=STARTED_AT, **facts)  # type: ignore[arg-type]  # test shorthand
        self.dialog = Dialog(self.facts)
        self.moves: list[Move] = []
        self.all: list[Move] = []

    def _did(self, moves: list[Move]) -> Talk:
        self.moves = moves
        self.all += moves
        return self

    # --- the caller
    def says(
        self, intent: str = "none", *, asking: bool = False, question: int | None = None, **reading: object
    ) -> Talk:
        said = Reading(intent=intent, **reading)  # type: ignore[arg-type]  # test shorthand
        return self._did(self.dialog.read(said, today=TODAY, is_question=asking, question=question))

    def keys(self, digits: str) -> Talk:
        return self._did(self.dialog.keys_committed(digits, today=TODAY))

    # --- the calendar
    def finds(self, *appointments: KnownAppointment) -> Talk:
        assert isinstance(self.moves[-1], Find), self.moves
        return self._did(self.dialog.appointments_found(appointments, today=TODAY))

    def free(self) -> Talk:
        return self.checked(ok=True)

    def checked(self, **answer: object) -> Talk:
        assert isinstance(self.moves[-1], Check), self.moves
        return self._did(self.dialog.slot_checked(SlotAnswer(**answer), today=TODAY))  # type: ignore[arg-type]  # test shorthand

    def done(self, start: str = "2026-11-23 18:00", appointment_id: int = 7, **answer: object) -> Talk:
        """What was being written is written."""
        assert isinstance(self.moves[-1], Book | Reschedule | Cancel), self.moves
        told = SlotAnswer(
            ok=True,
            appointment_id=appointment_id,
            start_iso=f"{start.replace(' ', 'T')}:00+02:00",
            customer_name="דנה לוי",
            say="נעשה.",
        )
        return self._did(self.dialog.booking_answered(told, today=TODAY))

    def refused(self, error: str, **answer: object) -> Talk:
        assert isinstance(self.moves[-1], Book | Reschedule | Cancel), self.moves
        told = SlotAnswer(ok=False, error=error, **answer)  # type: ignore[arg-type]  # test shorthand
        return self._did(self.dialog.booking_answered(told, today=TODAY))

    # --- looking
    @property
    def told(self) -> list[str]:
        """The `[SERVER]` items of the last moves, without their mark."""
        items = [move.item for move in self.moves if isinstance(move, Say | Note) and move.item]
        return [item.removeprefix("[SERVER] ") for item in items]

    @property
    def written(self) -> list[Move]:
        """Everything that was booked, moved or cancelled so far, or tried to be."""
        return [move for move in self.all if isinstance(move, Book | Reschedule | Cancel)]


class Keys:
    """A call by keys alone. `lines` are the keys of what was spoken last."""

    def __init__(self, *, chosen: bool = False, after: Talk | None = None, **facts: object) -> None:
        self.talk = after or Talk(**facts)
        self.menu = Menu(self.talk.facts, self.talk.dialog, chosen=chosen)
        self.now = 0
        self.moves: list[Move] = []
        self.all: list[Move] = []

    def _did(self, moves: list[Move]) -> Keys:
        self.moves = moves
        self.all += moves
        return self

    def opens(self, **how: bool) -> Keys:
        return self._did(self.menu.open(self.now, **how))

    def press(self, keys: str, *, heard: float = 1.0) -> Keys:
        for key in keys:
            self._did(self.menu.key_pressed(key, at_ms=self.now, heard=heard))
        return self

    def number(self, digits: str) -> Keys:
        assert self.menu.wants_number
        return self._did(self.menu.number_keyed(digits))

    def slots(self, *starts: str, ok: bool = True) -> Keys:
        assert any(isinstance(move, FindSlots) for move in self.all)
        return self._did(self.menu.slots_found(starts, ok=ok, at_ms=self.now))

    def booked(self) -> Keys:
        book = self.books[-1]
        start_iso = f"{book.start.replace(' ', 'T')}:00+02:00"
        return self._answered(SlotAnswer(True, "", (), 7, start_iso, book.name, "התור נקבע בהצלחה."))

    def refused(self, error: str) -> Keys:
        assert self.books
        return self._answered(SlotAnswer(False, error))

    def _answered(self, answer: SlotAnswer) -> Keys:
        return self._did(self.menu.booking_answered(answer, today=TODAY, at_ms=self.now))

    def silence(self) -> Keys:
        return self._did(self.menu.silent(self.now))

    @property
    def lines(self) -> list[str]:
        return [move.key for move in self.moves if isinstance(move, Speak)]

    @property
    def books(self) -> list[Book]:
        return [move for move in [*self.talk.all, *self.all] if isinstance(move, Book)]
