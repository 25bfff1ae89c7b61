"""A recorded call replays to equal actions, and a changed one shows where."""

import pytest

from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.journal import Journal, Step, core_version, unpack
from calls.conversation.replay import differences
from tests.support.scripted_call import ScriptedCall


class RecordedCall(ScriptedCall):
    def __init__(self) -> None:
        super().__init__(require_phone=False)
        self.journal = Journal()

    def happens(self, event: ev.AnyEvent) -> list[do.Action]:
        actions = super().happens(event)
        self.journal.add(event, actions)
        return actions


def booked_call() -> RecordedCall:
    call = RecordedCall()
    call.greeted()
    call.caller_says("תור לדנה מחר בשש", name="דנה", intent="book", day="2026-11-23", hour="18:00")
    call.calendar_says_free()
    call.calendar_books()
    call.hangs_up()
    return call


def test_a_recorded_call_replays_to_equal_actions():
    packed = booked_call().journal.packed()
    assert list(differences(unpack(packed))) == []


def test_a_step_that_was_acted_on_differently_is_shown():
    steps = list(unpack(booked_call().journal.packed()))
    steps[3] = Step(steps[3].event, (do.HangUp("no reason"),))

    [difference] = differences(steps)

    assert (difference.position, difference.event) == (3, type(steps[3].event).__name__)
    assert b"no reason" in difference.recorded


def test_packing_is_the_same_each_time():
    call = booked_call()
    assert call.journal.packed() == call.journal.packed()


def test_a_damaged_log_is_refused():
    with pytest.raises(ValueError, match="damaged"):
        list(unpack(b"not gzip"))


def test_the_core_has_a_version():
    assert len(core_version()) == 16
