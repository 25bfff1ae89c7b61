"""What staff write about an appointment for each other. No customer hears or reads it."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from booking.availability import refused
from booking.changes import locked_row
from booking.creation import MAX_NOTE
from booking.facts import load
from booking.history import Author, record_note
from booking.models import Appointment
from booking.rearranging import Overtaken, overtaken
from booking.results import Refused
from crm.models import Business, Medium
from crm.tenancy import for_business
from crm.words import one_line


def write_note(
    *, business: Business, appointment_id: int, text: str, seen: str, now: datetime, by: User
) -> Appointment | Refused | Overtaken:
    """Other words about the appointment, empty for none. `seen` is what the writer changed: nobody's words get lost."""
    with for_business(business), transaction.atomic():
        row = locked_row(appointment_id)
        if row is None:
            return refused("unknown_appointment")
        if row.status == Appointment.Status.HELD:
            return refused("not_allowed")
        words = one_line(text)[:MAX_NOTE]
        if words == row.note:
            return row
        if row.note != seen:
            return overtaken(row)
        before, row.note = row.note, words
        row.save(update_fields=["note"])
        start = load(business, now=now).policy.local(row.starts_at)
        record_note(row, before=before, author=Author(Medium.STAFF, by), start=start, now=now)
        return row
