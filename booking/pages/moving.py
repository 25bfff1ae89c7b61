"""An appointment goes to another time, another resource, or gets another length: dragged, or asked for in a form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.agenda import read_agenda
from booking.models import Appointment, Resource
from booking.overrides import ask, would_carry
from booking.pages.asked import appointment_or_404, calendar_view, chosen
from booking.pages.events import event_of, name_of
from booking.pages.forms import MoveForm
from booking.pages.replies import data, done, page, with_query
from booking.pages.times import Asking, day_in, listing
from booking.rearranging import Overtaken, rearrange_appointment, take_back, version_of
from booking.results import Refused, Rescheduled
from booking.services import Override
from booking.templatetags.days import moment_words
from crm import names
from crm.models import Medium
from crm.roles import business_here, is_owner, user_here

Answer = Rescheduled | Refused | Overtaken


@calendar_view
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """The form, and what dragging posts: the answer to a script is data, to a person the page."""
    row, now = appointment_or_404(pk), timezone.now()
    given: Any = request.POST if request.method == "POST" else _present(request, row)
    resource = chosen(Resource.objects.all(), str(given.get("resource") or ""))
    if _is_script(request) and request.method == "POST":
        return _dragged(request, row, MoveForm(request.POST), now)
    asking = Asking(day_in(given.get("date")), row.service, resource, row)
    if request.method != "POST" or "_show" in request.POST:
        return _shown(request, MoveForm(initial=dict(given.items())), row, asking, now)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _shown(request, form, row, asking, now, status=422)
    return _moved(request, form, row, asking, now)


@require_POST
@calendar_view
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to where this person took it from a moment ago."""
    row = appointment_or_404(pk)
    business, by = business_here(request), user_here(request)
    answer = take_back(business=business, appointment_id=row.pk, now=timezone.now(), by=by)
    if _is_script(request):
        return _told(request, row.pk, answer, _("The appointment of %(name)s is back at %(when)s."))
    if isinstance(answer, Rescheduled):
        text = _("The appointment of %(name)s is back at %(when)s.")
        return done(request, _named(text, row, answer.slot.start), day=answer.slot.start.date())
    return _sorry(request, row, answer)


def _present(request: HttpRequest, row: Appointment) -> dict[str, Any]:
    """The form as it opens: the time it has, or the one it was dragged to and refused."""
    start = _dragged_to(request)
    local = timezone.localtime(start or row.starts_at)
    return {
        "date": local.date(),
        "starts_at": local.isoformat() if start else "",
        "resource": request.GET.get("resource", ""),
        "everything": "1" if start else "",
        "version": version_of(row),
    }


def _dragged_to(request: HttpRequest) -> datetime | None:
    """The start in the address; one that is none says nothing."""
    try:
        start: datetime | None = MoveForm.base_fields["starts_at"].clean(request.GET.get("start", ""))
        return start
    except ValidationError:
        return None


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _attempt(
    request: HttpRequest, form: MoveForm, row: Appointment, now: datetime, override: Override | None
) -> Answer:
    wish = form.cleaned_data
    start = _start(row, wish)
    length = wish["end"] - row.starts_at if wish.get("end") else None
    return rearrange_appointment(
        business=business_here(request),
        appointment_id=row.pk,
        version=wish["version"],
        start=start,
        length=length,
        resource_id=form.slug_of("resource"),
        now=now,
        by=user_here(request),
        override=override,
    )


def _start(row: Appointment, wish: dict[str, Any]) -> datetime:
    """A length alone leaves the start; so does a start that reads as it does now, where the clock shows it twice."""
    start: datetime | None = wish.get("starts_at")
    if start is None or wish.get("end"):
        return row.starts_at
    same = timezone.localtime(start).replace(tzinfo=None) == timezone.localtime(row.starts_at).replace(tzinfo=None)
    return row.starts_at if same else start


def _moved(request: HttpRequest, form: MoveForm, row: Appointment, asking: Asking, now: datetime) -> HttpResponse:
    """What came of the form of a person."""

    def attempt(override: Override | None) -> Answer:
        answer = _attempt(request, form, row, now, override)
        form.near = answer.suggestions if isinstance(answer, Refused) else ()
        return answer

    answer: object = ask(request, form, attempt, suggests=False)
    if answer is None:
        return _shown(request, form, row, asking, now, status=422)
    if isinstance(answer, Overtaken):
        return _shown(request, form, answer.row, asking, now, status=409, overtaken=_overtaken(answer))
    assert isinstance(answer, Rescheduled)  # all that is left
    text = _("The appointment of %(name)s moved to %(when)s.")
    said = _named(text, row, answer.slot.start)
    return done(request, said, day=answer.slot.start.date(), undo=reverse("calendar:undo", args=[row.pk]))


