"""The page of live calls as it is served, which is all there is without scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from calls.live import store
from calls.live.reading import on_the_line as read_line
from calls.live.shown import Shown
from calls.models import CallSession
from crm.models import Business, LeadIdentity, Membership
from crm.services import FURTHER_PHONE
from crm.tenancy import for_business
from tests.support.factories import BusinessFactory, CallSessionFactory, LeadFactory, UserFactory
from tests.support.pages import fields_of, platform_admin, signed_in, text_of

LIVE = "/calls/live/"
DANA = "+972521234567"


@pytest.fixture
def salon(db: None) -> Business:
    return BusinessFactory(slug="dana", name="המספרה של דנה")


@pytest.fixture
def garage(db: None) -> Business:
    return BusinessFactory(slug="garage", name="המוסך של איתי")


def rings(business: Business, sid: str, *, minutes: float = 1, **facts: object) -> CallSession:
    """A call on the line since so long."""
    facts = {"status": CallSession.Status.IN_PROGRESS, "from_number": DANA} | facts
    with for_business(business):
        began = timezone.now() - timedelta(minutes=minutes)
        return CallSessionFactory(business=business, call_sid=sid, started_at=began, **facts)


def says(business: Business, sid: str, *events: dict[str, object], now: store.Now | None = None) -> None:
    """What the call's process has told."""
    broker = store.broker(settings.REDIS_URL)
    if events:
        broker.rpush(store.events_key(business.pk, sid), *(store.encode({"at_ms": 0} | event) for event in events))
    if now is not None:
        broker.set(store.now_key(business.pk, sid), store.encode(now))


def line(index: int, speaker: str, text: str, heard: float = 1.0, by: str = "") -> dict[str, object]:
    return {"kind": "line", "index": index, "speaker": speaker, "text": text, "heard": heard, "line_ms": 6000, "by": by}


def test_a_caller_with_a_further_number_is_known_by_name(salon: Business, garage: Business):
    with for_business(salon):
        lead = LeadFactory(business=salon, name="רונית לוי", phone="+972541112233")
        LeadIdentity.objects.create(business=salon, lead=lead, channel=FURTHER_PHONE, external_id=DANA)
    rings(salon, "CA1")
    rings(salon, "CA2", from_number="+972541112233", minutes=0.5)
    rings(garage, "CA3")
    assert [call.name for call in read_line(salon, now=timezone.now())] == ["רונית לוי", "רונית לוי"]
    assert [call.name for call in read_line(garage, now=timezone.now())] == [""]


def test_whoever_ended_a_call_is_named(salon: Business):
    rings(salon, "CA1")
    says(salon, "CA1", line(0, "assistant", "שלום"), line(1, "staff", "", by="<i>נועה</i>") | {"deed": "ended"})
    html = signed_in(salon).get(f"{LIVE}?call=CA1").content.decode()
    assert "השיחה הסתיימה לבקשת <bdi>&lt;i&gt;נועה&lt;/i&gt;</bdi>" in html


def test_strangers_sign_in_first(client: Client, salon: Business):
    for address in (LIVE, f"{LIVE}number/", f"{LIVE}CA1/end/"):
        assert client.get(address).status_code == 302
        assert client.post(address).status_code in (302, 405)


def test_nobody_calls(salon: Business):
    with for_business(salon):
        CallSessionFactory(business=salon, started_at=timezone.now() - timedelta(hours=1), ended_at=timezone.now())
    page = text_of(signed_in(salon).get(LIVE))
    assert "אין שיחות כרגע" in page
    assert "האחרונה הייתה ב־" in page


def test_a_call_shows_who_calls_what_was_said_and_what_is_known(salon: Business):
    with for_business(salon):
        LeadFactory(business=salon, name="רונית לוי", phone=DANA)
    rings(salon, "CA1")
    says(
        salon,
        "CA1",
        line(0, "assistant", "שלום, איך אפשר לעזור?"),
        line(1, "caller", "מחר בשש?"),
        line(2, "server", "[SERVER] slot_available: 2026-11-23 18:00"),
        line(3, "staff", "עדיף בארבע", by="נועה"),
        line(4, "assistant", "הזמן הזה פנוי לגמרי", heard=0.5),
        {"kind": "known", "facts": ["תספורת", "2026-11-23", "18:00", "", ""]},
        now=store.Now("speaking", "assistant", "הזמן הזה פנוי"),
    )
    page = text_of(signed_in(salon).get(LIVE))
    for words in ("רונית לוי", "העוזר מדבר", "מחר בשש?", "פנוי", "לחישה מ", "נועה", "עדיף בארבע", "נקטע", "תספורת"):
        assert words in page
    assert "[SERVER]" not in page
    assert "שם: עוד לא נמסר" in page


