"""Removing a person: what was said, written and noted goes; how much there was stays, without a name."""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from agentlocator.person.held import Person, files, held
from booking.models import Appointment
from booking.services import cancel_appointment
from calls.models import BlockedNumber, Recording
from crm.models import Business, Lead, Medium, SettingChange

# Deleted row by row, in this order: what names others of them goes first.
_GONE = (
    "approvals",
    "assistant_steps",
    "assistant_runs",
    "message_files",
    "automatic_messages",
    "questions",
    "messages",
    "conversations",
    "turns",
    "event_logs",
    "follow_ups",
    "timeline",
    "tags",
    "identities",
    "documents",
    "merged_cards",
    "answers_kept",
    "practice_appointments",
    "blocked_numbers",
    "pending_imports",
)


def erase_person(*, business: Business, number: str, now: datetime) -> dict[str, int]:
    """How many rows of each kind were removed or made anonymous; empty if nothing was held. The business is current.

    Appointments ahead are cancelled, so that their time is free again. Their calls and appointments stay as bare
    numbers of the business, and so does an empty card, which they hang on.
    """
    with transaction.atomic():
        person = Person.of_number(number)
        list(Lead.objects.select_for_update().filter(pk__in=person.leads))
        rows = held(person)
        counts = {name: count for name, found in rows.items() if (count := found.count())}
        ahead = rows["appointments"].filter(status=Appointment.Status.CONFIRMED, starts_at__gt=now)
        for pk in ahead.values_list("pk", flat=True):
            cancel_appointment(business=business, appointment_id=pk, now=now, medium=Medium.STAFF)
        for _name, file in files(person):
            transaction.on_commit(partial(file.storage.delete, file.name), robust=True)
        for name in _GONE:
            held(person)[name].delete()
        _empty(person, now)
    return counts


def _empty(person: Person, now: datetime) -> None:
    """What is counted stays, and says nothing of anybody. Rows are found by what others hold, so cards come last."""
    rows = held(person)
    for change in rows["setting_changes"]:
        _mask(change, person)
    rows["appointment_changes"].update(old_note="", new_note="", reason="")
    rows["recordings"].update(file="", url="", status=Recording.Status.DELETED, deleted_at=now)
    bare: dict[str, Any] = {"summary": "", "topic": "", "person_erased_at": now, "lead": None, "from_number": ""}
    calls = list(rows["calls"].values_list("pk", flat=True))
    rows["appointments"].update(customer_name="", customer_phone="", note="")
    rows["calls"].model._default_manager.filter(pk__in=calls).update(**bare)
    rows["customer"].update(name="", phone="", notes="", assigned_to=None)


def _mask(change: SettingChange, person: Person) -> None:
    """The history goes on saying who changed what, without the number; that of a blocked number goes with it."""
    if change.table == BlockedNumber._meta.db_table:
        change.delete()
        return
    for side in ("before", "after"):
        text = json.dumps(getattr(change, side), ensure_ascii=False)
        for number in person.numbers:
            text = text.replace(number, "***")
        setattr(change, side, json.loads(text))
    change.save(update_fields=["before", "after"])
