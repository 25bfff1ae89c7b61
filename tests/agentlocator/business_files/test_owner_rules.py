"""What an owner wrote into the instructions of a file counts as confirmed, and goes before the file's own settings."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import yaml

from agentlocator.business_files.demo import SALON
from agentlocator.business_files.exporter import export_business
from agentlocator.business_files.importer import import_business
from agentlocator.business_files.schema import parse
from booking.models import Holiday, OwnerRule
from booking.owner_rules import decide
from booking.results import Booked, Refused, SlotsFound
from booking.services import check_time, create_appointment, effective_policy, explain, find_slots
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business

pytestmark = pytest.mark.django_db

ISRAEL = ZoneInfo("Asia/Jerusalem")
NOW = dt.datetime(2026, 11, 21, 8, tzinfo=ISRAEL)  # a Saturday
EVERY_DAY = {day: [["09:00", "17:00"]] for day in ("sun", "mon", "tue", "wed", "thu", "fri", "sat")}
PRICES_AND_AGES = """\
תספורת גבר 80 ש"ח, ילדים עד גיל 12 ב-60 ש"ח. צבע 250 עד 450 שקל, 10% הנחה לחיילים.
אנחנו ברחוב הרצל 24 דירה 7, קומה 3, קוד כניסה 1520. טלפון 03-5551234.
מגיל 18 ומעלה לטיפולי לייזר. צבע נמשך בערך שעה וחצי, עם 2 ספרים.
"""


def bring(
    calls: str = "", *, whatsapp: str = "", holidays: bool = False, **settings: object
) -> tuple[Business, list[str]]:
    """Import Dana's salon with these instructions; open nine to five every day unless told otherwise."""
    data: dict[str, object] = {
        "business": {"slug": "dana", "name": "המספרה של דנה"},
        "settings": {
            "opening_hours_json": EVERY_DAY,
            "ai_prompt": {"calls": calls, "whatsapp": whatsapp},
            **settings,
        },
    }
    if holidays:
        data["holidays"] = {"calendar": "IL", "closed": True}
    business, changes = import_business(parse(yaml.safe_dump(data, allow_unicode=True)))
    return business, changes.lines()


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ISRAEL)


def rules_of(business: Business) -> dict[str, object]:
    with for_business(business):
        return {row.field: row.value for row in OwnerRule.objects.filter(is_confirmed=True)}


def test_around_the_clock_every_quarter_of_an_hour():
    business, _ = bring("24/7 כל רבע שעה", slot_size_min=60)
    found = find_slots(business=business, date=dt.date(2026, 11, 22), now=NOW)
    assert isinstance(found, SlotsFound)
    assert len(found.slots) == 96
    booked = create_appointment(
        business=business,
        start_iso=at("2026-11-22 03:15"),
        customer_name="דנה לוי",
        customer_phone="0521234567",
        medium="api",
        now=NOW,
    )
    assert isinstance(booked, Booked)


def test_whole_hours_from_ten_to_eight():
    business, _ = bring("ראשון-חמישי 10-20, שעה עגולה", slot_size_min=15)
    refused = check_time(business=business, start=at("2026-11-22 10:15"), now=NOW)
    assert isinstance(refused, Refused)
    assert refused.code == "off_grid"
    assert [f"{slot.start:%H:%M}" for slot in refused.suggestions] == ["10:00", "11:00"]
    assert explain(business=business, start=at("2026-11-22 10:15"), now=NOW).source == "prompt"
    assert explain(business=business, start=at("2026-11-22 09:00"), now=NOW).code == "outside_hours"


def test_prices_ages_and_addresses_override_nothing():
    business, lines = bring(PRICES_AND_AGES, slot_size_min=45)
    assert rules_of(business) == {}
    assert not [line for line in lines if "instructions" in line]
    policy = effective_policy(business, now=NOW)
    assert (policy.slot_size_min, policy.allow_24_7) == (45, False)
    assert "prompt" not in policy.sources.values()


def test_the_demo_business_states_no_rules():
    business, _ = import_business(parse(SALON.read_text(encoding="utf-8")))
    assert rules_of(business) == {}


