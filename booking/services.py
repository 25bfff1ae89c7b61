"""The use cases of booking. Everyone who books comes through here: voice, WhatsApp, web, staff, API.

Each takes its business and enters its scope; each answers with a value of `booking.results`. A start is an aware
datetime or ISO text with an offset.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from booking.availability import check_time, find_slots
from booking.changes import cancel_appointment, change_status, reschedule_appointment
from booking.creation import create_appointment
from booking.facts import load
from booking.policy import BusinessPolicy
from crm.models import Business
from crm.tenancy import for_business

__all__ = [
    "cancel_appointment",
    "change_status",
    "check_time",
    "create_appointment",
    "effective_policy",
    "find_slots",
    "reschedule_appointment",
]


def effective_policy(business: Business, *, now: datetime | None = None) -> BusinessPolicy:
    """The rules in force: settings and rows, else their defaults; `sources` says which."""
    with for_business(business):
        return load(business, now=now or timezone.now()).policy
