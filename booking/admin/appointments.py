"""Appointments: facts to read, and the moves that `booking.services` allows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from booking.admin.forms import AppointmentForm, MoveForm
from booking.changes import MOVES
from booking.models import Appointment
from booking.results import Refused, Slot
from booking.services import cancel_appointment, change_status, create_appointment, reschedule_appointment
from crm.admin.badges import badge
from crm.admin.base import MEMBERS, ReadOnlyAdmin
from crm.models import Medium
from crm.phones import normalize_phone
from crm.roles import current_business, role_of
from crm.templatetags.isolates import isolate, moment, phone, time_range, times

Status = Appointment.Status
STATUS_TONES = {
    Status.HELD: "warn",
    Status.CONFIRMED: "ok",
    Status.CANCELLED: "hollow",
    Status.COMPLETED: "ok",
    Status.NO_SHOW: "bad",
}
FIELD_OF_CODE = {
    "need_name": "customer_name",
    "need_phone": "customer_phone",
    "invalid_phone": "customer_phone",
    "unknown_service": "service",
}


class WhenFilter(admin.SimpleListFilter):
    title = _("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("today", _("today")), ("coming", _("coming")), ("past", _("past"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
        now = timezone.now()
        midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
        match self.value():
            case "today":
                return rows.filter(starts_at__gte=midnight, starts_at__lt=midnight + timedelta(days=1))
            case "coming":
                return rows.filter(starts_at__gte=now).order_by("starts_at")
            case "past":
                return rows.filter(starts_at__lt=now)
        return rows


def refusal_text(refused: Refused) -> SafeString | str:
    """The server's sentence and, if there are any, the times it suggests instead."""
    if not refused.suggestions:
        return times(refused.message)
    near = format_html_join(", ", "{}", ((_slot_text(slot),) for slot in refused.suggestions))
    return format_html(_now("{} Near times: {}."), times(refused.message), near)


def _slot_text(slot: Slot) -> SafeString:
    return isolate(f"{slot.start:%d/%m/%Y %H:%M}")


