"""Callers who are handed to a person, come back, leave a message, or must not be answered at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django.fixtures import Settings

from calls import owed, people, recordings, services
from calls.models import BlockedNumber, CallSession, PhoneLine, TwilioAccount
from calls.services import Ending
from calls.voice.lines import BY_CARRIER
from crm.models import Business, BusinessSettings, FollowUp
from crm.tenancy import for_business, for_everyone
from tests.support.carrier_forms import INCOMING, SID, STATUS, VOICE, call_form, document, post, sign, tags
from tests.support.factories import BusinessFactory, CallSessionFactory, LeadFactory
from tests.support.first_and_further import after, answered, claim_in, row
from tests.support.telephone import ACCOUNT, AUTH_TOKEN, DANA, NUMBER, PUBLIC_URL

OWNER = "+972529999999"
OPEN = datetime(2026, 11, 22, 10, tzinfo=UTC)  # Sunday noon in Israel; the salon closes at eight in the evening
CLOSED = datetime(2026, 11, 22, 20, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _carrier(settings: Settings) -> None:
    settings.PUBLIC_URL = PUBLIC_URL
    settings.TWILIO_ACCOUNT_SID = ACCOUNT
    settings.TWILIO_AUTH_TOKEN = AUTH_TOKEN
    settings.TWILIO_API_BASE_URL = "http://carrier.invalid"
    settings.OPENAI_API_KEY, settings.PRACTICE_MODE = "test-key", False
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def staffed(salon: Business) -> Business:
    """The owner's own telephone may be rung."""
    with for_business(salon):
        BusinessSettings.objects.update(transfer_to=OWNER)
    return salon


@pytest.fixture
def noon() -> time_machine.travel:
    with time_machine.travel(OPEN, tick=False) as traveller:
        yield traveller


def to_do(business: Business) -> list[str]:
    with for_business(business):
        return list(FollowUp.objects.values_list("reason", flat=True))


def dialled(status: str, **more: str):
    form = call_form(CallStatus="in-progress", DialCallStatus=status, **more)
    return post(f"{VOICE}/dialled", form)


def whisper(**more: str):
    form = call_form(CallSid="CA" + "8" * 32, ParentCallSid=SID, To=OWNER, CallStatus="in-progress", **more)
    return post(f"{VOICE}/whisper", form)


# --- to a person -------------------------------------------------------------------------------------
def test_in_opening_hours_the_owner_is_rung_and_told_who_calls_and_why(staffed: Business, noon) -> None:
    setup = answered(staffed)
    LeadFactory(business=staffed, phone=DANA, name="דנה לוי")
    assert people.hand_over(setup, "transfer", "שאלה על צבע") == "transfer"

    [dial] = document(after())
    number = dial[0]
    assert (dial.tag, dial.get("action"), dial.get("callerId")) == ("Dial", f"{PUBLIC_URL}{VOICE}/dialled", None)
    assert (number.text, number.get("url")) == (OWNER, f"{PUBLIC_URL}{VOICE}/whisper")

    gather, hangup = document(whisper())
    assert (gather.get("numDigits"), gather.get("action")) == ("1", f"{PUBLIC_URL}{VOICE}/whisper")
    assert gather[0].text == "שיחה מהמספרה של דנה. על הקו דנה לוי, בעניין שאלה על צבע. לקבלת השיחה מקישים אחת."
    assert hangup.tag == "Hangup"  # without a key the caller comes back


def test_a_stranger_is_announced_by_number_and_a_withheld_one_as_such(staffed: Business, noon) -> None:
    people.hand_over(answered(staffed), "transfer", "menu")
    assert document(whisper())[0][0].text == (
        "שיחה מהמספרה של דנה. על הקו אפס חמש שתיים, אחת שתיים שלוש, ארבע חמש שש שבע. לקבלת השיחה מקישים אחת."
    )
    with for_business(staffed):
        CallSession.objects.update(from_number="anonymous")
    assert "על הקו מספר חסוי. לקבלת" in document(whisper())[0][0].text
    assert document(after())[0].get("callerId") == NUMBER  # a number that is hidden cannot be shown


def test_the_key_lets_the_caller_through_and_the_call_is_transferred(staffed: Business, noon) -> None:
    people.hand_over(answered(staffed), "transfer", "")
    document(after())
    assert [tags(whisper(Digits="1")) for _ in range(2)] == [[], []]  # an empty document connects; also repeated
    assert (row().outcome, row().next_step) == ("transferred", "taken")
    assert tags(after()) == ["Dial"]  # a repeat that comes late is told what the first was
    assert [tags(dialled("completed", DialBridged="true")) for _ in range(2)] == [["Hangup"], ["Hangup"]]
    assert (row().outcome, row().next_step, row().ended_at is not None) == ("transferred", "", True)
    assert to_do(staffed) == []


@pytest.mark.parametrize("key", ["2", "#", "11"])
def test_another_key_is_no_yes(staffed: Business, noon, key: str) -> None:
    people.hand_over(answered(staffed), "transfer", "")
    assert tags(whisper(Digits=key)) == ["Hangup"]
    assert row().outcome == ""


