"""Dana and Rina own the salon together, and now and then both of them have the same form open."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from booking.models import OpeningHours, Resource, Service
from crm.models import Activity, Business, BusinessSettings, Lead, Medium
from crm.tenancy import for_business
from tests.support.factories import ActivityFactory, LeadFactory, MembershipFactory, ServiceFactory, UserFactory
from tests.support.pages import fields_of, signed_in, text_of

BY_RINA = "הפרטים כאן השתנו לפני דקה, על ידי רינה. מה שהוקלד כאן נשאר, ושמירה עכשיו תחליף את השינוי."


@pytest.fixture
def rina(salon: Business) -> Client:
    return signed_in(salon, first_name="רינה")


@pytest.fixture
def cut(salon: Business) -> Service:
    with for_business(salon):
        service: Service = ServiceFactory(business=salon, name="תספורת", price=Decimal(100), duration_min=30)
    return service


def address(row: Service | Business | Lead) -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def stored(salon: Business, cut: Service) -> tuple[int, Decimal | None]:
    with for_business(salon):
        row = Service.objects.get(pk=cut.pk)
    return row.duration_min, row.price


def test_a_price_that_rina_has_set_is_not_lost_unseen(
    salon: Business, cut: Service, dana: Client, rina: Client
) -> None:
    hers, mine = fields_of(rina.get(address(cut))), fields_of(dana.get(address(cut)))
    assert rina.post(address(cut), hers | {"price": "140"}).status_code == 302

    warned = dana.post(address(cut), mine | {"duration_min": "45"})

    assert warned.status_code == 409
    assert BY_RINA in text_of(warned)
    assert fields_of(warned)["duration_min"] == "45"
    assert stored(salon, cut) == (30, Decimal(140))
    assert dana.post(address(cut), fields_of(warned)).status_code == 302  # she decided
    assert stored(salon, cut) == (45, Decimal(100))


def test_a_preview_warns_too(salon: Business, cut: Service, dana: Client, rina: Client) -> None:
    hers, mine = fields_of(rina.get(address(cut))), fields_of(dana.get(address(cut)))
    preview = dana.post(address(cut), mine | {"duration_min": "45", "_preview": "1"})
    assert preview.status_code == 200
    rina.post(address(cut), hers | {"price": "140"})

    assert dana.post(address(cut), fields_of(preview) | {"_save": "1"}).status_code == 409
    assert dana.post(address(cut), mine | {"duration_min": "45", "_preview": "1"}).status_code == 409
    assert stored(salon, cut) == (30, Decimal(140))


def test_who_gives_a_service_counts(salon: Business, cut: Service, dana: Client) -> None:
    mine = fields_of(dana.get(address(cut)))
    with for_business(salon):
        cut.resources.set(Resource.objects.all())

    warned = dana.post(address(cut), mine | {"duration_min": "45"})

    assert warned.status_code == 409
    assert "הפרטים כאן השתנו" in text_of(warned)


def test_rows_inside_the_page_of_the_business_count(salon: Business, dana: Client, rina: Client) -> None:
    hers, mine = fields_of(rina.get(address(salon))), fields_of(dana.get(address(salon)))
    assert rina.post(address(salon), hers | {"openinghours-0-closes": "18:00"}).status_code == 302

    warned = dana.post(address(salon), mine | {"businesssettings-0-daily_limit": "7"})

    assert warned.status_code == 409
    assert BY_RINA in text_of(warned)
    assert fields_of(warned)["businesssettings-0-daily_limit"] == "7"
    with for_business(salon):
        assert BusinessSettings.objects.get().daily_limit != 7
    assert dana.post(address(salon), fields_of(warned)).status_code == 302
    with for_business(salon):
        assert BusinessSettings.objects.get().daily_limit == 7


def test_a_row_that_is_gone_meanwhile_stays_gone(salon: Business, dana: Client, rina: Client) -> None:
    hers, mine = fields_of(rina.get(address(salon))), fields_of(dana.get(address(salon)))
    rina.post(address(salon), hers | {"openinghours-4-DELETE": "on"})

    warned = dana.post(address(salon), mine | {"name": "סלון דנה"})

    assert warned.status_code == 409
    assert BY_RINA in text_of(warned)
    again = dana.post(address(salon), fields_of(warned))  # what is deleted is not brought back by an old form
    assert again.status_code == 200
    assert "יש שורות שדורשות תיקון" in text_of(again)
    with for_business(salon):
        assert OpeningHours.objects.count() == 4


def test_the_same_window_added_by_both_is_refused_in_words(salon: Business, dana: Client, rina: Client) -> None:
    friday = {"openinghours-5-weekday": "5", "openinghours-5-opens": "09:00", "openinghours-5-closes": "14:00"}
    friday |= {"openinghours-TOTAL_FORMS": "6"}
    hers, mine = fields_of(rina.get(address(salon))), fields_of(dana.get(address(salon)))
    rina.post(address(salon), hers | friday)

    warned = dana.post(address(salon), mine | friday)

    assert warned.status_code == 409
    collides = dana.post(address(salon), fields_of(warned))
    assert collides.status_code == 409
    assert "מה שנשמר בינתיים מתנגש עם מה שהוקלד כאן, ולכן דבר לא נשמר." in text_of(collides)
    assert fields_of(collides)["openinghours-5-opens"] == "09:00"
    with for_business(salon):
        assert OpeningHours.objects.filter(weekday=5).count() == 1


def test_a_wrong_value_is_no_reason_to_warn(salon: Business, cut: Service, dana: Client) -> None:
    wrong = dana.post(address(cut), fields_of(dana.get(address(cut))) | {"duration_min": "-1"})

    assert wrong.status_code == 200
    assert dana.post(address(cut), fields_of(wrong) | {"duration_min": "45"}).status_code == 302


@pytest.mark.parametrize("seen", ["", "x", "x y", "x 99999999999999999999", "ש ²"])
def test_a_form_without_a_memory_is_saved_and_a_false_one_asks(
    salon: Business, cut: Service, dana: Client, seen: str
) -> None:
    fields = fields_of(dana.get(address(cut))) | {"duration_min": "45", "_seen": seen}

    assert dana.post(address(cut), fields).status_code == (409 if seen else 302)


def test_a_call_meanwhile_does_not_make_a_card_stale(salon: Business, dana: Client) -> None:
    with for_business(salon):
        lead = LeadFactory(business=salon, name="יוסי")
        fields = fields_of(dana.get(address(lead)))
        ActivityFactory(business=salon, lead=lead, medium=Medium.PHONE)
        assert Activity.objects.filter(lead=lead).count() == 1

    assert dana.post(address(lead), fields | {"notes": "אוהב תה"}).status_code == 302


def test_a_script_in_a_name_stays_text(salon: Business, cut: Service, dana: Client) -> None:
    eve = UserFactory(is_staff=True, first_name="<script>alert(1)</script>")
    MembershipFactory(user=eve, business=salon, role="owner")
    client = Client()
    client.force_login(eve)
    mine, hers = fields_of(dana.get(address(cut))), fields_of(client.get(address(cut)))
    client.post(address(cut), hers | {"price": "140"})

    assert b"<script>alert(1)" not in dana.post(address(cut), mine).content


# --- one's own number ---------------------------------------------------------------------------------
def test_my_number_in_two_windows(salon: Business, dana: Client) -> None:
    first, second = fields_of(dana.get("/me/")), fields_of(dana.get("/me/"))
    dana.post("/me/", first | {"phone": "052-000-0001"})

    warned = dana.post("/me/", second | {"phone": "052-000-0002"})

    assert warned.status_code == 409
    assert "מה שהוקלד כאן נשאר" in text_of(warned)
    assert fields_of(warned)["phone"] == "052-000-0002"
    assert fields_of(dana.get("/me/"))["phone"] == "052-000-0001"
    assert dana.post("/me/", fields_of(warned)).status_code == 302
    assert fields_of(dana.get("/me/"))["phone"] == "052-000-0002"
