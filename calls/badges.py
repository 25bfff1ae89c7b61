"""A call in a word: who it was, and how it ended."""

from __future__ import annotations

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from calls.models import CallSession
from crm.admin.badges import badge
from crm.templatetags.isolates import phone

OUTCOME_TONES = {
    CallSession.Outcome.BOOKED: "ok",
    CallSession.Outcome.RESCHEDULED: "ok",
    CallSession.Outcome.CANCELLED: "hollow",
    CallSession.Outcome.MESSAGE: "warn",
    CallSession.Outcome.TRANSFERRED: "warn",
    CallSession.Outcome.ANSWERED: "",
    CallSession.Outcome.ABANDONED: "hollow",
    CallSession.Outcome.FAILED: "bad",
}


def is_running(call: CallSession) -> bool:
    """The carrier has the caller on the line, or is about to."""
    return call.ended_at is None and call.status not in CallSession.ENDED


def outcome_badge(call: CallSession) -> SafeString:
    """How the call ended; while it lasts, that it does."""
    if call.outcome:
        return badge(call.get_outcome_display(), OUTCOME_TONES[CallSession.Outcome(call.outcome)])
    return badge(call.get_status_display(), "live" if is_running(call) else "")


def caller_name(call: CallSession) -> str | SafeString:
    """Who called: a name, else the number, else that it was withheld. Expects `lead` to be loaded."""
    if call.lead is not None and call.lead.name:
        return call.lead.name
    if call.from_browser:
        return _("Practice call")
    return phone(call.from_number) if call.from_number.startswith("+") else _("withheld number")
