"""What the assistant's tools were asked and what they did, in words for people: for the inbox and the console.

A tool that is not known here keeps its own name, and what is not understood is shown as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from booking.models import Appointment, Resource, Service
from calls.chips import Chip, moment_text
from crm.models import Lead
from crm.templatetags.isolates import isolate, phone
from whatsapp.models import AgentTrace
from whatsapp.tool_words import guard_in_words, label_of, refusal_in_words, title_of

_Row = TypeVar("_Row")
_MONEY = frozenset(("amount", "total", "price", "unit_price"))
_APPOINTMENTS, _LEADS = ("appointment_id",), ("lead_id", "customer_id")
_SILENT = frozenset(("crm.get", "crm.search_customer", "whatsapp.fetch_thread", "stt.get_last_transcript"))


@dataclass(frozen=True)
class Names:
    """What the ids in arguments stand for, in this business."""

    services: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, str] = field(default_factory=dict)
    appointments: Mapping[int, Appointment] = field(default_factory=dict)
    leads: Mapping[int, Lead] = field(default_factory=dict)


def names_in(arguments: Iterable[Mapping[str, Any]]) -> Names:
    """Looked up together, in four queries however many there are."""
    given = [row for row in arguments if isinstance(row, Mapping)]
    return Names(
        dict(Service.objects.values_list("slug", "name")),
        dict(Resource.objects.values_list("slug", "name")),
        Appointment.objects.select_related("service").in_bulk(_ids(given, _APPOINTMENTS)),
        Lead.objects.in_bulk(_ids(given, _LEADS)),
    )


def _ids(given: Sequence[Mapping[str, Any]], keys: tuple[str, ...]) -> set[int]:
    return {row[key] for row in given for key in keys if type(row.get(key)) is int and 0 < row[key] < 2**63}


# --- arguments ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Fact:
    """One argument: its key, what it is called, and what it says."""

    key: str
    label: str
    text: SafeString | str


def facts_of(arguments: Mapping[str, Any], names: Names) -> list[Fact]:
    """The arguments that say something, in their order."""
    return [
        Fact(key, label_of(key), _said(key, value, names))
        for key, value in arguments.items()
        if value not in (None, "", [], {})
    ]


def _said(key: str, value: Any, names: Names) -> SafeString | str:
    if key.endswith("_iso") or key == "date":
        return when_in_words(value) or str(value)
    if key in _APPOINTMENTS and (row := _known(names.appointments, value)):
        return _appointment(row)
    if key in _LEADS and (lead := _known(names.leads, value)):
        return str(lead)
    if key in ("phone", "customer_phone", "to") and isinstance(value, str):
        return phone(value)
    if key == "service":
        return names.services.get(str(value), str(value))
    if key == "resource":
        return names.resources.get(str(value), str(value))
    if key in _MONEY and isinstance(value, int | float | str) and not isinstance(value, bool):
        return isolate(f"{value} ₪")
    if isinstance(value, list):
        return format_html_join("; ", "{}", ((_row(each, names),) for each in value))
    if isinstance(value, Mapping):
        return _row(value, names)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def _row(value: Any, names: Names) -> SafeString | str:
    """A line of a list, such as one of an invoice's."""
    if not isinstance(value, Mapping):
        return str(value)
    return format_html_join(", ", "{}: {}", ((fact.label, fact.text) for fact in facts_of(value, names)))


def _known(rows: Mapping[int, _Row], value: Any) -> _Row | None:
    return rows.get(value) if type(value) is int else None


def _appointment(row: Appointment) -> SafeString:
    what = row.service.name if row.service else ""
    when = moment_text(timezone.localtime(row.starts_at), timezone.localdate())
    return format_html("{}{}<bdi>{}</bdi>", when, ", " if what else "", what)


