"""The appointment that came of a call: booked, moved or cancelled in it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from booking.models import Appointment
from calls.chips import ITEM
from calls.models import CallSession, Turn

_DEED = "[SERVER] appointment_"


def changed_in(call: CallSession) -> Appointment | None:
    """The appointment that the server last told it had stored, moved or cancelled in this call; one or two queries.

    A call in the browser makes appointments of its own kind, which no calendar knows.
    """
    if call.from_browser:
        return None
    told = call.turns.filter(speaker=Turn.Speaker.SERVER, text__startswith=_DEED).order_by("-index")
    found = appointment_named(told.values_list("text", flat=True)[:1])
    if found is None:
        return None
    rows = Appointment.objects.select_related("service", "resource", "lead")
    return rows.exclude(status=Appointment.Status.HELD).filter(pk=found).first()


def appointment_named(items: Iterable[str]) -> int | None:
    """The key in the first of these items that has one."""
    for item in items:
        match = ITEM.match(item)
        try:
            told = json.loads(match[2]) if match else {}
            return int(told["appointment_id"])
        except (ValueError, KeyError, TypeError):
            continue
    return None
