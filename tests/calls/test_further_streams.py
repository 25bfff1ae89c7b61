"""Calls that have more than one media stream: what the later ones know, may do, and leave to each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pytest_django.fixtures import Settings

from booking.models import Appointment
from calls import desk, services, streams, tokens
from calls.conversation.actions import BookAppointment, CancelAppointment, CheckSlot, SaveTurn
from calls.conversation.events import KnownAppointment, SlotAnswer
from calls.models import CallSession, EventLog
from calls.services import CallSetup, Ending
from calls.voice.lines import BY_CARRIER
from calls.writer import Line, turn_writer
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business
from tests.support.carrier_forms import INCOMING, SID, STATUS, call_form, document, post, tags
from tests.support.factories import LeadFactory, ServiceFactory, TurnFactory
from tests.support.first_and_further import after, answered, claim_in, row
from tests.support.telephone import ACCOUNT, AUTH_TOKEN, DANA, PUBLIC_URL

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
def noon() -> time_machine.travel:
    with time_machine.travel(OPEN, tick=False) as traveller:
        yield traveller


def test_a_lost_stream_is_opened_again_once_and_then_a_message_is_taken(salon: Business) -> None:
    setup = answered(salon)
    claim = claim_in(after())
    assert (claim.part, claim.resumed) == (1, "stream_lost")
    say, record, *_ = document(after())
    assert (say.text, record.tag) == (BY_CARRIER["cut_off"], "Record")
    services.finish_call(setup, Ending("failed", "the socket died", 0, on_purpose=True), b"")
    assert row().ended_at is None  # a later stream has the call


def test_a_full_house_takes_a_message_instead(salon: Business, settings: Settings) -> None:
    answered(salon)
    settings.MAX_CALLS = 0
    assert document(after())[0].text == BY_CARRIER["cut_off"]


def test_a_call_that_goes_on_knows_what_was_said(salon: Business, noon) -> None:
    with for_business(salon):
        BusinessSettings.objects.update(transfer_to="+972529999999")
    setup = answered(salon)
    LeadFactory(business=salon, phone=DANA, name="דנה לוי")
    call = row()
    for index, (speaker, text, heard) in enumerate(
        [
            ("assistant", "שלום", 1.0),
            ("caller", "אני רוצה לדבר עם נועה", 1.0),
            ("server", "[SERVER] fact: …", 1.0),
            ("assistant", "מעבירים עכשיו", 0.0),
            ("caller", "", 1.0),
        ]
    ):
        TurnFactory(business=salon, call=call, index=index, speaker=speaker, text=text, heard_fraction=heard)
    services.finish_call(setup, Ending("transferred", "handed over", 0, on_purpose=False), b"")
    facts = services.load_call(tokens.Claim(SID, salon.pk, part=1, resumed="transfer_failed")).facts

    assert facts.resumed == "transfer_failed"
    assert facts.history == (("assistant", "שלום"), ("caller", "אני רוצה לדבר עם נועה"))
    assert facts.first_line == 5
    assert (facts.caller_name, facts.can_transfer) == ("דנה לוי", True)
    assert facts.open_ms == ((0, 3 * 3600 * 1000),)


def test_the_last_words_before_a_break_are_waited_for(salon: Business) -> None:
    """The carrier asks how to go on while they are still on their way to the database."""
    setup = answered(salon)
    turn = SaveTurn(3, "caller", "קוראים לי דנה לוי, מחר בשש", 1.0, 0, {})
    turn_writer.put(Line(salon.pk, setup.call_id, turn))
    facts = services.load_call(claim_in(after())).facts
    assert facts.history == (("caller", "קוראים לי דנה לוי, מחר בשש"),)


def booked(setup: CallSetup, start: str, name: str = "דנה לוי") -> SlotAnswer:
    return desk.book(setup, BookAppointment("r1", start, name, DANA, None))


def test_a_later_stream_knows_what_an_earlier_one_booked(salon: Business, noon) -> None:
    ServiceFactory(business=salon, slug="cut", name="תספורת")
    setup = answered(salon)
    made = desk.book(setup, BookAppointment("r1", "2026-11-23 12:00", "דנה לוי", DANA, "cut"))
    facts = services.load_call(claim_in(after())).facts
    assert facts.booked == KnownAppointment(made.appointment_id, "2026-11-23 12:00", "תספורת", "דנה לוי")

    desk.cancel(setup, CancelAppointment("r2", made.appointment_id, DANA))
    assert services.load_call(tokens.Claim(SID, salon.pk, part=1)).facts.booked is None


@pytest.mark.parametrize(
    ("start", "name", "ok"),
    [
        ("2026-11-23 12:00", "דנה לוי", True),  # the same request again
        ("2026-11-23 12:00", "דנה", True),
        ("2026-11-24 12:00", "דנה לוי", False),
        ("2026-11-23 12:00", "יואב כהן", False),
    ],
)
def test_a_second_wish_is_not_told_as_created(salon: Business, noon, start: str, name: str, ok: bool) -> None:
    """A stream that began before the earlier one's booking was written knows nothing of it."""
    setup = answered(salon)
    first = booked(setup, "2026-11-23 12:00")
    answer = booked(setup, start, name)
    assert (first.ok, answer.ok) == (True, ok)
    with for_business(salon):
        assert Appointment.objects.count() == 1


