"""What tools did, in words: for the conversation and for whoever allows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.utils import timezone, translation

from crm.models import Business
from crm.tenancy import for_business
from tests.support.factories import (
    NOW,
    AgentTraceFactory,
    AppointmentFactory,
    BusinessFactory,
    LeadFactory,
    ServiceFactory,
)
from whatsapp.told import as_json, chip_of, facts_of, names_in
from whatsapp.tool_words import title_of


@pytest.fixture
def salon(db: None) -> Iterator[Business]:
    business: Business = BusinessFactory()
    with (
        for_business(business),
        translation.override("he"),
        timezone.override("Asia/Jerusalem"),
        time_machine.travel(NOW, tick=False),
    ):
        yield business


def plain(text: Any) -> str:
    return re.sub(r"<[^>]+>", "", str(text))


@pytest.mark.parametrize(
    ("tool", "arguments", "result", "tone", "words"),
    [
        (
            "calendar.find_slots",
            {"start_iso": None, "date": "2026-11-25"},
            {
                "ok": True,
                "slots": [{"start_iso": "2026-11-25T18:00:00+02:00"}, {"start_iso": "2026-11-25T19:00:00+02:00"}],
            },
            "",
            "נבדק ביומן: פנוי מחר 18:00 או מחר 19:00",
        ),
        ("calendar.find_slots", {}, {"ok": True, "slots": []}, "warn", "נבדק ביומן: אין מועד פנוי"),
        (
            "calendar.find_slots",
            {"start_iso": "2026-11-25T18:15"},
            {"ok": False, "error": "off_grid"},
            "warn",
            "מחר 18:15: לא בשעה שנקבעים בה תורים",
        ),
        (
            "calendar.create",
            {"start_iso": "2026-11-24T18:00"},
            {"ok": True, "start_iso": "2026-11-24T18:00:00+02:00"},
            "ok",
            "התור נשמר: היום 18:00",
        ),
        (
            "calendar.cancel",
            {"appointment_id": None},
            {"ok": False, "error": "no_appointment"},
            "",
            "ביטול תור: אין להם תור",
        ),
        ("leads.tag", {"tag": "צבע"}, {"ok": True}, "ok", "נוספה תגית: צבע"),
        ("handoff.to_staff", {"reason": "שאלה על מחיר"}, {"ok": True}, "warn", "הועבר לצוות: שאלה על מחיר"),
        ("handoff.to_staff", {"reason": "מחיר", "keep_talking": True}, {"ok": True}, "warn", "הצוות יחזור ללקוח: מחיר"),
        ("faq.lookup", {}, {"ok": True, "answer": None}, "", "לא נמצאה תשובה מוכנה"),
        ("shop.buy", {}, {"ok": True}, "", "shop.buy"),
    ],
)
def test_what_a_tool_did(
    salon: Business, tool: str, arguments: dict[str, Any], result: dict[str, Any], tone: str, words: str
) -> None:
    step = AgentTraceFactory(business=salon, name=tool, arguments=arguments, result=result)

    chip = chip_of(step, names_in([arguments]))

    assert chip is not None
    assert (chip.tone, plain(chip.text)) == (tone, words)


def test_reading_is_not_told(salon: Business) -> None:
    step = AgentTraceFactory(business=salon, name="crm.get", result={"ok": True})

    assert chip_of(step, names_in([])) is None
    assert title_of("crm.get") == "קריאת כרטיס הלקוח"


def test_ids_are_named_and_amounts_are_money(salon: Business) -> None:
    lead = LeadFactory(business=salon, name="מיכל אברהם")
    cut = ServiceFactory(business=salon, slug="cut", name="תספורת")
    appointment = AppointmentFactory(business=salon, lead=lead, service=cut, starts_at=NOW)
    foreign = AppointmentFactory(business=BusinessFactory())
    arguments = {
        "appointment_id": appointment.pk,
        "lead_id": lead.pk,
        "service": "cut",
        "phone": "+972520000147",
        "total": 450,
        "items": [{"description": "פן", "price": 90}, {"description": "<b>"}],
        "keep_talking": False,
        "note": None,
    }
    facts = facts_of(arguments, names_in([arguments, {"appointment_id": foreign.pk}]))

    assert {fact.label: plain(fact.text) for fact in facts} == {
        "תור": "היום 10:00, תספורת",
        "לקוח": "מיכל אברהם",
        "שירות": "תספורת",
        "טלפון": "052-000-0147",
        "סך הכול": "450 ₪",
        "פירוט": "פירוט: פן, מחיר: 90 ₪; פירוט: &lt;b&gt;",
        "העוזר ממשיך לענות": "לא",
    }
    assert foreign.pk not in names_in([{"appointment_id": foreign.pk}]).appointments


def test_data_are_read_in_hebrew_letters() -> None:
    assert as_json({"name": "מיכל"}) == '{\n "name": "מיכל"\n}'
