"""Versions of the instructions: one is live and says what the settings say; drafts can be tried before they hold."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from agentlocator.business_files.exporter import export_business
from agentlocator.business_files.importer import import_business
from agentlocator.business_files.schema import parse
from booking.models import OwnerRule
from booking.owner_rules import confirm_all
from booking.services import effective_policy
from calls import prompts, services
from calls.models import CallSession, PromptVersion
from calls.prompts import WrongVersion, draft_caller, draft_of, live_version
from calls.tokens import Claim
from crm.models import Business, BusinessSettings
from crm.tenancy import OtherBusiness, for_business
from tests.support.carrier_forms import INCOMING, SID, call_form, document, post
from tests.support.factories import BusinessFactory, CallSessionFactory, PhoneLineFactory, UserFactory
from tests.support.telephone import ACCOUNT, AUTH_TOKEN, NUMBER, PUBLIC_URL

pytestmark = pytest.mark.django_db


@pytest.fixture
def salon(db: None) -> Business:
    business: Business = BusinessFactory(with_settings__ai_prompt_calls="דברו בקצב רגוע.")
    PhoneLineFactory(business=business, number=NUMBER)
    return business


@pytest.fixture
def next_door(db: None) -> Business:
    business: Business = BusinessFactory(with_settings__ai_prompt_calls="דברו מהר.")
    return business


def history(business: Business) -> list[tuple[int, str, str]]:
    with for_business(business):
        return list(PromptVersion.objects.order_by("number").values_list("number", "status", "text"))


def text_of(business: Business) -> str:
    with for_business(business):
        return BusinessSettings.objects.get().ai_prompt_calls


def draft(business: Business, text: str) -> PromptVersion:
    return prompts.save_draft(business, text, by=None)


def ring(caller: str, sid: str = "CA1") -> services.CallSetup:
    """A call comes in, and its media stream begins."""
    reception = services.receive_call(call_sid=sid, called=NUMBER, caller=caller, to_number=NUMBER)
    assert reception.claim is not None
    return services.load_call(Claim(sid, reception.claim.business_id))


def row_of(business: Business, sid: str = "CA1") -> CallSession:
    with for_business(business):
        return CallSession.objects.select_related("prompt_version").get(call_sid=sid)


# --- the live one ------------------------------------------------------------------------------------
def test_the_first_look_makes_the_settings_text_version_one(salon: Business) -> None:
    assert live_version(salon).number == 1
    assert live_version(salon).number == 1
    assert history(salon) == [(1, "live", "דברו בקצב רגוע.")]


def test_a_business_without_settings_has_a_live_version_all_the_same(db: None) -> None:
    assert live_version(BusinessFactory()).text == ""


def test_a_text_written_past_the_versions_becomes_the_next_one(salon: Business) -> None:
    live_version(salon)
    with for_business(salon):
        BusinessSettings.objects.update(ai_prompt_calls="דברו מהר.")

    assert live_version(salon).number == 2
    assert history(salon) == [(1, "retired", "דברו בקצב רגוע."), (2, "live", "דברו מהר.")]


@pytest.mark.django_db(transaction=True)
def test_two_calls_at_once_make_one_version(salon: Business) -> None:
    def look(_: int) -> int:
        try:
            return live_version(salon).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        found = set(threads.map(look, range(8)))

    assert len(found) == 1
    assert len(history(salon)) == 1


def test_a_file_makes_a_version_once(salon: Business) -> None:
    file = parse(export_business(salon).replace("דברו בקצב רגוע.", "דברו לאט."))

    import_business(file)
    business, changes = import_business(file)

    assert changes.lines() == []
    assert history(business) == [(1, "live", "דברו לאט.")]


# --- publishing --------------------------------------------------------------------------------------
def test_a_draft_changes_nothing_until_it_is_published(salon: Business) -> None:
    live_version(salon)
    new = draft(salon, "קובעים תורים כל רבע שעה.")
    assert text_of(salon) == "דברו בקצב רגוע."

    settled = prompts.publish(new, now=timezone.now())

    assert text_of(salon) == "קובעים תורים כל רבע שעה."
    assert history(salon) == [(1, "retired", "דברו בקצב רגוע."), (2, "live", "קובעים תורים כל רבע שעה.")]
    assert [found.field for found in settled.fresh] == ["slot_size_min"]
    assert effective_policy(salon).slot_size_min == 60  # the rule waits for the owner's approval


def test_rules_whose_words_are_gone_are_out_of_force(salon: Business) -> None:
    prompts.publish(draft(salon, "קובעים תורים כל רבע שעה."), now=timezone.now())
    confirm_all(salon, by=None, now=timezone.now())
    assert effective_policy(salon).slot_size_min == 15

    settled = prompts.publish(draft(salon, "דברו לאט."), now=timezone.now())

    assert [row.field for row in settled.lapsed] == ["slot_size_min"]
    assert effective_policy(salon).slot_size_min == 60
    with for_business(salon):
        assert not OwnerRule.objects.exists()


def test_what_is_published_or_discarded_already_is_no_draft(salon: Business) -> None:
    first, second = draft(salon, "אחת"), draft(salon, "שתיים")
    prompts.publish(first, now=timezone.now())
    prompts.discard(second)

    for act in (lambda: prompts.publish(first, now=timezone.now()), lambda: prompts.discard(second)):
        with pytest.raises(WrongVersion):
            act()
    with pytest.raises(WrongVersion):
        prompts.save_draft(salon, "שלוש", by=None, draft=first)
    assert text_of(salon) == "אחת"


def test_an_earlier_version_returns_under_a_new_number(salon: Business) -> None:
    dana = UserFactory()
    first = live_version(salon)
    prompts.publish(draft(salon, "דברו מהר."), now=timezone.now())

    again, _ = prompts.restore(first, by=dana, note="", now=timezone.now())

    assert (again.number, again.text, again.written_by) == (3, "דברו בקצב רגוע.", dana)
    assert [status for _, status, _ in history(salon)] == ["retired", "retired", "live"]
    assert text_of(salon) == "דברו בקצב רגוע."
    with pytest.raises(WrongVersion):
        prompts.restore(again, by=dana, note="", now=timezone.now())


# --- what calls have used ----------------------------------------------------------------------------
def test_a_draft_may_be_rewritten_until_a_call_has_tried_it(salon: Business) -> None:
    new = draft(salon, "אחת")
    assert prompts.save_draft(salon, "שתיים", by=None, draft=new).pk == new.pk
    CallSessionFactory(business=salon, prompt_version=new)

    other = prompts.save_draft(salon, "שלוש", by=None, draft=new)

    assert other.number == new.number + 1
    assert history(salon)[1:] == [(2, "retired", "שתיים"), (3, "draft", "שלוש")]


def test_a_tried_draft_that_is_discarded_stays_readable(salon: Business) -> None:
    tried, untried = draft(salon, "אחת"), draft(salon, "שתיים")
    call = CallSessionFactory(business=salon, prompt_version=tried)

    prompts.discard(tried)
    prompts.discard(untried)

    assert history(salon)[1:] == [(2, "retired", "אחת")]
    assert row_of(salon, call.call_sid).prompt_version == tried


def test_a_call_keeps_its_version_and_its_whole_text(salon: Business) -> None:
    setup = ring("+972521234567")
    prompts.publish(draft(salon, "דברו מהר."), now=timezone.now())
    again = services.load_call(Claim("CA1", salon.pk))  # a later stream of the same call

    row = row_of(salon)
    assert row.prompt_version is not None
    assert row.prompt_version.number == 1
    assert "דברו בקצב רגוע." in setup.prompt
    assert "דברו בקצב רגוע." in again.prompt
    assert row.prompt == again.prompt
    assert "דברו מהר." in ring("+972521234567", "CA2").prompt


# --- trying a draft ----------------------------------------------------------------------------------
def test_a_practice_call_uses_the_draft(salon: Business) -> None:
    new = draft(salon, "דברו מהר.")

    setup = ring(draft_caller(new))

    assert "דברו מהר." in setup.prompt
    assert setup.facts.caller_phone == ""
    row = row_of(salon)
    assert (row.is_practice, row.prompt_version, row.from_number) == (True, new, "client:draft-2")
    assert text_of(salon) == "דברו בקצב רגוע."


@pytest.mark.parametrize("spoil", ["forged", "of another business", "too old", "published", "not signed"])
def test_a_caller_who_may_not_try_it_is_an_ordinary_withheld_one(
    salon: Business, next_door: Business, settings: Settings, spoil: str
) -> None:
    settings.PRACTICE_MODE, settings.OPENAI_API_KEY = False, "key"
    new = draft(salon, "דברו מהר.")
    caller = draft_caller(new)
    if spoil == "forged":
        caller = caller[:-1] + ("A" if caller[-1] != "A" else "B")
    elif spoil == "of another business":
        caller = draft_caller(draft(next_door, "דברו מהר."))
    elif spoil == "too old":
        with time_machine.travel(timezone.now() - timedelta(hours=2)):
            caller = draft_caller(new)
    elif spoil == "published":
        prompts.publish(new, now=timezone.now())
        prompts.publish(draft(salon, "דברו בקצב רגוע."), now=timezone.now())
    else:
        caller = f"client:draft-{salon.pk}.{new.pk}"

    setup = ring(caller)

    assert "דברו מהר." not in setup.prompt
    assert setup.facts.caller_phone == ""
    row = row_of(salon)
    assert not row.is_practice
    assert len(row.from_number) <= 32


def test_a_draft_is_its_own_business_and_nobody_elses(salon: Business, next_door: Business) -> None:
    new = draft(salon, "דברו מהר.")

    assert draft_of(salon, draft_caller(new)) == new
    assert draft_of(next_door, draft_caller(new)) is None
    with for_business(next_door):
        assert not PromptVersion.objects.filter(pk=new.pk).exists()
        with pytest.raises(OtherBusiness):
            new.delete()
    with pytest.raises(WrongVersion):
        prompts.save_draft(next_door, "שלי עכשיו", by=None, draft=new)


# --- what else a call takes from the settings --------------------------------------------------------
def test_limits_and_listening_come_from_the_business(salon: Business) -> None:
    with for_business(salon):
        BusinessSettings.objects.update(
            record_calls=True, max_call_min=12, max_call_cost_cents=50, patience_ms=900, barge_in_level=700
        )

    setup = ring("+972521234567")

    facts = setup.facts
    assert (facts.max_call_ms, facts.max_cost_microusd, facts.vad_silence_ms) == (720_000, 500_000, 900)
    assert setup.barge_in_level == 700
    assert "השיחה מוקלטת" in facts.greeting
    assert facts.greeting in setup.prompt
    assert len(facts.known.hours) == 7


def test_without_a_word_of_the_owner_the_installations_values_hold(salon: Business) -> None:
    setup = ring("+972521234567")

    facts = setup.facts
    assert (facts.max_call_ms, facts.max_cost_microusd, facts.vad_silence_ms) == (1_800_000, 0, 500)
    assert setup.barge_in_level == 260
    assert "מוקלטת" not in facts.greeting


def test_the_carriers_webhook_lets_the_long_name_of_a_draft_in(salon: Business, settings: Settings) -> None:
    new = draft(salon, "דברו מהר.")
    settings.PUBLIC_URL, settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = PUBLIC_URL, ACCOUNT, AUTH_TOKEN
    settings.TWILIO_API_BASE_URL = "http://carrier.invalid"

    answer = document(post(INCOMING, call_form(From=draft_caller(new))))

    assert answer[0].tag == "Connect"
    row = row_of(salon, SID)
    assert (row.prompt_version, row.is_practice) == (new, True)
