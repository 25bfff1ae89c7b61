"""`find_slots` over thirty days of a calendar with a thousand appointments, beside a bare round trip."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from benchmarks import figures
from benchmarks.figures import number, percentile, percentiles, times

APPOINTMENTS, DAYS = 1000, 30
ROUNDS = 300


def run() -> None:
    from django.db import connection  # noqa: PLC0415  # Django is set up by now
    from django.utils import timezone  # noqa: PLC0415  # as above

    from booking.services import find_slots  # noqa: PLC0415  # as above
    from crm.models import Business  # noqa: PLC0415  # as above

    business = Business.objects.get(slug="bench-full")
    now = timezone.now()
    made = _fill(business, now)
    today = now.astimezone(business.timezone).date()

    def look() -> Any:
        return find_slots(business=business, date=today, days=DAYS + 1, service_id="checkup", now=now)

    def round_trip() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()

    queries = 0

    def count(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*arguments)

    gc.collect()
    gc.freeze()  # as the serving process does: what was loaded by now is not walked through again
    with connection.execute_wrapper(count):
        free = len(look().slots)
    slow, quick = _timed(look), _timed(round_trip)
    rows = [
        ["find_slots", *percentiles(slow, 50, 95), str(queries)],
        ["SELECT 1", *percentiles(quick, 50, 95), "1"],
        ["ratio", *(times(percentile(slow, p), percentile(quick, p)) for p in (50, 95)), ""],
    ]
    figures.table(["", "p50", "p95 ms", "queries"], rows)
    figures.note(
        f"{made} appointments, {free} free slots, {ROUNDS} rounds. (design: p95 <= {number(5)} ms, <= 3 queries)"
    )


def _timed(work: Callable[[], Any]) -> list[float]:
    for _ in range(20):
        work()
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    return taken


def _fill(business: Any, now: datetime) -> int:
    """A thousand appointments of half an hour on two chairs, spread evenly over the free slots."""
    from django.db import connection  # noqa: PLC0415  # Django is set up by now

    from booking.models import Appointment, Resource, Service  # noqa: PLC0415  # as above
    from booking.services import find_slots  # noqa: PLC0415  # as above
    from crm.models import Lead, Medium  # noqa: PLC0415  # as above
    from crm.tenancy import for_business  # noqa: PLC0415  # as above

    today = now.astimezone(business.timezone).date()
    found: Any = find_slots(business=business, date=today, days=DAYS + 1, service_id="checkup", now=now)
    with for_business(business):
        lead = Lead.objects.create(business=business, name="דנה לוי", phone="+972521234567", source=Medium.WEB)
        service = Service.objects.get(slug="checkup")
        times_of = [(chair, slot.start) for slot in found.slots for chair in Resource.objects.order_by("pk")]
        kept = [times_of[len(times_of) * i // APPOINTMENTS] for i in range(min(APPOINTMENTS, len(times_of)))]
        Appointment.objects.bulk_create(
            Appointment(
                business=business,
                resource=chair,
                service=service,
                lead=lead,
                starts_at=start,
                ends_at=start + timedelta(minutes=30),
                during=(start, start + timedelta(minutes=30)),
                medium=Medium.WEB,
                customer_name=lead.name,
                customer_phone=lead.phone,
            )
            for chair, start in kept
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return len(kept)
