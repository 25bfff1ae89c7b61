"""Everything that happened with one customer, on every medium, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agentlocator.lead_merge import MERGED, TAKEN_APART, can_be_undone
from booking import timeline as appointments
from booking.models import AppointmentChange
from calls.badges import outcome_badge
from calls.models import CallSession, Recording
from crm.models import Activity, Lead, LeadMerge, Medium
from crm.notes import NOTE
from crm.places import place_at, split_place
from whatsapp.models import Conversation

PAGE = 30
_CALL, _VOICEMAIL, _APPOINTMENT, _MESSAGE = "call", "voicemail", "appointment.", "message"
KINDS: Mapping[str, tuple[str | Promise, Q]] = {
    "calls": (gettext_lazy("Calls"), Q(kind__in=(_CALL, _VOICEMAIL))),
    "messages": (gettext_lazy("Messages"), Q(kind__startswith=_MESSAGE)),
    "appointments": (gettext_lazy("Appointments"), Q(kind__startswith=_APPOINTMENT)),
    "notes": (gettext_lazy("Notes"), Q(kind=NOTE)),
}
_ICONS = {Medium.PHONE: "phone", Medium.WHATSAPP: "wa", Medium.WEB: "globe", Medium.STAFF: "user", Medium.API: "srv"}


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `link`: where the thing itself is; `merge`: can be undone still."""

    activity: Activity
    icon: str
    title: str
    link: str = ""
    link_text: str = ""
    badge: SafeString | str = ""
    merge: LeadMerge | None = None
    is_note: bool = False
    change: appointments.Entry | None = None  # what the entry's appointment was before, and after


def timeline(lead: Lead, *, kind: str, after: str, now: datetime) -> tuple[list[Entry], str]:
    """A page of what happened, and the place where the next begins (empty at the end)."""
    rows = Activity.objects.filter(lead=lead, removed_at=None).select_related("by").order_by("-occurred_at", "-pk")
    if kind in KINDS:
        rows = rows.filter(KINDS[kind][1])
    instant, pk = split_place(after)
    if instant is not None and pk is not None:
        rows = rows.filter(occurred_at__lte=instant).filter(Q(occurred_at__lt=instant) | Q(pk__lt=pk))
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    end = place_at(shown[-1].occurred_at, shown[-1].pk) if len(found) > PAGE else ""
    return _entries(shown, now), end


def _entries(rows: Sequence[Activity], now: datetime) -> list[Entry]:
    """Each with the way to what it tells of; all of a kind are looked up at once."""
    keys: dict[str, dict[str, Activity]] = {}
    for row in rows:
        word, _sign, rest = row.key.rpartition(":")
        keys.setdefault("appointment" if word.startswith(_APPOINTMENT) else word, {})[rest] = row
    calls = {call.call_sid: call for call in CallSession.objects.filter(call_sid__in=keys.get("call", ()))}
    recordings = Recording.objects.filter(recording_sid__in=keys.get("recording", ())).select_related("call")
    voicemails = {recording.recording_sid: recording.call for recording in recordings}
    changes = AppointmentChange.objects.filter(pk__in=_numbers(keys.get("appointment", ()))).select_related(
        "appointment", *appointments.READ_WITH
    )
    days = {str(change.pk): change for change in changes}
    merges = {str(merge.pk): merge for merge in LeadMerge.objects.filter(pk__in=_numbers(keys.get("merge", ())))}
    talks = dict(Conversation.objects.filter(lead__in={row.lead_id for row in rows}).values_list("medium", "pk"))
    return [_entry(row, calls, voicemails, days, merges, talks, now) for row in rows]


def _numbers(words: Sequence[str] | Mapping[str, Activity]) -> list[int]:
    return [int(word) for word in words if word.isdecimal()]


def _entry(
    row: Activity,
    calls: Mapping[str, CallSession],
    voicemails: Mapping[str, CallSession],
    changes: Mapping[str, AppointmentChange],
    merges: Mapping[str, LeadMerge],
    talks: Mapping[str, int],
    now: datetime,
) -> Entry:
    rest = row.key.rpartition(":")[2]
    icon = _ICONS.get(Medium(row.medium), "clock")
    if row.kind in (_CALL, _VOICEMAIL):
        call = calls.get(rest) or voicemails.get(rest)
        title = _("Call") if row.kind == _CALL else _("Voice message")
        if call is None:
            return Entry(row, icon, title)
        link = reverse("call_pages:detail", args=[call.call_sid])
        badge = outcome_badge(call) if row.kind == _CALL else ""
        return Entry(row, icon, title, link, _("To the call"), badge)
    if row.kind.startswith(_APPOINTMENT):
        change = changes.get(rest)
        if change is None:
            return Entry(row, "cal", _("Appointment"))
        link = calendar_at(change.appointment.starts_at)
        told = appointments.entry_of(change)
        return Entry(row, "cal", _("Appointment"), link, _("To the calendar"), change=told)
    if row.kind == NOTE:
        return Entry(row, "note", _("Note"), is_note=True)
    if row.kind == MERGED:
        merge = merges.get(rest)
        return Entry(row, "users", _("Merged"), merge=merge if merge and can_be_undone(merge, now) else None)
    if row.kind == TAKEN_APART:
        return Entry(row, "users", _("The merge was undone"))
    if row.kind.startswith(_MESSAGE) and row.medium in talks:
        link = reverse("inbox:conversation", args=[talks[row.medium]])
        return Entry(row, icon, str(Medium(row.medium).label), link, _("To the conversation"))
    return Entry(row, icon, str(Medium(row.medium).label))


def calendar_at(starts_at: datetime) -> str:
    """The calendar open at the day of an appointment."""
    return f"{reverse('calendar:index')}?date={timezone.localdate(starts_at):%Y-%m-%d}"
