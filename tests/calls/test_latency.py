"""Response times: percentiles by the database, of one business, in three queries whatever the number of rows."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from calls.latency import Latency, Spread, latency_since
from crm.models import Business, Role
from crm.tenancy import for_business
from tests.support.factories import NOW, BusinessFactory, CallSessionFactory, TurnFactory
from tests.support.pages import platform_admin, signed_in, text_of

pytestmark = pytest.mark.django_db
ISRAEL = ZoneInfo("Asia/Jerusalem")
PAGE = "/admin/calls/callsession/response-times/"


@pytest.fixture
def salon(db: None) -> Business:
    business: Business = BusinessFactory(name="המספרה של דנה")
    return business


def answered(business: Business, *totals: int, **call: object) -> None:
    """A call with one measured answer for each of these whole times."""
    session = CallSessionFactory(business=business, **call)
    for total in totals:
        metrics = {"STT_FINAL_MS": total // 4, "TOTAL_LATENCY_MS": total, "EOU_REASON": "vad", "BARGE_IN_HIT": False}
        TurnFactory(business=business, call=session, metrics=metrics)
    TurnFactory(business=business, call=session, speaker="assistant", metrics={})


def of(business: Business, *, practice: bool = False) -> Latency:
    with for_business(business):
        return latency_since(NOW - timedelta(days=6), zone=ISRAEL, practice=practice)


def test_the_median_and_the_slowest_twentieth(salon: Business) -> None:
    answered(salon, *range(1000, 2001, 100))
    answered(salon, 4000)

    found = of(salon)

    assert found.total == Spread(1550, 2900)
    assert found.steps["STT_FINAL_MS"] == Spread(388, 725)
    assert "TTS_READY_MS" not in found.steps
    assert (found.calls, found.answers, found.slow, found.interrupted) == (2, 12, 1, 0)
    assert found.reasons == {"vad": 12}


def test_each_day_is_the_businesss_own(salon: Business) -> None:
    answered(salon, 1000, started_at=NOW)
    answered(salon, 2000, started_at=NOW.replace(hour=22, minute=30))  # half past midnight in Israel

    assert [(day.on_date, day.answers, day.total.usual_ms) for day in of(salon).days] == [
        (date(2026, 11, 25), 1, 2000),
        (date(2026, 11, 24), 1, 1000),
    ]


def test_other_businesses_older_calls_and_practice_do_not_count(salon: Business) -> None:
    answered(salon, 1000)
    answered(BusinessFactory(), 9000)
    answered(salon, 9000, started_at=NOW - timedelta(days=7))
    answered(salon, 3000, is_practice=True)

    assert of(salon).total == Spread(1000, 1000)
    assert of(salon, practice=True).answers == 2


def test_nothing_measured_is_nothing_claimed(salon: Business) -> None:
    answered(salon)

    assert of(salon) == Latency(0, 0, 0, 0, {}, {}, [])


@pytest.mark.parametrize("calls", [1, 20])
def test_more_calls_cost_no_more_queries(
    salon: Business, calls: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _call in range(calls):
        answered(salon, 1000, 2000)

    with django_assert_num_queries(3):
        of(salon)


# --- the page ----------------------------------------------------------------------------------------
def read(client: Client, query: str = "") -> str:
    return text_of(client.get(f"{PAGE}?{query}"))


def test_noa_reads_how_quickly_the_assistant_answers(salon: Business, time_machine: object) -> None:
    time_machine.move_to(NOW, tick=False)  # type: ignore[attr-defined]  # the plugin's fixture
    answered(salon, 1400, 2400)
    answered(BusinessFactory(), 9999)

    page = read(signed_in(salon, Role.STAFF), "practice=0")

    assert "בדרך כלל 1.9 שניות ב־95% מהפעמים עד 2.4 שניות" in page
    assert "ביעד" in page
    assert "נמדדו מעט תשובות" in page
    assert "24/11/2026 2 1.90 2.35" in page
    assert "10.0" not in page
    assert "p95" not in page


def test_days_without_calls_say_so(salon: Business) -> None:
    page = read(signed_in(salon))

    assert "לא נמדדו תשובות בימים האלה" in page
    assert "שניות" not in page


def test_the_window_and_practice_are_chosen(salon: Business, time_machine: object) -> None:
    time_machine.move_to(NOW, tick=False)  # type: ignore[attr-defined]  # the plugin's fixture
    answered(salon, 1400, started_at=NOW - timedelta(days=20))
    answered(salon, 2500, is_practice=True)
    dana = signed_in(salon)

    assert "לא נמדדו" in read(dana, "practice=0")
    assert "1.4 שניות" in read(dana, "practice=0&days=30")
    assert "2.5 שניות" in read(dana, "practice=1&days=7")
    assert dana.get(f"{PAGE}?days=nonsense&practice=2").status_code == 200


def test_strangers_see_nothing_and_the_platform_enters_a_business_first(salon: Business, client: Client) -> None:
    assert client.get(PAGE).status_code == 302
    assert signed_in().get(PAGE).status_code == 403
    assert platform_admin().get(PAGE)["Location"] == "/"
