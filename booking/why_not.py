"""Why may this time be booked, or not? Every rule with the value it used, and the place where it is set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking import slots
from booking.availability import Wish, read_wished_start, source_of, wish
from booking.diary import NOTHING, Diary, Overlooked
from booking.facts import load
from booking.models import Appointment, Closure, Holiday, Resource, Weekday
from booking.policy import ALL_DAY, DAY, Window, openings, weekday, windows_on
from booking.reasons import reason
from booking.results import Refused
from booking.services import effective_policy
from booking.slots import Obstacle
from crm.models import Business
from crm.templatetags.isolates import isolate, time_range, times
from crm.tenancy import for_business

RULE_NAMES = {
    "past": gettext_lazy("The present time"),
    "min_notice": gettext_lazy("Minimum notice"),
    "booking_window": gettext_lazy("Bookable up to"),
    "weekday": gettext_lazy("Opening hours"),
    "hours": gettext_lazy("Opening hours"),
    "too_long": gettext_lazy("Opening hours"),
    "closure": gettext_lazy("Closures and special days"),
    "special_hours": gettext_lazy("Closures and special days"),
    "time_off": gettext_lazy("Time off and special days"),
    "grid": gettext_lazy("Interval between appointments"),
    "taken": gettext_lazy("The calendar"),
    "buffer": gettext_lazy("Time around appointments"),
    "daily_limit": gettext_lazy("Appointments a day"),
}
SOURCE_NAMES = {
    "settings": gettext_lazy("the settings"),
    "prompt": gettext_lazy("the instructions"),
    "default": gettext_lazy("default"),
    "closures": gettext_lazy("closures and special days"),
    "resource": gettext_lazy("own hours and days"),
    "calendar": gettext_lazy("the calendar"),
}
_TAB_OF_RULE = {
    "min_notice": "businesssettings",
    "booking_window": "businesssettings",
    "grid": "businesssettings",
    "daily_limit": "businesssettings",
    "weekday": "openinghours",
    "hours": "openinghours",
    "too_long": "openinghours",
    "closure": "closure",
    "special_hours": "closure",
}
_OF_HOURS = ("closed_day", "outside_hours")
_HOUR_MIN, _DAY_MIN = 60, 1440


@dataclass(frozen=True)
class Place:
    """Where what decided can be seen or changed; the pages are the owner's."""

    name: str | Promise | SafeString
    address: str


@dataclass(frozen=True)
class Question:
    start: datetime
    service: str | None = None
    resource: str | None = None


@dataclass(frozen=True)
class Check:
    """One rule, whether the time keeps it, and the value that it went by. `places`: where that is set."""

    rule: str
    kept: bool
    text: SafeString | str
    places: tuple[Place, ...] = ()

    @property
    def name(self) -> str:
        return str(RULE_NAMES[self.rule])


def checks(
    business: Business, asked: Question, *, now: datetime, overlooked: Overlooked = NOTHING
) -> list[Check] | Refused:
    """Every rule that could speak about this time, by the rules of today, as if `now` were the present.

    Hours come before the interval and the calendar: while it is closed, these have nothing to say. What is no time at
    all, or a service that is not known, is refused. `overlooked` does not stand in its own way.
    """
    with for_business(business):
        facts = load(business, now=now)
        start = read_wished_start(asked.start, facts)
        if isinstance(start, Refused):
            return start
        wished = wish(facts, service_id=asked.service, resource_id=asked.resource, now=now, overlooked=overlooked)
        if isinstance(wished, Refused):
            return wished
        return list(_checks(business, wished, asked, start))


def _checks(business: Business, wished: Wish, asked: Question, start: datetime) -> Iterator[Check]:
    policy, now = wished.policy, wished.now

    def failed(found: Obstacle) -> Check:
        words = times(reason(found, policy=policy, start=start, now=now))
        return Check(found.rule, False, words, tuple(places(business, asked, _told(found, source_of(found, policy)))))

    far = slots.out_of_reach(policy, start=start, now=now)
    if far and far.rule != "booking_window":
        yield failed(far)
    else:
        yield Check("min_notice", True, _notice(policy.min_notice_min))
    if policy.local(start).date() > policy.last_date(now):
        yield failed(Obstacle("beyond_window", "booking_window"))
    else:
        yield Check("booking_window", True, _up_to(policy.last_date(now)))
    day = policy.local(start).date()
    book = wished.diary(day, day)
    # As of the latest moment at which notice and window are kept: what is left are hours, interval and calendar.
    in_time = start - timedelta(minutes=policy.min_notice_min)
    found = slots.why_not(policy, book.chairs, wished.need, start=start, now=in_time, full_days=book.full_days)
    if found is not None and found.code in _OF_HOURS:
        yield failed(found)
        return
    yield Check("hours", True, _open(wished, book, start))
    if found is not None and found.code == "off_grid":
        yield failed(found)
        if slots.roomy_chairs(book.chairs, wished.need, start):
            yield Check("taken", True, _("No other appointment at that time"))
        return
    yield Check("grid", True, _grid(policy.slot_size_min))
    yield failed(found) if found is not None else Check("taken", True, _("No other appointment at that time"))


