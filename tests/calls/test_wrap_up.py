"""After the call: summary, person, timeline, promise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from booking.models import Appointment
from calls import summary
from calls.conversation import events as ev
from calls.conversation.actions import SaveTurn
from calls.conversation.journal import Journal, core_version
from calls.conversation.machine import Conversation
from calls.models import CallSession, EventLog, Turn
from calls.writer import Line, TurnWriter
from crm.models import Activity, Business, FollowUp, Lead
from crm.tenancy import for_business
from simulator.provider import running_provider
from tests.support.factories import AppointmentFactory, CallSessionFactory, ClosureFactory, LeadFactory, TurnFactory

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def call(salon: Business) -> CallSession:
    """Dana called and said what she wanted."""
    row = CallSessionFactory(business=salon, call_sid="CA1", from_number="+972521234567", outcome="answered")
    TurnFactory(business=salon, call=row, index=0, speaker="assistant", text="שלום")
    TurnFactory(business=salon, call=row, index=1, speaker="caller", text="אני רוצה לדעת מתי פתוח")
    TurnFactory(business=salon, call=row, index=2, speaker="server", text="[SERVER] fact: …")
    return row


def wrapped_up(call: CallSession, times: int = 1) -> CallSession:
    for _ in range(times):
        summary.wrap_up(call.business_id, call.pk, now=NOW)
    with for_business(call.business_id):
        return CallSession.objects.select_related("lead", "appointment").get(pk=call.pk)


def hold_of(call: CallSession, hour: int = 11) -> Appointment:
    row: Appointment = AppointmentFactory(
        business=call.business,
        call_sid=call.call_sid,
        lead=None,
        customer_name="",
        customer_phone="",
        starts_at=NOW.replace(hour=hour),
        status=Appointment.Status.HELD,
        held_until=NOW + timedelta(seconds=90),
    )
    return row


def test_a_call_leaves_a_person_a_summary_and_an_activity_once(call: CallSession) -> None:
    row = wrapped_up(call, times=2)

    assert row.lead is not None
    assert (row.lead.phone, row.lead.source) == ("+972521234567", "phone")
    assert row.summary == "נמסר מידע. נאמר: ״אני רוצה לדעת מתי פתוח״"
    with for_business(call.business_id):
        assert [(each.key, each.lead_id) for each in Activity.objects.all()] == [("call:CA1", row.lead.pk)]
        assert Lead.objects.count() == 1


def test_a_withheld_number_makes_one_person_however_often_it_runs(call: CallSession) -> None:
    with for_business(call.business_id):
        CallSession.objects.update(from_number="anonymous")
    row = wrapped_up(call, times=2)

    assert row.lead is not None
    assert row.lead.phone == ""
    with for_business(call.business_id):
        assert Lead.objects.count() == 1


def withheld_but_keyed(call: CallSession, *numbers: str) -> None:
    with for_business(call.business_id):
        CallSession.objects.update(from_number="anonymous", outcome="message", call_back_promised=True)
    for index, number in enumerate(numbers, start=10):
        text = f"[SERVER] phone_captured: {number}"
        TurnFactory(business=call.business, call=call, index=index, speaker="server", text=text)


def test_a_withheld_caller_is_called_back_at_the_number_they_keyed_last(call: CallSession) -> None:
    withheld_but_keyed(call, "052-000-0147", "054-111-9999")
    wrapped_up(call, times=2)

    with for_business(call.business_id):
        owed = FollowUp.objects.select_related("lead").get()
        assert owed.lead is not None
        assert owed.lead.phone == "+972541119999"
        assert Lead.objects.count() == 1


def test_what_somebody_says_is_no_keyed_number(call: CallSession) -> None:
    withheld_but_keyed(call)
    text = "[SERVER] phone_captured: 054-111-9999"
    TurnFactory(business=call.business, call=call, index=10, speaker="caller", text=text)
    row = wrapped_up(call)

    assert row.lead is not None
    assert row.lead.phone == ""


def test_a_known_number_goes_before_a_keyed_one(call: CallSession) -> None:
    withheld_but_keyed(call, "054-111-9999")
    with for_business(call.business_id):
        CallSession.objects.update(from_number="+972521234567")
    row = wrapped_up(call)

    assert row.lead is not None
    assert row.lead.phone == "+972521234567"


def test_a_booked_row_has_the_last_word_on_the_outcome(call: CallSession) -> None:
    appointment = AppointmentFactory(
        business=call.business, call_sid="CA1", customer_phone="+972521234567", customer_name="דנה לוי"
    )
    with for_business(call.business_id):
        CallSession.objects.update(outcome="failed")
        Lead.objects.update(phone="+972521234567")
    row = wrapped_up(call)

    assert (row.outcome, row.appointment, row.lead) == ("booked", appointment, appointment.lead)
    assert row.summary.startswith("נקבע תור ל־")
    assert row.lead is not None
    assert row.lead.status == Lead.Status.BOOKED


def booked_under_another_number(call: CallSession) -> Appointment:
    """Dana calls from her telephone and keys another number."""
    dana = LeadFactory(business=call.business, phone="+972538127746", name="דנה לוי")
    row: Appointment = AppointmentFactory(business=call.business, call_sid="CA1", lead=dana)
    return row


@pytest.mark.parametrize("met_before", [False, True])
def test_whoever_keys_another_number_than_they_call_from_is_one_person(call: CallSession, met_before: bool) -> None:
    appointment = booked_under_another_number(call)
    if met_before:
        LeadFactory(business=call.business, phone="+972521234567", name="")
    row = wrapped_up(call, times=2)

    assert row.lead == appointment.lead
    with for_business(call.business_id):
        assert Lead.objects.count() == 1 + met_before


def test_a_known_customer_who_books_for_somebody_else_stays_who_they_are(call: CallSession) -> None:
    appointment = booked_under_another_number(call)
    ron = LeadFactory(business=call.business, phone="+972521234567", name="רון")
    row = wrapped_up(call)

    assert row.lead == ron
    assert row.lead != appointment.lead
    assert row.lead.name == "רון"
    with for_business(call.business_id):
        assert Lead.objects.count() == 2


def test_what_was_booked_and_cancelled_in_one_call_is_no_booking(call: CallSession) -> None:
    AppointmentFactory(business=call.business, call_sid="CA1", status=Appointment.Status.CANCELLED)
    with for_business(call.business_id):
        CallSession.objects.update(outcome="cancelled")
    row = wrapped_up(call)

    assert (row.outcome, row.appointment) == ("cancelled", None)
    assert row.summary.startswith("התור בוטל.")


def test_a_time_that_was_only_held_is_no_booking(call: CallSession) -> None:
    hold_of(call)
    row = wrapped_up(call)

    assert (row.outcome, row.appointment) == ("answered", None)
    assert row.summary.startswith("נמסר מידע.")
    assert row.lead is not None
    assert row.lead.status == Lead.Status.NEW


def test_what_a_call_held_when_it_died_is_free_once_it_is_wrapped_up(call: CallSession) -> None:
    mine = hold_of(call)
    stranger = hold_of(CallSessionFactory(business=call.business, call_sid="CA2"), hour=12)
    booked = AppointmentFactory(business=call.business, call_sid="CA1", starts_at=NOW + timedelta(days=3))
    wrapped_up(call)

    with for_business(call.business_id):
        assert set(Appointment.objects.values_list("pk", flat=True)) == {stranger.pk, booked.pk}
    assert mine.pk not in (stranger.pk, booked.pk)


def test_a_promise_to_call_back_becomes_something_to_do(call: CallSession) -> None:
    with for_business(call.business_id):
        CallSession.objects.update(outcome="message", call_back_promised=True)
    row = wrapped_up(call, times=2)

    with for_business(call.business_id):
        follow_up = FollowUp.objects.get()
    assert (follow_up.lead, follow_up.due_at) == (row.lead, NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("called", "due"),
    [
        (datetime(2026, 11, 21, 17, 59, tzinfo=UTC), datetime(2026, 11, 21, 18, 59, tzinfo=UTC)),  # a minute to closing
        (datetime(2026, 11, 21, 18, tzinfo=UTC), datetime(2026, 11, 22, 9, tzinfo=UTC)),
        (datetime(2026, 11, 22, 1, tzinfo=UTC), datetime(2026, 11, 22, 9, tzinfo=UTC)),
    ],
)
def test_nobody_calls_back_at_night(call: CallSession, called: datetime, due: datetime) -> None:
    with for_business(call.business_id):
        CallSession.objects.update(call_back_promised=True)
    summary.wrap_up(call.business_id, call.pk, now=called)

    with for_business(call.business_id):
        assert FollowUp.objects.get().due_at == due


def test_who_is_closed_for_weeks_calls_back_within_the_hour(call: CallSession) -> None:
    for days in range(20):
        ClosureFactory(business=call.business, on_date=NOW.date() + timedelta(days=days))
    with for_business(call.business_id):
        CallSession.objects.update(call_back_promised=True)
    wrapped_up(call)

    with for_business(call.business_id):
        assert FollowUp.objects.get().due_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(("turns", "outcome"), [(["assistant"], "abandoned"), (["assistant", "caller"], "failed")])
def test_a_call_that_never_reported_its_end_gets_an_outcome(salon: Business, turns: list[str], outcome: str) -> None:
    call = CallSessionFactory(business=salon, call_sid="CA2", outcome="")
    for index, speaker in enumerate(turns):
        TurnFactory(business=salon, call=call, index=index, speaker=speaker, text="שלום")

    assert wrapped_up(call).outcome == outcome


def test_the_sweep_finds_forgotten_calls_and_no_others(salon: Business) -> None:
    hour_ago = NOW - timedelta(hours=1)
    forgotten = CallSessionFactory(business=salon, call_sid="CA1", started_at=hour_ago, ended_at=hour_ago)
    silent = CallSessionFactory(business=salon, call_sid="CA2", started_at=NOW - timedelta(hours=3), ended_at=None)
    CallSessionFactory(business=salon, call_sid="CA3", started_at=hour_ago, ended_at=hour_ago, wrapped_up_at=NOW)
    CallSessionFactory(business=salon, call_sid="CA4", started_at=hour_ago, ended_at=None, status="in-progress")
    from django.db import transaction

    with transaction.atomic():
        assert summary.claim_forgotten(NOW) == [(salon.pk, forgotten.pk), (salon.pk, silent.pk)]


async def test_with_a_key_the_model_writes_the_summary(call: CallSession, settings: Settings) -> None:
    from calls.threads import off_loop

    async with running_provider() as served:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "test-key", served.base_url
        served.provider.options.text_answer = lambda request: "נשאלו שעות הפתיחה."
        row = await off_loop(wrapped_up, call)

    assert row.summary == "נשאלו שעות הפתיחה."
    assert "[SERVER]" not in str(served.provider.requests)


def test_a_model_that_is_down_leaves_the_extract(call: CallSession, settings: Settings) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "test-key", "http://127.0.0.1:9/v1"

    assert wrapped_up(call).summary.startswith("נמסר מידע.")


# --- the transcript's writer -------------------------------------------------------------------------
def test_a_later_version_of_a_line_replaces_the_earlier_one(call: CallSession) -> None:
    writer = TurnWriter()
    for text, heard in (("", 0.0), ("שלום וברכה", 1.0)):
        writer.put(Line(call.business_id, call.pk, SaveTurn(7, "assistant", text, heard, 1200)))
        writer.flush().result(10)
    writer.put(Line(call.business_id, call.pk, SaveTurn(8, "caller", "א", 1.0, 1300)))
    writer.put(Line(call.business_id, call.pk, SaveTurn(8, "caller", "ב", 1.0, 1300, {"EOU_REASON": "vad"})))
    writer.flush().result(10)

    with for_business(call.business_id):
        lines = list(
            Turn.objects.filter(index__gte=7).order_by("index").values_list("text", "heard_fraction", "metrics")
        )
    assert lines == [("שלום וברכה", 1.0, {}), ("ב", 1.0, {"EOU_REASON": "vad"})]


def test_lines_of_a_call_that_was_erased_do_not_stop_the_writer(call: CallSession) -> None:
    writer = TurnWriter()
    writer.put(Line(call.business_id, 10**6, SaveTurn(0, "caller", "שלום", 1.0, 0)))
    writer.flush().result(10)
    writer.put(Line(call.business_id, call.pk, SaveTurn(9, "caller", "שלום", 1.0, 0)))
    writer.flush().result(10)

    with for_business(call.business_id):
        assert Turn.objects.filter(index=9).exists()


def test_the_lines_of_one_erased_call_take_no_other_call_with_them(call: CallSession) -> None:
    writer = TurnWriter()
    for number in range(3):
        writer.put(Line(call.business_id, call.pk, SaveTurn(20 + number, "caller", "שלום", 1.0, 0)))
        writer.put(Line(call.business_id, 10**6 + number, SaveTurn(0, "caller", "שלום", 1.0, 0)))
    writer.flush().result(10)

    with for_business(call.business_id):
        assert Turn.objects.filter(index__gte=20).count() == 3


# --- replay ------------------------------------------------------------------------------------------
def recorded(call: CallSession, *, version: str | None = None, tampered: bool = False, part: int = 0) -> None:
    conversation, journal = Conversation(), Journal()
    facts = ev.CallFacts(started_at="2026-11-21T08:00:00+02:00")
    for event in (ev.CallAnswered(0, facts), ev.ProviderReady(10), ev.CallerHungUp(500)):
        actions = conversation.handle(event)
        journal.add(event, [] if tampered else actions)
    with for_business(call.business_id):
        version = version or core_version()
        EventLog.objects.create(call=call, part=part, core_version=version, data=journal.packed())


def test_a_recorded_call_replays_to_the_same_actions(call: CallSession, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(call)
    call_command("replay_call", "CA1")

    assert capsys.readouterr().out == "3 events, the same actions.\n"


def test_every_stream_of_a_call_is_replayed(call: CallSession, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(call)
    recorded(call, part=1)
    call_command("replay_call", "CA1")
    assert capsys.readouterr().out == "6 events, the same actions.\n"

    recorded(call, part=2, tampered=True)
    with pytest.raises(CommandError, match="3 of 9 events"):
        call_command("replay_call", "CA1")
    assert "stream 3, event 0 at 0 ms: CallAnswered" in capsys.readouterr().out


def test_a_replay_that_differs_is_an_error(call: CallSession) -> None:
    recorded(call, tampered=True)
    with pytest.raises(CommandError, match="3 of 3 events led to other actions"):
        call_command("replay_call", "CA1")


def test_a_log_of_another_version_shows_its_differences(call: CallSession, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(call, version="another", tampered=True)
    with pytest.raises(SystemExit) as exit:
        call_command("replay_call", "CA1")

    assert exit.value.code == 3
    assert "event 0 at 0 ms: CallAnswered" in capsys.readouterr().out


def test_an_unknown_call_is_told(db: None) -> None:
    with pytest.raises(CommandError, match="no recorded call CA404"):
        call_command("replay_call", "CA404")


def test_a_silent_call_is_not_called_hung_up() -> None:
    greeting = Turn(speaker="assistant", text="איך אפשר לעזור?")
    asked = Turn(speaker="assistant", text="אתה עדיין על הקו?")
    call = CallSession(outcome="abandoned")

    assert summary.summarise(call, None, [greeting, asked]) == "לא נשמע קול מהצד השני, והשיחה הסתיימה."
    assert summary.summarise(call, None, [greeting]) == "השיחה נותקה מיד."


def test_an_appointment_that_was_begun_and_not_made_is_no_information(call: CallSession) -> None:
    TurnFactory(
        business=call.business, call=call, index=3, speaker="server", text="[SERVER] slot_available: 2026-11-23 18:00"
    )
    row = wrapped_up(call)

    assert row.outcome == "answered"
    assert row.summary.startswith("התחילה קביעה או שינוי של תור, ולא הושלמו.")


@pytest.mark.parametrize(
    ("from_number", "told"), [("anonymous", True), ("+972541111111", True), ("+972521234567", False)]
)
def test_the_staff_look_at_a_change_by_a_keyed_number(salon: Business, from_number: str, told: bool) -> None:
    theirs = AppointmentFactory(
        business=salon, customer_phone="+972521234567", call_sid="", status=Appointment.Status.CANCELLED
    )
    call = CallSessionFactory(business=salon, call_sid="CA7", from_number=from_number, outcome="cancelled")
    item = f'[SERVER] appointment_cancelled: {{"appointment_id": {theirs.pk}, "say": "התור בוטל."}}'
    TurnFactory(business=salon, call=call, index=0, speaker="caller", text="לבטל את התור")
    TurnFactory(business=salon, call=call, index=1, speaker="server", text=item)
    wrapped_up(call, times=2)

    with for_business(salon):
        found = [(each.lead, each.call_sid) for each in FollowUp.objects.filter(key="keyed-number:CA7")]
    assert found == ([(theirs.lead, "CA7")] if told else [])
