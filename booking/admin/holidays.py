"""The holidays of a year: what is proposed for each, and what the owner decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from booking.admin.preview import EDIT, PREVIEW, effect_of, named_day, preview_page, warn_of_touched
from booking.holidays import ProposedDay, approve, proposal, withdraw
from booking.holy_days import Kind, of_year
from booking.models import Closure, Holiday
from booking.preview import compare, look
from crm.admin.base import NOBODY, HouseAdmin
from crm.limits import WINDOW_DAYS
from crm.models import Business, BusinessSettings
from crm.roles import current_business
from crm.tenancy import for_business

FARTHEST = timedelta(days=WINDOW_DAYS[-1])  # the longest booking window there is
ASKED_AHEAD = timedelta(days=90)  # a year's holidays are asked about this long before it begins
KINDS = {
    Kind.PUBLIC: _("holiday"),
    Kind.EVE: _("holiday eve"),
    Kind.CHOL_HAMOED: _("intermediate days"),
    Kind.OTHER: _("remembrance and other days"),
}


def year_waiting(business: Business, *, today: date) -> int | None:
    """The year whose holidays still want the owner's word; None where a standing decision covers them."""
    with for_business(business):
        settings = BusinessSettings.objects.first()
        if settings is None or not settings.holidays_calendar or settings.holidays_closed:
            return None
        decided = set(Holiday.objects.filter(on_date__gte=today).values_list("on_date", flat=True))
    for year in sorted({today.year, (today + ASKED_AHEAD).year}):
        days = [day.on_date for day in of_year(settings.holidays_calendar, year) if day.on_date >= today]
        if not decided.issuperset(days):
            return year
    return None


class YearForm(forms.Form):
    """A choice for each day, and one for each kind of day, which `spread` gives to all of its days."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, days: list[ProposedDay]) -> None:
        super().__init__(data)
        self.days = days
        widget = UnfoldAdminSelectWidget
        for kind in dict.fromkeys(day.kind for day in days):
            choices = [("", _("as listed")), *Holiday.Treatment.choices]
            self.fields[f"kind-{kind.value}"] = forms.ChoiceField(
                label=KINDS[kind], choices=choices, required=False, widget=widget
            )
        for day in days:
            self.fields[_key(day)] = forms.ChoiceField(
                label=day.name, choices=Holiday.Treatment.choices, initial=day.treatment, widget=widget
            )

    def treatments(self) -> dict[date, str]:
        """Of a valid form: what is chosen for each date."""
        return {day.on_date: self.cleaned_data[_key(day)] for day in self.days}

    def spread(self) -> YearForm:
        """The same form after the choices by kind have reached their days."""
        chosen = {name: str(value) for name, value in self.data.items() if not name.startswith("kind-")}
        by_kind = {day: self.data.get(f"kind-{day.kind.value}") for day in self.days}
        return YearForm(chosen | {_key(day): value for day, value in by_kind.items() if value}, days=self.days)

    def kinds(self) -> list[forms.BoundField]:
        return [field for field in self if field.name.startswith("kind-")]


def _key(day: ProposedDay) -> str:
    return f"day-{day.on_date:%Y-%m-%d}"


@dataclass(frozen=True)
class DayRow:
    day: SafeString
    name: str
    kind: Any
    choice: forms.BoundField
    chosen: str
    is_decided: bool
    has_closure: bool


@admin.register(Holiday)
class HolidayAdmin(HouseAdmin):
    """One page for a year, in place of a list of rows."""

    adders = deleters = NOBODY

    def get_urls(self) -> list[URLPattern]:
        return [path("", self.admin_site.admin_view(self.changelist_view), name="booking_holiday_changelist")]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        business = current_business(request)
        if not self.has_view_permission(request) or (
            request.method == "POST" and not self.has_change_permission(request)
        ):
            raise PermissionDenied
        if business is None:  # a platform administrator at work in none
            return HttpResponseRedirect(reverse("home"))
        today = timezone.localdate()
        year = _year(request, business, today)
        days = proposal(business, first=max(today, date(year, 1, 1)), last=date(year, 12, 31))
        form = YearForm(request.POST, days=days).spread() if request.method == "POST" else YearForm(days=days)
        if request.method == "POST":
            response = self._settle(request, business, form, year)
            if response is not None:
                return response
        context = _context(business, form, year, today)
        shared = self.admin_site.each_context(request) | {
            "opts": self.opts,
            "may_change": self.has_change_permission(request),
        }
        return render(request, "admin/booking/holidays.html", shared | context | (extra_context or {}))

    def _settle(self, request: HttpRequest, business: Business, form: YearForm, year: int) -> HttpResponse | None:
        """Previews, approves or takes back; None if the page is only to be shown again."""
        now, address = timezone.now(), f"{request.path}?year={year}"
        if "_withdraw" in request.POST:
            before = look(business, now=now)
            withdraw(business, first=max(timezone.localdate(), date(year, 1, 1)), last=date(year, 12, 31))
            told = _("The decisions of this year are taken back.")
        elif "_spread" in request.POST or EDIT in request.POST or not form.is_valid():
            return None
        elif PREVIEW in request.POST:
            effect = effect_of(business, lambda: approve(business, form.treatments()), now=now)
            page = {
                "submit_text": _("Approve the days"),
                "save_to": address,
                "opts": self.opts,
                "page_name": _("Preview of the change"),
                "page_parent": _("Holidays"),
                "page_parent_url": address,
            }
            return preview_page(request, effect, self.admin_site.each_context(request) | page)
        else:
            before = look(business, now=now)
            approve(business, form.treatments())
            told = _("The holidays of this year are decided.")
        messages.success(request, told)
        self.log_change(request, business, f"{year}: {told}")
        warn_of_touched(request, compare(before, look(business, now=now)))
        return HttpResponseRedirect(address)


def _years(today: date) -> range:
    return range(today.year, (today + FARTHEST).year + 1)


def _year(request: HttpRequest, business: Business, today: date) -> int:
    asked = request.GET.get("year", "")
    if asked.isdecimal() and int(asked) in _years(today):
        return int(asked)
    return year_waiting(business, today=today) or today.year


def _context(business: Business, form: YearForm, year: int, today: date) -> dict[str, Any]:
    settings = BusinessSettings.objects.first()
    address = reverse("admin:crm_business_change", args=[business.pk])
    return {
        "title": _("Holidays"),
        "form": form,
        "rows": list(_rows(form)),
        "year": year,
        "years": _years(today),
        "has_calendar": bool(settings and settings.holidays_calendar),
        "is_standing": bool(settings and settings.holidays_closed),
        "is_decided": any(day.is_decided for day in form.days),
        "waiting": sum(not day.is_decided for day in form.days),
        "settings_link": format_html(
            '<a class="al-link" href="{}#businesssettings">{}</a>', address, _("To the settings")
        ),
    }


def _rows(form: YearForm) -> Iterator[DayRow]:
    dates = [day.on_date for day in form.days]
    closures = set(Closure.objects.filter(on_date__in=dates, resource=None).values_list("on_date", flat=True))
    for day in form.days:
        yield DayRow(
            named_day(day.on_date),
            day.name,
            KINDS[day.kind],
            form[_key(day)],
            str(Holiday.Treatment(day.treatment).label),
            day.is_decided,
            day.on_date in closures,
        )
