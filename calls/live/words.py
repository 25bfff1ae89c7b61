"""What the live page says: states, answers to requests, and what is known of a caller's wish."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from calls.chips import moment_text
from calls.live.requests import END, TAKE_OVER, WHISPER
from calls.models import CallSession
from crm.phones import national
from crm.templatetags.isolates import isolate

_STATES = {
    "listening": gettext_noop("Assistant is listening"),
    "thinking": gettext_noop("Checking the calendar"),
    "speaking": gettext_noop("Assistant is speaking"),
    "transferring": gettext_noop("Being handed over"),
    "offline": gettext_noop("By keys"),
    "ringing": gettext_noop("Ringing"),
    "connecting": gettext_noop("Connecting"),
    "with_person": gettext_noop("With the staff"),
    "voicemail": gettext_noop("Leaving a message"),
    "lost": gettext_noop("Connection to the call lost"),
}
_DONE = {
    WHISPER: gettext_noop("The assistant has it."),
    TAKE_OVER: gettext_noop("The caller is told, and then handed over."),
    END: gettext_noop("The assistant says goodbye, and the call ends."),
}
_TOO_LATE = {
    WHISPER: gettext_noop("The call ended before the whisper arrived."),
    TAKE_OVER: gettext_noop("The call ended before it could be taken over."),
    END: gettext_noop("The call is over already."),
}
_REFUSED = {
    "no_number": gettext_noop("There is no number to hand the call over to."),
    "practice": gettext_noop("A practice call cannot be handed over."),
    "voicemail": gettext_noop("The caller is leaving a message now."),
    "offline": gettext_noop("The call goes on by keys just now, and the assistant cannot hear a whisper."),
    "unanswered": gettext_noop("The call did not answer. It may be about to end."),
    "empty": gettext_noop("There is nothing to whisper yet."),
    "long": gettext_noop("A whisper has at most 300 characters."),
    "unsent": gettext_noop("It was not sent: the connection is down."),
}


def state_in_words(state: str, name: str = "") -> str:
    """`name`: of the person who has the call."""
    if name and state == "with_person":
        return _("{} has the call").format(name)
    return _(_STATES[state]) if state in _STATES else state


def answer_in_words(what: str, answer: str, name: str) -> str:
    """What came of a request."""
    if answer == "done":
        return _(_DONE[what])
    if answer == "over":
        return _(_TOO_LATE[what])
    if answer == "in_hand":
        return _("{} has the call").format(name) if name else _("The call is being handed over already.")
    return _(_REFUSED[answer])


def outcome_in_words(outcome: str) -> str:
    return str(CallSession.Outcome(outcome).label) if outcome in CallSession.Outcome.values else ""


def known_in_words(facts: tuple[str, str, str, str, str], today: date) -> Iterator[dict[str, str | bool | SafeString]]:
    """What the caller has told so far: service, date, hour, name and phone, in this order."""
    service, day, hour, name, phone = facts
    yield _fact("service", _("Service"), service, _("not chosen yet"))
    shown_day = moment_text(date.fromisoformat(day), today) if day else ""
    yield _fact("date", _("Date"), shown_day, _("not chosen yet"))
    yield _fact("time", _("Hour"), isolate(hour) if hour else "", _("not chosen yet"))
    yield _fact("name", _("Name"), name, _("not told yet"))
    yield _fact("phone", _("Phone"), isolate(national(phone)) if phone else "", _("not keyed yet"))


def _fact(key: str, title: str, value: str | SafeString, missing: str) -> dict[str, str | bool | SafeString]:
    return {"key": key, "known": bool(value), "text": format_html("{}: <bdi>{}</bdi>", title, value or missing)}
