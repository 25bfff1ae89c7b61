"""The page of things to do: Dana and Noa share the work, and nobody else sees it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

import crm
from crm.models import Business, FollowUp, Lead, Role
from crm.pages.follow_up_rows import row_of
from crm.tenancy import for_business
from tests.support.factories import NOW, BusinessFactory, FollowUpFactory, LeadFactory, MembershipFactory, UserFactory
from tests.support.pages import fields_of, signed_in, text_of

HX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _ten_on_tuesday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def salon(db: None) -> Business:
    return BusinessFactory(slug="dana", name="המספרה של דנה", with_settings=True)


@pytest.fixture
def next_door(db: None) -> Business:
    return BusinessFactory(slug="ruth", name="המספרה של רות", with_settings=True)


@pytest.fixture
def dana(salon: Business) -> Client:
    return signed_in(salon, Role.OWNER, first_name="דנה")


@pytest.fixture
def noa(salon: Business) -> Client:
    return signed_in(salon, Role.STAFF, first_name="נועה")


def id_of(client: Client) -> int:
    return int(client.session["_auth_user_id"])


def row(salon: Business, pk: int) -> FollowUp:
    with for_business(salon):
        return FollowUp.objects.get(pk=pk)


def toast_of(headers: str) -> dict[str, str]:
    return dict(json.loads(headers)["toast"])


# --- the list ----------------------------------------------------------------------------------------
def test_strangers_sign_in_first(db: None, client: Client) -> None:
    assert "/login/" in client.get("/follow-ups/")["Location"]


def test_open_ones_stand_by_how_pressing_they_are(salon: Business, next_door: Business, dana: Client) -> None:
    FollowUpFactory(business=salon, reason="בשבוע הבא", due_at=NOW + timedelta(days=7))
    FollowUpFactory(business=salon, reason="עוד היום", due_at=NOW + timedelta(hours=3))
    FollowUpFactory(business=salon, reason="מזמן", due_at=NOW - timedelta(hours=2))
    FollowUpFactory(business=salon, reason="גמור", due_at=NOW, done_at=NOW)
    FollowUpFactory(business=next_door, reason="של רות")

    page = text_of(dana.get("/follow-ups/"))

    places = [page.index(word) for word in ("באיחור מזמן", "באיחור של שעתיים", "להיום עוד היום", "בהמשך בשבוע הבא")]
    assert places == sorted(places)
    assert "גמור" not in page
    assert "של רות" not in page


def test_done_ones_have_their_own_list_newest_first(salon: Business, dana: Client) -> None:
    FollowUpFactory(business=salon, reason="ראשונה", done_at=NOW - timedelta(days=2))
    FollowUpFactory(business=salon, reason="אחרונה", done_at=NOW - timedelta(hours=1))

    page = text_of(dana.get("/follow-ups/?state=done"))

    assert page.index("אחרונה") < page.index("ראשונה")
    assert "פתיחה מחדש" in page


def test_noa_sees_her_own_first_and_everybodys_if_she_asks(salon: Business, dana: Client, noa: Client) -> None:
    FollowUpFactory(business=salon, reason="לקנות שמפו", assigned_to_id=id_of(noa))
    FollowUpFactory(business=salon, reason="לשלם לספק", assigned_to_id=id_of(dana))
    FollowUpFactory(business=salon, reason="להזמין צבע")

    mine, all_of_them = text_of(noa.get("/follow-ups/")), text_of(noa.get("/follow-ups/?who=all"))

    assert "לקנות שמפו" in mine
    assert "להזמין צבע" in mine
    assert "לשלם לספק" not in mine
    assert "לשלם לספק" in all_of_them
    assert "לשלם לספק" in text_of(dana.get("/follow-ups/"))


def test_a_long_list_goes_on_where_it_stopped(salon: Business, dana: Client) -> None:
    same = NOW + timedelta(days=2)
    for number in range(53):
        FollowUpFactory(business=salon, lead=None, reason=f"מספר {number:03d}", due_at=same)
    first = dana.get("/follow-ups/")
    html = first.content.decode()
    start = html.index("?after=")
    further = html[start : html.index('"', start)]

    rest = text_of(dana.get(f"/follow-ups/{further}", headers=HX))

    shown, more = text_of(first), rest
    assert all((f"מספר {number:03d}" in shown) != (f"מספר {number:03d}" in more) for number in range(53))
    assert "עוד 50" in shown
    assert "עוד 50" not in more


@pytest.mark.parametrize("after", ["x", "2026-11-24_1", "_", "2026-11-24T10:00:00+00:00_x", "9" * 40])
def test_a_made_up_place_in_the_list_is_its_beginning(salon: Business, dana: Client, after: str) -> None:
    FollowUpFactory(business=salon, reason="להזמין צבע")

    assert "להזמין צבע" in text_of(dana.get("/follow-ups/", {"after": after}))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    salon: Business, dana: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _row in range(rows):
        FollowUpFactory(business=salon, assigned_to_id=id_of(dana))
    dana.get("/follow-ups/")

    with django_assert_num_queries(12):
        dana.get("/follow-ups/")


def test_an_empty_list_says_so(dana: Client) -> None:
    assert "הכול טופל" in text_of(dana.get("/follow-ups/"))
    assert "עוד לא בוצעו משימות" in text_of(dana.get("/follow-ups/?state=done"))


# --- done and undone ---------------------------------------------------------------------------------
def test_done_leaves_with_a_way_back(salon: Business, noa: Client) -> None:
    todo = FollowUpFactory(business=salon, call_sid="CA1")

    answer = noa.post(f"/follow-ups/{todo.pk}/done/", headers=HX)

    assert answer.status_code == 204
    assert toast_of(answer["HX-Trigger"]) == {
        "text": "המשימה בוצעה.",
        "undo": f"/follow-ups/{todo.pk}/undo/",
        "failed": False,
    }
    assert json.loads(answer["HX-Trigger"])["badges"] == {"calls": 0}
    assert row(salon, todo.pk).done_by_id == id_of(noa)

    noa.post(f"/follow-ups/{todo.pk}/undo/")

    assert row(salon, todo.pk).done_at is None


def test_without_scripts_it_is_a_form_that_leads_back(salon: Business, noa: Client) -> None:
    todo = FollowUpFactory(business=salon)

    answer = noa.post(f"/follow-ups/{todo.pk}/done/", {"next": "/follow-ups/?who=mine"}, follow=True)

    assert answer.redirect_chain[0][0] == "/follow-ups/?who=mine"
    assert "המשימה בוצעה." in text_of(answer)


def test_nobody_is_sent_out_of_the_house(salon: Business, noa: Client) -> None:
    todo = FollowUpFactory(business=salon)

    answer = noa.post(f"/follow-ups/{todo.pk}/done/", {"next": "https://evil.example/"})

    assert answer["Location"] == "/follow-ups/"
    assert 'href="javascript' not in noa.get("/follow-ups/add/?next=javascript:alert(1)").content.decode()


def test_who_comes_second_is_told_who_did_it(salon: Business, dana: Client, noa: Client) -> None:
    todo = FollowUpFactory(business=salon)
    dana.post(f"/follow-ups/{todo.pk}/done/")

    answer = noa.post(f"/follow-ups/{todo.pk}/done/", headers=HX)

    assert toast_of(answer["HX-Trigger"])["text"] == "המשימה כבר בוצעה, על ידי דנה. לא נדרש דבר."
    assert row(salon, todo.pk).done_by_id == id_of(dana)


# --- a new one ---------------------------------------------------------------------------------------
def test_noa_writes_down_what_is_to_be_done(salon: Business, dana: Client, noa: Client) -> None:
    yossi = LeadFactory(business=salon, name="יוסי כהן", phone="+972540000382")
    form = fields_of(noa.get("/follow-ups/add/"))

    answer = noa.post(
        "/follow-ups/add/",
        form
        | {
            "reason": "לחזור בעניין החלקה",
            "person": "054-0000382",
            "when": "other",
            "due_0": "25/11/2026",
            "due_1": "12:30",
            "to": str(id_of(dana)),
        },
        follow=True,
    )

    assert "המשימה נוספה." in text_of(answer)
    with for_business(salon):
        todo = FollowUp.objects.get()
    assert (todo.reason, todo.lead_id, todo.assigned_to_id) == ("לחזור בעניין החלקה", yossi.pk, id_of(dana))
    assert todo.due_at == NOW + timedelta(days=1, hours=2, minutes=30)


def test_a_form_sent_twice_asks_once(salon: Business, noa: Client) -> None:
    form = fields_of(noa.get("/follow-ups/add/")) | {"reason": "להזמין צבע", "when": "hour"}

    noa.post("/follow-ups/add/", form)
    noa.post("/follow-ups/add/", form)

    with for_business(salon):
        assert FollowUp.objects.get().due_at == NOW + timedelta(hours=1)


def test_tomorrow_begins_at_ten(salon: Business, noa: Client) -> None:
    for when in ("tomorrow", "week"):
        noa.post("/follow-ups/add/", fields_of(noa.get("/follow-ups/add/")) | {"reason": when, "when": when})

    with for_business(salon):
        due = dict(FollowUp.objects.values_list("reason", "due_at"))
    assert due == {"tomorrow": NOW + timedelta(days=1), "week": NOW + timedelta(days=7)}


def test_from_a_card_the_person_and_the_call_are_known(salon: Business, noa: Client) -> None:
    roni = LeadFactory(business=salon, name="רוני", phone="")
    LeadFactory(business=salon, name="רוני")
    form = fields_of(noa.get(f"/follow-ups/add/?lead={roni.pk}&call=CA7&reason=לחזור"))
    assert form["person"] == "רוני"

    noa.post("/follow-ups/add/", form)

    with for_business(salon):
        todo = FollowUp.objects.get()
    assert (todo.lead_id, todo.call_sid, todo.reason) == (roni.pk, "CA7", "לחזור")


def test_where_several_people_fit_they_are_offered(salon: Business, noa: Client) -> None:
    first = LeadFactory(business=salon, name="דנה לוי", phone="+972520000001")
    LeadFactory(business=salon, name="דנה לוי", phone="+972520000002")
    form = fields_of(noa.get("/follow-ups/add/")) | {"reason": "לחזור", "person": "דנה לוי"}

    refused = noa.post("/follow-ups/add/", form, headers=HX)

    assert refused.status_code == 422
    assert "כמה לקוחות מתאימים" in text_of(refused)
    assert "052-000-0002" in text_of(refused)
    noa.post("/follow-ups/add/", form | {"choice": str(first.pk)})
    with for_business(salon):
        assert FollowUp.objects.get().lead_id == first.pk


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"reason": ""}, "חובה"),
        ({"reason": "x" * 201}, "200"),
        ({"when": "other"}, "חסרים תאריך ושעה"),
        ({"when": "other", "due_0": "31/02/2026", "due_1": "12:30"}, "התאריך לא ברור"),
        ({"when": "other", "due_0": "24/11/2026", "due_1": "25:00"}, "השעה לא ברורה"),
        ({"when": "other", "due_0": "24/11/2226", "due_1": "12:00"}, "רחוק מאוד"),
        ({"when": "other", "due_0": "01/01/0001", "due_1": "00:00"}, "רחוק מאוד"),
        ({"when": "soon"}, "soon"),
        ({"person": "אין כזה"}, "לא נמצא לקוח מתאים"),
        ({"to": "999999"}, "רק לאנשי הצוות"),
    ],
)
def test_bad_input_names_the_field_and_loses_nothing(
    salon: Business, noa: Client, wrong: dict[str, str], complaint: str
) -> None:
    form = fields_of(noa.get("/follow-ups/add/")) | {"reason": "להזמין צבע", "when": "hour"} | wrong

    refused = noa.post("/follow-ups/add/", form)

    assert refused.status_code == 422
    assert complaint in text_of(refused)
    assert fields_of(refused)["person"] == form["person"]
    with for_business(salon):
        assert not FollowUp.objects.exists()


def test_the_form_offers_members_only(salon: Business, next_door: Business, noa: Client) -> None:
    stranger = UserFactory(first_name="שרית")
    MembershipFactory(user=stranger, business=next_door)

    assert "שרית" not in text_of(noa.get("/follow-ups/add/"))
    form = fields_of(noa.get("/follow-ups/add/")) | {"reason": "x", "to": str(stranger.pk)}
    assert noa.post("/follow-ups/add/", form).status_code == 422


def test_names_complete_while_they_are_typed(salon: Business, next_door: Business, noa: Client) -> None:
    LeadFactory(business=salon, name='רונית "לוי"', phone="+972530000226")
    LeadFactory(business=next_door, name="רונית השכנה")

    html = noa.get("/follow-ups/people/?person=רונ").content.decode()

    assert html == '<option value="רונית &quot;לוי&quot; 053-000-0226"></option>'
    assert noa.get("/follow-ups/people/?person=ר").content == b""
    assert noa.get("/follow-ups/people/?person=%07ab").content == b""


# --- another time, another person --------------------------------------------------------------------
def test_noa_moves_it_and_gives_it_to_dana(salon: Business, dana: Client, noa: Client) -> None:
    todo = FollowUpFactory(business=salon, reason="להזמין צבע", due_at=NOW)
    form = fields_of(noa.get(f"/follow-ups/{todo.pk}/"))
    assert (form["due_0"], form["due_1"], form["when"]) == ("24/11/2026", "10:00", "other")

    answer = noa.post(f"/follow-ups/{todo.pk}/", form | {"due_0": "26/11/2026", "to": str(id_of(dana))}, headers=HX)

    assert answer.status_code == 204
    assert toast_of(answer["HX-Trigger"])["text"] == "נשמר."
    changed = row(salon, todo.pk)
    assert (changed.due_at, changed.assigned_to_id) == (NOW + timedelta(days=2), id_of(dana))


def test_a_stale_form_warns_and_keeps_what_was_typed(salon: Business, dana: Client, noa: Client) -> None:
    todo = FollowUpFactory(business=salon, reason="להזמין צבע", due_at=NOW)
    form = fields_of(noa.get(f"/follow-ups/{todo.pk}/")) | {"reason": "להזמין שמפו"}
    dana.post(f"/follow-ups/{todo.pk}/", fields_of(dana.get(f"/follow-ups/{todo.pk}/")) | {"due_0": "30/11/2026"})

    warned = noa.post(f"/follow-ups/{todo.pk}/", form, headers=HX)

    assert warned.status_code == 409
    assert "המשימה השתנתה בינתיים: ״להזמין צבע״, עד 30/11 10:00" in text_of(warned).replace("  ", " ")
    assert fields_of(warned)["reason"] == "להזמין שמפו"
    assert row(salon, todo.pk).reason == "להזמין צבע"

    noa.post(f"/follow-ups/{todo.pk}/", fields_of(warned))

    assert row(salon, todo.pk).reason == "להזמין שמפו"


# --- nobody else's -----------------------------------------------------------------------------------
def test_another_business_finds_nothing_at_these_addresses(salon: Business, next_door: Business, dana: Client) -> None:
    theirs = FollowUpFactory(business=next_door, reason="של רות")
    lead = LeadFactory(business=next_door, name="לקוחה של רות")

    assert dana.get(f"/follow-ups/{theirs.pk}/").status_code == 404
    for deed in ("", "done/", "undo/"):
        assert dana.post(f"/follow-ups/{theirs.pk}/{deed}").status_code == 404
    assert row(next_door, theirs.pk).done_at is None
    form = fields_of(dana.get(f"/follow-ups/add/?lead={lead.pk}"))
    assert form["person"] == ""
    dana.post("/follow-ups/add/", form | {"reason": "x", "choice": str(lead.pk)})
    with for_business(salon):
        assert FollowUp.objects.get().lead is None
    with for_business(next_door):
        assert Lead.objects.get(pk=lead.pk).follow_ups.count() == 0


def test_addresses_that_change_something_take_no_visits(salon: Business, dana: Client) -> None:
    todo = FollowUpFactory(business=salon)

    assert dana.get(f"/follow-ups/{todo.pk}/done/").status_code == 405
    assert dana.get(f"/follow-ups/{todo.pk}/undo/").status_code == 405


def test_reasons_and_names_stay_text(salon: Business, dana: Client) -> None:
    evil = LeadFactory(business=salon, name="<script>alert(1)</script>")
    todo = FollowUpFactory(business=salon, lead=evil, reason='"><img src=x onerror=alert(1)>')

    for address in ("/follow-ups/", f"/follow-ups/{todo.pk}/"):
        html = dana.get(address).content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html


# --- what it does not know -------------------------------------------------------------------------------
def test_of_calls_this_app_knows_what_they_tell_it() -> None:
    """Addresses and kinds of calls are the business of `calls`, which registers them (`crm.origins`)."""
    for module in Path(crm.__file__).parent.rglob("*.py"):
        if "migrations" not in module.parts:
            assert not re.search(r"call_pages|false-claim|admin:calls", module.read_text(encoding="utf-8")), module


def test_a_false_sentence_is_read_and_a_promise_is_dialled(salon: Business) -> None:
    lead = LeadFactory(business=salon, phone="+972520000147")

    def action(**values: str) -> tuple[str, str]:
        row = FollowUpFactory(business=salon, lead=lead, **values)
        found = row_of(row, row.due_at).action
        assert found is not None
        return found.kind, found.address

    assert action(key="false-claim:CA1:price", call_sid="CA1") == ("call", "/calls/CA1/")
    assert action(key="call:CA1", call_sid="CA1") == ("dial", "tel:+972520000147")
