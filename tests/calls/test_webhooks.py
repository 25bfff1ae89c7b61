"""The telephony provider's requests: who may send them, and what they are answered."""

from __future__ import annotations

import contextlib
import logging

import pytest
import redis
from django.db import OperationalError, connection
from django.test import Client, override_settings
from pytest_django.fixtures import Settings

from calls import signature, twiml
from calls.capacity import capacity
from calls.models import CallSession, TwilioAccount
from calls.voice.lines import BY_CARRIER
from crm.models import Business
from crm.tenancy import for_business, for_everyone
from tests.support.carrier_forms import INCOMING, SID, STATUS, call_form, document, post, sign
from tests.support.factories import BusinessFactory
from tests.support.telephone import ACCOUNT, AUTH_TOKEN, DANA, NUMBER, PUBLIC_URL


@pytest.fixture(autouse=True)
def _carrier(settings: Settings) -> None:
    settings.PUBLIC_URL = PUBLIC_URL
    settings.TWILIO_ACCOUNT_SID = ACCOUNT
    settings.TWILIO_AUTH_TOKEN = AUTH_TOKEN
    settings.TWILIO_API_BASE_URL = "http://carrier.invalid"
    settings.SECURE_SSL_REDIRECT = False


def calls() -> list[CallSession]:
    with for_everyone("a look at all rows"):
        return list(CallSession.objects.all())


# --- incoming ----------------------------------------------------------------------------------------
def test_a_call_is_connected_with_a_token_and_a_spoken_fallback(salon: Business) -> None:
    answer = document(post(INCOMING, call_form()))
    connect, say, record, nothing_said, hangup = answer
    stream = connect[0]

    assert (connect.tag, connect.get("action")) == ("Connect", f"{PUBLIC_URL}/webhook/twilio/voice/after")
    assert stream.get("url") == "wss://salon.example/ws/twilio/media"
    assert stream[0].get("name") == "token"
    assert len(stream[0].get("value") or "") >= 43  # 256 bits
    assert (say.get("language"), hangup.tag) == ("he-IL", "Hangup")
    assert "המספרה של דנה" in (say.text or "")
    assert (record.get("action"), record.get("finishOnKey")) == (f"{PUBLIC_URL}/webhook/twilio/voice/voicemail", "#")
    assert nothing_said.text == BY_CARRIER["no_message"]
    assert [(call.call_sid, call.from_number, call.status) for call in calls()] == [(SID, DANA, "ringing")]


def test_the_stream_follows_the_scheme_of_the_public_address(salon: Business, settings: Settings) -> None:
    settings.PUBLIC_URL = "http://localhost:8000"
    header = sign(INCOMING, call_form(), public="http://localhost:8000")
    answer = document(post(INCOMING, call_form(), header))

    assert answer[0][0].get("url") == "ws://localhost:8000/ws/twilio/media"


def test_the_broker_holds_no_token_only_its_hash(salon: Business, settings: Settings) -> None:
    token = document(post(INCOMING, call_form()))[0][0][0].get("value") or ""
    keys = redis.Redis.from_url(settings.REDIS_URL).keys("*")

    assert len(keys) == 1
    assert token.encode() not in keys[0]


def test_a_repeated_webhook_makes_no_second_call(salon: Business) -> None:
    first, second = (document(post(INCOMING, call_form()))[0][0][0].get("value") for _ in range(2))

    assert len(calls()) == 1
    assert first != second


@pytest.mark.parametrize("header", ["", "forged", "שקר".encode().decode("latin-1")])
def test_a_forged_or_missing_signature_is_refused_and_leaves_no_row(salon: Business, header: str) -> None:
    assert post(INCOMING, call_form(), header).status_code == 403
    assert calls() == []


def test_a_signature_over_other_fields_is_refused(salon: Business) -> None:
    header = sign(INCOMING, call_form(From="+972529999999"))

    assert post(INCOMING, call_form(), header).status_code == 403


def test_a_signature_over_the_address_with_its_default_port_is_accepted(salon: Business) -> None:
    header = sign(INCOMING, call_form(), public=f"{PUBLIC_URL}:443")

    assert post(INCOMING, call_form(), header).status_code == 200


def test_the_query_is_part_of_what_is_signed(salon: Business) -> None:
    path = f"{INCOMING}?a=%D7%90"
    assert post(path, call_form(), sign(path, call_form())).status_code == 200
    assert post(path, call_form(), sign(INCOMING, call_form())).status_code == 403


def test_another_account_than_the_one_that_signed_is_refused(salon: Business) -> None:
    form = call_form(AccountSid="AC" + "9" * 32)

    assert post(INCOMING, form).status_code == 403
    assert calls() == []


def test_a_business_with_its_own_account_is_checked_with_its_own_token(salon: Business) -> None:
    with for_business(salon):
        TwilioAccount.objects.create(business=salon, account_sid="AC_own", auth_token="own token")
    form = call_form(AccountSid="AC_own")

    assert post(INCOMING, form).status_code == 403
    assert post(INCOMING, form, sign(INCOMING, form, "own token")).status_code == 200


