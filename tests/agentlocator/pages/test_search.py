"""One box over everything of one business, and nothing of another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from agentlocator import house
from agentlocator.search import places
from agentlocator.search.marks import excerpt, mark
from calls.models import Turn
from crm.models import Business
from tests.support.factories import (
    NOW,
    AppointmentFactory,
    CallSessionFactory,
    LeadFactory,
    ServiceFactory,
    TurnFactory,
)
from tests.support.pages import text_of

HX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _ten_on_tuesday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def found(client: Client, term: str) -> str:
    """What a reader sees of the answer while typing."""
    return text_of(client.get("/search/", {"q": term}, headers=HX))


def test_strangers_sign_in_first(db: None, client: Client) -> None:
    assert "/login/" in client.get("/search/?q=דנה")["Location"]


def test_a_name_finds_the_person_their_calls_and_appointments(
    salon: Business, next_door: Business, noa: Client
) -> None:
    roni = LeadFactory(business=salon, name="רונית לוי", phone="+972530000226")
    CallSessionFactory(business=salon, lead=roni, outcome="booked", started_at=NOW)
    AppointmentFactory(
        business=salon, lead=roni, service=ServiceFactory(business=salon), starts_at=NOW + timedelta(hours=2)
    )
    theirs = LeadFactory(business=next_door, name="רונית אחרת")
    CallSessionFactory(business=next_door, lead=theirs)

    page = found(noa, "רונית")

    assert "לקוחות רונית לוי 053-000-0226" in page
    assert "שיחות רונית לוי 10:00 · נקבע תור" in page
    assert "תורים רונית לוי 12:00 · תספורת · נקבע" in page
    assert "אחרת" not in page


@pytest.mark.parametrize("written", ["053-0000226", "+972 53 000 0226", "0530000226", "0226", "053-000"])
def test_a_number_is_found_in_any_writing(salon: Business, noa: Client, written: str) -> None:
    LeadFactory(business=salon, name="רונית לוי", phone="+972530000226")

    assert "053-000-0226" in found(noa, written)


def test_a_caller_without_a_card_is_found_by_number(salon: Business, noa: Client) -> None:
    call = CallSessionFactory(business=salon, from_number="+972500000914", started_at=NOW)

    answer = noa.get("/search/?q=0500000914", headers=HX)

    assert f'href="/calls/{call.call_sid}/"' in answer.content.decode()


def test_words_of_a_call_are_found_with_their_sentence(salon: Business, next_door: Business, noa: Client) -> None:
    call = CallSessionFactory(business=salon, started_at=NOW)
    TurnFactory(business=salon, call=call, index=3, text="כמה עולה החלקה אורגנית?")
    TurnFactory(business=salon, call=call, index=5, text="אז החלקה, בבקשה")
    TurnFactory(business=salon, call=call, index=7, speaker=Turn.Speaker.SERVER, text="[SERVER] fact: החלקה")
    TurnFactory(business=next_door, text="החלקה אצל השכנה")

    html = noa.get("/search/", {"q": "החלקה"}, headers=HX).content.decode()

    assert "כמה עולה <mark>החלקה</mark> אורגנית?" in html
    assert html.count("/calls/") == 1
    assert f"/calls/{call.call_sid}/?turn=3#turn-3" in html
    assert "השכנה" not in html


def test_calls_of_the_practice_page_are_not_found(salon: Business, noa: Client) -> None:
    TurnFactory(business=salon, call=CallSessionFactory(business=salon, from_browser=True), text="החלקה אורגנית")

    assert "לא נמצא דבר" in found(noa, "החלקה")


@pytest.mark.parametrize(
    "term", ["%%", "__", "'; DROP TABLE crm_lead; --", '"', "\\\\", "%00", "((", "[a-", "\u202e\u202e"]
)
def test_what_means_something_to_databases_is_looked_for_as_it_stands(salon: Business, noa: Client, term: str) -> None:
    LeadFactory(business=salon, name="רונית לוי")
    TurnFactory(business=salon, text="החלקה אורגנית")

    answer = noa.get("/search/", {"q": term}, headers=HX)

    assert answer.status_code == 200
    assert "רונית" not in text_of(answer)
    assert "אורגנית" not in text_of(answer)


def test_percent_and_underscore_find_themselves(salon: Business, noa: Client) -> None:
    LeadFactory(business=salon, name="הנחה 10%")
    LeadFactory(business=salon, name="רונית לוי")

    assert "הנחה 10%" in found(noa, "10%")
    assert "רונית" not in found(noa, "10%")


def test_settings_are_found_by_what_they_are_about(dana: Client, noa: Client, salon: Business) -> None:
    html = dana.get("/search/", {"q": "חופשה"}, headers=HX).content.decode()
    assert f"/admin/crm/business/{salon.pk}/change/#closure" in html

    assert "/team/" in dana.get("/search/", {"q": "הזמנה"}, headers=HX).content.decode()
    assert "/team/" not in noa.get("/search/", {"q": "הזמנה"}, headers=HX).content.decode()


def test_a_date_leads_to_its_day(noa: Client) -> None:
    html = noa.get("/search/", {"q": "26/11"}, headers=HX).content.decode()

    assert "/calendar/?view=day&amp;date=2026-11-26" in html
    assert "2027-03-01" in noa.get("/search/", {"q": "1/3"}, headers=HX).content.decode()
    assert "/calendar/?view" not in noa.get("/search/", {"q": "31/02"}, headers=HX).content.decode()


def test_at_most_five_of_a_kind_and_a_way_to_the_rest(salon: Business, noa: Client) -> None:
    for number in range(8):
        LeadFactory(business=salon, name=f"רונית {number}", last_contact_at=NOW + timedelta(minutes=number))

    answer = noa.get("/search/", {"q": "רונית"}, headers=HX)

    assert text_of(answer).count("רונית") == 5
    assert "רונית 7" in text_of(answer)
    assert "לכל המתאימים" in text_of(answer)


def test_two_letters_are_enough_and_one_is_not(salon: Business, noa: Client) -> None:
    LeadFactory(business=salon, name="רונית לוי")

    assert "נית לוי" in found(noa, "רו")
    assert "לוי" not in found(noa, "ר")
    assert found(noa, "") == ""


def test_without_scripts_it_is_a_page(salon: Business, noa: Client) -> None:
    LeadFactory(business=salon, name="רונית לוי")

    page = noa.get("/search/?q=רונית")

    assert "<h1>חיפוש</h1>" in page.content.decode()
    assert "רונית לוי" in text_of(page)
    assert "לא נמצא דבר עבור ״שקר כלשהו״" in text_of(noa.get("/search/?q=שקר כלשהו"))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    salon: Business, noa: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _row in range(rows):
        lead = LeadFactory(business=salon, name="רונית לוי")
        call = CallSessionFactory(business=salon, lead=lead)
        TurnFactory(business=salon, call=call, text="מדברת רונית לוי")
        CallSessionFactory(business=salon, lead=lead)
        AppointmentFactory(business=salon, lead=lead)
    noa.get("/search/?q=רונית", headers=HX)

    with django_assert_num_queries(13):
        noa.get("/search/?q=רונית", headers=HX)


def test_scripts_in_names_and_calls_stay_text(salon: Business, noa: Client) -> None:
    evil = "<script>alert(1)</script>"
    lead = LeadFactory(business=salon, name=f"{evil} רונית")
    TurnFactory(business=salon, call=CallSessionFactory(business=salon, lead=lead), text=f"רונית {evil}")

    for term in ("רונית", "<script>", "script"):
        assert "<script>alert" not in noa.get("/search/", {"q": term}).content.decode()


def test_the_mark_is_put_around_what_was_typed_whatever_it_is() -> None:
    assert mark("Dana <b>", "dana") == "<mark>Dana</mark> &lt;b&gt;"
    assert mark("a.b", ".") == "a<mark>.</mark>b"
    assert mark("דנה", "רות") == "דנה"


def test_an_excerpt_is_cut_between_words() -> None:
    text = "מילה " * 30 + "החלקה" + " סוף" * 40

    shown = excerpt(text, "החלקה")

    assert shown.startswith("…מילה ")
    assert "<mark>החלקה</mark>" in shown
    assert shown.endswith("סוף…")
    assert len(shown) < 180


def test_search_and_menu_lead_to_the_same_pages(salon: Business, dana: Client) -> None:
    menu = {str(place.title): place.view for place in (*house.DAILY, *house.ASSISTANT, *house.SETTINGS)}
    searched = {str(place.title): place.view for place in places.PLACES}

    for title in menu.keys() & searched.keys():
        assert searched[title] == menu[title], title
    assert 'href="/hours/"' in dana.get("/search/", {"q": "שעות פתיחה"}, headers=HX).content.decode()


def test_what_the_menu_calls_a_page_is_its_heading(salon: Business, dana: Client) -> None:
    assert "<h1>מצב המערכת</h1>" in dana.get("/connections/").content.decode()