def _dragged(request: HttpRequest, row: Appointment, form: MoveForm, now: datetime) -> HttpResponse:
    """What a script is told: whether it stays there, in words for a toast, and the event as it is now."""
    if not form.is_valid():
        text = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return data({"ok": False, "text": text, "event": _event(request, row.pk)}, status=422)
    answer = _attempt(request, form, row, now, None)
    insist = _insisting(request, form, row, now) if isinstance(answer, Refused) else ""
    text = _("The appointment of %(name)s moved to %(when)s.")
    if form.cleaned_data.get("end"):
        text = _("The length of the appointment of %(name)s is changed.")
    return _told(request, row.pk, answer, text, insist=insist)


def _insisting(request: HttpRequest, form: MoveForm, row: Appointment, now: datetime) -> str:
    """Where an owner may carry it through all the same; empty where nobody can."""
    if not is_owner(request) or form.cleaned_data.get("end"):
        return ""
    if not would_carry(lambda override: _attempt(request, form, row, now, override)):
        return ""
    resource = form.cleaned_data["resource"]
    return with_query(
        reverse("calendar:move", args=[row.pk]),
        start=_start(row, form.cleaned_data).isoformat(),
        resource=resource.pk if resource else "",
    )


def _told(request: HttpRequest, pk: int, answer: Answer, text: str, *, insist: str = "") -> HttpResponse:
    told: dict[str, Any] = {"ok": answer.ok, "event": _event(request, pk)}
    if isinstance(answer, Overtaken):
        return data(told | {"text": _overtaken(answer)}, status=409)
    if isinstance(answer, Refused):
        stays = _("%(why)s The appointment stays where it is.") % {"why": answer.message}
        return data(told | {"text": stays, "insist": insist}, status=422)
    row = appointment_or_404(pk)
    return data(told | {"text": _named(text, row, answer.slot.start), "undo": reverse("calendar:undo", args=[pk])})


def _event(request: HttpRequest, pk: int) -> dict[str, Any] | None:
    """The appointment as the calendar draws it now."""
    row, business = Appointment.objects.get(pk=pk), business_here(request)
    day = timezone.localtime(row.starts_at).date()
    agenda = read_agenda(business=business, first=day, last=day, with_cancelled=True, now=timezone.now())
    return next((event_of(entry) for entry in agenda.days[day].entries if entry.row.pk == pk), None)


def _overtaken(answer: Overtaken) -> str:
    """Where it is by now, and whose doing that was."""
    row, last = answer.row, answer.last
    by = ""
    if last is not None:
        by = names.name_of(last.by)
        by = by or (_("the assistant") if last.medium == Medium.PHONE else last.get_medium_display())
    if row.status == Appointment.Status.CONFIRMED:
        text = _("The appointment was moved to %(when)s meanwhile, by %(who)s.")
        return text % {"when": moment_words(row.starts_at), "who": by}
    text = _("The appointment was changed meanwhile, by %(who)s: %(status)s.")
    return text % {"who": by, "status": row.get_status_display()}


def _named(text: str, row: Appointment, start: datetime) -> str:
    return text % {"name": name_of(row), "when": moment_words(start)}


def _sorry(request: HttpRequest, row: Appointment, answer: Refused | Overtaken) -> HttpResponse:
    text = _overtaken(answer) if isinstance(answer, Overtaken) else answer.message
    messages.error(request, text)
    return HttpResponseRedirect(reverse("calendar:detail", args=[row.pk]))


def _shown(
    request: HttpRequest,
    form: MoveForm,
    row: Appointment,
    asking: Asking,
    now: datetime,
    *,
    status: int = 200,
    overtaken: str = "",
) -> HttpResponse:
    context = listing(request, form, asking, now=now)
    context |= {"form": form, "row": row, "name": name_of(row), "overtaken": overtaken, "version": version_of(row)}
    context["day"] = timezone.localtime(row.starts_at).date()
    return page(request, "booking/move.html", context, status=status)
