"""One appointment: who, when, what became of it, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from booking.life import Move, may
from booking.models import Appointment
from booking.noting import write_note
from booking.pages.asked import appointment_or_404, calendar_view
from booking.pages.events import name_of
from booking.pages.forms import NoteForm
from booking.pages.replies import done, page
from booking.preview import broken_rules
from booking.rearranging import Overtaken
from booking.results import Refused
from booking.services import cancel_appointment, complete_appointment, confirm_attendance, record_no_show
from booking.timeline import entries
from crm.models import Medium
from crm.roles import business_here, user_here

Status = Appointment.Status
TONES = {
    Status.HELD: "live",
    Status.CONFIRMED: "ok",
    Status.CANCELLED: "hollow",
    Status.COMPLETED: "ok",
    Status.NO_SHOW: "bad",
}


@dataclass(frozen=True)
class Deed:
    """A move that one press makes: the service behind it, the word on its button, and what is said once it is done."""

    service: Callable[..., object]
    move: Move
    word: str | Promise
    said: str | Promise


DEEDS: Mapping[str, Deed] = {
    "confirm": Deed(
        confirm_attendance, Move.CONFIRM_ATTENDANCE, _("Confirm attendance"), _("The attendance is confirmed.")
    ),
    "complete": Deed(complete_appointment, Move.COMPLETE, _("Took place"), _("Noted that the appointment took place.")),
    "miss": Deed(record_no_show, Move.MISS, _("No-show"), _("The no-show is noted.")),
    "cancel": Deed(cancel_appointment, Move.CANCEL, _("Cancel the appointment"), _("The appointment is cancelled.")),
}


@require_GET
@calendar_view
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _shown(request, appointment_or_404(pk))


@require_POST
@calendar_view
def words(request: HttpRequest, pk: int) -> HttpResponse:
    """Writes the staff's note; where somebody else wrote it meanwhile, what was typed stays beside their words."""
    row, form = appointment_or_404(pk), NoteForm(request.POST)
    if not form.is_valid():
        return _shown(request, row, note_form=form, status=422)
    answer = write_note(
        business=business_here(request),
        appointment_id=row.pk,
        text=form.cleaned_data["note"],
        seen=form.cleaned_data["seen"],
        now=timezone.now(),
        by=user_here(request),
    )
    if isinstance(answer, Overtaken):
        kept = NoteForm(initial={"note": form.cleaned_data["note"], "seen": answer.row.note})
        return _shown(request, appointment_or_404(pk), note_form=kept, overtaken=answer, status=409)
    if isinstance(answer, Refused):
        return _sorry(request, row, answer)
    return done(request, _now("The note is kept."), day=timezone.localtime(row.starts_at).date())


def _shown(
    request: HttpRequest,
    row: Appointment,
    *,
    note_form: NoteForm | None = None,
    overtaken: Overtaken | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    is_coming = row.status == Status.CONFIRMED and row.starts_at > now
    broken = broken_rules(business_here(request), [row], now=now) if is_coming else {}
    context = _context(row, now) | {
        "history": entries(row),
        "broken": broken.get(row.pk),
        "tone": TONES[Status(row.status)],
        "deeds": [(name, deed.word) for name, deed in DEEDS.items() if name != "cancel" and _offers(row, deed, now)],
        "may_move": may(Move.RESCHEDULE, row.status),
        "may_cancel": may(Move.CANCEL, row.status),
        "note_form": note_form or NoteForm(initial={"note": row.note, "seen": row.note}),
        "is_noting": note_form is not None,
        "overtaken": overtaken,
    }
    return page(request, "booking/detail.html", context, status=status)


@calendar_view
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first, and names what is lost."""
    row = appointment_or_404(pk)
    if request.method == "POST":
        return _do(request, row, DEEDS["cancel"])
    if not may(Move.CANCEL, row.status):
        return HttpResponseRedirect(reverse("calendar:detail", args=[row.pk]))
    return page(request, "booking/cancel.html", _context(row, timezone.now()))


@require_POST
@calendar_view
def note(request: HttpRequest, pk: int, move: str) -> HttpResponse:
    """Notes what the customer said or did."""
    if move not in DEEDS:
        raise Http404
    return _do(request, appointment_or_404(pk), DEEDS[move])


def _offers(row: Appointment, deed: Deed, now: datetime) -> bool:
    """Whether it makes sense now; the service has the last word."""
    has_begun = row.starts_at <= now
    if deed.move is Move.CONFIRM_ATTENDANCE:
        return may(deed.move, row.status) and not has_begun and row.attendance_confirmed_at is None
    return may(deed.move, row.status) and has_begun


def _do(request: HttpRequest, row: Appointment, deed: Deed) -> HttpResponse:
    answer = deed.service(
        business=business_here(request),
        appointment_id=row.pk,
        now=timezone.now(),
        medium=Medium.STAFF,
        by=user_here(request),
    )
    day = timezone.localtime(row.starts_at).date()
    if not isinstance(answer, Refused):
        return done(request, str(deed.said), day=day)
    return _sorry(request, row, answer)


def _sorry(request: HttpRequest, row: Appointment, answer: Refused) -> HttpResponse:
    messages.error(request, answer.message)
    address = reverse("calendar:detail", args=[row.pk])
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _context(row: Appointment, now: datetime) -> dict[str, Any]:
    return {
        "row": row,
        "name": name_of(row),
        "day": timezone.localtime(row.starts_at).date(),
        "length": row.ends_at - row.starts_at,
        "title": _now("The appointment of %(name)s") % {"name": name_of(row)},
    }