@admin.register(Appointment)
class AppointmentAdmin(ReadOnlyAdmin):
    adders = MEMBERS
    list_display = ("when", "customer_name", "number", "service", "resource", "state", "medium")
    list_filter = (WhenFilter, "status", "resource", "medium")
    list_select_related = ("service", "resource")
    search_fields = ("customer_name", "customer_phone")
    search_help_text = _("Name or phone")
    ordering = ("-starts_at",)
    fields = (
        ("day", "hours"),
        ("state", "medium"),
        ("customer_name", "number"),
        ("service", "resource"),
        ("lead", "made_at"),
    )
    readonly_fields = ("day", "hours", "state", "number", "made_at")
    actions_detail = ("cancel", "move", "took_place", "did_not_come")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Appointment], search_term: str
    ) -> tuple[QuerySet[Appointment], bool]:
        return super().get_search_results(request, queryset, normalize_phone(search_term) or search_term)  # type: ignore[no-any-return]  # unfold ships no types

    # --- making one --------------------------------------------------------------------------------
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Books through the same service as a call; a refusal stays on the form with its suggestions."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = AppointmentForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            answer = create_appointment(
                business=current_business(request),  # type: ignore[arg-type]  # adding needs a current business
                medium=Medium.STAFF,
                now=timezone.now(),
                **form.wish(),
            )
            if not isinstance(answer, Refused):
                appointment = Appointment.objects.get(pk=answer.appointment_id)
                self.log_addition(request, appointment, [{"added": {}}])
                self.message_user(request, _("The appointment is booked."), messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:booking_appointment_change", args=[appointment.pk]))
            form.add_error(FIELD_OF_CODE.get(answer.code, "starts_at"), refusal_text(answer))
        context = self.admin_site.each_context(request) | {
            "title": _("New appointment"),
            "opts": self.opts,
            "form": form,
            "add": True,
            "page_name": _("New appointment"),
            "page_parent": self.opts.verbose_name_plural,
            "page_parent_url": reverse("admin:booking_appointment_changelist"),
        }
        return render(request, "admin/booking/appointment/add_form.html", context)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        row: Appointment | None = kwargs.get("obj")
        if row is not None:
            context |= {
                "title": row.customer_name,
                "page_name": row.customer_name,
                "page_parent": self.opts.verbose_name_plural,
                "page_parent_url": reverse("admin:booking_appointment_changelist"),
            }
        return super().render_change_form(request, context, **kwargs)  # type: ignore[no-any-return]  # unfold ships no types

    # --- moves -------------------------------------------------------------------------------------
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
        row = self._row(request, object_id)
        answer = cancel_appointment(business=row.business, appointment_id=row.pk, now=timezone.now())
        return self._moved(request, row, answer, _("The appointment is cancelled."))

    @action(  # type: ignore[untyped-decorator]  # unfold ships no types
        description=_("Change the time"),
        url_path="move",
        permissions=["move"],
        dialog={
            "title": _("To which time?"),
            "description": _("Only times that the business's rules allow are accepted."),
            "form_class": MoveForm,
            "form_submit_text": _("Change the time"),
        },
    )
    def move(self, request: HttpRequest, form: MoveForm, object_id: str) -> HttpResponse:
        row = self._row(request, object_id)
        answer = reschedule_appointment(
            business=row.business, appointment_id=row.pk, start_iso=form.cleaned_data["starts_at"], now=timezone.now()
        )
        return self._moved(request, row, answer, _("The appointment is moved."))

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
        return self._set(request, object_id, Status.COMPLETED, _("Noted that the appointment took place."))

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
        return self._set(request, object_id, Status.NO_SHOW, _("The no-show is noted."))

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may_move(request, object_id, Status.CANCELLED)

    def has_move_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may_move(request, object_id, Status.CANCELLED)  # what may be cancelled may be moved

    def has_complete_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may_move(request, object_id, Status.COMPLETED)

    def has_miss_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return self._may_move(request, object_id, Status.NO_SHOW)

    def _may_move(self, request: HttpRequest, object_id: Any, to: str) -> bool:
        if role_of(request) not in MEMBERS:
            return False
        status = Appointment.objects.filter(pk=object_id).values_list("status", flat=True).first()
        return status is not None and to in MOVES[status]

    def _row(self, request: HttpRequest, object_id: str) -> Appointment:
        row: Appointment | None = self.get_queryset(request).select_related("business").filter(pk=object_id).first()
        if row is None:
            raise Http404
        return row

    def _set(self, request: HttpRequest, object_id: str, status: str, done: Any) -> HttpResponse:
        row = self._row(request, object_id)
        answer = change_status(business=row.business, appointment_id=row.pk, to=status, now=timezone.now())
        return self._moved(request, row, answer, done)

    def _moved(self, request: HttpRequest, row: Appointment, answer: object, done: Any) -> HttpResponse:
        """Says what came of it on the appointment's page; the dialog asks the browser to go there."""
        if isinstance(answer, Refused):
            self.message_user(request, refusal_text(answer), messages.ERROR)
        else:
            self.log_change(
                request, row, [{"changed": {"fields": [str(Appointment._meta.get_field("status").verbose_name)]}}]
            )
            self.message_user(request, done, messages.SUCCESS)
        return HttpResponse(headers={"HX-Redirect": reverse("admin:booking_appointment_change", args=[row.pk])})

    # --- columns -----------------------------------------------------------------------------------
    @admin.display(description=_("start"), ordering="starts_at")
    def when(self, row: Appointment) -> str:
        return moment(row.starts_at)

    @admin.display(description=_("date"))
    def day(self, row: Appointment) -> SafeString:
        return isolate(f"{timezone.localtime(row.starts_at):%d/%m/%Y}")

    @admin.display(description=_("hours"))
    def hours(self, row: Appointment) -> SafeString:
        return time_range(row.starts_at, row.ends_at)

    @admin.display(description=_("phone"), ordering="customer_phone")
    def number(self, row: Appointment) -> str:
        return phone(row.customer_phone)

    @admin.display(description=_("status"), ordering="status")
    def state(self, row: Appointment) -> SafeString:
        return badge(row.get_status_display(), STATUS_TONES[Status(row.status)])

    @admin.display(description=_("created"), ordering="created_at")
    def made_at(self, row: Appointment) -> str:
        return moment(row.created_at)
