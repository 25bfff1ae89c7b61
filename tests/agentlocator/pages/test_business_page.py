"""The business's own page: hours, closures, rules, numbers, the telephony account, and who may touch them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from booking.models import Closure, OpeningHours, Resource
from calls.models import PhoneLine, TwilioAccount
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business
from tests.support.factories import (
    BusinessFactory,
    ClosureFactory,
    OpeningHoursFactory,
    PhoneLineFactory,
    ResourceFactory,
    TwilioAccountFactory,
)
from tests.support.pages import fields_of, platform_admin, signed_in, text_of

QUERIES_OF_THE_PAGE = 22


def address(business: Business) -> str:
    return f"/admin/crm/business/{business.pk}/change/"


def added(fields: dict[str, str], prefix: str, **values: str) -> dict[str, str]:
    """The fields with one more row in an inline form."""
    index = int(fields[f"{prefix}-TOTAL_FORMS"])
    new = {f"{prefix}-{index}-{name}": value for name, value in values.items()}
    return fields | new | {f"{prefix}-TOTAL_FORMS": str(index + 1)}


def week(business: Business) -> list[tuple[int, time, time]]:
    with for_business(business):
        return list(OpeningHours.objects.values_list("weekday", "opens", "closes"))


# --- hours -------------------------------------------------------------------------------------------
def test_dana_adds_friday(salon: Business, dana: Client) -> None:
    fields = added(fields_of(dana.get(address(salon))), "openinghours", weekday="5", opens="09:00", closes="14:00")

    response = dana.post(address(salon), fields)

    assert response.status_code == 302
    assert week(salon)[-1] == (5, time(9), time(14))


def test_overlapping_windows_are_named(salon: Business, dana: Client) -> None:
    fields = added(fields_of(dana.get(address(salon))), "openinghours", weekday="2", opens="13:00", closes="21:00")

    response = dana.post(address(salon), fields)

    assert response.status_code == 200
    message = "יום שלישי: החלונות 10:00–20:00 ו־ 13:00–21:00 חופפים. אפשר לאחד אותם או לשנות שעה."
    assert message in text_of(response)
    assert len(week(salon)) == 5


def test_a_window_past_midnight_may_not_run_into_the_next_day(salon: Business, dana: Client) -> None:
    fields = added(fields_of(dana.get(address(salon))), "openinghours", weekday="0", opens="23:00", closes="11:00")

    response = dana.post(address(salon), fields)

    assert "החלון 23:00–11:00 חופף ל־ 10:00–20:00 של יום שני." in text_of(response)


@pytest.mark.parametrize(
    ("opens", "closes", "message"),
    [
        ("20:00", "10:00", "יום שישי: הסגירה לפני הפתיחה ( 20:00–10:00 ). חלון אחרי חצות נגמר עד 06:00"),
        ("25:00", "14:00", "אין שעה כזאת: 25:00 . כותבים שעה ודקות מ־00:00 עד 23:59, למשל 09:30 ."),
        ("09:00", "מאוחר", "אין שעה כזאת: מאוחר ."),
    ],
)
def test_hours_that_cannot_be_are_refused_with_the_remedy(
    salon: Business, dana: Client, opens: str, closes: str, message: str
) -> None:
    fields = added(fields_of(dana.get(address(salon))), "openinghours", weekday="5", opens=opens, closes=closes)

    response = dana.post(address(salon), fields)

    assert response.status_code == 200
    assert message in text_of(response)
    assert len(week(salon)) == 5


def test_midnight_may_be_written_as_the_end_of_the_day(salon: Business, dana: Client) -> None:
    fields = added(fields_of(dana.get(address(salon))), "openinghours", weekday="5", opens="20:00", closes="24:00")

    assert dana.post(address(salon), fields).status_code == 302
    assert week(salon)[-1] == (5, time(20), time(0))


def test_a_window_past_midnight_is_welcome_otherwise(salon: Business, dana: Client) -> None:
    fields = added(fields_of(dana.get(address(salon))), "openinghours", weekday="6", opens="20:00", closes="02:00")

    assert dana.post(address(salon), fields).status_code == 302
    assert week(salon)[-1] == (6, time(20), time(2))


def test_a_window_without_length_is_named(salon: Business, dana: Client) -> None:
    fields = added(fields_of(dana.get(address(salon))), "openinghours", weekday="5", opens="09:00", closes="09:00")

    assert "יום שישי: שעת הסגירה זהה לשעת הפתיחה." in text_of(dana.post(address(salon), fields))


def test_two_windows_of_a_day_may_swap_their_hours(salon: Business, dana: Client) -> None:
    OpeningHoursFactory(business=salon, weekday=5, opens=time(8), closes=time(10))
    OpeningHoursFactory(business=salon, weekday=5, opens=time(12), closes=time(14))
    fields = fields_of(dana.get(address(salon)))
    fields |= {
        "openinghours-5-opens": "12:00",
        "openinghours-5-closes": "14:00",
        "openinghours-6-opens": "08:00",
        "openinghours-6-closes": "10:00",
    }

    assert dana.post(address(salon), fields).status_code == 302
    assert week(salon)[-2:] == [(5, time(8), time(10)), (5, time(12), time(14))]


def test_hours_of_one_resource_are_not_the_salons(salon: Business, dana: Client) -> None:
    with for_business(salon):
        chair = Resource.objects.get()
        OpeningHoursFactory(business=salon, resource=chair, weekday=0, opens=time(12), closes=time(14))

    assert fields_of(dana.get(address(salon)))["openinghours-TOTAL_FORMS"] == "5"


def test_without_hours_the_page_says_what_holds_meanwhile(next_door: Business) -> None:
    ruth = signed_in(next_door)

    assert "עוד לא הוגדרו שעות. עד אז נוהגים לפי ראשון עד חמישי, 09:00–22:00 ." in text_of(ruth.get(address(next_door)))


def test_every_rule_in_force_names_its_source(salon: Business, dana: Client) -> None:
    page = text_of(dana.get(address(salon)))

    assert "ראשון עד חמישי 10:00–20:00" in page
    assert "מרווח בין תורים 60 דקות ההגדרות" in page
    assert "עוד לא הוגדרו שעות" not in page


def test_without_a_settings_row_the_defaults_are_the_source(db: None) -> None:
    business = BusinessFactory()

    assert "מרווח בין תורים 60 דקות ברירת מחדל" in text_of(signed_in(business).get(address(business)))


# --- closures ----------------------------------------------------------------------------------------
@pytest.fixture
def saturday(salon: Business) -> Iterator[None]:
    """21/11/2026."""
    with time_machine.travel(datetime(2026, 11, 21, 8, tzinfo=UTC), tick=False):
        yield


def closures(business: Business) -> list[tuple[date, str]]:
    with for_business(business):
        return list(Closure.objects.values_list("on_date", "reason"))


def test_a_closure_is_read_day_first(salon: Business, saturday: None, dana: Client) -> None:
    row = {"on_date": "05/12/2026", "opens": "", "closes": "", "resource": "", "reason": "חופשה"}

    assert dana.post(address(salon), added(fields_of(dana.get(address(salon))), "closure", **row)).status_code == 302
    assert closures(salon) == [(date(2026, 12, 5), "חופשה")]


@pytest.mark.parametrize(
    ("opens", "closes", "message"),
    [
        ("10:00", "", "05/12/2026 : צריך את שתי השעות, או אף אחת ליום סגור."),
        ("10:00", "10:00", "05/12/2026 : שעת הסגירה זהה לשעת הפתיחה."),
        ("20:00", "10:00", "05/12/2026 : הסגירה לפני הפתיחה ( 20:00–10:00 )."),
        ("", "", "05/12/2026 : התאריך כבר רשום בשורה אחרת."),
    ],
)
def test_a_contradictory_closure_is_named(
    salon: Business, saturday: None, dana: Client, opens: str, closes: str, message: str
) -> None:
    ClosureFactory(business=salon, on_date=date(2026, 12, 5))
    fields = added(fields_of(dana.get(address(salon))), "closure", on_date="05/12/2026", opens=opens, closes=closes)

    response = dana.post(address(salon), fields)

    assert response.status_code == 200
    assert message in text_of(response)


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("20/11/2026", "20/11/2026 : התאריך כבר עבר. אפשר לתקן את השנה או להסיר את השורה."),
        ("31.6", "אין תאריך כזה: 31.6 . כותבים יום/חודש/שנה, למשל 30/06/2027 ."),
        ("31/06/2027", "אין תאריך כזה: 31/06/2027 ."),
    ],
)
def test_a_date_that_cannot_be_closed_is_refused_with_the_remedy(
    salon: Business, saturday: None, dana: Client, day: str, message: str
) -> None:
    fields = added(fields_of(dana.get(address(salon))), "closure", on_date=day)

    assert message in text_of(dana.post(address(salon), fields))
    assert closures(salon) == []


def test_a_closure_of_the_past_does_not_keep_the_page_from_being_saved(
    salon: Business, saturday: None, dana: Client
) -> None:
    ClosureFactory(business=salon, on_date=date(2026, 11, 5), reason="חופשה")

    assert dana.post(address(salon), fields_of(dana.get(address(salon))) | {"name": "דנה"}).status_code == 302
    assert closures(salon) == [(date(2026, 11, 5), "חופשה")]


def test_time_off_of_one_is_no_closure_of_all(salon: Business, saturday: None, dana: Client) -> None:
    with for_business(salon):
        noa = Resource.objects.get()
    ClosureFactory(business=salon, on_date=date(2026, 12, 5))
    row = {"on_date": "05/12/2026", "opens": "12:00", "closes": "14:00", "resource": str(noa.pk)}

    assert dana.post(address(salon), added(fields_of(dana.get(address(salon))), "closure", **row)).status_code == 302
    with for_business(salon):
        assert list(Closure.objects.order_by("pk").values_list("resource", flat=True)) == [None, noa.pk]
    own_page = f"/admin/booking/resource/{noa.pk}/change/"
    assert fields_of(dana.get(own_page))["closure-0-on_date"] == "05/12/2026"
    assert fields_of(dana.get(own_page))["closure-TOTAL_FORMS"] == "1"


def test_nobody_elses_resource_takes_a_day_off(
    salon: Business, saturday: None, next_door: Business, dana: Client
) -> None:
    ruth = ResourceFactory(business=next_door, slug="ruth")
    row = {"on_date": "05/12/2026", "opens": "", "closes": "", "resource": str(ruth.pk)}

    assert dana.post(address(salon), added(fields_of(dana.get(address(salon))), "closure", **row)).status_code == 200
    assert closures(salon) == []


@pytest.mark.parametrize("rows", [1, 4])
def test_more_closures_cost_no_more_queries(
    salon: Business, saturday: None, dana: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        ClosureFactory(business=salon, on_date=date(2026, 12, 1 + number))
    dana.get(address(salon))

    with django_assert_num_queries(QUERIES_OF_THE_PAGE):
        dana.get(address(salon))


# --- settings ----------------------------------------------------------------------------------------
MISTAKEN_INTERVAL = "מרווח בין תורים הוא כפולה של 5 דקות, מ־5 עד 480: למשל 15, 30 או 60."


@pytest.mark.parametrize("size", ["7", "0", "17", "485", "-5", "רבע שעה"])
def test_the_interval_is_a_multiple_of_five(salon: Business, dana: Client, size: str) -> None:
    fields = fields_of(dana.get(address(salon)))

    assert MISTAKEN_INTERVAL in text_of(dana.post(address(salon), fields | {"businesssettings-0-slot_size_min": size}))

    dana.post(address(salon), fields | {"businesssettings-0-slot_size_min": "15"})
    with for_business(salon):
        assert BusinessSettings.objects.get().slot_size_min == 15


def test_a_new_business_gets_its_settings_and_somebody_who_serves(db: None) -> None:
    admin = platform_admin()
    fields = fields_of(admin.get("/admin/crm/business/add/")) | {"name": "מוסך הצפון", "slug": "garage"}

    response = admin.post("/admin/crm/business/add/", fields)

    assert response.status_code == 302
    business = Business.objects.get(slug="garage")
    with for_business(business):
        assert BusinessSettings.objects.get().slot_size_min == 60
        assert [resource.slug for resource in Resource.objects.all()] == ["main"]


def test_limits_are_the_owners_to_set(salon: Business, dana: Client) -> None:
    limits = {"businesssettings-0-daily_limit": "8", "businesssettings-0-cancel_notice_min": "120"}

    assert dana.post(address(salon), fields_of(dana.get(address(salon))) | limits).status_code == 302

    page = text_of(dana.get(address(salon)))
    assert "תורים ביום עד 8 תורים ביום ההגדרות" in page
    assert "ביטול על ידי לקוחות עד שעתיים לפני התור ההגדרות" in page


def test_a_zone_that_does_not_exist_is_refused(salon: Business, dana: Client) -> None:
    response = dana.post(address(salon), fields_of(dana.get(address(salon))) | {"timezone": "Asia/Atlantis"})

    assert response.status_code == 200
    assert "אין אזור זמן כזה. אפשר לבחור אחד מהרשימה, למשל Asia/Jerusalem." in text_of(response)
    assert str(Business.objects.get(pk=salon.pk).timezone) == "Asia/Jerusalem"


# --- numbers and keys --------------------------------------------------------------------------------
def test_a_number_is_taken_as_people_write_it(salon: Business, dana: Client) -> None:
    fields = added(fields_of(dana.get(address(salon))), "phoneline", number="03-555 6666")

    assert dana.post(address(salon), fields).status_code == 302
    with for_business(salon):
        assert PhoneLine.objects.filter(number="+97235556666").exists()


def test_a_number_rings_in_one_business_only(salon: Business, next_door: Business, dana: Client) -> None:
    PhoneLineFactory(business=next_door, number="+97235556666")
    fields = added(fields_of(dana.get(address(salon))), "phoneline", number="035556666")

    assert "המספר הזה כבר שייך לעסק." in text_of(dana.post(address(salon), fields))


def test_the_telephony_token_goes_in_and_never_comes_out(salon: Business, dana: Client) -> None:
    fields = fields_of(dana.get(address(salon)))
    secret = {"account_sid": "AC" + "0" * 32, "auth_token": "very-secret-token"}
    assert dana.post(address(salon), added(fields, "twilioaccount", **secret)).status_code == 302

    response = dana.get(address(salon))

    assert "very-secret-token" not in response.content.decode()
    assert 'placeholder="נשמר"' in response.content.decode()
    assert dana.post(address(salon), fields_of(response)).status_code == 302
    with for_business(salon):
        assert TwilioAccount.objects.get().auth_token == "very-secret-token"


def test_a_refused_form_does_not_repeat_the_token(salon: Business, dana: Client) -> None:
    fields = fields_of(dana.get(address(salon))) | {"name": ""}

    response = dana.post(
        address(salon), added(fields, "twilioaccount", account_sid="AC1", auth_token="very-secret-token")
    )

    assert response.status_code == 200
    assert "very-secret-token" not in response.content.decode()


def test_deleting_the_account_clears_the_token(salon: Business, dana: Client) -> None:
    TwilioAccountFactory(business=salon)
    fields = fields_of(dana.get(address(salon)))

    dana.post(address(salon), fields | {"twilioaccount-0-DELETE": "on"})

    with for_business(salon):
        assert not TwilioAccount.objects.exists()


# --- who may -----------------------------------------------------------------------------------------
def test_staff_read_the_settings_but_neither_edit_nor_see_keys(salon: Business, noa: Client) -> None:
    TwilioAccountFactory(business=salon, account_sid="AC-of-dana")

    response = noa.get(address(salon))

    assert response.status_code == 200
    assert "10:00" in text_of(response)
    assert "AC-of-dana" not in response.content.decode()
    assert noa.post(address(salon), {"name": "אחר"}).status_code == 403
    assert Business.objects.get(pk=salon.pk).name == "המספרה של דנה"


def test_another_business_does_not_exist(next_door: Business, dana: Client, noa: Client) -> None:
    assert [client.get(address(next_door)).status_code for client in (dana, noa)] == [404, 404]
    assert dana.post(address(next_door), {"name": "אחר"}).status_code == 404


def test_an_owner_comes_straight_to_the_business(salon: Business, dana: Client) -> None:
    assert dana.get("/admin/crm/business/")["Location"] == address(salon)


def test_a_user_of_no_business_sees_nothing(salon: Business) -> None:
    lost = signed_in()

    assert "אין לך הרשאה" in text_of(lost.get("/admin/"))
    assert lost.get(address(salon)).status_code in (403, 404)
    assert lost.get("/admin/crm/lead/").status_code == 403
    assert lost.get("/admin/calls/callsession/").status_code == 403


def test_only_the_platform_sees_users(dana: Client) -> None:
    assert dana.get("/admin/auth/user/").status_code == 403
    assert platform_admin().get("/admin/auth/user/").status_code == 200


def test_the_platform_edits_one_business_among_many(salon: Business, next_door: Business) -> None:
    admin = platform_admin()
    fields = added(fields_of(admin.get(address(salon))), "openinghours", weekday="5", opens="09:00", closes="14:00")

    assert admin.post(address(salon), fields).status_code == 302
    assert week(salon)[-1] == (5, time(9), time(14))
    assert week(next_door) == []
