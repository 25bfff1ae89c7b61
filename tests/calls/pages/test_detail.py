"""A call as its reader finds it: who, how it ended, every word, every deed, every millisecond."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.models import Appointment, AppointmentChange
from calls import reading
from calls.models import CallSession, Turn
from crm.models import Business, Medium, Role
from crm.tenancy import for_business
from tests.support.calls import MEASURED, REFUSED, a_call, page_of, said
from tests.support.factories import (
    NOW,
    AppointmentChangeFactory,
    AppointmentFactory,
    EventLogFactory,
    FollowUpFactory,
    LeadFactory,
    PromptVersionFactory,
    RecordingFactory,
    ServiceFactory,
    UserFactory,
)
from tests.support.pages import platform_admin, signed_in, text_of

Outcome = CallSession.Outcome
HTMX = {"HX-Request": "true"}


def read(client: Client, call: CallSession, query: str = "") -> str:
    return text_of(client.get(f"{page_of(call)}{query}"))


def test_the_whole_call_is_told(salon: Business, noa: Client) -> None:
    noam = LeadFactory(business=salon, name="נועם שגב", phone="+972520000147")
    appointment = AppointmentFactory(
        business=salon, lead=noam, service=ServiceFactory(business=salon), starts_at=NOW + timedelta(hours=8)
    )
    call = a_call(
        salon,
        lead=noam,
        appointment=appointment,
        outcome=Outcome.BOOKED,
        duration_s=127,
        summary="נקבע תור לתספורת",
        end_reason="the caller said goodbye",
    )
    said(call, 0, "assistant", "שלום, איך אפשר לעזור?")
    said(call, 1, "caller", "תור היום בשש ורבע", metrics=MEASURED)
    said(call, 2, "server", "[SERVER] slot_available: 2026-11-24 18:00")
    said(call, 3, "assistant", "מעולה, הזמן הזה פנוי")

    page = read(noa, call)

    for part in (
        "שיחות / 24/11/2026 10:00",
        "נועם שגב",
        "052-000-0147 · שיחה ראשונה",
        "נקבע תור לתספורת",
        "18:00–18:30",
        "2:07",
        "העוזר 0:00 שלום, איך אפשר לעזור?",
        "תור היום בשש ורבע",
        "היום 18:00 פנוי",
        "הסתיימה ב־ 10:02 : נפרדו לשלום",
        "בדרך כלל 1.4 שניות",
        "1.40",
        "זיהוי הדיבור 0.4",
        "השיחה לא הוקלטה",
        "אין משימות לשיחה הזאת.",
    ):
        assert part in page
    assert "[SERVER]" not in page


def test_what_the_caller_did_not_hear_is_struck_through(salon: Business, noa: Client) -> None:
    call = a_call(salon)
    said(call, 0, "assistant", "אחת שתיים שלוש ארבע", heard_fraction=0.5)

    html = noa.get(page_of(call)).content.decode()

    assert '<p dir="auto">אחת שתיים <span class="al-unheard">שלוש ארבע</span></p>' in html
    assert "נקטע" in html


def test_deeds_corrections_whispers_and_gaps_stand_between_the_sentences(salon: Business, noa: Client) -> None:
    call = a_call(salon, false_claims=1)
    said(call, 0, "assistant", "צבע עולה 280 שקלים")
    said(call, 1, "server", "[SERVER] correction: המחיר הוא 320 ₪")
    said(call, 2, "staff", "להציע גם פן")
    said(call, 5, "server", '[SERVER] appointment_created: {"start_iso": "2026-11-25T18:00:00+02:00"}')
    said(call, 6, "staff", "<i>ועוד</i>", metrics={"BY": "<b>נועה</b>"})

    page = noa.get(page_of(call))
    text, html = text_of(page), page.content.decode()

    assert "נאמר: ״ צבע עולה 280 שקלים ״ · תוקן ל: המחיר הוא 320 ₪" in text
    assert "לחישה לעוזר: להציע גם פן" in text
    assert "<bdi>&lt;b&gt;נועה&lt;/b&gt;</bdi>: <bdi>&lt;i&gt;ועוד&lt;/i&gt;</bdi>" in html
    assert "חלק מהשיחה לא נקלט (15 שניות)" in text
    assert html.count('class="al-chip warn"') == 2
    assert 'class="al-chip ok"' in html
    assert "תיקונים 1" in text


@pytest.mark.parametrize(
    ("metrics", "told"),
    [
        ({"DEED": "ended", "BY": "<b>נועה</b>"}, "השיחה הסתיימה לבקשת <bdi>&lt;b&gt;נועה&lt;/b&gt;</bdi>"),
        ({"DEED": "ended"}, "השיחה הסתיימה לבקשת הצוות"),
        ({"DEED": "took_over", "BY": "נועה"}, "השיחה הועברה אל <bdi>נועה</bdi>"),
    ],
)
def test_whoever_stepped_in_is_named(salon: Business, noa: Client, metrics: dict[str, str], told: str) -> None:
    call = a_call(salon)
    said(call, 0, "staff", "", metrics=metrics)
    assert told in noa.get(page_of(call)).content.decode()


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"from_number": "anonymous"}, "מספר חסוי"),
        ({"end_reason": "provider lost: rate_limit_exceeded"}, "תקלה אצל ספק הקול"),
        ({"end_reason": "stream lost"}, "החיבור לחברת הטלפון נקטע"),
        ({"topic": "החלקה"}, "החלקה"),
        ({"wrapped_up_at": NOW, "lead": None}, "פרטי הלקוח נמחקו."),
        ({"is_practice": True}, "ניסיון"),
        ({"dead_air_ms": 2400}, "2.4 שניות"),
    ],
)
def test_what_is_known_is_said(salon: Business, noa: Client, facts: dict[str, Any], told: str) -> None:
    page = read(noa, a_call(salon, **facts))
    assert told in page
    assert "rate_limit" not in page


def test_what_only_the_log_understands_is_not_shown(salon: Business, noa: Client) -> None:
    assert "ConnectionResetError" not in read(noa, a_call(salon, end_reason="ConnectionResetError"))


def test_an_empty_call_is_a_page_like_others(salon: Business, noa: Client) -> None:
    empty = a_call(
        salon, from_number="", to_number="", outcome="", summary="", duration_s=None, ended_at=None, status="failed"
    )
    page = read(noa, empty)
    assert "לא נאמר דבר בשיחה הזו" in page
    assert "לא נמדדו תשובות" in page


def test_a_running_call_leads_to_the_live_page(salon: Business, noa: Client) -> None:
    call = a_call(
        salon, status="in-progress", outcome="", ended_at=None, duration_s=None, wrapped_up_at=None, summary=""
    )
    page = noa.get(page_of(call))
    assert "השיחה עדיין על הקו" in text_of(page)
    assert f"/calls/live/?call={call.call_sid}" in page.content.decode()


def test_cost_is_the_owners(salon: Business, dana: Client, noa: Client) -> None:
    call = a_call(salon, cost_microusd=123_456)
    assert "עלות $0.12" in read(dana, call)
    assert "עלות" not in read(noa, call)


# --- the summary -------------------------------------------------------------------------------------
def test_a_summary_in_the_making_comes_by_itself(salon: Business, noa: Client) -> None:
    call = a_call(salon, summary="", wrapped_up_at=None, ended_at=NOW + timedelta(minutes=9))
    page = noa.get(page_of(call))
    assert "התקציר בהכנה" in text_of(page)
    assert f'hx-get="{page_of(call, "summary")}"' in page.content.decode()

    with for_business(salon):
        CallSession.objects.update(summary="הנה התקציר", wrapped_up_at=NOW)
    card = noa.get(page_of(call, "summary"), headers=HTMX).content.decode()
    assert "הנה התקציר" in card
    assert "every 5s" not in card
    assert 'id="badges" hx-swap-oob="true"' in card


def test_a_summary_that_failed_is_made_again(
    salon: Business, noa: Client, django_capture_on_commit_callbacks: Any
) -> None:
    call = a_call(salon, summary="", wrapped_up_at=None, started_at=NOW - timedelta(hours=1))
    assert "התקציר לא נוצר יצירה מחדש" in read(noa, call)

    with django_capture_on_commit_callbacks() as queued:
        answer = noa.post(page_of(call, "summary", "again"))

    assert [task.args for task in queued] == [(salon.pk, call.pk)]
    assert "התקציר בהכנה" in text_of(noa.get(answer["Location"]))


# --- the appointment ---------------------------------------------------------------------------------
def changed(appointment: Appointment, kind: str, **facts: Any) -> None:
    AppointmentChangeFactory(
        business=appointment.business, appointment=appointment, kind=kind, medium=Medium.STAFF, **facts
    )


def test_what_became_of_the_appointment_later_is_said(salon: Business, noa: Client) -> None:
    row = AppointmentFactory(business=salon, starts_at=NOW + timedelta(days=2))
    call = a_call(salon, appointment=row, outcome=Outcome.BOOKED)
    changed(row, AppointmentChange.Kind.CREATED, at=NOW + timedelta(minutes=1), new_starts_at=NOW + timedelta(days=1))
    later = {"old_starts_at": NOW + timedelta(days=1), "new_starts_at": row.starts_at}
    by = UserFactory(first_name="נועה")
    changed(row, AppointmentChange.Kind.RESCHEDULED, at=NOW + timedelta(minutes=6), by=by, **later)

    page = read(noa, call)

    assert "הועבר אחר כך ל־ 26/11/2026 10:00 , על ידי נועה" in page
    with for_business(salon):
        Appointment.objects.update(status=Appointment.Status.CANCELLED)
    assert "בוטל" in read(noa, call)


@pytest.mark.parametrize("deed", ["rescheduled", "cancelled"])
def test_calls_that_moved_or_cancelled_show_the_appointment_they_changed(
    salon: Business, noa: Client, next_door: Business, deed: str
) -> None:
    row = AppointmentFactory(business=salon, starts_at=NOW + timedelta(days=1), customer_name="דנה")
    foreign = AppointmentFactory(business=next_door)
    call = a_call(salon, outcome=deed)
    said(call, 0, "server", f'[SERVER] appointment_{deed}: {{"appointment_id": {row.pk}, "start_iso": "x"}}')
    other = a_call(salon, outcome=deed)
    said(other, 0, "server", f'[SERVER] appointment_{deed}: {{"appointment_id": {foreign.pk}}}')
    broken = a_call(salon, outcome=deed)
    said(broken, 0, "server", f"[SERVER] appointment_{deed}: {{broken")

    assert "פתיחה ביומן" in read(noa, call)
    assert "פתיחה ביומן" not in read(noa, other)
    assert "פתיחה ביומן" not in read(noa, broken)


# --- long calls --------------------------------------------------------------------------------------
def test_two_hours_of_talk_come_in_parts(salon: Business, noa: Client) -> None:
    call = a_call(salon, duration_s=7200)
    rows = [
        Turn(
            business=salon,
            call=call,
            index=index,
            speaker=("caller", "assistant")[index % 2],
            text=f"שורה-{index}-",
            at_ms=index * 3600,
            metrics=MEASURED if index % 2 == 0 else {},
        )
        for index in range(2000)
    ]
    with for_business(salon):
        Turn.objects.bulk_create(rows)

    first = noa.get(page_of(call))
    assert [part in text_of(first) for part in ("שורה-0-", "שורה-299-", "שורה-300-")] == [True, True, False]
    assert "עוד 988 תשובות" in text_of(first)
    assert f"{page_of(call, 'lines')}?from=300&amp;side=later" in first.content.decode()
    part = text_of(noa.get(f"{page_of(call, 'lines')}?from=300&side=later"))
    assert [word in part for word in ("שורה-300-", "שורה-599-", "שורה-600-", "שורות קודמות")] == [
        True,
        True,
        False,
        False,
    ]
    middle = text_of(noa.get(f"{page_of(call)}?turn=812"))
    assert [word in middle for word in ("שורה-812-", "שורות קודמות", "המשך השיחה")] == [True, True, True]
    last = text_of(noa.get(f"{page_of(call)}?turn=1999"))
    assert "המשך השיחה" not in last


@pytest.mark.parametrize(
    "query", ["?turn=x", "?turn=-1", "?turn=99999999999", "?why=77", "?asked=99999999999", "?ask=<b>"]
)
def test_a_nonsensical_address_is_no_fault(salon: Business, noa: Client, query: str) -> None:
    assert noa.get(f"{page_of(a_call(salon))}{query}").status_code == 200


def test_a_long_call_costs_no_more_queries(salon: Business, noa: Client) -> None:
    def build(lines: int) -> CallSession:
        call = a_call(
            salon,
            lead=LeadFactory(business=salon),
            appointment=AppointmentFactory(business=salon, starts_at=NOW + timedelta(days=lines)),
        )
        for index in range(lines):
            said(call, 3 * index, "caller", "שלום", metrics=MEASURED)
            said(call, 3 * index + 1, "server", REFUSED)
            FollowUpFactory(business=salon, call_sid=call.call_sid, lead=call.lead, done_by=UserFactory())
            RecordingFactory(business=salon, call=call)
        return call

    one, many = build(1), build(12)
    read(noa, one)
    with CaptureQueriesContext(connection) as few:
        read(noa, one)
    with CaptureQueriesContext(connection) as more:
        read(noa, many)
    assert len(more) == len(few)
    assert len(few) < 40


# --- technical details -------------------------------------------------------------------------------
def test_support_finds_the_raw_lines_and_how_to_run_it_again(salon: Business, noa: Client) -> None:
    call = a_call(salon, prompt="ההנחיות כפי שנשלחו", prompt_version=PromptVersionFactory(business=salon, number=12))
    said(call, 0, "server", REFUSED)
    EventLogFactory(business=salon, call=call, core_version="abc", data=b"x" * 2048)

    assert "גרסה 12" in read(noa, call)
    whole = noa.get(page_of(call, "technical"))
    part = noa.get(page_of(call, "technical"), headers=HTMX)
    for answer in (whole, part):
        text = text_of(answer)
        for word in ("[SERVER] slot_unavailable", "ההנחיות כפי שנשלחו", f"replay_call {call.call_sid}", "חיבור 1"):
            assert word in text
    assert ("<html" in whole.content.decode(), "<html" in part.content.decode()) == (True, False)


# --- whose -------------------------------------------------------------------------------------------
PARTS = ("", "lines/", "summary/", "technical/", "why/0/", "recordings/1/")
DEEDS = ("summary/again/", "follow-ups/", "looked-at/", "block/", "unblock/")


@pytest.mark.parametrize("part", [*PARTS, *DEEDS])
def test_a_call_of_another_business_does_not_exist(next_door: Business, dana: Client, noa: Client, part: str) -> None:
    call = a_call(next_door, summary="סוד")
    said(call, 0, "server", REFUSED)
    for client in (dana, noa):
        for sid in (call.call_sid, "CA_no_such_call"):
            answer = client.post(f"/calls/{sid}/{part}") if part in DEEDS else client.get(f"/calls/{sid}/{part}")
            assert answer.status_code == 404
            assert "העמוד לא נמצא" in text_of(answer)
            assert "סוד" not in text_of(answer)


@pytest.mark.parametrize("part", [*PARTS, *DEEDS])
def test_strangers_are_sent_to_sign_in(salon: Business, part: str) -> None:
    url = f"{page_of(a_call(salon))}{part}"
    answer = Client().post(url) if part in DEEDS else Client().get(url)
    assert answer.status_code == 302
    assert "/calls/" not in answer["Location"].partition("?")[0]


def test_what_callers_say_is_text_not_markup(salon: Business, noa: Client) -> None:
    lead = LeadFactory(business=salon, name="<script>alert(1)</script>")
    call = a_call(salon, lead=lead, summary="<script>alert(2)</script>", topic="<b>x")
    said(call, 0, "caller", "<img src=x onerror=alert(1)>")
    said(
        call,
        1,
        "server",
        '[SERVER] appointment_created: {"start_iso": "2026-11-24T18:00:00+02:00", "customer_name": "<b>x"}',
    )
    said(call, 2, "staff", "<i>")
    said(call, 3, "server", "[SERVER] correction: <u>")

    for url in (page_of(call), page_of(call, "technical")):
        html = noa.get(url).content.decode()
        for raw in ("<script>alert", "<img src=x", "<b>x", "<i>", "<u>"):
            assert raw not in html


# --- the admin ---------------------------------------------------------------------------------------
def test_the_admins_page_of_a_call_leads_here(salon: Business, noa: Client) -> None:
    call = a_call(salon)
    answer = noa.get(f"/admin/calls/callsession/{call.pk}/change/")
    assert answer["Location"] == page_of(call)
    assert noa.post(f"/admin/calls/callsession/{call.pk}/change/", {"summary": "אחר"}).status_code == 403
    assert noa.get("/admin/calls/callsession/add/").status_code == 403
    assert signed_in(salon, Role.OWNER).get(f"/admin/calls/callsession/{call.pk}/delete/").status_code == 403


def test_platform_admins_enter_the_business_to_read_a_call(salon: Business) -> None:
    call = a_call(salon, summary="תוכן השיחה")
    admin = platform_admin()

    page = text_of(admin.get(f"/admin/calls/callsession/{call.pk}/change/"))
    assert "כניסה אל המספרה של דנה" in page
    assert "תוכן השיחה" not in page
    admin.post("/business/", {"business": "dana"})
    assert "תוכן השיחה" in read(admin, call)


def test_a_number_is_found_in_the_admin_however_it_is_written(salon: Business, dana: Client) -> None:
    a_call(salon, from_number="+972520000147", summary="השיחה הנכונה", cost_microusd=900, false_claims=2)
    a_call(salon, from_number="+972540000382", summary="שיחה אחרת")

    page = dana.get("/admin/calls/callsession/?q=052-000-0147")

    assert "השיחה הנכונה" in text_of(page)
    assert "שיחה אחרת" not in text_of(page)
    assert "&lt;$0.01" in page.content.decode()
    assert page.content.decode().count('<span class="al-badge warn">2</span>') == 1


def test_who_speaks_when_is_drawn_from_left_to_right() -> None:
    turns = [
        Turn(speaker="assistant", at_ms=0),
        Turn(speaker="caller", at_ms=50_000),
        Turn(speaker="server", at_ms=60_000),
    ]
    drawn = reading.Measured([], turns, 0).map(100)
    assert [(one.speaker, one.x, one.width) for one in drawn] == [("assistant", 0, 499), ("caller", 500, 499)]
    assert reading.Measured([], turns, 0).map(None) == []