def test_a_script_that_somebody_says_stays_text(salon: Business):
    with for_business(salon):
        LeadFactory(business=salon, name="<script>alert(1)</script>", phone=DANA)
    rings(salon, "CA1")
    nasty = "<script>alert(2)</script>"
    says(salon, "CA1", line(0, "caller", nasty), line(1, "staff", nasty, by=nasty), now=store.Now(last=nasty))
    html = signed_in(salon).get(LIVE).content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(2)" in html


def test_calls_of_another_business_are_not_there(salon: Business, garage: Business):
    rings(garage, "CAgarage")
    says(garage, "CAgarage", line(0, "caller", "סוד"), now=store.Now())
    page = text_of(signed_in(salon).get(f"{LIVE}?call=CAgarage"))
    assert "אין שיחות כרגע" in page
    assert "סוד" not in page


def test_a_practice_call_in_the_browser_is_not_there(salon: Business):
    rings(salon, "PR1", from_browser=True)
    assert "אין שיחות כרגע" in text_of(signed_in(salon).get(LIVE))


@pytest.mark.parametrize(
    ("facts", "last", "state"),
    [
        ({"minutes": 0.2, "status": "ringing"}, None, "ringing"),
        ({"minutes": 0.2}, None, "connecting"),
        ({"minutes": 2}, None, "lost"),
        ({"minutes": 2}, {"kind": "left", "to": "again"}, "lost"),
        ({"minutes": 0.5}, {"kind": "left", "to": "again"}, "connecting"),
        ({"minutes": 2}, {"kind": "left", "to": "transfer"}, "transferring"),
        ({"minutes": 2, "next_step": "taken"}, None, "with_person"),
        ({"minutes": 2, "next_step": "voicemail"}, None, "voicemail"),
    ],
)
def test_how_a_call_without_a_process_stands(
    salon: Business, facts: dict[str, object], last: dict[str, object] | None, state: str
):
    rings(salon, "CA1", **facts)
    if last:
        says(salon, "CA1", last)
    [call] = read_line(salon, now=timezone.now())
    assert call.state == state


def test_a_conversation_that_has_just_ended_is_not_there(salon: Business):
    rings(salon, "CA1")
    says(salon, "CA1", {"kind": "ended", "outcome": "booked"})
    assert read_line(salon, now=timezone.now()) == []


def test_two_hundred_calls_cost_what_one_does(salon: Business):
    browser = signed_in(salon)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert browser.get(LIVE).status_code == 200
        return len(caught)

    rings(salon, "CA0")
    says(salon, "CA0", now=store.Now())
    one = queries()
    for number in range(1, 200):
        rings(salon, f"CA{number}", from_number=f"+9725200{number:05}")
        says(salon, f"CA{number}", now=store.Now("speaking", "caller", "שלום"))
    assert queries() == one
    assert browser.get(LIVE).content.decode().count("data-sid=") == 200


def test_each_further_look_at_two_hundred_calls_draws_what_has_changed_alone(salon: Business):
    """The socket looks every few seconds, for each who watches."""
    shown = Shown(salon)

    def look() -> tuple[int, dict[str, str]]:
        with CaptureQueriesContext(connection) as caught:
            calls = read_line(salon, now=timezone.now())
        return len(caught), {call["sid"]: call["html"] for call in shown.calls(calls)}

    rings(salon, "CA0")
    says(salon, "CA0", now=store.Now())
    queries_of_one, _ = look()
    for number in range(1, 200):
        rings(salon, f"CA{number}", from_number=f"+9725200{number:05}")
        says(salon, f"CA{number}", now=store.Now("speaking", "caller", "שלום"))
    queries, first = look()
    says(salon, "CA7", now=store.Now("thinking", "caller", "מחר בשש"))
    _, second = look()

    assert (len(first), queries) == (200, queries_of_one)
    assert [sid for sid in first if second[sid] is not first[sid]] == ["CA7"]


