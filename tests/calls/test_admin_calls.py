"""A call as its reader finds it: who, how it ended, every word, every deed, every millisecond."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from calls.models import CallSession, Turn
from crm.models import Business, Role
from tests.support.factories import (
    NOW,
    AppointmentFactory,
    BusinessFactory,
    CallSessionFactory,
    LeadFactory,
    TurnFactory,
)
from tests.support.pages import signed_in, text_of

MEASURED = {
    "STT_FIRST_PARTIAL_MS": 120,
    "STT_FINAL_MS": 420,
    "AI_FIRST_AUDIO_MS": 1220,
    "TTS_READY_MS": 1220,
    "FIRST_AUDIO_SENT_MS": 1240,
    "TOTAL_LATENCY_MS": 1400,
    "BARGE_IN_HIT": True,
    "EOU_REASON": "vad",
}


@pytest.fixture
def salon(db: None) -> Business:
    business: Business = BusinessFactory(name="המספרה של דנה")
    return business


@pytest.fixture
def noa(salon: Business) -> Client:
    return signed_in(salon, Role.STAFF)


def call_of(salon: Business, **facts: Any) -> CallSession:
    call: CallSession = CallSessionFactory(business=salon, **facts)
    return call


def said(call: CallSession, speaker: str, text: str, **facts: Any) -> None:
    TurnFactory(business=call.business, call=call, speaker=speaker, text=text, **facts)


def read(client: Client, call: CallSession) -> str:
    return text_of(client.get(f"/admin/calls/callsession/{call.pk}/change/"))


def test_the_whole_call_is_told(salon: Business, noa: Client) -> None:
    noam = LeadFactory(business=salon, name="נועם שגב", phone="+972520000147")
    appointment = AppointmentFactory(business=salon, lead=noam)
    call = call_of(
        salon,
        lead=noam,
        appointment=appointment,
        outcome=CallSession.Outcome.BOOKED,
        duration_s=127,
        summary="נקבע תור לתספורת",
        prompt="ההנחיות כפי שנשלחו",
        ended_at=NOW + timedelta(seconds=127),
    )
    said(call, "assistant", "שלום, איך אפשר לעזור?", at_ms=0)
    said(call, "caller", "תור היום בשש ורבע", at_ms=5000, metrics=MEASURED)
    said(call, "server", "[SERVER] slot_available: 2026-11-24 18:00", at_ms=6000)
    said(call, "assistant", "מעולה, הזמן הזה פנוי", at_ms=7000)

    page = read(noa, call)

    for part in (
        "נועם שגב",
        "052-000-0147",
        "נקבע תור",
        "נקבע תור לתספורת",
        "24/11/2026 10:00",
        "2:07",
        "שלום, איך אפשר לעזור?",
        "תור היום בשש ורבע",
        "היום 18:00 פנוי",
        "1400 120 420 1220 1220 1240 הפסקה בדיבור",
        "קטיעה",
        "בדרך כלל 1.4 שניות",
        "ההנחיות כפי שנשלחו",
        "הסתיימה ב־ 10:02",
    ):
        assert part in page
    assert "[SERVER]" not in page


def test_what_the_caller_did_not_hear_is_struck_through(salon: Business, noa: Client) -> None:
    call = call_of(salon)
    said(call, "assistant", "אחת שתיים שלוש ארבע", heard_fraction=0.5)

    html = noa.get(f"/admin/calls/callsession/{call.pk}/change/").content.decode()

    assert '<p dir="auto">אחת שתיים <span class="al-unheard">שלוש ארבע</span></p>' in html
    assert "נקטע" in html


def test_a_withheld_number_is_called_so(salon: Business, noa: Client) -> None:
    assert "מספר חסוי" in read(noa, call_of(salon, from_number="anonymous"))


def test_a_call_that_just_ended_has_no_summary_yet(salon: Business, noa: Client) -> None:
    page = read(noa, call_of(salon))

    assert "התקציר בהכנה" in page
    assert "לא נאמר דבר בשיחה הזו" in page
    assert "לא נמדדו תשובות" in page


def test_what_callers_say_is_text_not_markup(salon: Business, noa: Client) -> None:
    call = call_of(salon, summary="<script>alert(1)</script>")
    said(call, "caller", "<img src=x onerror=alert(1)>")
    said(
        call,
        "server",
        '[SERVER] appointment_created: {"start_iso": "2026-11-24T18:00:00+02:00", "customer_name": "<b>x"}',
    )

    html = noa.get(f"/admin/calls/callsession/{call.pk}/change/").content.decode()

    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "&lt;b&gt;x" in html


def test_nobody_writes_calls_by_hand(salon: Business, noa: Client) -> None:
    call = call_of(salon)

    assert noa.post(f"/admin/calls/callsession/{call.pk}/change/", {"summary": "אחר"}).status_code == 403
    assert noa.get("/admin/calls/callsession/add/").status_code == 403
    assert signed_in(salon).get(f"/admin/calls/callsession/{call.pk}/delete/").status_code == 403


def test_a_number_is_found_however_it_is_written(salon: Business, noa: Client) -> None:
    call_of(salon, from_number="+972520000147", summary="השיחה הנכונה")
    call_of(salon, from_number="+972540000382", summary="שיחה אחרת")

    page = text_of(noa.get("/admin/calls/callsession/?q=052-000-0147"))

    assert "השיחה הנכונה" in page
    assert "שיחה אחרת" not in page


@pytest.mark.parametrize("lines", [1, 30])
def test_a_long_call_costs_no_more_queries(
    salon: Business, noa: Client, lines: int, django_assert_max_num_queries: Any
) -> None:
    call = call_of(salon, lead=LeadFactory(business=salon))
    for _line in range(lines):
        said(call, Turn.Speaker.CALLER, "שלום")
    read(noa, call)

    with django_assert_max_num_queries(12):
        read(noa, call)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("caller hung up", "הצד השני ניתק"),
        ("the call's limit was reached", "השיחה הגיעה למגבלה"),
        ("provider lost: rate_limit_exceeded", "תקלה אצל ספק הקול"),
        ("handed over: transfer", "הועברה לנציג"),
        ("stream lost", "החיבור לחברת הטלפון נקטע"),
    ],
)
def test_how_it_ended_is_told_in_words(salon: Business, noa: Client, reason: str, words: str) -> None:
    page = read(noa, call_of(salon, end_reason=reason))

    assert f"סיום {words}" in page
    assert reason not in page


def test_what_only_the_log_understands_is_not_shown(salon: Business, noa: Client) -> None:
    page = read(noa, call_of(salon, end_reason="ConnectionResetError"))

    assert "ConnectionResetError" not in page
    assert "סיום" not in page


def test_cost_and_corrections_are_shown_where_there_are_any(salon: Business, noa: Client) -> None:
    corrected = call_of(salon, false_claims=2, cost_microusd=123_456)
    cheap = call_of(salon, cost_microusd=900)
    free = call_of(salon)

    page = read(noa, corrected)
    assert "עלות $0.12" in page
    assert "תיקונים 2 דברים לא נכונים שהעוזר אמר, ונעצרו או תוקנו" in page
    assert "עלות &lt;$0.01" in read(noa, cheap)
    assert "עלות" not in read(noa, free)
    assert "תיקונים" not in read(noa, free)
    listed = noa.get("/admin/calls/callsession/").content.decode()
    assert listed.count("$0.") == 2
    assert listed.count('<span class="al-badge warn">2</span>') == 1
