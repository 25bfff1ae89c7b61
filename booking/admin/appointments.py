"""Appointments: facts to read, with their history; booking one, and the moves of `AppointmentMoves`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.views import ChangeList

from booking.admin import states
from booking.admin.forms import AppointmentForm
from booking.admin.imports import AppointmentTables
from booking.admin.moves import BOOKED_ALL_THE_SAME, AppointmentMoves, page_of
from booking.admin.why_not import why_not_page
from booking.models import Appointment
from booking.overrides import Attempt, ask
from booking.preview import broken_rules
from booking.results import Booked
from booking.services import create_appointment
from booking.timeline import entries
from crm.admin.base import MEMBERS
from crm.models import Medium
from crm.phones import normalize_phone
from crm.roles import current_business, user_here
from crm.templatetags.isolates import isolate, moment, phone, time_range

Status = Appointment.Status


def coming(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """Booked and still to come: those that a change of the rules may touch."""
    return rows.filter(status=Status.CONFIRMED, starts_at__gt=timezone.now()).select_related("service", "resource")


class WhenFilter(admin.SimpleListFilter):
    title = _("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        choices = [("today", _("today")), ("coming", _("coming")), ("past", _("past"))]
        return [*choices, ("outside", _("outside the rules"))] if current_business(request) else choices

    def queryset(self, request: HttpRequest, rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
        now = timezone.now()
        midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
        business = current_business(request)
        match self.value():
            case "today":
                return rows.filter(starts_at__gte=midnight, starts_at__lt=midnight + timedelta(days=1))
            case "coming":
                return rows.filter(starts_at__gte=now).order_by("starts_at")
            case "past":
                return rows.filter(starts_at__lt=now)
            case "outside" if business:
                broken = broken_rules(business, coming(Appointment.objects.all()), now=now)
                return rows.filter(pk__in=broken).order_by("starts_at")
        return rows


class MarkedList(ChangeList):  # type: ignore[misc]  # unfold ships no types
    """The page of a list whose appointments know which rule they break by now."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        business = current_business(request)
        if business is not None:
            self.result_list: list[Appointment] = list(self.result_list)
            states.mark(self.result_list, business, now=timezone.now())


def _prefilled(request: HttpRequest) -> dict[str, Any]:
    """What the address asks for; the page of a refusal leads here with a time that is free."""
    asked = {name: request.GET.get(name, "") for name in ("service", "resource", "customer_name", "customer_phone")}
    day, hour = request.GET.get("date", ""), request.GET.get("time", "")
    return asked | ({"starts_at": [day, hour]} if day and hour else {})


@admin.register(Appointment)
class AppointmentAdmin(AppointmentTables, AppointmentMoves):
    adders = MEMBERS
    list_display = ("when", "who", "number", "service", "resource", "state", "medium")
    list_filter = (WhenFilter, "status", "resource", "medium")
    list_select_related = ("service", "resource")
    search_fields = ("customer_name", "customer_phone")
    search_help_text = _("Name or phone")
    ordering = ("-starts_at",)
    actions_list = ("why_not", *AppointmentTables.actions_list)  # type: ignore[assignment]  # one more than the tables have
    readonly_fields = ("day", "hours", "state", "number", "made_at", "attendance", "until")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        """Without the times that were held for a call and not claimed: they are free again."""
        rows: QuerySet[Appointment] = super().get_queryset(request)
        return rows.exclude(Q(status=Status.HELD) & Q(held_until__lte=timezone.now()))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return MarkedList

    def get_fields(self, request: HttpRequest, obj: Appointment | None = None) -> tuple[Any, ...]:
        if obj is not None and obj.status == Status.HELD:
            return (("day", "hours"), ("state", "until"), ("service", "resource"), ("medium", "made_at"))
        return (
            ("day", "hours"),
            ("state", "attendance"),
            ("customer_name", "number"),
            ("service", "resource"),
            ("lead", "medium"),
            "made_at",
        )

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Appointment | None:
        row: Appointment | None = super().get_object(request, object_id, from_field)
        if row is not None:
            states.mark([row], row.business, now=timezone.now())
        return row

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
        form = AppointmentForm(request.POST or None, initial=_prefilled(request))
        if request.method == "POST" and form.is_valid():
            response = self._book(request, form)
            if response is not None:
                return response
        extra = {
            "page_name": _("New appointment"),
            "page_parent": self.opts.verbose_name_plural,
            "page_parent_url": reverse("admin:booking_appointment_changelist"),
        }
        return self.time_page(
            request, form, title=_("New appointment"), submit_text=_("Book the appointment"), add=True, **extra
        )

    def _book(self, request: HttpRequest, form: AppointmentForm) -> HttpResponse | None:
        business = current_business(request)
        assert business is not None  # adding needs one
        attempt: Attempt[Booked] = lambda override: create_appointment(  # noqa: E731  # a closure of this one call
            business=business,
            medium=Medium.STAFF,
            by=user_here(request),
            now=timezone.now(),
            override=override,
            **form.wish(),
        )
        answer = ask(request, form, attempt)
        if answer is None:
            return None
        appointment = Appointment.objects.get(pk=answer.appointment_id)
        self.log_addition(request, appointment, [{"added": {}}])
        self.message_user(request, _("The appointment is booked."), messages.SUCCESS)
        if "_override" in request.POST:
            self.message_user(request, BOOKED_ALL_THE_SAME, messages.WARNING)
        return HttpResponseRedirect(page_of(appointment))

    @action(description=_("Why not?"), url_path="why-not", permissions=["add"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def why_not(self, request: HttpRequest) -> HttpResponse:
        """Which rule is against a time, and what is near it."""
        return why_not_page(request, self.admin_site.each_context(request) | {"opts": self.opts})

    # --- one ---------------------------------------------------------------------------------------
    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        row: Appointment | None = kwargs.get("obj")
        if row is not None:
            broken = states.broken(row)
            context |= {
                "title": self.who(row),
                "page_name": self.who(row),
                "page_parent": self.opts.verbose_name_plural,
                "page_parent_url": reverse("admin:booking_appointment_changelist"),
                "history": entries(row),
                "broken_rule": broken.message if broken else "",
            }
        return super().render_change_form(request, context, **kwargs)  # type: ignore[no-any-return]  # unfold ships no types

    # --- columns -----------------------------------------------------------------------------------
    @admin.display(description=_("start"), ordering="starts_at")
    def when(self, row: Appointment) -> str:
        return moment(row.starts_at)

    @admin.display(description=_("name"), ordering="customer_name")
    def who(self, row: Appointment) -> str:
        return row.customer_name or str(_("a call in progress"))

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
        return states.state(row)

    @admin.display(description=_("attendance"))
    def attendance(self, row: Appointment) -> str:
        return moment(row.attendance_confirmed_at) or str(_("not confirmed"))

    @admin.display(description=_("held until"))
    def until(self, row: Appointment) -> str:
        return isolate(f"{timezone.localtime(row.held_until):%H:%M:%S}") if row.held_until else ""

    @admin.display(description=_("created"), ordering="created_at")
    def made_at(self, row: Appointment) -> str:
        return moment(row.created_at)
