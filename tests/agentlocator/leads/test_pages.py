"""Noa looks for people: the list, the board, the filters."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.lead_list import PAGE
from crm.models import Business, Lead, SavedFilter
from crm.pages import lead_board
from crm.tenancy import for_business
from tests.support.factories import (
    ActivityFactory,
    FollowUpFactory,
    LeadFactory,
    LeadIdentityFactory,
    LeadTagFactory,
    TagFactory,
)
from tests.support.pages import text_of

LIST, BOARD = "/leads/?view=list", "/leads/board/"


def names(client: Client, address: str) -> list[str]:
    """The names on the list, in its order."""
    cards = client.get(address).context["cards"]
    return [card.lead.name for card in cards]


def test_the_bare_address_opens_what_was_used_last(noa: Client) -> None:
    assert noa.get("/leads/")["Location"] == BOARD
    noa.get(LIST)
    assert noa.get("/leads/").status_code == 200
    noa.get(BOARD)
    assert noa.get("/leads/")["Location"] == BOARD


def test_before_anybody_has_called_the_pages_say_how_people_come_in(noa: Client, dana: Client) -> None:
    for address in (LIST, BOARD):
        assert "עוד אין לקוחות" in text_of(noa.get(address))
        assert "ייבוא מקובץ" not in text_of(noa.get(address))
        assert "ייבוא מקובץ" in text_of(dana.get(address))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("דנה", ["דנה לוי"]),
        ("לו", ["דנה לוי"]),
        ("ד", ["דנה לוי"]),
        ("052-000-0147", ["דנה לוי"]),
        ("+972 52 000 0147", ["דנה לוי"]),
        ("052000", ["דנה לוי"]),
        ("0147", ["דנה לוי"]),
        ("053-000-0226", ["דנה לוי"]),
        ("petrov", ["סבטלנה Petrov"]),
        ("אין כזה", []),
        ("%", []),
    ],
)
def test_people_are_found_by_any_writing_of_name_or_number(
    salon: Business, noa: Client, typed: str, found: list[str]
) -> None:
    dana = LeadFactory(business=salon, name="דנה לוי", phone="+972520000147")
    LeadIdentityFactory(business=salon, lead=dana, channel="phone", external_id="+972530000226")
    LeadFactory(business=salon, name="סבטלנה Petrov", phone="+972541110071")

    response = noa.get(LIST, {"q": typed, "view": "list"})

    assert [card.lead.name for card in response.context["cards"]] == found


def test_every_filter_narrows_and_they_hold_together(salon: Business, noa: Client, noa_herself: User) -> None:
    now = timezone.now()
    tag = TagFactory(business=salon, name="כלה")
    mine = LeadFactory(business=salon, name="הילה", status="in_progress", assigned_to=noa_herself, created_at=now)
    LeadTagFactory(business=salon, lead=mine, tag=tag)
    FollowUpFactory(business=salon, lead=mine, due_at=now - timedelta(hours=1))
    other = LeadFactory(business=salon, name="רון", source="web", created_at=now - timedelta(days=60))
    FollowUpFactory(business=salon, lead=other, due_at=now + timedelta(hours=1))
    done = LeadFactory(business=salon, name="מיה", created_at=now - timedelta(days=200))
    FollowUpFactory(business=salon, lead=done, due_at=now - timedelta(days=9), done_at=now)

    assert names(noa, LIST) == ["הילה", "רון", "מיה"]
    assert names(noa, f"{LIST}&stage=in_progress") == ["הילה"]
    assert names(noa, f"{LIST}&tag={tag.pk}") == ["הילה"]
    assert names(noa, f"{LIST}&who=me") == ["הילה"]
    assert names(noa, f"{LIST}&who={noa_herself.pk}") == ["הילה"]
    assert names(noa, f"{LIST}&who=nobody") == ["רון", "מיה"]
    assert names(noa, f"{LIST}&medium=web") == ["רון"]
    assert names(noa, f"{LIST}&due=open") == ["הילה", "רון"]
    assert names(noa, f"{LIST}&due=overdue") == ["הילה"]
    assert names(noa, f"{LIST}&since=7") == ["הילה"]
    assert names(noa, f"{LIST}&since=90") == ["הילה", "רון"]
    assert names(noa, f"{LIST}&due=open&medium=web&who=nobody&stage=new&q=רון") == ["רון"]
    assert "אין לקוחות שמתאימים לסינון" in text_of(noa.get(f"{LIST}&medium=api"))


@pytest.mark.parametrize(
    "nonsense",
    ["stage=x", "tag=x", "who=x", "medium=x", "due=x", "since=x", "after=x", "after=2026-99-99_1", "after=_"],
)
def test_what_makes_no_sense_in_an_address_is_as_good_as_not_said(salon: Business, noa: Client, nonsense: str) -> None:
    LeadFactory(business=salon, name="דנה")

    assert names(noa, f"{LIST}&{nonsense}") == ["דנה"]
    assert noa.get(f"{BOARD}?{nonsense}").status_code == 200


def test_the_list_goes_on_where_it_ended(salon: Business, noa: Client) -> None:
    now = timezone.now()
    with for_business(salon):
        Lead.objects.bulk_create(
            # Of an import all have one time; the id then decides.
            Lead(business=salon, name=f"לקוח {number}", created_at=now)
            for number in range(2 * PAGE + 3)
        )
    seen: list[str] = []
    address = LIST
    for _page in range(3):
        response = noa.get(address, headers={"HX-Request": "true"} if seen else {})
        seen += [card.lead.name for card in response.context["cards"]]
        assert ("<html" in response.content.decode()) == (address == LIST)
        address = f"/leads/?view=list&after={response.context['after'].replace('+', '%2B')}"

    assert response.context["after"] == ""
    assert seen == [f"לקוח {number}" for number in reversed(range(2 * PAGE + 3))]


def test_the_board_shows_first_who_is_waited_for_longest(salon: Business, noa: Client) -> None:
    now = timezone.now()
    for name, age in (("חדשה", 0), ("ישנה", 5), ("מאחרת", 9), ("להיום", 8)):
        LeadFactory(business=salon, name=name, created_at=now - timedelta(days=age))
    with for_business(salon):
        late, today = Lead.objects.get(name="מאחרת"), Lead.objects.get(name="להיום")
    FollowUpFactory(business=salon, lead=today, due_at=now + timedelta(minutes=1))
    FollowUpFactory(business=salon, lead=late, due_at=now - timedelta(days=2))
    FollowUpFactory(business=salon, lead=late, due_at=now + timedelta(days=2))
    LeadFactory(business=salon, name="לא", status="irrelevant")

    response = noa.get(BOARD)

    assert [card.lead.name for card in response.context["columns"][0].cards] == ["מאחרת", "להיום", "חדשה", "ישנה"]
    text = text_of(response)
    assert "באיחור מ־" in text or "באיחור" in text
    assert [column.title for column in response.context["columns"]] == ["חדשים", "בטיפול", "נקבע תור", "קבועים"]
    assert "לא רלוונטי" in text
    unfolded = noa.get(f"{BOARD}?stage=irrelevant").context["columns"][-1]
    assert [card.lead.name for card in unfolded.cards] == ["לא"]


@pytest.mark.parametrize("waiting", [0, 10, lead_board.SHOWN, lead_board.SHOWN + 5])
def test_a_column_goes_on_from_the_waiting_to_the_others(salon: Business, noa: Client, waiting: int) -> None:
    now = timezone.now()
    whole = 2 * lead_board.SHOWN + 7
    with for_business(salon):
        leads = [
            Lead(business=salon, name=f"{number}", created_at=now - timedelta(minutes=number))
            for number in range(whole)
        ]
        Lead.objects.bulk_create(leads)
    for number in range(waiting):
        FollowUpFactory(business=salon, lead=leads[-1 - number], due_at=now + timedelta(hours=number // 2))
        FollowUpFactory.create_batch(2, business=salon, lead=leads[-1 - number], due_at=now + timedelta(hours=number))
    html = noa.get(BOARD).content.decode()
    seen = re.findall(r"<bdi>(\d+)</bdi></a>", html)
    while further := re.search(r'hx-get="(/leads/board/[^"]+)"', html):
        html = noa.get(unescape(further[1]), headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in html
        seen += re.findall(r"<bdi>(\d+)</bdi></a>", html)

    expected = [f"{whole - 1 - number}" for number in range(waiting)] + [f"{n}" for n in range(whole - waiting)]
    assert seen == expected


def test_counts_stop_at_999(salon: Business, noa: Client) -> None:
    with for_business(salon):
        Lead.objects.bulk_create(Lead(business=salon, name=f"{number}") for number in range(1001))
    LeadFactory(business=salon, status="regular")

    assert [column.count_text for column in noa.get(BOARD).context["columns"]] == ["999+", "0", "0", "1"]
    assert [choice.count for choice in noa.get(LIST).context["stages"]][:2] == ["999+", "999+"]
    assert [column.count_text for column in noa.get(f"{BOARD}?q=12").context["columns"]][1:] == ["0", "0", "0"]


def test_a_name_with_a_script_stays_text(salon: Business, noa: Client) -> None:
    lead = LeadFactory(business=salon, name="<script>alert(1)</script>")
    ActivityFactory(business=salon, lead=lead, text="<img src=x onerror=alert(1)>")
    LeadTagFactory(business=salon, lead=lead, tag=TagFactory(business=salon, name="<b>"))

    for address in (LIST, BOARD, f"/leads/{lead.pk}/", f"/leads/{lead.pk}/merge/"):
        html = noa.get(address).content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "<b>" not in html.replace("<b>אין", "").replace("<b>לא נמצא", "")
        assert "&lt;script&gt;" in html


@pytest.mark.parametrize("address", [LIST, BOARD, f"{LIST}&q=לוי&due=open", f"{BOARD}?who=me"])
def test_the_pages_ask_as_much_for_three_as_for_one(
    salon: Business, noa: Client, noa_herself: User, address: str
) -> None:
    def add() -> None:
        for status in Lead.Status:
            lead = LeadFactory(business=salon, status=status, assigned_to=noa_herself)
            FollowUpFactory(business=salon, lead=lead, due_at=timezone.now())
            ActivityFactory(business=salon, lead=lead)
            LeadTagFactory(business=salon, lead=lead)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert noa.get(address).status_code == 200
        return len(asked)

    add()
    noa.get(address)
    with_one = queries()
    add()
    add()
    assert queries() == with_one


# --- saved filters --------------------------------------------------------------------------------------
def test_noa_keeps_a_filter_and_nobody_else_sees_it(salon: Business, noa: Client, dana: Client) -> None:
    fields = {"name": " לטיפול  שלי ", "query": "?who=me&due=open&after=x&view=list", "next": LIST}
    assert noa.post("/leads/filters/add/", fields)["Location"] == LIST

    page = noa.get(LIST)
    assert "הסינון ״לטיפול שלי״ נשמר." in text_of(page)
    assert 'href="/leads/?who=me&amp;due=open&amp;view=list"' in page.content.decode()
    assert "לטיפול שלי</bdi>" not in dana.get(LIST).content.decode()

    with for_business(salon):
        row = SavedFilter.objects.get()
    assert dana.post(f"/leads/filters/{row.pk}/remove/").status_code == 404
    noa.post("/leads/filters/add/", fields | {"query": "?who=nobody"})
    with for_business(salon):
        assert [kept.query for kept in SavedFilter.objects.all()] == ["who=nobody"]
    assert noa.post(f"/leads/filters/{row.pk}/remove/").status_code == 302
    with for_business(salon):
        assert not SavedFilter.objects.exists()


def test_a_filter_keeps_what_the_list_knows_and_thirty_are_enough(salon: Business, noa: Client) -> None:
    def keep(name: str, query: str = "?who=me&evil=1&q=%D7%93&stage=") -> str:
        noa.post("/leads/filters/add/", {"name": name, "query": query, "next": "https://evil.example/"})
        return text_of(noa.get(LIST))

    for number in range(30):
        keep(f"סינון {number}")
    assert "יש יותר מדי מסננים שמורים" in keep("עוד אחד")
    assert "הסינון ״סינון 3״ נשמר." in keep("סינון 3", "stage=new")

    with for_business(salon):
        kept = dict(SavedFilter.objects.values_list("name", "query"))
    assert len(kept) == 30
    assert (kept["סינון 1"], kept["סינון 3"]) == ("q=%D7%93&who=me", "stage=new")


def test_a_filter_without_a_name_is_told_so(noa: Client) -> None:
    noa.post("/leads/filters/add/", {"name": " ", "query": "who=me"})

    assert "למסנן שמור צריך שם." in text_of(noa.get(LIST))


# --- a new card -------------------------------------------------------------------------------------------
def test_noa_opens_a_card_with_a_number_in_any_writing(salon: Business, noa: Client) -> None:
    response = noa.post("/leads/new/", {"name": "רונית לוי", "phone": "(053) 000-0226"})

    with for_business(salon):
        lead = Lead.objects.get()
    assert response["Location"] == f"/leads/{lead.pk}/"
    assert (lead.name, lead.phone, lead.source, lead.status) == ("רונית לוי", "+972530000226", "staff", "new")


@pytest.mark.parametrize("is_further", [False, True])
def test_a_number_that_is_known_opens_its_own_card(salon: Business, noa: Client, is_further: bool) -> None:
    known = LeadFactory(business=salon, phone="+972530000226" if not is_further else "+972540000001")
    if is_further:
        LeadIdentityFactory(business=salon, lead=known, channel="phone", external_id="+972530000226")

    response = noa.post("/leads/new/", {"name": "אחרת", "phone": "0530000226"}, follow=True)

    assert response.redirect_chain == [(f"/leads/{known.pk}/", 302)]
    assert "המספר כבר רשום. זה הכרטיס שלו." in text_of(response)
    with for_business(salon):
        assert Lead.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": "", "phone": ""}, "צריך למלא שם או מספר טלפון."),
        ({"name": "דנה", "phone": "12"}, "מספר הטלפון לא תקין. כותבים אותו עם הקידומת."),
    ],
)
def test_a_card_that_cannot_be_opened_says_why_and_keeps_the_text(
    salon: Business, noa: Client, fields: dict[str, str], problem: str
) -> None:
    response = noa.post("/leads/new/", fields)

    assert response.status_code == 422
    assert problem in text_of(response)
    assert f'value="{fields["name"]}"' in response.content.decode() or not fields["name"]
    with for_business(salon):
        assert not Lead.objects.exists()