@pytest.mark.parametrize(
    ("status", "bridged"),
    [
        ("no-answer", {}),
        ("busy", {}),
        ("failed", {}),
        ("canceled", {}),
        ("completed", {"DialBridged": "false"}),
        ("completed", {}),
    ],
)
def test_a_caller_whom_nobody_takes_comes_back_to_the_assistant(
    staffed: Business, noon, status: str, bridged: dict[str, str]
) -> None:
    people.hand_over(answered(staffed), "transfer", "")
    document(after())
    document(whisper())
    answer = dialled(status, **bridged)

    assert tags(answer)[0] == "Connect"
    claim = claim_in(answer)
    assert (claim.call_sid, claim.part, claim.resumed) == (SID, 1, "transfer_failed")
    assert (row().next_step, row().ended_at) == ("", None)
    assert to_do(staffed) == [owed.NOT_TAKEN]


def test_who_is_rung_again_and_again_ends_with_a_message(staffed: Business, noon) -> None:
    setup = answered(staffed)
    for _ in range(people.MOST_STREAMS - 1):
        assert people.hand_over(setup, "transfer", "") == "transfer"
        assert tags(after()) == ["Dial"]
        assert tags(dialled("no-answer"))[0] == "Connect"
    people.hand_over(setup, "transfer", "")
    say, record, *_ = document(dialled("no-answer"))
    assert (say.text, record.tag) == (BY_CARRIER["unanswered"], "Record")


def test_a_repeated_request_is_answered_as_the_first_time(staffed: Business, noon) -> None:
    people.hand_over(answered(staffed), "transfer", "")
    form = call_form(CallStatus="in-progress", DialCallStatus="busy")
    attempt = {"I-Twilio-Idempotency-Token": "one"}
    parts = [claim_in(post(f"{VOICE}/dialled", form, **attempt)).part for _ in range(3)]
    assert parts == [1, 1, 1]
    assert row().streams == 2


@pytest.mark.parametrize("status", ["completed", "no-answer"])
def test_a_late_repeat_without_a_token_changes_nothing(staffed: Business, noon, status: str) -> None:
    """The owner let it ring; the carrier asks what to do next, and asks once more when nobody remembers that it did."""
    people.hand_over(answered(staffed), "transfer", "")
    document(after())
    first, second = claim_in(dialled(status)), claim_in(dialled(status))
    assert first == second
    assert (row().outcome, row().ended_at, row().streams) == ("message", None, 2)


def test_a_repeat_after_the_caller_was_sent_to_voicemail_sends_them_there(
    staffed: Business, noon, settings: Settings
) -> None:
    people.hand_over(answered(staffed), "transfer", "")
    settings.MAX_CALLS = 0
    assert ["Record" in tags(dialled("completed")) for _ in range(2)] == [True, True]
    assert (row().outcome, row().ended_at) == ("message", None)


def test_a_person_who_was_never_rung_cannot_take_the_call(staffed: Business, noon) -> None:
    answered(staffed)
    assert tags(whisper(Digits="1")) == ["Hangup"]
    assert row().outcome == ""


def test_a_key_that_came_too_late_is_no_conversation(staffed: Business, noon) -> None:
    people.hand_over(answered(staffed), "transfer", "")
    document(whisper(Digits="1"))
    assert tags(dialled("completed", DialBridged="false"))[0] == "Connect"
    assert (row().outcome, to_do(staffed)) == ("message", [owed.NOT_TAKEN])


def test_what_is_owed_for_less_gives_way_whatever_the_call_was_about(staffed: Business, noon) -> None:
    setup = answered(staffed)
    people.hand_over(setup, "transfer", "שאלה על צבע")
    document(dialled("no-answer"))
    people.hand_over(setup, "voicemail", "ביטול תור")
    recordings.message_was_left(SID, staffed.pk, now=OPEN)
    assert to_do(staffed) == [f"{owed.LEFT_MESSAGE} (ביטול תור)"]


def test_words_that_the_staff_wrote_stay(staffed: Business, noon) -> None:
    people.hand_over(answered(staffed), "voicemail", "")
    with for_business(staffed):
        FollowUp.objects.update(reason=f"{owed.WANTS_MESSAGE}, רק אחרי שש")
    recordings.message_was_left(SID, staffed.pk, now=OPEN)
    assert to_do(staffed) == [f"{owed.WANTS_MESSAGE}, רק אחרי שש"]


def test_outside_opening_hours_a_wish_for_a_person_is_a_message_and_something_to_do(staffed: Business, noon) -> None:
    noon.move_to(CLOSED)
    assert people.hand_over(answered(staffed), "transfer", "צבע לשיער") == "voicemail"

    say, record, *_ = document(after())
    assert say.text == BY_CARRIER["take_message"]
    assert (record.get("playBeep"), record.get("recordingStatusCallback")) == ("true", f"{PUBLIC_URL}{VOICE}/recording")
    assert row().outcome == "message"
    assert to_do(staffed) == [f"{owed.WANTS_PERSON} (צבע לשיער)"]


