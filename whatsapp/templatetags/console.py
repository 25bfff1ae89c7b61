"""Small words of the console: offsets, tokens, what was decided and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from crm.templatetags.isolates import isolate
from whatsapp.models import Approval
from whatsapp.pages.decision_forms import REASONS, EditForm, already
from whatsapp.tool_words import asked_for

if TYPE_CHECKING:  # it knows the admin's badges, and tags are loaded before any admin
    from whatsapp.console import Step, Whole

register = template.Library()
_TONES = {
    Approval.Status.WAITING: "warn",
    Approval.Status.APPROVED: "ok",
    Approval.Status.EDITED: "ok",
    Approval.Status.REJECTED: "bad",
    Approval.Status.EXPIRED: "hollow",
}
_ERRORS = {
    "taken_over": gettext_noop("somebody of the staff took over"),
    "provider": gettext_noop("the provider of the language model did not answer"),
    "spend": gettext_noop("the spending limit was reached"),
    "truth": gettext_noop("the words said something that was not done"),
    "expired": gettext_noop("the approval expired"),
    "version": gettext_noop("the assistant has changed since it waited"),
    "worker_lost": gettext_noop("the worker was stopped, and another one goes on"),
}


@register.filter
def approval_tone(row: Approval) -> str:
    return _TONES[Approval.Status(row.status)]


@register.filter
def asked_in_words(row: Approval) -> str:
    return asked_for(row.tool)


@register.filter
def decided_in_words(row: Approval) -> str:
    return already(row)


@register.filter
def edit_form_of(row: Approval | EditForm) -> EditForm:
    """The form with the arguments as they are, unless one that was not accepted is there already."""
    return row if isinstance(row, EditForm) else EditForm(row)


@register.filter
def with_id(field: BoundField, pk: int) -> SafeString:
    """The field under an id of its own: several approvals stand on one page."""
    return field.as_widget(attrs={"id": f"{field.id_for_label}-{pk}"})


@register.filter
def reject_reasons(row: Approval) -> object:
    return REASONS


@register.filter
def offset(seconds: float) -> SafeString:
    """How long after the message came, +0.61 s."""
    return format_html("{} {}", isolate(f"+{seconds:.2f}"), pgettext("seconds", "s"))


@register.filter
def in_seconds(seconds: float) -> SafeString:
    return format_html("{} {}", isolate(f"{seconds:.1f}"), _("seconds"))


@register.filter
def tokens_of(step: Step) -> SafeString:
    return isolate(f"{step.row.input_tokens + step.row.output_tokens:,}")


@register.filter
def run_tokens(whole: Whole) -> SafeString | str:
    count = whole.run.input_tokens + whole.run.output_tokens
    return isolate(f"{count:,}") if count else ""


@register.filter
def run_error(code: str) -> str:
    return _(_ERRORS[code]) if code in _ERRORS else code
