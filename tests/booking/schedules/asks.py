"""What a process is told to ask of the booking services, and what it reports: values that cross process borders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

Answer = dict[str, Any]  # `as_dict()` of a booking result; of a crash {"raised": traceback}


class What(Enum):
    CREATE = "create"
    HOLD = "hold"
    RELEASE = "release"
    MOVE = "move"
    CANCEL = "cancel"


class Moment(Enum):
    """Where in its work a process kills itself."""

    BEFORE_STATEMENT = "before the nth statement of any kind"
    BEFORE_WRITE = "between check and write: before the nth change of an appointment's row"
    AFTER_WRITE = "between write and commit: after the nth change of an appointment's row"
    BEFORE_ANSWER = "between commit and acknowledgement"


@dataclass(frozen=True)
class Death:
    moment: Moment
    nth: int = 1


@dataclass(frozen=True)
class Ask:
    """One request. `tag` is its customer's name, so that a row tells who asked for it; a repeated ask keeps it."""

    what: What
    tag: str
    business_id: int
    now: datetime
    start: datetime | None = None
    service: str | None = None
    resource: str | None = None
    target: int | str = 0  # an appointment, or the tag of an earlier ask of the same process that booked one
    phone: str = ""
    call_sid: str = ""
    key: str = ""
    death: Death | None = None


@dataclass(frozen=True)
class Told:
    """An ask and its acknowledged answer; None if its process died first. `appointment_id` is what it was about."""

    ask: Ask
    answer: Answer | None
    appointment_id: int = 0
