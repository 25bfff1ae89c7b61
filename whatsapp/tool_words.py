"""The house's words for the assistant's tools: what they are called, asked and refused.

A tool or code that is not known here keeps its own name.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from calls.chips import reason_in_words

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


def title_of(tool: str) -> str:
    return _(_TITLES[tool]) if tool in _TITLES else tool


def asked_for(tool: str) -> str:
    """The same as something that somebody is to allow."""
    return _(_ASKED[tool]) if tool in _ASKED else title_of(tool)


def afterwards(tool: str) -> str:
    return _(_AFTERWARDS[tool]) if tool in _AFTERWARDS else _("What is done then cannot be taken back by itself.")


def label_of(key: str) -> str:
    return _(_LABELS[key]) if key in _LABELS else key


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


def refusal_in_words(code: str) -> str:
    """Why a tool did nothing; empty for what is not known."""
    return reason_in_words(code) or (_(_REFUSALS[code]) if code in _REFUSALS else "")
