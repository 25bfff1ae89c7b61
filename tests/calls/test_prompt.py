"""What the voice model is told."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import msgspec
import pytest

from booking.models import Holiday, OwnerRule
from booking.policy import BusinessPolicy, Window
from booking.services import effective_policy
from calls import prompt
from calls.prompt import Priced, PromptFacts, compose, greeting
from crm.models import Business
from crm.tenancy import for_business
from simulator.assistant import Instructions
from tests.support.factories import ClosureFactory

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
        "תורים נקבעים כל 30 דקות, עד 30 יום קדימה",
        "תור נקבע לפחות שעתיים מראש",
        "תספורת, 30 דקות, 80 ₪",
        "ייעוץ, 15 דקות\n",
        "יש חניה? תשובה: כן, מאחורי הבניין.",
        "היום יום שלישי, 24/11/2026, השעה 10:05",
    ],
)
def test_the_facts_are_told(fact: str) -> None:
    assert fact in compose(FACTS)


def test_the_phone_is_spoken_of_only_where_callers_key_it_in() -> None:
    def told(**rules: object) -> str:
        policy = replace(FACTS.policy, **rules)  # type: ignore[arg-type]  # fields of the policy
        return compose(replace(FACTS, policy=policy))

    assert "full name, phone by keypad, day and hour" in told()
    assert "full name, day and hour" in told(require_phone=False)
    assert "full name, day and hour" in told(phone_source="caller_id")


def test_what_the_owner_confirmed_is_told_in_place_of_the_settings(salon: Business) -> None:
    rules = {
        "slot_size_min": 15,
        "min_notice_min": 180,
        "window_days": 14,
        "opening_hours": {"days": {day: [["10:00", "20:00"]] for day in ("sun", "mon", "tue")}, "only": True},
    }
    with for_business(salon):
        for field, value in rules.items():
            OwnerRule.objects.create(business=salon, field=field, value=value, quote="…", is_confirmed=True)
        OwnerRule.objects.create(business=salon, field="allow_24_7", value=True, quote="24/7", is_confirmed=False)
        Holiday.objects.create(business=salon, on_date=date(2026, 12, 1), name="יום הצוות", treatment="closed")
        ClosureFactory(business=salon, on_date=date(2026, 12, 2), opens=time(9), closes=time(11), reason="שיפוץ")
        now = datetime(2026, 11, 24, 10, 5, tzinfo=ISRAEL)
        told = compose(prompt.facts_of(salon, effective_policy(salon, now=now), "24/7 כל רבע שעה", now))

    _, _, facts = told.partition("# Facts")
    assert "שעות פתיחה: ראשון עד שלישי 10:00–20:00, רביעי עד שבת סגור" in facts
    assert "ימים מיוחדים: יום שלישי 1/12/2026 סגור (יום הצוות), יום רביעי 2/12/2026 09:00–11:00 (שיפוץ)" in facts
    assert "תורים נקבעים כל 15 דקות, עד 14 יום קדימה\nתור נקבע לפחות 3 שעות מראש" in facts
    assert "24" not in facts.partition("שעות פתיחה")[2].partition("\n")[0]


def test_every_event_of_the_server_has_a_line() -> None:
    lines = re.findall(r'^\[SERVER\] ([a-z_]+)[^\n]* -> ".+"$', compose(FACTS), re.MULTILINE)

    assert set(lines) == EVENTS


@pytest.mark.parametrize("situation", ["greeting", "no_event", "not_understood", "asked_if_done", "goodbye"])
def test_there_is_a_line_for(situation: str) -> None:
    assert re.search(rf'^{situation} -> ".+"$', compose(FACTS), re.MULTILINE)


def test_the_greeting_names_the_business_within_the_limit() -> None:
    assert greeting("המספרה של דנה", 24) == "שלום, הגעתם אל המספרה של דנה. איך אפשר לעזור?"
    assert len(greeting("מילה " * 40, 24).split()) <= 24


def test_a_recorded_call_says_so_even_where_the_name_does_not_fit() -> None:
    assert greeting("המספרה של דנה", 24, recorded=True) == (
        "שלום, הגעתם אל המספרה של דנה. השיחה מוקלטת. איך אפשר לעזור?"
    )
    assert greeting("מילה " * 40, 24, recorded=True) == "שלום, השיחה מוקלטת. איך אפשר לעזור?"
    assert f'greeting -> "{greeting(FACTS.business_name, 24, recorded=True)}"' in compose(replace(FACTS, recorded=True))


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("correction: התור עוד לא נקבע.", "רגע, תיקון שלי: התור עוד לא נקבע."),
        ("fact: אין מענה כרגע. אפשר להשאיר הודעה, ונחזור אליכם.", "אין מענה כרגע. אפשר להשאיר הודעה, ונחזור אליכם."),
        ("fact: נצטרך לסיים בעוד רגע. יש עוד משהו קצר?", "נצטרך לסיים בעוד רגע. יש עוד משהו קצר?"),
        ("silence: still_there", "אתה עדיין על הקו?"),
    ],
)
def test_an_assistant_that_does_what_it_is_told_says(item: str, words: str) -> None:
    assert Instructions(compose(FACTS)).words_for(f"[SERVER] {item}").strip() == words


def test_whoever_checks_the_assistant_knows_what_the_assistant_was_told() -> None:
    told = replace(
        FACTS,
        owner_prompt="פן עולה מאה ועשרים שקלים, החלקה 1,200 ₪. וואטסאפ: 052-000-0147.",
        services=[Priced("תספורת", 30, "79.90", "haircut"), Priced("ייעוץ", 15, "", "advice")],
        answers=[("כמה עולה חניה?", "15 שקל לשעה")],
    )

    facts = prompt.known(told)

    assert facts.hours == ((("10:00", "20:00"),),) * 5 + ((), ())
    assert not facts.open_24_7
    assert facts.prices == (("haircut", "79.90"),)
    assert facts.numbers == ("0520000147", "1200", "120", "15")
    always = prompt.known(replace(told, policy=replace(told.policy, allow_24_7=True)))
    assert (always.hours, always.open_24_7) == ((), True)


def test_the_chapters_are_the_prompt() -> None:
    chapters = prompt.layers(FACTS)

    assert "\n\n".join(chapter.text for chapter in chapters) == compose(FACTS)
    assert [chapter.key for chapter in chapters if chapter.from_owner] == ["owner"]
    assert 600 < prompt.tokens_about(compose(FACTS)) < 3000


def test_a_name_with_quotation_marks_does_not_end_the_greeting() -> None:
    assert '"' not in greeting('מוסך "הכוכב"', 24)


def test_the_prompt_fits_into_one_message() -> None:
    assert len(msgspec.json.encode(compose(FACTS))) < 16_000
