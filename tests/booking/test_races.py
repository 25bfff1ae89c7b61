"""Several at once, on real PostgreSQL: the database has the last word, and everyone gets an answer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from booking.models import Appointment, Resource
from booking.results import Booked, Refused, Rescheduled
from booking.services import create_appointment, reschedule_appointment
from crm.models import Business, Lead
from crm.tenancy import for_business
from tests.booking.conftest import make_salon
from tests.support.factories import AppointmentFactory, ResourceFactory

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 21, 8, tzinfo=ZoneInfo("Asia/Jerusalem"))
SIX = "2026-11-22T18:00:00+02:00"


def all_at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each answers when none starts before all are ready."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def booking(business: Business, **changes: Any) -> Callable[[], Booked | Refused]:
    asked: dict[str, Any] = {
        "start_iso": SIX,
        "customer_name": "דנה כהן",
        "customer_phone": "052-000-0147",
        "medium": "phone",
    }
    return lambda: create_appointment(business=business, now=NOW, **(asked | changes))


def live_rows(business: Business) -> list[Appointment]:
    with for_business(business):
        return list(Appointment.objects.filter(status__in=Appointment.LIVE).order_by("starts_at"))


def test_two_callers_for_one_slot_yield_one_row_and_one_refusal_with_alternatives():
    salon = make_salon("dana")
    answers = all_at_once(booking(salon, call_sid="CA1"), booking(salon, call_sid="CA2", customer_phone="052-000-0148"))
    assert len(live_rows(salon)) == 1
    [refused] = [answer for answer in answers if isinstance(answer, Refused)]
    assert refused.code == "slot_taken"
    assert [slot.start.strftime("%H:%M") for slot in refused.suggestions] == ["17:00", "19:00"]


def test_eight_callers_share_two_chairs():
    salon = make_salon("dana")
    ResourceFactory(business=salon, slug="ron")
    answers = all_at_once(*(booking(salon, customer_phone=f"052-000-014{n}") for n in range(8)))
    assert sum(isinstance(answer, Booked) for answer in answers) == 2
    assert {answer.code for answer in answers if isinstance(answer, Refused)} == {"slot_taken"}
    assert len({row.resource_id for row in live_rows(salon)}) == 2


def test_one_request_sent_six_times_at_once_books_once_and_answers_alike():
    salon = make_salon("dana")
    answers = all_at_once(*[booking(salon, idempotency_key="k1")] * 6)
    assert len(live_rows(salon)) == 1
    assert answers == [answers[0]] * 6


def test_a_new_customer_who_books_twice_at_once_is_one_lead():
    salon = make_salon("dana")
    all_at_once(booking(salon), booking(salon, start_iso="2026-11-22T12:00:00+02:00"))
    assert len(live_rows(salon)) == 2
    with for_business(salon):
        assert Lead.objects.count() == 1


def test_two_appointments_that_want_each_others_hour_end_with_one_of_them_refused_or_both_where_they_were():
    salon = make_salon("dana")
    first, second = booking(salon)(), booking(salon, start_iso="2026-11-22T12:00:00+02:00")()
    assert isinstance(first, Booked)
    assert isinstance(second, Booked)

    def move(one: Booked, to: datetime) -> Callable[[], Rescheduled | Refused]:
        return lambda: reschedule_appointment(
            business=salon, appointment_id=one.appointment_id, start_iso=to, now=NOW, medium="staff"
        )

    answers = all_at_once(move(first, second.slot.start), move(second, first.slot.start))
    assert [answer.code for answer in answers if isinstance(answer, Refused)] == ["slot_taken"] * 2
    assert [row.starts_at for row in live_rows(salon)] == [second.slot.start, first.slot.start]


def test_a_row_written_past_the_services_meanwhile_wins_and_the_caller_hears_of_alternatives():
    """The writer holds the hour uncommitted, invisible to the rules; only the constraint sees it."""
    salon = make_salon("dana")
    start = datetime.fromisoformat(SIX)
    with for_business(salon):
        noa = Resource.objects.get()
    inserted, may_commit = Barrier(2), Barrier(2)

    def elsewhere() -> None:
        with transaction.atomic():
            AppointmentFactory(business=salon, resource=noa, starts_at=start, ends_at=start + timedelta(hours=1))
            inserted.wait()
            may_commit.wait()

    def caller() -> Booked | Refused:
        inserted.wait()
        with ThreadPoolExecutor(1) as watcher:
            waiting = watcher.submit(_commit_once_somebody_waits, may_commit)
            answer = booking(salon)()
            waiting.result()
        return answer

    _, answer = all_at_once(elsewhere, caller)
    assert isinstance(answer, Refused)
    assert answer.code == "slot_taken"
    assert [slot.start.strftime("%H:%M") for slot in answer.suggestions] == ["17:00", "19:00"]
    assert len(live_rows(salon)) == 1


def _commit_once_somebody_waits(may_commit: Barrier) -> None:
    """Lets the other transaction commit when the database reports a backend that waits for it."""
    try:
        with connection.cursor() as cursor:
            for _ in range(100_000):  # some minutes; should nobody ever wait, the test fails below
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone() != (0,):
                    break
        may_commit.wait()
    finally:
        connection.close()


def test_the_constraint_refuses_an_overlap_whoever_writes_it():
    salon = make_salon("dana")
    with for_business(salon):
        noa = Resource.objects.get()
    start = datetime.fromisoformat(SIX)
    AppointmentFactory(business=salon, resource=noa, starts_at=start)
    with pytest.raises(IntegrityError, match="appointment_no_overlap"):
        AppointmentFactory(business=salon, resource=noa, starts_at=start + timedelta(minutes=15))
    AppointmentFactory(business=salon, resource=noa, starts_at=start + timedelta(minutes=30))
