"""Loads what the rules need to know: a business without its calendar in one query, the calendar in another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from django.db import connection

from booking.intervals import Interval
from booking.models import Resource
from booking.policy import WORKING_WEEK, BusinessPolicy, Hours, Window
from booking.slots import Chair, Need
from crm.models import Business
from crm.tenancy import for_business

DEFAULT_RESOURCE = "main"  # a business that names no resource has this one
_FIELDS = (
    "slot_size_min",
    "allow_24_7",
    "booking_window_days",
    "min_notice_min",
    "require_phone",
    "phone_source",
)


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


@dataclass(frozen=True)
class Facts:
    """One business as the rules see it; only active services and resources."""

    policy: BusinessPolicy
    services: tuple[ServiceFacts, ...]
    resources: tuple[ResourceFacts, ...]

    def service(self, slug: str) -> ServiceFacts | None:
        return next((service for service in self.services if service.slug == slug), None)

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
    row = _row(business)
    if not row["has_resources"]:
        with for_business(business):
            slug, name = DEFAULT_RESOURCE, business.name[:80]
            Resource.objects.get_or_create(business=business, slug=slug, defaults={"name": name})
        row = _row(business)
    own = row["settings"]
    hours = _weeks(row["hours"])
    closures = _closures(row["closures"])
    if own and own.pop("holidays"):
        closures = dict(_holidays(own.pop("calendar"), now.year)) | closures
    policy = BusinessPolicy(
        timezone=ZoneInfo(row["timezone"]),
        hours=hours.get(None, WORKING_WEEK),
        closures=closures,
        sources=dict.fromkeys(_FIELDS, "settings" if own else "default")
        | {"hours": "settings" if None in hours else "default"},
        **{name: own[name] for name in _FIELDS if own},
    )
    return Facts(
        policy,
        tuple(_service(service) for service in row["services"]),
        tuple(ResourceFacts(item["id"], item["slug"], hours.get(item["id"])) for item in row["resources"]),
    )


def busy_chairs(
    resources: Iterable[ResourceFacts], *, first: date, last: date, ignoring: int | None = None
) -> list[Chair]:
    """The resources with what blocks them on these dates and the days beside them. One query.

    `ignoring` leaves out one appointment: the one that is about to move.
    """
    resources = list(resources)
    day_before = datetime.combine(first, time(0), UTC) - timedelta(days=2)
    day_after = datetime.combine(last, time(0), UTC) + timedelta(days=4)  # a day's length, buffers and zone beyond
    busy: dict[int, list[Interval]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_BUSY, [[resource.id for resource in resources], day_before, day_after, ignoring or 0])
        for resource_id, starts, ends in cursor:
            bounds = zip(starts, ends, strict=True)
            busy[resource_id] = [Interval(_instant(start), _instant(end)) for start, end in bounds]
    return [Chair(resource.id, resource.hours, busy.get(resource.id, ())) for resource in resources]


# Written out, each bound to its business by id: composing these two takes the ORM several times as long as
# answering them takes PostgreSQL.
_FACTS = """
SELECT json_build_object(
    'timezone', business.timezone,
    'settings', (
        SELECT json_build_object(
            'slot_size_min', slot_size_min, 'allow_24_7', allow_24_7, 'booking_window_days', booking_window_days,
            'min_notice_min', min_notice_min, 'require_phone', require_phone_before_booking,
            'phone_source', phone_source, 'calendar', holidays_calendar, 'holidays', holidays_closed)
        FROM crm_businesssettings WHERE business_id = business.id),
    'hours', (
        SELECT coalesce(json_agg(json_build_object(
            'resource', resource_id, 'weekday', weekday, 'opens', opens, 'closes', closes)), '[]')
        FROM booking_openinghours WHERE business_id = business.id),
    'closures', (
        SELECT coalesce(json_agg(json_build_object('on_date', on_date, 'opens', opens, 'closes', closes)), '[]')
        FROM booking_closure WHERE business_id = business.id),
    'services', (
        SELECT coalesce(json_agg(json_build_object(
            'id', id, 'slug', slug, 'name', name, 'duration', duration_min,
            'before', buffer_before_min, 'after', buffer_after_min,
            'given_by', ARRAY(SELECT resource_id FROM booking_service_resources WHERE service_id = service.id)
        ) ORDER BY id), '[]')
        FROM booking_service AS service WHERE business_id = business.id AND is_active),
    'resources', (
        SELECT coalesce(json_agg(json_build_object('id', id, 'slug', slug) ORDER BY id), '[]')
        FROM booking_resource WHERE business_id = business.id AND is_active),
    'has_resources', EXISTS (SELECT FROM booking_resource WHERE business_id = business.id)
)::text
FROM crm_business AS business WHERE business.id = %s
"""

_BUSY = """
SELECT resource_id,
    array_agg(extract(epoch FROM lower(span))::bigint ORDER BY span),
    array_agg(extract(epoch FROM upper(span))::bigint ORDER BY span)
FROM (
    SELECT resource_id, unnest(range_agg(during)) AS span
    FROM booking_appointment
    WHERE resource_id = ANY(%s) AND status IN ('held', 'confirmed') AND during && tstzrange(%s, %s) AND id <> %s
    GROUP BY resource_id
) AS blocked
GROUP BY resource_id
"""


def _row(business: Business) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, [business.pk])
        found = cursor.fetchone()
    if found is None:
        raise Business.DoesNotExist
    row: dict[str, Any] = json.loads(found[0])
    return row


def _instant(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)


def _window(row: Mapping[str, str]) -> Window:
    return Window(time.fromisoformat(row["opens"]), time.fromisoformat(row["closes"]))


def _weeks(rows: Iterable[Mapping[str, Any]]) -> dict[int | None, dict[int, tuple[Window, ...]]]:
    """Weeks by resource; under None the one of the whole business."""
    weeks: dict[int | None, dict[int, tuple[Window, ...]]] = {}
    for row in rows:
        week = weeks.setdefault(row["resource"], {})
        week[row["weekday"]] = (*week.get(row["weekday"], ()), _window(row))
    return weeks


def _closures(rows: Iterable[Mapping[str, str]]) -> dict[date, tuple[Window, ...]]:
    closures: dict[date, tuple[Window, ...]] = {}
    for row in rows:
        day = date.fromisoformat(row["on_date"])
        closures[day] = closures.get(day, ()) + ((_window(row),) if row["opens"] else ())
    return closures


@lru_cache(maxsize=16)
def _holidays(calendar: str, year: int) -> Mapping[date, tuple[Window, ...]]:
    """Public holidays from last year's to those the longest booking window reaches."""
    if calendar not in holidays.list_supported_countries():
        return {}
    days = holidays.country_holidays(calendar, years=range(year - 1, year + 4))
    return dict.fromkeys(days, ())


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
