"""Finding calls by name, by number in any writing, and by a word that was said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from calls import finding
from calls.models import CallSession
from crm.models import Business
from tests.support.calls import a_call, said
from tests.support.factories import NOW, LeadFactory
from tests.support.pages import text_of


@pytest.fixture(params=["one by one", "by the indexes"])
def _either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of looking must find the same."""
    if request.param == "by the indexes":
        monkeypatch.setattr(finding, "LOOKED_THROUGH", ())


pytestmark = pytest.mark.usefixtures("_either_way")


@pytest.fixture
def ronit(salon: Business) -> CallSession:
    lead = LeadFactory(business=salon, name="רונית לוי", phone="+972520000731")
    call = a_call(
        salon, lead=lead, from_number="+972520000731", summary="השיחה של רונית", started_at=NOW - timedelta(hours=1)
    )
    said(call, 0, "assistant", "שלום, איך אפשר לעזור?")
    said(call, 1, "server", "[SERVER] fact: צבע עולה 320")
    said(call, 2, "caller", "וכמה עולה צבע שורש אם כבר באים?")
    said(call, 3, "assistant", "צבע שורש עולה 320 שקלים")
    said(call, 4, "staff", "להציע גם צבע מלא")
    return call


@pytest.fixture
def other(salon: Business) -> CallSession:
    lead = LeadFactory(business=salon, name="יוסי כהן", phone="+972540000382")
    call = a_call(salon, lead=lead, from_number="+972540000382", summary="השיחה האחרת")
    said(call, 0, "caller", "יש חניה?")
    return call


@pytest.mark.parametrize(
    "term",
    [
        *("רונית", "לוי", "רו", "052-000-0731", "0520000731", "+972 52 000 0731", "972520000731", "052-000-07", "0731"),
        *("צבע שורש", "  צבע   שורש ", "וכמה", "באים?"),
    ],
)
def test_any_writing_finds_the_one_call(ronit: CallSession, other: CallSession, noa: Client, term: str) -> None:
    page = text_of(noa.get("/calls/", {"q": term}))

    assert "השיחה של רונית" in page
    assert "השיחה האחרת" not in page


@pytest.mark.parametrize("term", ["%", "_", "100%", "'", '"', "\\", "חחח", "ב", "fact", "ונית ל_וי"])
def test_signs_of_the_database_are_letters_like_others(ronit: CallSession, noa: Client, term: str) -> None:
    answer = noa.get("/calls/", {"q": term})
    assert answer.status_code == 200
    assert "השיחה של רונית" not in text_of(answer)


def test_the_id_of_a_call_finds_it(ronit: CallSession, other: CallSession, noa: Client) -> None:
    page = text_of(noa.get("/calls/", {"q": ronit.call_sid}))
    assert ("השיחה של רונית" in page, "השיחה האחרת" in page) == (True, False)


def test_a_hit_shows_its_sentence_and_opens_the_call_there(ronit: CallSession, noa: Client) -> None:
    page = noa.get("/calls/?q=צבע")

    assert "״וכמה עולה צבע שורש אם כבר באים?״ · עוד שתי התאמות בשיחה" in text_of(page)
    html = page.content.decode()
    assert "<mark>צבע</mark>" in html
    assert f'href="/calls/{ronit.call_sid}/?turn=2#turn-2"' in html


def test_a_long_sentence_is_cut_around_the_word(salon: Business, noa: Client) -> None:
    said(a_call(salon), 0, "caller", f"{'לפני ' * 60}המילה {'אחרי ' * 60}")

    text = text_of(noa.get("/calls/?q=המילה"))

    assert "״…לפני" in text
    assert "אחרי…״" in text
    assert text.count("לפני") < 20


def test_a_search_goes_on_page_by_page_within_its_filters(salon: Business, noa: Client) -> None:
    for number in range(60):
        call = a_call(
            salon, started_at=NOW - timedelta(minutes=number), outcome="message" if number % 2 else "answered"
        )
        said(call, 0, "caller", "כמה עולה צבע?")

    page = noa.get("/calls/?q=צבע&outcome=message")
    assert page.content.decode().count("data-row") == 30


def test_what_is_new_keeps_to_the_search(salon: Business, ronit: CallSession, noa: Client) -> None:
    said(a_call(salon, started_at=NOW + timedelta(minutes=11)), 0, "caller", "כמה עולה צבע?")
    a_call(salon, started_at=NOW + timedelta(minutes=12))
    since = finding.Cursor(NOW + timedelta(minutes=10), 0)

    assert "שיחה חדשה אחת" in text_of(noa.get(f"/calls/news/?q=צבע&since={since}"))