def test_what_a_call_may_last_and_cost_is_shared_by_its_streams(salon: Business, noon) -> None:
    with for_business(salon):
        BusinessSettings.objects.update(max_call_cost_cents=10, max_call_min=5)
    setup = answered(salon)
    assert (setup.facts.max_call_ms, setup.facts.max_cost_microusd) == (300_000, 100_000)
    noon.move_to(OPEN + timedelta(minutes=3))
    services.finish_call(setup, Ending("answered", "stream lost", 0, on_purpose=False, cost_microusd=90_000), b"")
    claim = claim_in(after())
    facts = services.load_call(claim).facts
    assert (facts.max_call_ms, facts.max_cost_microusd) == (120_000, 10_000)

    noon.move_to(OPEN + timedelta(minutes=9))
    with for_business(salon):
        CallSession.objects.update(cost_microusd=500_000)
    facts = services.load_call(claim).facts
    assert (facts.max_call_ms, facts.max_cost_microusd) == (60_000, 1)  # enough to say goodbye
    with for_business(salon):
        BusinessSettings.objects.update(max_call_cost_cents=None)
    assert services.load_call(claim).facts.max_cost_microusd == 0  # no limit is none


def test_a_stream_that_ends_late_leaves_the_next_one_alone(salon: Business, noon) -> None:
    first = answered(salon)
    second = services.load_call(claim_in(after()))

    def held() -> int:
        with for_business(salon):
            return Appointment.objects.filter(status="held").count()

    assert desk.check_slot(second, CheckSlot("r1", "2026-11-23 12:00", None)).ok
    services.finish_call(first, Ending("answered", "stream lost", 0, on_purpose=False), b"")
    assert (held(), row().end_reason) == (1, "")
    services.finish_call(second, Ending("answered", "caller hung up", 0, on_purpose=True), b"")
    services.finish_call(first, Ending("answered", "stream lost", 0, on_purpose=False), b"")
    assert (held(), row().end_reason, row().outcome) == (0, "caller hung up", "answered")


def test_the_status_is_the_carriers_word_until_the_stream_begins(salon: Business) -> None:
    document(post(INCOMING, call_form()))
    setup = services.load_call(tokens.Claim(SID, salon.pk))
    assert row().status == "ringing"
    services.note_answered(setup)
    assert row().status == "in-progress"
    document(post(STATUS, call_form(CallStatus="completed")))
    services.note_answered(setup)  # late
    assert row().status == "completed"


def test_a_repeated_ring_at_a_full_house_does_not_touch_the_call_that_is_live(
    salon: Business, noon, settings: Settings
) -> None:
    answered(salon)
    settings.MAX_CALLS = 0
    before = row()
    assert tags(post(INCOMING, call_form()))[0] == "Connect"
    assert (row().next_step, row().outcome, row().end_reason) == ("", "", "")
    assert row().streams == before.streams


def test_whoever_was_sent_to_voicemail_stays_there_though_there_is_room_again(
    salon: Business, settings: Settings
) -> None:
    settings.MAX_CALLS = 0
    assert "Record" in tags(post(INCOMING, call_form()))
    settings.MAX_CALLS = 5
    assert "Connect" not in tags(post(INCOMING, call_form()))


def test_lines_still_on_their_way_keep_their_numbers(salon: Business) -> None:
    answered(salon)
    TurnFactory(business=salon, call=row(), index=7)
    claim = tokens.Claim(SID, salon.pk, part=1, resumed="stream_lost")
    assert services.load_call(claim).facts.first_line == 8 + streams.LINES_IN_FLIGHT
    assert services.load_call(tokens.Claim(SID, salon.pk)).facts.first_line == 0


def test_opening_hours_are_told_in_the_calls_own_time(salon: Business, noon) -> None:
    noon.move_to(OPEN.replace(hour=17, minute=30))  # half past seven in the evening
    assert answered(salon).facts.open_ms == ((0, 30 * 60_000),)
    noon.move_to(CLOSED)
    assert answered(salon).facts.open_ms == ()
    noon.move_to(OPEN.replace(hour=6))  # eight in the morning
    assert answered(salon).facts.open_ms == ((2 * 3_600_000, 3 * 3_600_000),)


def test_each_stream_keeps_its_log_and_the_better_outcome_stays(salon: Business) -> None:
    first = answered(salon)
    services.finish_call(first, Ending("booked", "handed over", 900, on_purpose=False, cost_microusd=70), b"one")
    claim_in(after())
    second = services.load_call(tokens.Claim(SID, salon.pk, part=1, resumed="stream_lost"))
    services.finish_call(second, Ending("abandoned", "caller hung up", 300, on_purpose=True, cost_microusd=5), b"two")

    call = row()
    assert (call.outcome, call.dead_air_ms, call.cost_microusd) == ("booked", 900, 75)
    assert call.ended_at is not None
    with for_business(salon):
        assert [(log.part, bytes(log.data)) for log in EventLog.objects.all()] == [(0, b"one"), (1, b"two")]