def test_a_business_cannot_speak_for_anothers_call(salon: Business) -> None:
    """Ruth's account is her own to sign with; it opens no door to Dana's call."""
    document(post(INCOMING, call_form()))
    ruth = BusinessFactory(slug="ruth")
    with for_business(ruth):
        TwilioAccount.objects.create(business=ruth, account_sid="AC_ruth", auth_token="ruth's")
    form = call_form(AccountSid="AC_ruth", CallStatus="completed")

    assert post(STATUS, form, sign(STATUS, form, "ruth's")).status_code == 403
    assert calls()[0].status == "ringing"


def test_on_a_developers_machine_without_any_token_everything_is_accepted_with_a_warning(
    salon: Business, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DEBUG, settings.TWILIO_AUTH_TOKEN = True, ""
    signature._warn_once.cache_clear()
    with caplog.at_level(logging.WARNING, "calls"):
        assert [post(INCOMING, call_form(), "").status_code for _ in range(2)] == [200, 200]

    assert [record.message for record in caplog.records if record.name == "calls.signature"] == [
        "No auth token of the telephony provider is configured; its webhooks are accepted unchecked"
    ]


def test_on_a_developers_machine_two_fields_are_enough(salon: Business, settings: Settings) -> None:
    settings.DEBUG, settings.TWILIO_AUTH_TOKEN = True, ""

    assert document(post(INCOMING, {"CallSid": SID, "To": NUMBER}, ""))[0].tag == "Connect"
    assert [(call.call_sid, call.from_number) for call in calls()] == [(SID, "")]


def test_with_a_token_a_request_names_its_account(salon: Business) -> None:
    without = {name: value for name, value in call_form().items() if name != "AccountSid"}

    assert post(INCOMING, without).status_code == 403


def test_without_any_token_nothing_is_accepted_in_production(salon: Business, settings: Settings) -> None:
    settings.DEBUG, settings.TWILIO_AUTH_TOKEN = False, ""

    assert post(INCOMING, call_form(), "").status_code == 403


def test_an_unknown_number_is_told_so_and_leaves_no_row(salon: Business) -> None:
    say, hangup = document(post(INCOMING, call_form(To="+97239999999")))

    assert (say.text, hangup.tag) == (twiml.UNKNOWN_NUMBER, "Hangup")
    assert calls() == []


def test_an_unknown_number_called_through_a_businesss_own_account_is_told_so(
    salon: Business, settings: Settings
) -> None:
    """The number is bought, and the account is entered, but the number is not yet."""
    with for_business(salon):
        TwilioAccount.objects.create(business=salon, account_sid="AC_own", auth_token="own token")
    form = call_form(AccountSid="AC_own", To="+97239999999")

    for installation_token in (AUTH_TOKEN, ""):
        settings.TWILIO_AUTH_TOKEN = installation_token
        answer = post(INCOMING, form, sign(INCOMING, form, "own token"))
        assert document(answer)[0].text == twiml.UNKNOWN_NUMBER
        for forged in ("", "forged", sign(INCOMING, form), sign(INCOMING, form, "")):
            assert post(INCOMING, form, forged).status_code == 403


def test_a_refused_call_leaves_a_line_in_the_log_without_any_number(
    salon: Business, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "calls"):
        post(INCOMING, call_form(To="+97239999999"))
        settings.MAX_CALLS = 0
        post(INCOMING, call_form())
        Business.objects.update(is_active=False)
        post(INCOMING, call_form())

    refusals = [vars(record) for record in caplog.records if record.name == "calls.services"]
    assert [(line["call_sid"], line["reason"]) for line in refusals] == [
        (SID, "unknown number"),
        (SID, "no capacity"),
        (SID, "suspended"),
    ]
    assert not [line for line in refusals if "+972" in str(line)]


def test_without_its_broker_a_call_is_answered_with_an_apology_and_can_leave_a_message(
    salon: Business, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with override_settings(REDIS_URL="redis://127.0.0.1:9/0"):  # nobody listens on this port
        say, record, *_ = document(post(INCOMING, call_form()))

    assert (say.text, record.tag) == (BY_CARRIER["cut_off"], "Record")
    assert [vars(record)["error"] for record in caplog.records if record.name == "calls.webhooks"] == [
        "ConnectionError"
    ]


@pytest.mark.parametrize("name", ["incoming", "after"])
def test_without_its_database_a_call_is_answered_with_an_apology(salon: Business, name: str) -> None:
    path = f"/webhook/twilio/voice/{name}"
    with connection.cursor() as cursor, contextlib.suppress(OperationalError):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    say, hangup = document(post(path, call_form()))
    connection.close()

    assert (say.text, hangup.tag) == (twiml.CUT_OFF, "Hangup")


def test_a_suspended_business_is_told_so(salon: Business) -> None:
    Business.objects.update(is_active=False)

    assert document(post(INCOMING, call_form()))[0].text == twiml.SUSPENDED


def test_one_call_too_many_hears_that_all_lines_are_busy(salon: Business, settings: Settings) -> None:
    settings.MAX_CALLS = 1
    with capacity.occupied_by("CA_other"):
        say, record, *_ = document(post(INCOMING, call_form()))

    assert (say.text, record.tag) == (BY_CARRIER["no_capacity"], "Record")
    assert [(call.outcome, call.end_reason, call.next_step) for call in calls()] == [
        ("failed", "no capacity", "voicemail")
    ]


def test_the_stand_in_never_speaks_to_a_real_caller(salon: Business, settings: Settings) -> None:
    settings.PRACTICE_MODE, settings.TWILIO_API_BASE_URL = True, ""
    answer = document(post(INCOMING, call_form()))

    assert [verb.tag for verb in answer] == ["Say", "Hangup"]


@pytest.mark.parametrize(
    "form",
    [
        {"AccountSid": ACCOUNT, "To": NUMBER, "From": DANA},
        {"CallSid": SID, "AccountSid": ACCOUNT, "From": DANA},
        call_form(CallSid="CA" + "7" * 63),
        call_form(CallSid="CA 7"),
        call_form(CallSid="CA\x00"),
        call_form(From="+" + "9" * 40),
        call_form(To=NUMBER + " " * 3 + "9" * 40),
    ],
)
def test_a_form_that_lacks_or_overdoes_something_is_refused_and_leaves_no_row(
    salon: Business, form: dict[str, str]
) -> None:
    assert post(INCOMING, form).status_code == 400
    assert calls() == []


def test_a_withheld_number_is_welcome(salon: Business) -> None:
    assert document(post(INCOMING, call_form(From="anonymous")))[0].tag == "Connect"
    assert document(post(INCOMING, call_form(From="", CallSid="CA2")))[0].tag == "Connect"
    without = {name: value for name, value in call_form(CallSid="CA3").items() if name != "From"}
    assert document(post(INCOMING, without))[0].tag == "Connect"


@pytest.mark.parametrize("name", ["incoming", "after", "status", "recording", "stream"])
def test_only_post_is_answered(client: Client, name: str) -> None:
    assert client.get(f"/webhook/twilio/voice/{name}").status_code == 405


# --- status ------------------------------------------------------------------------------------------
def status_of(*reports: dict[str, str]) -> CallSession:
    for report in reports:
        document(post(STATUS, call_form(**report)))
    return calls()[0]


def test_the_status_follows_the_carrier(salon: Business) -> None:
    document(post(INCOMING, call_form()))
    row = status_of(
        {"CallStatus": "in-progress", "SequenceNumber": "1"},
        {"CallStatus": "completed", "SequenceNumber": "2", "CallDuration": "42"},
    )

    assert (row.status, row.duration_s) == ("completed", 42)
    assert row.ended_at is not None


def test_an_end_is_final_however_late_the_rest_arrives(salon: Business) -> None:
    document(post(INCOMING, call_form()))
    row = status_of(
        {"CallStatus": "completed", "SequenceNumber": "3", "CallDuration": "42"},
        {"CallStatus": "in-progress", "SequenceNumber": "2"},
        {"CallStatus": "failed", "SequenceNumber": "4"},
        {"CallStatus": "completed", "SequenceNumber": "3", "CallDuration": "42"},
    )

    assert (row.status, row.duration_s) == ("completed", 42)


def test_without_a_sequence_a_status_does_not_go_back(salon: Business) -> None:
    document(post(INCOMING, call_form()))
    row = status_of({"CallStatus": "in-progress"}, {"CallStatus": "ringing"})

    assert row.status == "in-progress"


def test_the_status_of_an_unknown_call_changes_nothing(salon: Business) -> None:
    document(post(STATUS, call_form(CallStatus="completed")))

    assert calls() == []


@pytest.mark.parametrize("changes", [{"CallStatus": "dancing"}, {"CallDuration": "-1"}, {"SequenceNumber": "many"}])
def test_an_unreadable_status_names_the_field(salon: Business, changes: dict[str, str]) -> None:
    answer = post(STATUS, call_form(**changes))

    assert (answer.status_code, next(iter(changes)) in answer.content.decode()) == (400, True)


# --- after, recording, stream ------------------------------------------------------------------------
def test_a_call_that_ended_on_purpose_is_hung_up(salon: Business) -> None:
    document(post(INCOMING, call_form()))
    status_of({"CallStatus": "completed"})

    assert [verb.tag for verb in document(post("/webhook/twilio/voice/after", call_form()))] == ["Hangup"]


@pytest.mark.parametrize("name", ["recording", "stream"])
def test_reports_are_taken_also_about_calls_nobody_knows(salon: Business, name: str) -> None:
    path = f"/webhook/twilio/voice/{name}"
    form = {"CallSid": "CA_unknown", "AccountSid": ACCOUNT, "StreamEvent": "stream-error", "StreamError": "31920"}

    assert list(document(post(path, form))) == []
    assert post(path, form, "forged").status_code == 403
