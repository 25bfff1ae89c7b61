"""What the rules need to know of a business, apart from its appointments: one query."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from booking.holy_days import PROPOSED, of_year
from booking.models import Holiday, Resource
from booking.policy import NO_CLOSURES, BusinessPolicy, Closures, Hours, Window
from booking.rules import in_force
from booking.slots import Need
from crm.models import Business
from crm.tenancy import for_business

REMEMBERED = timedelta(days=40)  # special days older than that concern nobody; calendar feeds show thirty
DEFAULT_RESOURCE = "main"  # a business that names no resource has this one
_DEFAULTS = {
    "slot_size_min": 60,
    "allow_24_7": False,
    "booking_window_days": 30,
    "min_notice_min": 0,
    "cancel_notice_min": 0,
    "daily_limit": None,
    "require_phone": True,
    "phone_source": "keypad",
}


@dataclass(frozen=True)
class ServiceFacts:
    id: int
    slug: str
    name: str
    need: Need
    resource_ids: frozenset[int]  # empty: every resource gives it


@dataclass(frozen=True)
class ResourceFacts:
    id: int
    slug: str
    hours: Hours | None  # None: those of the business
    closures: Closures
    daily_limit: int | None


@dataclass(frozen=True)
class Facts:
    """One business as the rules see it; only active services and resources."""

    business_id: int
    policy: BusinessPolicy
    services: tuple[ServiceFacts, ...]
    resources: tuple[ResourceFacts, ...]

    def service(self, slug: str) -> ServiceFacts | None:
        return next((service for service in self.services if service.slug == slug), None)

    def named(self, service: ServiceFacts | None) -> str:
        """The service's name where it tells something: empty where there is only one."""
        return service.name if service is not None and len(self.services) > 1 else ""

    def candidates(self, service: ServiceFacts | None, resource_slug: str | None) -> tuple[ResourceFacts, ...]:
        """The resources that give the service, or the named one if it does."""
        return tuple(
            resource
            for resource in self.resources
            if (service is None or not service.resource_ids or resource.id in service.resource_ids)
            and (not resource_slug or resource.slug == resource_slug)
        )


def load(business: Business, *, now: datetime) -> Facts:
    """One query; a business without any resource gets its one first."""
    row = _row(business, now)
    if not row["has_resources"]:
        with for_business(business):
            slug, name = DEFAULT_RESOURCE, business.name[:80]
            Resource.objects.get_or_create(business=business, slug=slug, defaults={"name": name})
        row = _row(business, now)
    own = row["settings"] or {}
    hours = _weeks(row["hours"])
    rules = in_force(
        {name: own.get(name, default) for name, default in _DEFAULTS.items()},
        week=hours.get(None),
        stated={rule["field"]: rule["value"] for rule in row["rules"]},
        origin="settings" if own else "default",
    )
    special = _special_days(row, own, now.year)
    closures = _closures(row["closures"])
    return Facts(
        business.pk,
        BusinessPolicy(
            timezone=ZoneInfo(row["timezone"]),
            closures=special.closed | closures.get(None, {}),
            like_friday=frozenset(special.like_friday),
            day_names=special.names | _reasons(row["closures"]),
            sources=rules.sources,
            **rules.values,
        ),
        tuple(_service(service) for service in row["services"]),
        tuple(
            ResourceFacts(
                item["id"],
                item["slug"],
                hours.get(item["id"]),
                closures.get(item["id"], NO_CLOSURES),
                item["daily_limit"],
            )
            for item in row["resources"]
        ),
    )


