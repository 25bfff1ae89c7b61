"""Whose appointment, and which one: numbers to look under, what stands there, and what the caller says of it."""

from __future__ import annotations

from collections.abc import Sequence

from calls.conversation.events import KnownAppointment
from calls.conversation.wanted import When, split_start
from crm.phones import normalize_phone

NUMBERS_KEYED = 2  # looked up in one call, so that nobody goes through other people's numbers


class Lookup:
    """The appointments that may be meant. `caller` is the E.164 number that calls, empty when withheld."""

    def __init__(self, caller: str) -> None:
        self._caller = caller
        self._keyed: set[str] = set()  # numbers given that are not the caller's own
        self.start()

    def start(self, *, numbers: Sequence[str] = (), made_here: KnownAppointment | None = None, phone: str = "") -> None:
        """A new search under these numbers; or none, if it is the appointment of this call, booked under `phone`."""
        self._numbers = list(dict.fromkeys(number for number in numbers if number))
        self.phone = phone  # that was looked under
        self.appointments: tuple[KnownAppointment, ...] | None = None
        self.is_own = False  # they are the caller's by caller id, or were made in this call
        self._named: When = (None, None)  # day and hour of it, as the caller said
        self.left: list[KnownAppointment] = []  # those it may be; the one in question comes first
        self.chosen: KnownAppointment | None = None
        self.is_sure = False  # the caller knows which one is meant
        if made_here is not None:
            self.appointments, self.is_own = (made_here,), True

    # --- numbers ----------------------------------------------------------------------------------------
    def next_number(self) -> str | None:
        """The number to look under now; None: the caller has to name one."""
        if not self._numbers:
            return None
        self.phone = self._numbers[0]
        return self.phone

    def number_given(self, raw: str) -> str | None:
        """Look under this one as well; its E.164 form, or None if it is no number."""
        phone = normalize_phone(raw)
        if phone is not None:
            self._numbers = [phone]
            if phone != self._caller:
                self._keyed.add(phone)
        return phone

    @property
    def asks_too_much(self) -> bool:
        return len(self._keyed) > NUMBERS_KEYED

    @property
    def was_told_a_number(self) -> bool:
        return bool(self._keyed)

    def nothing_there(self) -> None:
        self._numbers = [number for number in self._numbers if number != self.phone]

    # --- appointments -----------------------------------------------------------------------------------
    def found(self, appointments: Sequence[KnownAppointment]) -> None:
        """They stand under that number, soonest first."""
        self.appointments = tuple(appointments)
        self.is_own = self._caller != "" and self.phone == self._caller

    def name(self, day: str | None, hour: str | None) -> bool:
        """The caller says which one, by its day or hour. True if that is another one than was thought."""
        if (day, hour) == (None, None):
            return False
        self._named = (day, hour)
        if self.chosen is not None and is_at(self.chosen, day, hour):
            return False
        self.chosen, self.left, self.is_sure = None, [], False
        return True

    def stands_at(self, day: str | None, hour: str | None) -> bool:
        return any(is_at(one, day, hour) for one in self.appointments or ())

    def narrow(self) -> None:
        """Choose the one that is meant, if only one can be. What fits no words of the caller's is asked about."""
        if self.left or not self.appointments:
            return
        fitting = [one for one in self.appointments if is_at(one, *self._named)]
        self.left = fitting or list(self.appointments)
        if len(self.left) == 1 and fitting:
            self.chosen, self.is_sure = self.left[0], self.is_own

    def choose(self, *, surely: bool) -> None:
        """It is the one in question."""
        self.chosen, self.is_sure = self.left[0], surely

    def not_this_one(self) -> bool:
        """It is not the one in question. False if no other is left."""
        self.left, self.chosen = self.left[1:], None
        return bool(self.left)

    def now_at(self, start: str) -> None:
        """The chosen one was changed."""
        assert self.chosen is not None  # nothing is changed before one is chosen
        self.chosen = KnownAppointment(self.chosen.appointment_id, start)
        self.appointments, self.left, self.is_sure = (self.chosen,), [self.chosen], True


def is_at(appointment: KnownAppointment, day: str | None, hour: str | None) -> bool:
    """Whether it is on this day and at this hour, as far as they are given."""
    at = split_start(appointment.start)
    return day in (None, at[0]) and hour in (None, at[1])
