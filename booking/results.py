"""What the booking services answer: values of contract section 4, never exceptions.

Instants are aware and local to the business, so that `…_iso` reads as its clock shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, NamedTuple


class Slot(NamedTuple):
    """One bookable time. A tuple, since a month has hundreds of them."""

    start: datetime
    end: datetime

    def as_dict(self) -> dict[str, str]:
        return {"start_iso": self.start.isoformat(), "end_iso": self.end.isoformat()}


@dataclass(frozen=True, slots=True)
class SlotsFound:
    slots: tuple[Slot, ...]
    ok: ClassVar[bool] = True

    def as_dict(self) -> dict[str, Any]:
        return {"ok": True, "slots": [slot.as_dict() for slot in self.slots]}


@dataclass(frozen=True, slots=True)
class Available:
    """The time that was asked about may be booked."""

    slot: Slot
    ok: ClassVar[bool] = True

    def as_dict(self) -> dict[str, Any]:
        return {"ok": True} | self.slot.as_dict()


@dataclass(frozen=True, slots=True)
class Refused:
    """`code` is one of contract section 4, or, for a change, `unknown_appointment`, `not_allowed` or `too_late`."""

    code: str
    message: str  # a Hebrew sentence for the screen
    suggestions: tuple[Slot, ...] = ()
    rule: str = field(default="", compare=False)  # that of `slots.Obstacle`, if a rule of the business refused the time
    source: str | None = field(default=None, compare=False)  # where that rule is set; see `Explanation`
    unparseable: bool = False  # the start was no time at all: the API answers 400
    ok: ClassVar[bool] = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "ok": False,
            "error": self.code,
            "message": self.message,
            "suggestions": [slot.as_dict() for slot in self.suggestions],
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a time may be booked or not: the answer of the engine, the rule behind it and where that rule stands."""

    ok: bool
    code: str | None
    rule: str | None
    source: str | None  # settings prompt default closures resource calendar
    message: str
    suggestions: tuple[Slot, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "error": self.code,
            "rule": self.rule,
            "source": self.source,
            "message": self.message,
            "suggestions": [slot.as_dict() for slot in self.suggestions],
        }


@dataclass(frozen=True, slots=True)
class _Changed:
    """An appointment as its committed row has it, with the sentence to speak."""

    appointment_id: int
    slot: Slot
    customer_name: str
    say: str
    ok: ClassVar[bool] = True

    def as_dict(self) -> dict[str, Any]:
        return {"ok": True, "appointment_id": self.appointment_id} | self.slot.as_dict()


@dataclass(frozen=True, slots=True)
class Booked(_Changed):
    pass


@dataclass(frozen=True, slots=True)
class Rescheduled(_Changed):
    pass


@dataclass(frozen=True, slots=True)
class Cancelled(_Changed):
    pass


@dataclass(frozen=True, slots=True)
class AttendanceConfirmed(_Changed):
    pass
