"""What the voice model is told."""

from __future__ import annotations

import re
from datetime import datetime, time
from zoneinfo import ZoneInfo

import msgspec
import pytest

from booking.policy import BusinessPolicy, Window
from calls import prompt
from calls.prompt import Priced, PromptFacts, compose, greeting

ISRAEL = ZoneInfo("Asia/Jerusalem")
FACTS = PromptFacts(
    business_name="המספרה של דנה",
    owner_prompt="דברו בקצב רגוע.\n  לא מבטיחים הנחות.  ",
    policy=BusinessPolicy(
        timezone=ISRAEL,
        slot_size_min=30,
        hours=dict.fromkeys(range(5), (Window(time(10), time(20)),)),
        min_notice_min=120,
    ),
    services=[Priced("תספורת", 30, "80"), Priced("ייעוץ", 15, "")],
    answers=[("יש חניה?", "כן, מאחורי הבניין.")],
    now=datetime(2026, 11, 24, 10, 5, tzinfo=ISRAEL),
)
EVENTS = {
    "slot_available", "slot_unavailable", "need_name", "need_phone", "phone_captured", "confirm", "appointment_created",
    "appointment_rescheduled", "appointment_cancelled", "fact", "correction", "silence", "reminder_set",
}  # fmt: skip


def test_the_rules_come_first_and_are_short() -> None:
    assert compose(FACTS).startswith(prompt.RULES)
    assert len(prompt.RULES) <= 600


def test_the_owners_words_are_untouched() -> None:
    assert FACTS.owner_prompt in compose(FACTS)


def test_a_business_without_words_of_its_own_gets_no_empty_chapter() -> None:
    silent = PromptFacts(**{name: getattr(FACTS, name) for name in FACTS.__dataclass_fields__} | {"owner_prompt": " "})

    assert "# From the owner" not in compose(silent)


@pytest.mark.parametrize(
    "fact",
    [
        "ראשון עד חמישי 10:00–20:00, שישי ושבת סגור",
        "כל 30 דקות",
        "לפחות 120 דקות",
        "תספורת, 30 דקות, 80 ₪",
        "ייעוץ, 15 דקות\n",
        "יש חניה? תשובה: כן, מאחורי הבניין.",
        "היום יום שלישי, 24/11/2026, השעה 10:05",
    ],
)
def test_the_facts_are_told(fact: str) -> None:
    assert fact in compose(FACTS)


def test_every_event_of_the_server_has_a_line() -> None:
    lines = re.findall(r'^\[SERVER\] ([a-z_]+)[^\n]* -> ".+"$', compose(FACTS), re.MULTILINE)

    assert set(lines) == EVENTS


@pytest.mark.parametrize("situation", ["greeting", "no_event", "not_understood", "goodbye"])
def test_there_is_a_line_for(situation: str) -> None:
    assert re.search(rf'^{situation} -> ".+"$', compose(FACTS), re.MULTILINE)


def test_the_greeting_names_the_business_within_the_limit() -> None:
    assert greeting("המספרה של דנה", 24) == "שלום, הגעתם אל המספרה של דנה. איך אפשר לעזור?"
    assert len(greeting("מילה " * 40, 24).split()) <= 24


def test_a_name_with_quotation_marks_does_not_end_the_greeting() -> None:
    assert '"' not in greeting('מוסך "הכוכב"', 24)


def test_the_prompt_fits_into_one_message() -> None:
    assert len(msgspec.json.encode(compose(FACTS))) < 16_000
