"""Closing some time from the calendar, and the link by which a personal calendar reads it."""

from __future__ import annotations

import re
from datetime import time

import pytest
from django.test import Client

from booking.models import CalendarFeed, Closure
from crm.models import Business
from crm.tenancy import for_business
from tests.booking.pages.conftest import again, at, book, resource
from tests.support.factories import ClosureFactory
from tests.support.pages import text_of

CLOSE = "/calendar/closure/"


def closures(salon: Business) -> list[tuple[str, time | None, time | None, str | None]]:
    with for_business(salon):
        rows = Closure.objects.select_related("resource").order_by("opens")
        return [(row.reason, row.opens, row.closes, row.resource and row.resource.slug) for row in rows]


def test_a_day_is_closed_after_whoever_stands_there_is_shown(salon: Business, dana: Client):
    row = book(salon, at(12, days=1))
    wish = {"date": "25/11/2026", "reason": "שיפוץ"}

    first = text_of(dana.post(CLOSE, wish))
    assert "תור אחד נמצא בזמן הזה" in first
    assert "שירה כץ" in first
    assert closures(salon) == []
    dana.post(CLOSE, wish | {"_save": "1"})

    assert closures(salon) == [("שיפוץ", None, None, None)]
    assert again(salon, row.pk).status == "confirmed"  # never cancelled by it


def test_some_hours_are_closed_and_the_others_stay(salon: Business, dana: Client):
    wish = {"date": "25/11/2026", "opens": "14:00", "closes": "16:30", "reason": "ישיבה"}

    assert "אין תורים בזמן הזה" in text_of(dana.post(CLOSE, wish))
    dana.post(CLOSE, wish | {"_save": "1"})

    assert closures(salon) == [("ישיבה", time(10), time(14), None), ("ישיבה", time(16, 30), time(20), None)]


def test_a_second_closing_of_the_day_takes_from_what_is_left(salon: Business, dana: Client):
    for hours in (("14:00", "16:00"), ("10:00", "12:00")):
        dana.post(CLOSE, {"date": "25/11/2026", "opens": hours[0], "closes": hours[1], "_save": "1"})

    assert [row[1:3] for row in closures(salon)] == [(time(12), time(14)), (time(16), time(20))]


def test_one_person_is_away_and_the_others_are_not(salon: Business, dana: Client):
    book(salon, at(12, days=1), resource_id="ron")
    noa = resource(salon, "noa")
    wish = {"date": "25/11/2026", "resource": noa.pk}

    assert "אין תורים בזמן הזה" in text_of(dana.post(CLOSE, wish))
    dana.post(CLOSE, wish | {"_save": "1"})

    assert closures(salon) == [("", None, None, "noa")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"date": "23/11/2026"}, "התאריך הזה כבר עבר."),
        ({"date": "31/02/2026"}, "אין תאריך כזה"),
        ({"opens": "14:00"}, "צריך את שתי השעות"),
        ({"opens": "16:00", "closes": "14:00"}, "אחרי שעת ההתחלה"),
        ({"opens": "25:00", "closes": "26:00"}, "25:00"),
    ],
)
def test_hours_that_cannot_be_are_named(salon: Business, dana: Client, change: dict[str, str], reason: str):
    ClosureFactory(business=salon, on_date=at(0, days=1).date(), reason="שיפוץ")

    page = dana.post(CLOSE, {"date": "25/11/2026", "_save": "1"} | change)

    assert page.status_code == 422
    assert reason in text_of(page)
    assert closures(salon) == [("שיפוץ", None, None, None)]


def test_a_link_is_shown_once_and_replaced_and_removed(salon: Business, dana: Client, client: Client):
    assert "מי שמחזיק בקישור רואה את התורים" in text_of(dana.get("/calendar/link/"))
    address = made(dana.post("/calendar/link/", {"what": "issue"}))
    assert client.get(address).status_code == 200
    assert address not in dana.get("/calendar/link/").content.decode()
    with for_business(salon):
        assert address.rsplit("/", 1)[1] not in CalendarFeed.objects.get().digest

    other = made(dana.post("/calendar/link/", {"what": "issue"}))
    assert client.get(address).status_code == 404
    dana.post("/calendar/link/", {"what": "remove"})
    assert client.get(other).status_code == 404


def made(page: object) -> str:
    found = re.search(r'value="[^"]*?(/calendar/feed/[^"]+\.ics)"', page.content.decode())  # type: ignore[attr-defined]  # a response
    assert found
    return found[1]