# Written out, bound to its business by id: composing this takes the ORM several times as long as answering it takes
# PostgreSQL.
_FACTS = """
SELECT json_build_object(
    'timezone', business.timezone,
    'settings', (
        SELECT json_build_object(
            'slot_size_min', slot_size_min, 'allow_24_7', allow_24_7, 'booking_window_days', booking_window_days,
            'min_notice_min', min_notice_min, 'cancel_notice_min', cancel_notice_min, 'daily_limit', daily_limit,
            'require_phone', require_phone_before_booking, 'phone_source', phone_source,
            'calendar', holidays_calendar, 'closed_on_holidays', holidays_closed)
        FROM crm_businesssettings WHERE business_id = business.id),
    'hours', (
        SELECT coalesce(json_agg(json_build_object(
            'resource', resource_id, 'weekday', weekday, 'opens', opens, 'closes', closes)), '[]')
        FROM booking_openinghours WHERE business_id = business.id),
    'closures', (
        SELECT coalesce(json_agg(json_build_object(
            'resource', resource_id, 'on_date', on_date, 'opens', opens, 'closes', closes, 'reason', reason)), '[]')
        FROM booking_closure WHERE business_id = business.id AND on_date >= asked.since),
    'holidays', (
        SELECT coalesce(json_agg(json_build_object('on_date', on_date, 'name', name, 'treatment', treatment)), '[]')
        FROM booking_holiday WHERE business_id = business.id AND on_date >= asked.since),
    'rules', (
        SELECT coalesce(json_agg(json_build_object('field', field, 'value', value)), '[]')
        FROM booking_ownerrule WHERE business_id = business.id AND is_confirmed),
    'services', (
        SELECT coalesce(json_agg(json_build_object(
            'id', id, 'slug', slug, 'name', name, 'duration', duration_min,
            'before', buffer_before_min, 'after', buffer_after_min,
            'given_by', ARRAY(SELECT resource_id FROM booking_service_resources WHERE service_id = service.id)
        ) ORDER BY id), '[]')
        FROM booking_service AS service WHERE business_id = business.id AND is_active),
    'resources', (
        SELECT coalesce(json_agg(json_build_object(
            'id', id, 'slug', slug, 'daily_limit', daily_limit) ORDER BY id), '[]')
        FROM booking_resource WHERE business_id = business.id AND is_active),
    'has_resources', EXISTS (SELECT FROM booking_resource WHERE business_id = business.id)
)::text
FROM crm_business AS business, (SELECT %s::date AS since) AS asked WHERE business.id = %s
"""


def _row(business: Business, now: datetime) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, [(now - REMEMBERED).date(), business.pk])
        found = cursor.fetchone()
    if found is None:
        raise Business.DoesNotExist
    row: dict[str, Any] = json.loads(found[0])
    return row


def _window(row: Mapping[str, str]) -> Window:
    return Window(time.fromisoformat(row["opens"]), time.fromisoformat(row["closes"]))


def _weeks(rows: Iterable[Mapping[str, Any]]) -> dict[int | None, dict[int, tuple[Window, ...]]]:
    """Weeks by resource; under None the one of the whole business."""
    weeks: dict[int | None, dict[int, tuple[Window, ...]]] = {}
    for row in rows:
        week = weeks.setdefault(row["resource"], {})
        week[row["weekday"]] = (*week.get(row["weekday"], ()), _window(row))
    return weeks


def _day(row: Mapping[str, str]) -> date:
    return date.fromisoformat(row["on_date"])


def _closures(rows: Iterable[Mapping[str, Any]]) -> dict[int | None, dict[date, tuple[Window, ...]]]:
    """Special days by resource; under None those of the whole business."""
    closures: dict[int | None, dict[date, tuple[Window, ...]]] = {}
    for row in rows:
        days = closures.setdefault(row["resource"], {})
        days[_day(row)] = days.get(_day(row), ()) + ((_window(row),) if row["opens"] else ())
    return closures


def _reasons(rows: Iterable[Mapping[str, Any]]) -> dict[date, str]:
    """Why the whole business has a special day; why one person is away is nobody else's business."""
    return {_day(row): row["reason"] for row in rows if row["reason"] and row["resource"] is None}


@dataclass(frozen=True)
class _SpecialDays:
    """Holidays as they are treated."""

    closed: dict[date, tuple[Window, ...]]
    like_friday: set[date]
    names: dict[date, str]


def _special_days(row: Mapping[str, Any], own: Mapping[str, Any], year: int) -> _SpecialDays:
    """The owner's decision on each holiday; where there is none yet, the standing one for every year."""
    treated: dict[date, tuple[str, str]] = {}
    if own and own["closed_on_holidays"]:
        treated |= _standing_holidays(own["calendar"], year)
    treated |= {_day(item): (item["treatment"], item["name"]) for item in row["holidays"]}
    treatments = Holiday.Treatment
    return _SpecialDays(
        {day: () for day, (treatment, _) in treated.items() if treatment == treatments.CLOSED},
        {day for day, (treatment, _) in treated.items() if treatment == treatments.FRIDAY},
        {day: name for day, (treatment, name) in treated.items() if treatment != treatments.ORDINARY},
    )


@lru_cache(maxsize=16)
def _standing_holidays(calendar: str, year: int) -> Mapping[date, tuple[str, str]]:
    """From last year's to those the longest booking window reaches: how each is treated, and its name."""
    days = (day for near in range(year - 1, year + 4) for day in of_year(calendar, near))
    return {day.on_date: (PROPOSED[day.kind], day.name) for day in days}


def _service(row: Mapping[str, Any]) -> ServiceFacts:
    return ServiceFacts(
        id=row["id"],
        slug=row["slug"],
        name=row["name"],
        need=Need(
            timedelta(minutes=row["duration"]), timedelta(minutes=row["before"]), timedelta(minutes=row["after"])
        ),
        resource_ids=frozenset(row["given_by"]),
    )