def when_in_words(value: Any) -> SafeString | None:
    """A moment or a day as the tools write it; None for what is neither."""
    if not isinstance(value, str):
        return None
    try:
        if len(value) == len("2026-11-24"):
            return moment_text(date.fromisoformat(value), timezone.localdate())
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment_text(timezone.localtime(at) if at.tzinfo else at, timezone.localdate())


# --- deeds -------------------------------------------------------------------------------------------
def chip_of(step: AgentTrace, names: Names) -> Chip | None:
    """What a step did, for the conversation; None for what only the console tells."""
    if step.kind == AgentTrace.Kind.GUARD:
        return _guard(step)
    if step.kind != AgentTrace.Kind.TOOL or step.name in _SILENT:
        return None
    result = step.result if isinstance(step.result, Mapping) else {}
    asked = step.arguments if isinstance(step.arguments, Mapping) else {}
    if result.get("ok") is False:
        return _refused(step.name, asked, result)
    match step.name:
        case "calendar.find_slots":
            return _slots(result)
        case "calendar.create" | "calendar.reschedule" | "calendar.cancel":
            return _stored(step.name, asked, result, names)
        case "leads.tag":
            return Chip("ok", format_html(_("Tagged: {}"), str(asked.get("tag", ""))), icon="check")
        case "handoff.to_staff":
            return _handed_over(asked)
        case "faq.lookup":
            found = result.get("answer") is not None
            return Chip("", _("Found among the ready answers") if found else _("No ready answer was found"), icon="faq")
    return Chip("", title_of(step.name))


def _handed_over(asked: Mapping[str, Any]) -> Chip:
    word = _("Somebody of the staff gets back to them") if asked.get("keep_talking") else _("Handed over to the staff")
    reason = asked.get("reason")
    return Chip("warn", format_html("{}: <bdi>{}</bdi>", word, reason) if reason else word, icon="hand")


def _guard(step: AgentTrace) -> Chip | None:
    """A guard that let everything pass has nothing to tell."""
    result = step.result if isinstance(step.result, Mapping) else {}
    if result.get("ok", True):
        return None
    return Chip("warn", format_html(_("Stopped: {}"), guard_in_words(str(result.get("reason") or step.name))), icon="x")


def _refused(tool: str, asked: Mapping[str, Any], result: Mapping[str, Any]) -> Chip:
    code = str(result.get("error", ""))
    reason = refusal_in_words(code) or str(result.get("message") or "") or code
    if when := when_in_words(asked.get("start_iso")):
        return Chip("warn", format_html("{}: {}", when, reason))
    return Chip("", format_html("{}: {}", title_of(tool), reason))


def _slots(result: Mapping[str, Any]) -> Chip:
    slots = [slot for slot in result.get("slots") or [] if isinstance(slot, Mapping)]
    times = [when for slot in slots[:2] if (when := when_in_words(slot.get("start_iso")))]
    if not times:
        return Chip("warn", _("Looked in the calendar: nothing is free"), icon="cal")
    both = format_html(_("{} or {}"), *times) if len(times) > 1 else times[0]
    return Chip("", format_html(_("Looked in the calendar: free are {}"), both), icon="cal")


_STORED: Mapping[str, str] = {
    "calendar.create": gettext_noop("Appointment stored"),
    "calendar.reschedule": gettext_noop("Appointment moved"),
    "calendar.cancel": gettext_noop("Appointment cancelled"),
}


def _stored(tool: str, asked: Mapping[str, Any], result: Mapping[str, Any], names: Names) -> Chip:
    word = _(_STORED[tool])
    when = when_in_words(result.get("start_iso") or asked.get("start_iso"))
    if when is None and (row := _known(names.appointments, asked.get("appointment_id"))):
        when = _appointment(row)
    return Chip("ok", format_html("{}: {}", word, when) if when else word, icon="check")


def as_json(value: Any) -> str:
    """For the folded details, readable and in Hebrew letters."""
    return json.dumps(value, ensure_ascii=False, indent=1)