# --- asking by a form ----------------------------------------------------------------------------------------
def test_a_whisper_that_nobody_can_hear_keeps_its_text(salon: Business):
    rings(salon, "CA1", ended_at=timezone.now())
    answer = signed_in(salon).post(f"{LIVE}CA1/whisper/", {"text": "עדיף בארבע"})
    assert answer.status_code == 422
    assert "השיחה הסתיימה לפני שהלחישה התקבלה." in text_of(answer)
    assert fields_of(answer)["text"] == "עדיף בארבע"


@pytest.mark.parametrize(("text", "words"), [("  ", "עוד לא נכתב מה ללחוש"), ("א" * 301, "לכל היותר 300")])
def test_a_whisper_has_a_length(salon: Business, text: str, words: str):
    rings(salon, "CA1")
    answer = signed_in(salon).post(f"{LIVE}CA1/whisper/", {"text": text})
    assert answer.status_code == 422
    assert words in text_of(answer)


def test_an_end_is_asked_about_first(salon: Business):
    rings(salon, "CA1")
    page = signed_in(salon).get(f"{LIVE}CA1/end/")
    assert "לסיים את השיחה עכשיו?" in text_of(page)


def test_what_is_no_request_is_not_found(salon: Business):
    assert signed_in(salon).post(f"{LIVE}CA1/erase/").status_code == 404


def test_a_call_of_another_business_answers_like_one_that_never_was(salon: Business, garage: Business):
    rings(garage, "CAgarage")
    browser = signed_in(salon)
    for what in ("whisper", "take_over", "end"):
        theirs = browser.post(f"{LIVE}CAgarage/{what}/", {"text": "שלום"})
        nobodys = browser.post(f"{LIVE}CAnobody/{what}/", {"text": "שלום"})
        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert text_of(theirs) == text_of(nobodys)
    assert browser.get(f"{LIVE}CAgarage/end/").status_code == 404


def test_a_caller_who_talks_with_somebody_is_in_hand(salon: Business):
    noa = UserFactory(first_name="נועה")
    rings(salon, "CA1", next_step="taken", taken_by=noa)
    answer = signed_in(salon).post(f"{LIVE}CA1/end/", follow=True)
    assert "נועה על הקו" in text_of(answer)


def test_a_caller_who_leaves_a_message_is_left_alone(salon: Business):
    rings(salon, "CA1", next_step="voicemail")
    assert "בתא הקולי" in text_of(signed_in(salon).post(f"{LIVE}CA1/end/", follow=True))


# --- a number to ring ----------------------------------------------------------------------------------------
def test_whoever_has_no_number_is_asked_for_one_and_it_is_kept(salon: Business):
    rings(salon, "CA1")
    browser = signed_in(salon)
    asked = browser.post(f"{LIVE}CA1/take_over/", follow=True)
    assert "לאן תצלצל ההעברה?" in text_of(asked)
    saved = browser.post(f"{LIVE}number/", {"phone": "052-111-0000", "call": "CA1"})
    assert saved.url == f"{reverse('call_pages:live')}?call=CA1"
    assert Membership.objects.get(business=salon).phone == "+972521110000"


def test_a_number_that_cannot_be_rung_is_not_kept(salon: Business):
    answer = signed_in(salon).post(f"{LIVE}number/", {"phone": "12", "call": "CA1"})
    assert answer.status_code == 422
    assert fields_of(answer)["phone"] == "12"
    assert "דוגמה" in text_of(answer)
    assert Membership.objects.get(business=salon).phone == ""


def test_only_my_own_number_in_this_business_is_set(salon: Business, garage: Business):
    browser = signed_in(salon)
    other = Membership.objects.create(user=Membership.objects.get(business=salon).user, business=garage)
    browser.post(f"{LIVE}number/", {"phone": "052-111-0000"})
    other.refresh_from_db()
    assert other.phone == ""


def test_platform_admins_have_no_number_there(salon: Business):
    admin = platform_admin()
    admin.post(reverse("enter_business"), {"business": salon.slug})
    rings(salon, "CA1")
    assert admin.post(f"{LIVE}number/", {"phone": "052-111-0000"}).status_code == 404
    assert "שיחות מועברות רק לאנשי הצוות" in text_of(admin.get(LIVE))
