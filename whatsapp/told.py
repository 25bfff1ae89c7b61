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
from calls.chips import Chip, moment_text, reason_in_words
from crm.models import Lead
from crm.templatetags.isolates import isolate, phone
from whatsapp.models import AgentTrace

_TITLES: Mapping[str, str] = {
    "calendar.find_slots": gettext_noop("Looking for a free time"),
    "calendar.create": gettext_noop("Booking an appointment"),
    "calendar.reschedule": gettext_noop("Moving an appointment"),
    "calendar.cancel": gettext_noop("Cancelling an appointment"),
    "leads.upsert": gettext_noop("Saving the customer's details"),
    "leads.tag": gettext_noop("Tagging the customer"),
    "crm.search_customer": gettext_noop("Looking for the customer"),
    "crm.get": gettext_noop("Reading the customer's card"),
    "crm.update": gettext_noop("Changing the customer's card"),
    "calls.log_create": gettext_noop("Noting a call"),
    "calls.attach_recording": gettext_noop("Attaching a recording"),
    "stt.get_last_transcript": gettext_noop("Reading the last transcript"),
    "summary.generate": gettext_noop("Writing a summary"),
    "whatsapp.send": gettext_noop("Sending a message"),
    "whatsapp.fetch_thread": gettext_noop("Reading the conversation"),
    "faq.lookup": gettext_noop("Looking among the ready answers"),
    "invoices.draft": gettext_noop("Draft of an invoice"),
    "handoff.to_staff": gettext_noop("Handing over to the staff"),
}
_ASKED: Mapping[str, str] = {  # what somebody is asked to allow
    "calendar.cancel": gettext_noop("Cancel an appointment"),
    "calendar.reschedule": gettext_noop("Move an appointment"),
    "calendar.create": gettext_noop("Book an appointment"),
    "crm.update": gettext_noop("Change the customer's card"),
    "whatsapp.send": gettext_noop("Send a message"),
    "invoices.draft": gettext_noop("Issue the draft of an invoice"),
}
_AFTERWARDS: Mapping[str, str] = {  # what cannot be taken back
    "calendar.cancel": gettext_noop("After the approval the time is free for others."),
    "calendar.reschedule": gettext_noop("After the approval the earlier time is free for others."),
    "whatsapp.send": gettext_noop("A message that was sent cannot be taken back."),
    "invoices.draft": gettext_noop("After the approval the document gets its number, is sent, and cannot be changed."),
}
_LABELS: Mapping[str, str] = {
    "start_iso": gettext_noop("time"),
    "new_start_iso": gettext_noop("new time"),
    "end_iso": gettext_noop("until"),
    "date": gettext_noop("day"),
    "days": gettext_noop("days"),
    "keep_talking": gettext_noop("the assistant goes on answering"),
    "service": gettext_noop("service"),
    "resource": gettext_noop("with"),
    "customer_name": gettext_noop("name"),
    "name": gettext_noop("name"),
    "customer_phone": gettext_noop("phone"),
    "phone": gettext_noop("phone"),
    "to": gettext_noop("to"),
    "appointment_id": gettext_noop("appointment"),
    "lead_id": gettext_noop("customer"),
    "customer_id": gettext_noop("customer"),
    "text": gettext_noop("words"),
    "question": gettext_noop("question"),
    "query": gettext_noop("looked for"),
    "reason": gettext_noop("reason"),
    "tag": gettext_noop("tag"),
    "status": gettext_noop("state"),
    "note": gettext_noop("note"),
    "notes": gettext_noop("notes"),
    "summary": gettext_noop("summary"),
    "description": gettext_noop("details"),
    "items": gettext_noop("details"),
    "lines": gettext_noop("details"),
    "amount": gettext_noop("amount"),
    "total": gettext_noop("total"),
    "price": gettext_noop("price"),
    "unit_price": gettext_noop("price"),
    "quantity": gettext_noop("quantity"),
    "customer": gettext_noop("customer"),
    "call_sid": gettext_noop("call"),
}
_Row = TypeVar("_Row")
_MONEY = frozenset(("amount", "total", "price", "unit_price"))
_APPOINTMENTS, _LEADS = ("appointment_id",), ("lead_id", "customer_id")
_SILENT = frozenset(("crm.get", "crm.search_customer", "whatsapp.fetch_thread", "stt.get_last_transcript"))


def title_of(tool: str) -> str:
    return _(_TITLES[tool]) if tool in _TITLES else tool


def asked_for(tool: str) -> str:
    """The same as something that somebody is to allow."""
    return _(_ASKED[tool]) if tool in _ASKED else title_of(tool)


def afterwards(tool: str) -> str:
    return _(_AFTERWARDS[tool]) if tool in _AFTERWARDS else _("What is done then cannot be taken back by itself.")


def label_of(key: str) -> str:
    return _(_LABELS[key]) if key in _LABELS else key


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


_GUARDS: Mapping[str, str] = {
    "truth": gettext_noop("the words said something that was not done"),
    "injection": gettext_noop("the message tried to give the assistant orders"),
    "tenant": gettext_noop("something of another business was asked for"),
    "permission": gettext_noop("the assistant may not do this"),
    "spend": gettext_noop("the spending limit was reached"),
    "provider": gettext_noop("the language model did not answer"),
    "timeout": gettext_noop("the language model did not answer"),
    "no_tool": gettext_noop("the language model looked nothing up"),
    "turns": gettext_noop("the language model came to no answer"),
    "empty": gettext_noop("the language model came to no answer"),
}


def guard_in_words(name: str) -> str:
    return _(_GUARDS[name]) if name in _GUARDS else name


def _refused(tool: str, asked: Mapping[str, Any], result: Mapping[str, Any]) -> Chip:
    code = str(result.get("error", ""))
    reason = refusal_in_words(code) or str(result.get("message") or "") or code
    if when := when_in_words(asked.get("start_iso")):
        return Chip("warn", format_html("{}: {}", when, reason))
    return Chip("", format_html("{}: {}", title_of(tool), reason))


def refusal_in_words(code: str) -> str:
    """Why a tool did nothing; empty for what is not known."""
    return reason_in_words(code) or (_(_REFUSALS[code]) if code in _REFUSALS else "")


def _slots(result: Mapping[str, Any]) -> Chip:
    slots = [slot for slot in result.get("slots") or [] if isinstance(slot, Mapping)]
    times = [when for slot in slots[:2] if (when := when_in_words(slot.get("start_iso")))]
    if not times:
        return Chip("warn", _("Looked in the calendar: nothing is free"), icon="cal")
    both = format_html(_("{} or {}"), *times) if len(times) > 1 else times[0]
    return Chip("", format_html(_("Looked in the calendar: free are {}"), both), icon="cal")


_REFUSALS: Mapping[str, str] = {
    "need_name": gettext_noop("a name is missing"),
    "need_phone": gettext_noop("a phone number is missing"),
    "invalid_phone": gettext_noop("the number is not valid"),
    "already_yours": gettext_noop("this appointment is theirs already"),
    "unknown_appointment": gettext_noop("there is no such appointment of theirs"),
    "no_appointment": gettext_noop("they have no appointment"),
    "which_appointment": gettext_noop("they have several appointments"),
    "no_chat": gettext_noop("there is no conversation with this number"),
    "permission": gettext_noop("not allowed"),
    "not_allowed": gettext_noop("not allowed"),
    "needs_approval": gettext_noop("somebody of the staff has to allow it"),
    "bad_arguments": gettext_noop("it was asked for in a wrong way"),
    "failure": gettext_noop("it failed"),
}
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
