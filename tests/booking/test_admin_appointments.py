"""Staff book, move and cancel through the same service as a call."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from booking.models import Appointment
from booking.services import create_appointment, hold_time
from crm.models import Business, Medium, Role
from crm.tenancy import for_business
from tests.support.factories import ClosureFactory, ServiceFactory
from tests.support.pages import fields_of, signed_in, text_of

ISRAEL = ZoneInfo("Asia/Jerusalem")
ADD = "/admin/booking/appointment/add/"


@pytest.fixture(autouse=True)
def saturday_morning(now: datetime) -> object:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def noa(salon: Business) -> Client:
    return signed_in(salon, Role.STAFF)


@pytest.fixture
def booked(salon: Business, now: datetime) -> Appointment:
    answer = create_appointment(
        business=salon,
        start_iso=datetime(2026, 11, 24, 18, tzinfo=ISRAEL),
        customer_name="נועם שגב",
        customer_phone="0520000147",
        medium=Medium.PHONE,
        now=now,
    )
    with for_business(salon):
        return Appointment.objects.get(pk=answer.appointment_id)  # type: ignore[union-attr]


def wish(**changes: str) -> dict[str, str]:
    return {
        "customer_name": "רונית לוי",
        "customer_phone": "053-000-0226",
        "service": "",
        "resource": "",
        "starts_at_0": "24/11/2026",
        "starts_at_1": "12:00",
    } | changes


def appointments(salon: Business) -> list[Appointment]:
    with for_business(salon):
        return list(Appointment.objects.order_by("starts_at"))


def test_noa_books_an_appointment(salon: Business, noa: Client) -> None:
    assert set(wish()) <= set(fields_of(noa.get(ADD)))

    response = noa.post(ADD, wish())

    [appointment] = appointments(salon)
    assert response["Location"] == f"/admin/booking/appointment/{appointment.pk}/change/"
    assert appointment.starts_at == datetime(2026, 11, 24, 12, tzinfo=ISRAEL)
    assert (appointment.customer_name, appointment.customer_phone) == ("רונית לוי", "+972530000226")
    assert appointment.medium == Medium.STAFF
    assert "התור נקבע." in text_of(noa.get(response["Location"]))


def test_a_refusal_stays_on_the_form_with_near_times(salon: Business, booked: Appointment, noa: Client) -> None:
    response = noa.post(ADD, wish(starts_at_1="18:00"))

    assert response.status_code == 200
    assert "המועד נתפס. מועדים קרובים: 24/11/2026 17:00 , 24/11/2026 19:00 ." in text_of(response)
    assert len(appointments(salon)) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"customer_name": ""}, "חסר שם."),
        ({"customer_phone": ""}, "חסר מספר טלפון."),
        ({"customer_phone": "12"}, "מספר הטלפון לא תקין."),
        ({"starts_at_1": "12:15"}, "לא בשעה שנקבעים בה תורים"),
        ({"starts_at_1": "21:00"}, "מחוץ לשעות הפתיחה"),
        ({"starts_at_0": "20/11/2026"}, "המועד כבר עבר."),
        ({"starts_at_0": "מתישהו"}, "אין תאריך כזה: מתישהו . כותבים יום/חודש/שנה"),
        ({"starts_at_0": "31.6"}, "אין תאריך כזה: 31.6 . כותבים יום/חודש/שנה, למשל 30/06/2027 ."),
        ({"starts_at_1": "25:00"}, "אין שעה כזאת: 25:00 . כותבים שעה ודקות מ־00:00 עד 23:59, למשל 09:30 ."),
        (
            {"starts_at_0": "26/03/2027", "starts_at_1": "02:30"},
            "ב־ 26/03/2027 השעון קופץ קדימה והשעה 02:30 לא קיימת. השעה הבאה היא 03:00 .",
        ),
    ],
)
def test_each_refusal_is_said_in_words(salon: Business, noa: Client, changes: dict[str, str], message: str) -> None:
    response = noa.post(ADD, wish(**changes))

    assert response.status_code == 200
    assert message in text_of(response)
    assert appointments(salon) == []


def test_the_service_decides_the_length(salon: Business, noa: Client) -> None:
    ServiceFactory(business=salon, slug="color", name="צבע", duration_min=90)

    noa.post(ADD, wish(service="color"))

    [appointment] = appointments(salon)
    assert appointment.ends_at - appointment.starts_at == timedelta(minutes=90)


def page_of(booked: Appointment, what: str = "change") -> str:
    return f"/admin/booking/appointment/{booked.pk}/{what}/"


SURE = {"_form_submitted": "on"}


def test_noa_cancels_and_the_time_is_free_again(salon: Business, booked: Appointment, noa: Client) -> None:
    assert "לבטל את התור?" in text_of(noa.get(page_of(booked, "cancel")))

    response = noa.post(page_of(booked, "cancel"), SURE, headers={"HX-Request": "true"})

    assert response["HX-Redirect"] == page_of(booked)
    assert appointments(salon)[0].status == "cancelled"
    assert noa.post(ADD, wish(starts_at_1="18:00")).status_code == 302


def test_a_dialog_works_without_scripts_too(salon: Business, booked: Appointment, noa: Client) -> None:
    assert noa.post(page_of(booked, "cancel"), SURE)["Location"] == page_of(booked)


def test_a_cancelled_appointment_offers_no_moves(salon: Business, booked: Appointment, noa: Client) -> None:
    noa.post(page_of(booked, "cancel"), SURE)

    page = text_of(noa.get(page_of(booked)))

    assert "ביטול התור" not in page
    assert "שינוי מועד" not in page
    assert noa.post(page_of(booked, "took-place"), SURE).status_code == 403


def test_noa_moves_it_only_to_a_time_the_rules_allow(salon: Business, booked: Appointment, noa: Client) -> None:
    asked = {"starts_at_0": "25/11/2026", "starts_at_1": "10:15", "resource": ""}
    assert fields_of(noa.get(page_of(booked, "move")))["starts_at_1"].startswith("18:00")

    refused = noa.post(page_of(booked, "move"), asked)
    assert "לא בשעה שנקבעים בה תורים" in text_of(refused)
    assert fields_of(refused)["starts_at_1"] == "10:15"
    assert appointments(salon)[0].starts_at == datetime(2026, 11, 24, 18, tzinfo=ISRAEL)

    moved = noa.post(page_of(booked, "move"), asked | {"starts_at_1": "11:00"})
    assert moved["Location"] == page_of(booked)
    assert appointments(salon)[0].starts_at == datetime(2026, 11, 25, 11, tzinfo=ISRAEL)


def test_what_happened_is_noted_only_once_it_could_have(salon: Business, booked: Appointment, noa: Client) -> None:
    assert "אי־הגעה" not in text_of(noa.get(page_of(booked)))
    assert noa.post(page_of(booked, "no-show"), SURE).status_code == 403

    with time_machine.travel(datetime(2026, 11, 24, 18, 30, tzinfo=ISRAEL), tick=False):
        noa.post(page_of(booked, "no-show"), SURE)
        assert appointments(salon)[0].status == "no_show"

        noa.post(page_of(booked, "took-place"), SURE)
        assert appointments(salon)[0].status == "completed"


def test_attendance_is_confirmed_once(salon: Business, booked: Appointment, noa: Client) -> None:
    assert "לא אושרה" in text_of(noa.get(page_of(booked)))

    noa.post(page_of(booked, "confirm"), SURE)

    assert appointments(salon)[0].attendance_confirmed_at is not None
    assert "ההגעה אושרה." in text_of(noa.get(page_of(booked)))
    assert noa.post(page_of(booked, "confirm"), SURE).status_code == 403


def test_the_history_tells_who_did_what_and_through_which_medium(salon: Business, booked: Appointment) -> None:
    noa = signed_in(salon, Role.STAFF, first_name="נועה")
    asked = {"starts_at_0": "25/11/2026", "starts_at_1": "11:00", "resource": ""}
    noa.post(page_of(booked, "move"), asked)

    page = text_of(noa.get(page_of(booked)))

    assert "נקבע 21/11/2026 08:00 · שיחה שינוי מועד מ־ 24/11/2026 18:00 ל־ 25/11/2026 11:00" in page
    assert "21/11/2026 08:00 · נועה · ידני" in page


@pytest.mark.parametrize("moves", [1, 4])
def test_a_long_history_costs_no_more_queries(
    salon: Business, booked: Appointment, noa: Client, moves: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for hour in range(10, 10 + moves):
        asked = {"starts_at_0": "25/11/2026", "starts_at_1": f"{hour}:00", "resource": ""}
        noa.post(page_of(booked, "move"), asked)
    noa.get(page_of(booked))

    with django_assert_num_queries(12):
        noa.get(page_of(booked))


def test_a_time_that_a_call_holds_is_only_looked_at(salon: Business, noa: Client, now: datetime) -> None:
    hold_time(business=salon, start=datetime(2026, 11, 24, 12, tzinfo=ISRAEL), call_sid="CA1", now=now)
    [held] = appointments(salon)

    page = text_of(noa.get(page_of(held)))

    assert "שמור לשיחה פעילה" in page
    assert "שמור עד 08:01:30" in page
    assert "ביטול התור" not in page
    assert [noa.post(page_of(held, what), SURE).status_code for what in ("cancel", "move", "confirm")] == [403] * 3
    assert "שיחה פעילה" in text_of(noa.get("/admin/booking/appointment/"))
    with time_machine.travel(now + timedelta(seconds=91), tick=False):
        assert noa.get("/admin/booking/appointment/").context["cl"].result_count == 0


# --- an owner against the rules ----------------------------------------------------------------------
@pytest.fixture
def dana(salon: Business) -> Client:
    return signed_in(salon, Role.OWNER, first_name="דנה")


ALL_THE_SAME = "לקבוע בכל זאת"


def test_dana_books_against_a_rule_for_a_reason(salon: Business, dana: Client) -> None:
    late = wish(starts_at_1="21:00")
    refused = dana.post(ADD, late)
    assert ALL_THE_SAME in text_of(refused)
    assert fields_of(refused)["customer_name"] == "רונית לוי"

    without = dana.post(ADD, late | {"_override": "1", "reason": " "})
    assert "צריך לכתוב סיבה. היא נשמרת בהיסטוריה של התור." in text_of(without)
    assert appointments(salon) == []

    booked = dana.post(ADD, late | {"_override": "1", "reason": "לקוחה ותיקה"})
    assert appointments(salon)[0].starts_at == datetime(2026, 11, 24, 21, tzinfo=ISRAEL)
    page = text_of(dana.get(booked["Location"]))
    assert "המועד בניגוד לכלל של העסק. הסיבה נשמרה בהיסטוריה." in page
    assert "נקבע בכל זאת מחוץ לשעות הפתיחה. סיבה: לקוחה ותיקה" in page


def test_dana_moves_against_a_rule_for_a_reason(salon: Business, booked: Appointment, dana: Client) -> None:
    asked = {"starts_at_0": "24/11/2026", "starts_at_1": "21:00", "resource": ""}
    assert ALL_THE_SAME in text_of(dana.post(page_of(booked, "move"), asked))

    dana.post(page_of(booked, "move"), asked | {"_override": "1", "reason": "ביקשו מאוד"})

    assert appointments(salon)[0].starts_at == datetime(2026, 11, 24, 21, tzinfo=ISRAEL)


@pytest.mark.parametrize("hour", ["18:00", "18:30"])
def test_a_taken_time_is_never_offered(salon: Business, booked: Appointment, dana: Client, hour: str) -> None:
    taken = wish(starts_at_1=hour)

    assert ALL_THE_SAME not in text_of(dana.post(ADD, taken))
    assert dana.post(ADD, taken | {"_override": "1", "reason": "דחוף"}).status_code == 200
    assert len(appointments(salon)) == 1


def test_a_missing_name_is_no_rule_to_go_against(salon: Business, dana: Client) -> None:
    assert ALL_THE_SAME not in text_of(dana.post(ADD, wish(customer_name="", starts_at_1="21:00")))


def test_noa_goes_against_no_rule(salon: Business, noa: Client) -> None:
    late = wish(starts_at_1="21:00")

    assert ALL_THE_SAME not in text_of(noa.post(ADD, late))
    assert noa.post(ADD, late | {"_override": "1", "reason": "לקוחה ותיקה"}).status_code == 200
    assert appointments(salon) == []


# --- marked after the rules have changed -------------------------------------------------------------
def test_an_appointment_outside_the_rules_is_marked_and_found(
    salon: Business, booked: Appointment, noa: Client
) -> None:
    inside = noa.post(ADD, wish(starts_at_0="25/11/2026"))["Location"]
    ClosureFactory(business=salon, on_date=date(2026, 11, 24))

    page = text_of(noa.get(page_of(booked)))
    assert "התור לא מתאים לכללים שבתוקף: סגור ביום שלישי 24/11/2026. הוא נשאר קבוע." in page
    assert "התור לא מתאים" not in text_of(noa.get(inside))
    found = noa.get("/admin/booking/appointment/?when=outside")
    assert [row.pk for row in found.context["cl"].result_list] == [booked.pk]
    assert "ביום סגור" in text_of(found)


def test_the_list_is_narrowed_to_today_coming_or_past(booked: Appointment, noa: Client) -> None:
    found = {
        when: noa.get(f"/admin/booking/appointment/?when={when}").context["cl"].result_count
        for when in ("today", "coming", "past")
    }

    assert found == {"today": 0, "coming": 1, "past": 0}


def test_facts_cannot_be_typed_over(salon: Business, booked: Appointment, noa: Client) -> None:
    response = noa.post(f"/admin/booking/appointment/{booked.pk}/change/", {"customer_name": "אחר"})

    assert response.status_code == 403
    assert appointments(salon)[0].customer_name == "נועם שגב"


def test_nobody_moves_another_businesss_appointment(booked: Appointment, other_salon: Business) -> None:
    ruth = signed_in(other_salon)

    for what in ("change", "cancel", "move", "confirm", "took-place", "no-show"):
        assert ruth.get(page_of(booked, what)).status_code == 404
        assert ruth.post(page_of(booked, what), SURE).status_code == 404
    assert appointments(booked.business)[0].status == "confirmed"


@pytest.mark.parametrize("what", ["change", "move", "cancel", "confirm", "took-place", "no-show"])
@pytest.mark.parametrize("typed", ["abc", "0", "999999999", "٣"])
def test_an_address_typed_by_hand_is_not_found(salon: Business, noa: Client, typed: str, what: str) -> None:
    response = noa.get(f"/admin/booking/appointment/{typed}/{what}/")
    assert response.status_code == 404
