"""What a business file says, as values. Field names are those of the file, and of the models wherever they agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from booking.policy import Window

Week = Mapping[int, tuple[Window, ...]]  # weekday (Sunday = 0) -> its windows; closed days are left out


@dataclass(frozen=True)
class SettingsPart:
    slot_size_min: int = 60
    allow_24_7: bool = False
    opening_hours: Week = field(default_factory=dict)
    booking_window_days: int = 30
    min_notice_min: int = 0
    cancel_notice_min: int = 0
    daily_limit: int | None = None
    require_phone_before_booking: bool = True
    phone_source: str = "keypad"
    ai_prompt_calls: str = ""
    ai_prompt_whatsapp: str = ""
    transfer_to: str = ""
    record_calls: bool = False
    recordings_kept_days: int | None = None
    max_call_min: int = 30
    max_call_cost_cents: int | None = None
    patience_ms: int | None = None
    barge_in_level: int | None = None


# Of `SettingsPart` and of the settings row alike; a file holds them where they differ from the default.
CALL_SETTINGS = (
    "record_calls",
    "recordings_kept_days",
    "max_call_min",
    "max_call_cost_cents",
    "patience_ms",
    "barge_in_level",
)


@dataclass(frozen=True)
class ClosurePart:
    """A special date; without windows it is closed."""

    date: date
    hours: tuple[Window, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class ResourcePart:
    id: str
    name: str
    hours: Week = field(default_factory=dict)  # none: the business's
    daily_limit: int | None = None
    closures: tuple[ClosurePart, ...] = ()  # its own time off and special hours


@dataclass(frozen=True)
class ServicePart:
    id: str
    name: str
    duration_min: int
    buffer_before_min: int = 0
    buffer_after_min: int = 0
    price: Decimal | None = None
    resources: tuple[str, ...] = ()  # none: all


@dataclass(frozen=True)
class FaqPart:
    id: str
    question: str
    answer: str
    phrasings: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True)
class StaffPart:
    username: str
    role: str


@dataclass(frozen=True)
class BusinessFile:
    """One business. `staff` is None where the file does not speak of people."""

    slug: str
    name: str
    timezone: str = "Asia/Jerusalem"
    lines: tuple[str, ...] = ()
    settings: SettingsPart = field(default_factory=SettingsPart)
    resources: tuple[ResourcePart, ...] = ()
    services: tuple[ServicePart, ...] = ()
    closures: tuple[ClosurePart, ...] = ()
    holidays_calendar: str = ""
    holidays_closed: bool = False
    faq: tuple[FaqPart, ...] = ()
    staff: tuple[StaffPart, ...] | None = None