def test_a_business_that_closes_while_the_transfer_is_prepared_takes_a_message(staffed: Business, noon) -> None:
    people.hand_over(answered(staffed), "transfer", "")
    noon.move_to(CLOSED)
    assert document(after())[0].text == BY_CARRIER["unanswered"]


def test_without_a_persons_number_nobody_is_rung(salon: Business, noon) -> None:
    assert people.hand_over(answered(salon), "transfer", "") == "voicemail"


def test_a_business_around_the_clock_is_open_at_night(staffed: Business, noon) -> None:
    with for_business(staffed):
        BusinessSettings.objects.update(allow_24_7=True)
    noon.move_to(CLOSED)
    assert people.hand_over(answered(staffed), "transfer", "") == "transfer"


# --- who may ask -------------------------------------------------------------------------------------
def test_the_whisper_is_for_the_calls_own_account_only(staffed: Business, noon) -> None:
    """The person's number is a line of Ruth's business, whose account is not the one that dials."""
    people.hand_over(answered(staffed), "transfer", "")
    ruth = BusinessFactory(slug="ruth")
    with for_business(ruth):
        TwilioAccount.objects.create(business=ruth, account_sid="AC_ruth", auth_token="ruth's")
        PhoneLine.objects.create(business=ruth, number=OWNER, verified_at=timezone.now())
    form = call_form(CallSid="CA9", ParentCallSid=SID, To=OWNER)
    path = f"{VOICE}/whisper"
    assert tags(post(path, form)) == ["Gather", "Hangup"]
    theirs = form | {"AccountSid": "AC_ruth"}
    assert post(path, theirs, sign(path, theirs, "ruth's")).status_code == 403
    assert post(path, form, "forged").status_code == 403


def test_a_business_cannot_take_anothers_call_by_naming_it_as_parent(staffed: Business) -> None:
    """Ruth signs with her own token, names her own call as parent, and dials Dana's number."""
    ruth = BusinessFactory(slug="ruth")
    with for_business(ruth):
        TwilioAccount.objects.create(business=ruth, account_sid="AC_ruth", auth_token="ruth's")
    CallSessionFactory(business=ruth, call_sid="CA_ruth")
    form = call_form(AccountSid="AC_ruth", ParentCallSid="CA_ruth")
    assert post(INCOMING, form, sign(INCOMING, form, "ruth's")).status_code == 403


@pytest.mark.parametrize("name", ["after", "dialled", "whisper", "voicemail"])
def test_a_call_that_is_over_or_unknown_is_hung_up(staffed: Business, noon, name: str) -> None:
    form = call_form(CallSid="CA1", ParentCallSid="CA1", DialCallStatus="no-answer")
    unknown = document(post(f"{VOICE}/{name}", form))
    CallSessionFactory(business=staffed, call_sid="CA1", status="completed")
    over = document(post(f"{VOICE}/{name}", form))
    assert [[verb.tag for verb in each][-1] for each in (unknown, over)] == ["Hangup", "Hangup"]
    assert "Record" not in [verb.tag for verb in over]


def test_a_caller_who_leaves_while_it_rings_is_called_back(staffed: Business, noon) -> None:
    from calls import summary

    setup = answered(staffed)
    people.hand_over(setup, "transfer", "")
    services.finish_call(setup, Ending("transferred", "handed over", 0, on_purpose=False), b"")
    document(post(STATUS, call_form(CallStatus="completed", CallDuration="30")))
    summary.wrap_up(staffed.pk, setup.call_id, now=OPEN + timedelta(minutes=2))
    assert row().outcome == "message"
    assert to_do(staffed) == [owed.NOT_TAKEN]
    with for_business(staffed):
        assert FollowUp.objects.get().lead == row().lead


# --- recordings of calls -----------------------------------------------------------------------------
def test_a_business_that_records_its_calls_says_so_to_the_carrier(salon: Business) -> None:
    with for_business(salon):
        BusinessSettings.objects.update(record_calls=True)
    start, connect, *_ = document(post(INCOMING, call_form()))
    assert (start.tag, start[0].get("channels"), connect.tag) == ("Start", "dual", "Connect")
    assert start[0].get("recordingStatusCallback") == f"{PUBLIC_URL}{VOICE}/recording"
    assert "Start" not in tags(after())  # the recording that runs goes on


# --- blocked callers ---------------------------------------------------------------------------------
def test_a_blocked_caller_is_not_answered_by_the_business_that_blocked_them(
    salon: Business, caplog: pytest.LogCaptureFixture
) -> None:
    with for_business(salon):
        BlockedNumber.objects.create(number=DANA)
    other = BusinessFactory(slug="ruth")
    with for_business(other):
        PhoneLine.objects.create(business=other, number="+97239999999", verified_at=timezone.now())
    with caplog.at_level("INFO", "calls"):
        assert tags(post(INCOMING, call_form())) == ["Reject"]
    assert tags(post(INCOMING, call_form(CallSid="CA2", To="+97239999999")))[0] == "Connect"
    with for_everyone("a look at all calls"):
        assert [call.call_sid for call in CallSession.objects.all()] == ["CA2"]
    assert DANA not in caplog.text
    assert tags(post(INCOMING, call_form(CallSid="CA3", From="anonymous")))[0] == "Connect"
