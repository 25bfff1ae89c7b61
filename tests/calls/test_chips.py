"""Each `[SERVER]` item as one sentence for people."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from calls.call_page import split_heard
from calls.chips import chip_of, reason_of, refused_at

TODAY = date(2026, 11, 24)  # a Tuesday
ISRAEL = ZoneInfo("Asia/Jerusalem")
CREATED = '{"appointment_id": 7, "start_iso": "2026-11-25T16:00:00+00:00", "customer_name": "נועם שגב", "say": "…"}'


def chip(item: str) -> tuple[str, str]:
    made = chip_of(item, today=TODAY, zone=ISRAEL)
    return made.tone, re.sub(r"<[^>]+>", "", made.text)


@pytest.mark.parametrize(
    ("item", "tone", "sentence"),
    [
        ("[SERVER] slot_available: 2026-11-24 18:00", "", "היום 18:00 פנוי"),
        ("[SERVER] slot_available: 2026-11-25 18:00", "", "מחר 18:00 פנוי"),
        ("[SERVER] slot_available: 2026-11-29 09:00", "", "יום א׳ 29/11 09:00 פנוי"),
        (
            "[SERVER] slot_unavailable: 2026-11-24 18:15; reason=off_grid;"
            " alternatives=2026-11-24 18:00,2026-11-24 19:00",
            "warn",
            "היום 18:15: לא בשעה שנקבעים בה תורים. הוצעו: 18:00 ו־19:00.",
        ),
        (
            "[SERVER] slot_unavailable: 2026-11-24 21:00; reason=outside_hours; alternatives=2026-11-25 10:00",
            "warn",
            "היום 21:00: מחוץ לשעות הפתיחה. הוצעו: מחר 10:00.",
        ),
        (
            "[SERVER] slot_unavailable: 2026-11-28 12:00; reason=closed_day; alternatives=",
            "warn",
            "שבת 28/11 12:00: סגור באותו יום. לא הוצע מועד אחר.",
        ),
        ("[SERVER] need_name", "", "חסר שם"),
        ("[SERVER] need_phone", "", "חסר מספר טלפון"),
        ("[SERVER] need_phone; reason=invalid_phone", "", "חסר מספר טלפון"),
        ("[SERVER] phone_captured: 052-000-0147", "", "הוקש: 052-000-0147"),
        ("[SERVER] confirm: לקבוע להיום בשש?", "", "לאישור: לקבוע להיום בשש?"),
        (f"[SERVER] appointment_created: {CREATED}", "ok", "התור נשמר: מחר 18:00, נועם שגב"),
        (f"[SERVER] appointment_rescheduled: {CREATED}", "ok", "התור הועבר: מחר 18:00, נועם שגב"),
        (f"[SERVER] appointment_cancelled: {CREATED}", "ok", "התור בוטל: מחר 18:00, נועם שגב"),
        ("[SERVER] reminder_set: {}", "ok", "נשמרה תזכורת"),
        ("[SERVER] fact: יש חניה", "", "נמסר מההגדרות: יש חניה"),
        ("[SERVER] correction: המחיר הוא 320 ₪", "warn", "תיקון: המחיר הוא 320 ₪"),
        ("[SERVER] silence: still_there", "", "שקט ארוך"),
        ("[SERVER] something_new: 5", "", "5"),
        ("[SERVER] slot_available: מתישהו", "", "מתישהו"),
        ("[SERVER] appointment_created: {broken", "ok", "התור נשמר"),
        ("no item at all", "", "no item at all"),
    ],
)
def test_chips(item: str, tone: str, sentence: str) -> None:
    assert chip(item) == (tone, sentence)


@pytest.mark.parametrize(
    ("fraction", "heard", "unheard"),
    [(1.0, "אחת שתיים שלוש", ""), (0.0, "", "אחת שתיים שלוש"), (0.34, "אחת", "שתיים שלוש"), (-1, "", "אחת שתיים שלוש")],
)
def test_what_was_heard_ends_between_words(fraction: float, heard: str, unheard: str) -> None:
    assert split_heard("אחת שתיים שלוש", fraction) == (heard, unheard)


def test_a_refused_time_can_be_asked_about() -> None:
    item = "[SERVER] slot_unavailable: 2026-11-24 18:15; reason=off_grid; alternatives=2026-11-24 18:00"
    assert refused_at(item) == datetime(2026, 11, 24, 18, 15)  # noqa: DTZ001  # local by contract
    assert reason_of(item) == "off_grid"
    assert chip_of(item, today=TODAY, zone=ISRAEL).refused == refused_at(item)


@pytest.mark.parametrize(
    "item", ["[SERVER] slot_available: 2026-11-24 18:00", "[SERVER] slot_unavailable: מתישהו", "no item", ""]
)
def test_what_was_not_refused_cannot(item: str) -> None:
    assert refused_at(item) is None
    assert reason_of(item) == ""