# --- the values in words -----------------------------------------------------------------------------
def _notice(minutes: int) -> str:
    if not minutes:
        return _("No notice is required")
    if minutes % _DAY_MIN == 0:
        count = minutes // _DAY_MIN
        return ngettext("Notice of one day", "Notice of %(count)d days", count) % {"count": count}
    if minutes % _HOUR_MIN == 0:
        count = minutes // _HOUR_MIN
        return ngettext("Notice of one hour", "Notice of %(count)d hours", count) % {"count": count}
    return ngettext("Notice of one minute", "Notice of %(count)d minutes", minutes) % {"count": minutes}


def _up_to(day: date) -> SafeString:
    return format_html(_("Bookable up to {}"), isolate(f"{day:%d/%m/%Y}"))


def _grid(minutes: int) -> str:
    return ngettext("An appointment every minute", "An appointment every %(count)d minutes", minutes) % {
        "count": minutes
    }


def _open(wished: Wish, book: Diary, start: datetime) -> SafeString:
    """The day and its hours, of the resource that could serve then."""
    policy = wished.policy
    day = policy.local(start).date()
    for chair in book.chairs:
        for opens_on, opening in openings(policy, day - DAY, day, chair.hours, chair.closures):
            if opening.span.holds(start) and start + wished.need.length <= opening.until:
                return _hours(opens_on, windows_on(policy, opens_on, chair.hours, chair.closures))
    return _hours(day, ())


def _hours(day: date, windows: tuple[Window, ...]) -> SafeString:
    name = Weekday(weekday(day)).label
    if not windows or ALL_DAY in windows:
        return format_html(_("Open on {} around the clock"), name)
    spans = [isolate(f"{window.opens:%H:%M}–{window.closes:%H:%M}") for window in windows]
    told = spans[0]
    for span in spans[1:]:
        told = format_html("{}, {}", told, span)
    return format_html(_("Open on {} {}"), name, told)


# --- where it is set ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Told:
    """A refusal as far as it matters for finding the place behind it."""

    code: str | None
    rule: str
    source: str


def _told(found: Obstacle, source: str | None) -> Told:
    return Told(found.code, found.rule, source or "")


def places(business: Business, asked: Question, found: Told) -> list[Place]:
    """Where the rule behind a refusal is set, or what stands in the calendar instead. Within the business's scope."""
    own_page = reverse("admin:crm_business_change", args=[business.pk])
    day = timezone.localtime(asked.start).date()
    if found.code == "unknown_service":
        return [Place(gettext_lazy("services"), reverse("admin:booking_service_changelist"))]
    if found.source == "calendar":
        return _appointments_there(asked)
    if found.source == "prompt":
        return [Place(gettext_lazy("rules in force"), f"{own_page}#general")]
    if found.source == "resource" or (found.rule == "daily_limit" and not _limits_all(business)):
        return _resources(asked)
    if found.rule in ("closure", "hours", "too_long") and _is_holiday(business, day):
        return [Place(gettext_lazy("holidays"), f"{reverse('admin:booking_holiday_changelist')}?year={day.year}")]
    tab = _TAB_OF_RULE.get(found.rule)
    return [Place(gettext_lazy("business and opening hours"), f"{own_page}#{tab}")] if tab else []


def _appointments_there(asked: Question) -> list[Place]:
    """What stands in the calendar around that time, at most three."""
    rows = Appointment.objects.filter(status__in=Appointment.LIVE, during__contains=asked.start).order_by("starts_at")
    if asked.resource:
        rows = rows.filter(resource__slug=asked.resource)
    return [
        Place(time_range(row.starts_at, row.ends_at), reverse("admin:booking_appointment_change", args=[row.pk]))
        for row in rows[:3]
    ]


def _resources(asked: Question) -> list[Place]:
    rows = Resource.objects.filter(is_active=True, **({"slug": asked.resource} if asked.resource else {}))
    return [Place(row.name, reverse("admin:booking_resource_change", args=[row.pk])) for row in rows[:3]]


def _limits_all(business: Business) -> bool:
    return effective_policy(business).daily_limit is not None


def _is_holiday(business: Business, day: date) -> bool:
    """Whether that day is special for its name in the calendar of holidays, and for nothing that was typed in."""
    if Closure.objects.filter(on_date=day, resource=None).exists():
        return False
    if Holiday.objects.filter(on_date=day).exclude(treatment=Holiday.Treatment.ORDINARY).exists():
        return True
    policy = effective_policy(business)
    return day in policy.closures or day in policy.like_friday
