"""The holidays of a year: proposed, previewed, approved, changed; and who is reminded of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from booking.models import Holiday
from booking.services import find_slots
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business
from tests.support.factories import ClosureFactory
from tests.support.pages import fields_of, platform_admin, text_of

ISRAEL = ZoneInfo("Asia/Jerusalem")
PAGE = "/admin/booking/holiday/"
YEAR = f"{PAGE}?year=2027"
PASSOVER_EVE, PASSOVER, CHOL_HAMOED = "day-2027-04-21", "day-2027-04-22", "day-2027-04-25"
WAITING = "חגי 2027 מחכים לאישור."


@pytest.fixture(autouse=True)
def saturday_morning() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 21, 8, tzinfo=ISRAEL), tick=False):
        yield


@pytest.fixture
def in_israel(salon: Business) -> Business:
    with for_business(salon):
        BusinessSettings.objects.update(holidays_calendar="IL", booking_window_days=300)
    return salon


def decided(business: Business) -> dict[date, str]:
    with for_business(business):
        return dict(Holiday.objects.values_list("on_date", "treatment"))


def is_open(business: Business, day: date) -> bool:
    return bool(find_slots(business=business, date=day, now=datetime.now(ISRAEL)).as_dict()["slots"])


def test_a_year_is_proposed_day_by_day(in_israel: Business, dana: Client) -> None:
    response = dana.get(YEAR)

    page, fields = text_of(response), fields_of(response)
    assert "יום חמישי 22/04/2027 פסח חג · הצעה" in page
    assert "יום רביעי 21/04/2027 ערב פסח ערב חג · הצעה" in page
    proposed = (fields[PASSOVER_EVE], fields[PASSOVER], fields[CHOL_HAMOED])
    assert proposed == ("friday", "closed", "ordinary")
    assert decided(in_israel) == {}
    assert is_open(in_israel, date(2027, 4, 22))


def test_an_approved_year_is_in_force_and_may_be_changed(in_israel: Business, dana: Client) -> None:
    fields = fields_of(dana.get(YEAR))

    assert dana.post(YEAR, fields | {"_save": "1"})["Location"] == YEAR
    assert not is_open(in_israel, date(2027, 4, 22))
    page = text_of(dana.get(YEAR))
    assert "חגי השנה הזאת נקבעו." in page
    assert "הצעה" not in page.replace("חזרה להצעה", "")

    dana.post(YEAR, fields_of(dana.get(YEAR)) | {PASSOVER: "ordinary", "_save": "1"})
    assert is_open(in_israel, date(2027, 4, 22))

    dana.post(YEAR, fields | {"_withdraw": "1"})
    assert decided(in_israel) == {}


def test_who_decided_is_kept_in_the_history_of_the_business(in_israel: Business, dana: Client) -> None:
    dana.post(YEAR, fields_of(dana.get(YEAR)))
    dana.post(YEAR, {"_withdraw": "1"})
    told = LogEntry.objects.order_by("pk").values_list("user_id", "object_id", "change_message")
    owner = int(dana.session["_auth_user_id"])
    assert [message for _, _, message in told] == [
        "2027: חגי השנה הזאת נקבעו.",
        "2027: ההחלטות של השנה הזאת בוטלו, והימים חזרו להצעה.",
    ]
    assert {(person, business) for person, business, _ in told} == {(owner, str(in_israel.pk))}


def test_a_kind_of_day_is_set_at_once(in_israel: Business, dana: Client) -> None:
    fields = fields_of(dana.get(YEAR)) | {"kind-chol_hamoed": "closed"}

    spread = dana.post(YEAR, fields | {"_spread": "1"})
    assert decided(in_israel) == {}
    dana.post(YEAR, fields_of(spread) | {"day-2027-04-26": "friday", "_save": "1"})

    treated = decided(in_israel)
    assert treated[date(2027, 4, 25)] == "closed"
    assert treated[date(2027, 4, 26)] == "friday"
    assert treated[date(2027, 4, 22)] == "closed"


def test_the_preview_saves_nothing_and_keeps_the_choices(in_israel: Business, dana: Client) -> None:
    fields = fields_of(dana.get(YEAR)) | {PASSOVER: "ordinary", "_preview": "1"}

    preview = dana.post(YEAR, fields)
    assert "עוד לא נשמר דבר." in text_of(preview)
    assert decided(in_israel) == {}

    back = dana.post(YEAR, fields_of(preview) | {"_edit": "1"})
    assert fields_of(back)[PASSOVER] == "ordinary"
    dana.post(YEAR, fields_of(preview) | {"_save": "1"})
    assert decided(in_israel)[date(2027, 4, 22)] == "ordinary"


def test_the_days_of_this_year_that_are_over_are_not_asked_about(in_israel: Business, dana: Client) -> None:
    assert [
        name for name in fields_of(dana.get(f"{PAGE}?year=2026")) if name < "day-2026-11-21" and "day-" in name
    ] == []


def test_a_written_closure_goes_first_and_is_mentioned(in_israel: Business, dana: Client) -> None:
    ClosureFactory(business=in_israel, on_date=date(2027, 4, 22))

    assert "פסח יש סגירה רשומה בתאריך הזה, והיא קודמת." in text_of(dana.get(YEAR))


def test_without_a_calendar_the_page_leads_to_the_setting(salon: Business, dana: Client) -> None:
    response = dana.get(PAGE)

    assert "לא נבחר לוח חגים" in text_of(response)
    assert f"/admin/crm/business/{salon.pk}/change/#businesssettings" in response.content.decode()


@pytest.mark.parametrize("address", ["/", "/admin/"])
def test_the_owner_is_reminded_of_a_year_that_waits(
    in_israel: Business, dana: Client, noa: Client, address: str
) -> None:
    assert WAITING in text_of(dana.get(address))
    assert WAITING not in text_of(noa.get(address))

    dana.post(YEAR, fields_of(dana.get(YEAR)) | {"_save": "1"})

    assert WAITING not in text_of(dana.get(address))


def test_a_standing_decision_needs_no_reminder(in_israel: Business, dana: Client) -> None:
    with for_business(in_israel):
        BusinessSettings.objects.update(holidays_closed=True)

    assert "מחכים לאישור" not in text_of(dana.get("/"))
    assert "ההגדרה ״סגור בחגים״ פועלת" in text_of(dana.get(YEAR))


@pytest.mark.parametrize("year", ["1999", "2050", "", "x"])
def test_a_year_out_of_reach_shows_the_one_that_waits(in_israel: Business, dana: Client, year: str) -> None:
    assert dana.get(f"{PAGE}?year={year}").context["year"] in (2026, 2027)


def test_a_treatment_nobody_offered_is_refused(in_israel: Business, dana: Client) -> None:
    response = dana.post(YEAR, fields_of(dana.get(YEAR)) | {PASSOVER: "party", "_save": "1"})

    assert response.status_code == 200
    assert decided(in_israel) == {}


def test_the_page_costs_a_few_queries_however_many_days(
    in_israel: Business, dana: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    dana.get(YEAR)

    with django_assert_max_num_queries(14):
        dana.get(YEAR)


def test_noa_reads_and_decides_nothing(in_israel: Business, noa: Client) -> None:
    response = noa.get(YEAR)

    assert "יום חמישי 22/04/2027 פסח" in text_of(response)
    assert PASSOVER not in fields_of(response)
    assert noa.post(YEAR, {PASSOVER: "closed", "_save": "1"}).status_code == 403
    assert decided(in_israel) == {}


def test_each_business_decides_for_itself(in_israel: Business, next_door: Business, dana: Client) -> None:
    with for_business(next_door):
        BusinessSettings.objects.update(holidays_calendar="IL")

    dana.post(YEAR, fields_of(dana.get(YEAR)) | {"_save": "1"})

    assert decided(in_israel)
    assert decided(next_door) == {}


def test_the_platform_enters_a_business_first(in_israel: Business) -> None:
    assert platform_admin().get(YEAR)["Location"] == "/"
