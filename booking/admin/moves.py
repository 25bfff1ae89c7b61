"""What staff may do with a booked appointment: each move is one service, offered only while it is allowed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from booking.admin.forms import BookingForm, MoveForm
from booking.life import Move, may
from booking.models import Appointment, Service
from booking.overrides import Attempt, ask, refusal_text
from booking.results import Refused, Rescheduled
from booking.services import (
    cancel_appointment,
    complete_appointment,
    confirm_attendance,
    record_no_show,
    reschedule_appointment,
)
from crm.admin.base import MEMBERS, ReadOnlyAdmin, in_business_of
from crm.models import Medium
from crm.roles import role_of, user_here

ASKED = ("starts_at_0", "starts_at_1", "service", "resource")  # what a form of a time and the page "why not?" share
BOOKED_ALL_THE_SAME = _("It goes against a rule of the business; the reason is kept in the history.")


def page_of(row: Appointment) -> str:
    return reverse("admin:booking_appointment_change", args=[row.pk])


class AppointmentMoves(ReadOnlyAdmin):
    """The moves of `booking.life` that a person makes; the rest of the page is `AppointmentAdmin`."""

    actions_detail = ("cancel", "move", "confirm", "took_place", "did_not_come")

    @action(  # type: ignore[untyped-decorator]  # unfold ships no types
        description=_("Cancel the appointment"),
        url_path="cancel",
        permissions=["cancel"],
        dialog={
            "title": _("Cancel this appointment?"),
            "description": _("Its time becomes free at once. A cancelled appointment cannot be brought back."),
            "form_class": None,
            "form_submit_text": _("Cancel the appointment"),
        },
    )
    def cancel(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._note(request, object_id, cancel_appointment, _("The appointment is cancelled."))

    @action(description=_("Change the time"), url_path="move", permissions=["move"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def move(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A page of its own: what was typed stays when the time is refused."""
        row = self._row(request, object_id)
        with in_business_of(row.business_id):
            form = MoveForm(request.POST or None, initial={"starts_at": row.starts_at})
            if request.method == "POST" and form.is_valid():
                response = self._moved_to(request, row, form)
                if response is not None:
                    return response
            extra = {"page_name": _("Change the time"), "page_parent": str(row), "page_parent_url": page_of(row)}
            return self.time_page(
                request,
                form,
                service=row.service,
                title=_("To which time?"),
                submit_text=_("Change the time"),
                **extra,
            )

    def _moved_to(self, request: HttpRequest, row: Appointment, form: MoveForm) -> HttpResponse | None:
        attempt: Attempt[Rescheduled] = lambda override: reschedule_appointment(  # noqa: E731  # a closure of this one call
            business=row.business,
            appointment_id=row.pk,
            start_iso=form.cleaned_data["starts_at"],
            resource_id=form.chosen("resource"),
            now=timezone.now(),
            medium=Medium.STAFF,
            by=user_here(request),
            override=override,
        )
        if ask(request, form, attempt) is None:
            return None
        return self._done(request, row, _("The appointment is moved."))

    @action(  # type: ignore[untyped-decorator]  # unfold ships no types
        description=_("Confirm attendance"),
        url_path="confirm",
        permissions=["confirm"],
        dialog={
            "title": _("Did the customer confirm that they will come?"),
            "description": "",
            "form_class": None,
            "form_submit_text": _("Confirm attendance"),
        },
    )
    def confirm(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._note(request, object_id, confirm_attendance, _("The attendance is confirmed."))

    @action(  # type: ignore[untyped-decorator]  # unfold ships no types
        description=_("Took place"),
        url_path="took-place",
        permissions=["complete"],
        dialog={
            "title": _("Did the appointment take place?"),
            "description": "",
            "form_class": None,
            "form_submit_text": _("Took place"),
        },
    )
    def took_place(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._note(request, object_id, complete_appointment, _("Noted that the appointment took place."))

    @action(  # type: ignore[untyped-decorator]  # unfold ships no types
        description=_("No-show"),
        url_path="no-show",
        permissions=["miss"],
        dialog={
            "title": _("Note a no-show?"),
            "description": "",
            "form_class": None,
            "form_submit_text": _("No-show"),
        },
    )
    def did_not_come(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        return self._note(request, object_id, record_no_show, _("The no-show is noted."))

    # --- which of them ---------------------------------------------------------------------------------
    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, Move.CANCEL)

    def has_move_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, Move.RESCHEDULE)

    def has_confirm_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Nobody confirms twice, and not what has begun."""
        is_open = self._may(request, object_id, Move.CONFIRM_ATTENDANCE) and not self._has_begun(request, object_id)
        return is_open and self._facts(request, object_id)["attendance_confirmed_at"] is None

    def has_complete_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, Move.COMPLETE) and self._has_begun(request, object_id)

    def has_miss_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may(request, object_id, Move.MISS) and self._has_begun(request, object_id)

    def _may(self, request: HttpRequest, object_id: Any, move: Move) -> bool:
        return role_of(request) in MEMBERS and may(move, self._facts(request, object_id).get("status", ""))

    def _has_begun(self, request: HttpRequest, object_id: Any) -> bool:
        begins: datetime = self._facts(request, object_id)["starts_at"]
        return begins <= timezone.now()

    def _facts(self, request: HttpRequest, object_id: Any) -> dict[str, Any]:
        """What decides about the moves, read once a request; empty for no row at all, 404 for one that is not there."""
        if object_id is None:
            return {}
        known: dict[str, dict[str, Any]] = request.__dict__.setdefault("_appointment_facts", {})
        if str(object_id) not in known:
            found = self._by_id(object_id).values("status", "starts_at", "attendance_confirmed_at").first()
            if found is None:
                raise Http404
            known[str(object_id)] = dict(found)
        return known[str(object_id)]

    def _by_id(self, object_id: Any) -> QuerySet[Appointment]:
        """The row of an address, which somebody may have typed."""
        return Appointment.objects.filter(pk=object_id) if str(object_id).isdecimal() else Appointment.objects.none()

    # --- what came of it -------------------------------------------------------------------------------
    def _row(self, request: HttpRequest, object_id: str) -> Appointment:
        row = self._by_id(object_id).select_related("business").first()
        if row is None:
            raise Http404
        return row

    def _note(self, request: HttpRequest, object_id: str, service: Callable[..., object], done: Any) -> HttpResponse:
        row = self._row(request, object_id)
        answer = service(
            business=row.business,
            appointment_id=row.pk,
            now=timezone.now(),
            medium=Medium.STAFF,
            by=user_here(request),
        )
        if isinstance(answer, Refused):
            self.message_user(request, refusal_text(answer), messages.ERROR)
            return self._to_page(request, row)
        return self._done(request, row, done)

    def _done(self, request: HttpRequest, row: Appointment, done: Any) -> HttpResponse:
        changed = str(Appointment._meta.get_field("status").verbose_name)
        self.log_change(request, row, [{"changed": {"fields": [changed]}}])
        self.message_user(request, done, messages.SUCCESS)
        if "_override" in request.POST:
            self.message_user(request, BOOKED_ALL_THE_SAME, messages.WARNING)
        return self._to_page(request, row)

    def _to_page(self, request: HttpRequest, row: Appointment) -> HttpResponse:
        """A dialog's request is htmx's, which follows this header; a browser without scripts follows the redirect."""
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": page_of(row)})
        return HttpResponseRedirect(page_of(row))

    def time_page(
        self, request: HttpRequest, form: BookingForm, *, service: Service | None = None, **context: Any
    ) -> HttpResponse:
        """The page that asks for a time. `context` names it and its button; `service` is given if it is decided."""
        asked = {name: form.data[name] for name in ASKED if form.data.get(name)}
        address = reverse("admin:booking_appointment_why_not")
        shared = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "form": form,
            "why_not": f"{address}?{urlencode(asked | ({'service': service.slug} if service else {}))}",
        }
        return render(request, "admin/booking/appointment/time_form.html", shared | context)
