"""The use cases of booking. Everyone who books comes through here: voice, WhatsApp, web, staff, API.

Each takes its business and enters its scope; each answers with a value of `booking.results`. A start is an aware
datetime or ISO text with an offset.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from booking.availability import check_time, explain, find_slots
from booking.changes import (
    cancel_appointment,
    check_new_time,
    complete_appointment,
    confirm_attendance,
    hold_new_time,
    record_no_show,
    reschedule_appointment,
)
from booking.creation import create_appointment, forget_answers
from booking.facts import load
from booking.history import Override
from booking.holds import hold_time, release_expired_holds, release_hold
from booking.policy import BusinessPolicy
from crm.models import Business
from crm.tenancy import for_business

__all__ = [
    "Override",
    "cancel_appointment",
    "check_new_time",
    "check_time",
    "complete_appointment",
    "confirm_attendance",
    "create_appointment",
    "effective_policy",
    "explain",
    "find_slots",
    "forget_answers",
    "hold_new_time",
    "hold_time",
    "record_no_show",
    "release_expired_holds",
    "release_hold",
    "reschedule_appointment",
]


def effective_policy(business: Business, *, now: datetime | None = None) -> BusinessPolicy:
    """The rules in force: the owner's confirmed words, else settings and rows, else defaults; `sources` says which."""
    with for_business(business):
        return load(business, now=now or timezone.now()).policy
