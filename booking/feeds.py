"""Secret addresses at which calendar programs read the appointments.

The address is all that a calendar program can send: who has it may read, until the owner replaces or removes it. Only a
digest is kept, so that neither the database nor a copy of it can be used to read.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from booking.facts import Facts, load
from booking.ical import Booked, ClosedDay, calendar_bytes
from booking.models import Appointment, CalendarFeed, Resource
from crm.models import Business
from crm.phones import national
from crm.tenancy import for_business, for_everyone

TOKEN_BYTES = 32
KEPT = timedelta(days=30)  # how long past and cancelled appointments stay in the calendar
READ_NOTED_EVERY = timedelta(minutes=5)

Status = Appointment.Status


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def issue_feed(*, business: Business, resource: Resource | None, now: datetime) -> str:
    """The token of a new address, told this once. An older address of the same calendar is dead from now on."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with for_business(business), transaction.atomic():
        CalendarFeed.objects.update_or_create(
            business=business,
            resource=resource,
            defaults={"digest": digest_of(token), "created_at": now, "last_read_at": None},
        )
    return token


def remove_feed(*, business: Business, resource: Resource | None) -> bool:
    """Whether there was an address to remove."""
    with for_business(business):
        return CalendarFeed.objects.filter(resource=resource).delete()[0] > 0


def read_feed(token: str, *, now: datetime) -> bytes | None:
    """The calendar behind this address; None if there is none, or none any more."""
    with for_everyone("whoever reads a calendar has nothing but its address"):
        rows = CalendarFeed.objects.select_related("business", "resource")
        feed = rows.filter(digest=digest_of(token)).first()
    if feed is None:
        return None
    with for_business(feed.business_id):
        if feed.last_read_at is None or feed.last_read_at < now - READ_NOTED_EVERY:
            CalendarFeed.objects.filter(pk=feed.pk).update(last_read_at=now)
        return _calendar(feed.business, feed.resource, now)


def _calendar(business: Business, resource: Resource | None, now: datetime) -> bytes:
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return calendar_bytes(
        name=f"{business.name} · {resource.name}" if resource else business.name,
        timezone=str(business.timezone),
        booked=_booked(business, resource, host, now),
        closed=_closed_days(load(business, now=now), resource, host, now),
        host=host,
    )


def _booked(business: Business, resource: Resource | None, host: str, now: datetime) -> Iterator[Booked]:
    """Everything ahead, also what an owner booked beyond the booking window; times held for a call are not booked."""
    rows = Appointment.objects.exclude(status=Status.HELD).filter(ends_at__gt=now - KEPT)
    if resource is not None:
        rows = rows.filter(resource=resource)
    rows = rows.annotate(changed_at=Coalesce(Max("changes__at"), "created_at"), change_count=Count("changes"))
    rows = rows.exclude(status=Status.CANCELLED, changed_at__lt=now - KEPT)
    for row in rows.select_related("service", "resource").order_by("starts_at", "pk"):
        yield Booked(
            uid=f"appointment-{row.pk}@{host}",
            start=row.starts_at,
            end=row.ends_at,
            summary=" · ".join(filter(None, [row.customer_name, row.service.name if row.service else ""])),
            description=national(row.customer_phone) if row.customer_phone else "",
            location=business.name,
            resource=row.resource.name,
            is_cancelled=row.status == Status.CANCELLED,
            revision=max(0, row.change_count - 1),  # the first one made it
            created_at=row.created_at,
            changed_at=row.changed_at,
        )


def _closed_days(facts: Facts, resource: Resource | None, host: str, now: datetime) -> Iterator[ClosedDay]:
    """Dates on which nothing opens: of the business, or of the resource, whose own days go before."""
    policy = facts.policy
    days = dict(policy.closures)
    if resource is not None:
        days |= next((one.closures for one in facts.resources if one.id == resource.pk), {})
    first, last = policy.local(now - KEPT).date(), policy.last_date(now)
    for day, windows in sorted(days.items()):
        if not windows and first <= day <= last:
            uid = f"closed-{facts.business_id}-{day.isoformat()}@{host}"
            yield ClosedDay(uid, day, ": ".join(filter(None, [_("Closed"), policy.day_names.get(day)])))