def test_each_rule_is_counted_once_and_a_second_import_changes_nothing():
    words = "תורים כל חצי שעה, לפחות שעתיים מראש, עד 14 יום קדימה, לא צריך טלפון"
    business, lines = bring(words)
    assert "rules of the instructions: 4 confirmed" in lines
    assert rules_of(business) == {
        "slot_size_min": 30,
        "min_notice_min": 120,
        "window_days": 14,
        "require_phone": False,
    }
    with for_business(business):
        before = list(OwnerRule.objects.order_by("pk").values())
    assert bring(words) == (business, [])
    with for_business(business):
        assert list(OwnerRule.objects.order_by("pk").values()) == before


def test_the_instructions_for_messages_count_where_those_for_calls_say_nothing():
    business, _ = bring("תורים כל חצי שעה", whatsapp="תורים כל רבע שעה, לפחות שעה מראש")
    assert rules_of(business) == {"slot_size_min": 30, "min_notice_min": 60}


def test_words_that_are_gone_hold_no_longer():
    business, _ = bring("24/7 כל רבע שעה")
    _, lines = bring("כל רבע שעה")
    assert lines == ["settings: 1 changed", "rules of the instructions: 1 dropped"]
    assert rules_of(business) == {"slot_size_min": 15}
    assert bring("כל 20 דקות")[1] == ["settings: 1 changed", "rules of the instructions: 1 confirmed"]
    assert rules_of(business) == {"slot_size_min": 20}


def test_a_file_confirms_what_was_declined_on_the_page():
    business, _ = bring("כל רבע שעה")
    decide(business, {"slot_size_min": False}, by=None, now=NOW)
    assert bring("כל רבע שעה")[1] == ["rules of the instructions: 1 confirmed"]
    assert rules_of(business) == {"slot_size_min": 15}


def test_a_value_that_cannot_be_kept_leaves_the_setting():
    business, _ = bring("פתוחים 24/7. תורים כל 7 דקות", slot_size_min=30)
    assert rules_of(business) == {"allow_24_7": True}
    assert effective_policy(business, now=NOW).slot_size_min == 30


def test_the_settings_are_exported_as_they_are_and_the_file_means_the_same():
    business, _ = bring("24/7 כל רבע שעה", slot_size_min=60)
    text = export_business(business)
    policy = effective_policy(business, now=NOW)
    with for_business(business):
        assert BusinessSettings.objects.get().slot_size_min == 60
    assert import_business(parse(text))[1].lines() == []
    business.delete()
    anew, _ = import_business(parse(text))
    assert effective_policy(anew, now=NOW) == policy
    assert export_business(anew) == text


def test_an_import_decides_for_no_other_business():
    ruth, _ = import_business(parse("business: {slug: ruth, name: רות}\nsettings: {ai_prompt: {calls: כל רבע שעה}}"))
    decide(ruth, {"slot_size_min": False}, by=None, now=NOW)
    bring("כל רבע שעה")
    assert rules_of(ruth) == {}
    bring("שלום")
    with for_business(ruth):
        assert OwnerRule.objects.get().value == 15


# --- Holidays ---
SEPTEMBER = at("2026-09-10 08:00")  # Yom Kippur is Monday the 21st


def test_holidays_of_the_file_close_the_public_ones_and_make_fridays_of_their_eves():
    friday = {**EVERY_DAY, "fri": [["09:00", "13:00"]]}
    business, _ = bring(holidays=True, opening_hours_json=friday)

    def told(start: str) -> str | None:
        return explain(business=business, start=at(start), now=SEPTEMBER).code

    assert told("2026-09-21 10:00") == "closed_day"
    assert told("2026-09-20 10:00") is None
    assert told("2026-09-20 15:00") == "outside_hours"
    assert told("2026-09-22 15:00") is None
    assert told("2026-09-29 15:00") is None  # chol hamoed


def test_without_holidays_in_the_file_they_are_ordinary_days():
    business, _ = bring()
    assert explain(business=business, start=at("2026-09-21 10:00"), now=SEPTEMBER).ok


def test_what_the_owner_decided_about_a_date_survives_an_import():
    business, _ = bring(holidays=True)
    with for_business(business):
        Holiday.objects.create(business=business, on_date=dt.date(2026, 9, 21), name="יום כיפור", treatment="ordinary")
    assert bring(holidays=True)[1] == []
    assert explain(business=business, start=at("2026-09-21 10:00"), now=SEPTEMBER).ok
