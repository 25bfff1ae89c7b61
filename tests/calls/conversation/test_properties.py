"""What holds for every order of events, also those no carrier or provider should ever send."""

from hypothesis import given, settings
from hypothesis import strategies as st

from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.journal import Journal, unpack
from calls.conversation.machine import Conversation
from calls.conversation.replay import differences

IDS = st.sampled_from(["a", "b", "c"])
INTENTS = st.sampled_from(["r1", "r2", "r3", "r1.2", "r2.2", ""])
TEXTS = st.sampled_from(["כן", "לא", "מחר בשש", "אהה", "תודה שצפיתם", ""])
REQUESTS = st.sampled_from([f"{kind}{number}" for kind in "usb" for number in range(1, 6)])
READINGS = st.builds(
    ev.Reading,
    intent=st.sampled_from(["book", "yes", "no", "none", "question", "cancel"]),
    day=st.sampled_from([None, "2026-11-23"]),
    hour=st.sampled_from([None, "18:00", "10:15"]),
    name=st.sampled_from([None, "דנה"]),
    phone=st.sampled_from([None, "0521234567", "12"]),
    ambiguous=st.booleans(),
    farewell=st.booleans(),
)
ANSWERS = st.builds(
    ev.SlotAnswer,
    ok=st.booleans(),
    error=st.sampled_from(["slot_taken", "off_grid", "need_name", "need_phone", "failure"]),
    suggestions=st.sampled_from([(), ("2026-11-23 18:00",), ("2026-11-23 18:00", "2026-11-23 19:00")]),
    appointment_id=st.just(1),
    say=st.just("התור נקבע בהצלחה"),
)
TIMERS = st.sampled_from(["session", "response", "barge_in", "keypad", "transcript", "goodbye", "silence", "calendar"])
AT = st.just(0)
EVENTS = st.one_of(
    st.builds(ev.CallerLoud, AT),
    st.builds(ev.KeyPressed, AT, st.sampled_from("0123456789*#")),
    st.builds(ev.MarkReturned, AT, st.sampled_from(["g0:a:200", "g1:a:1000", "g0:b:200", "x"])),
    st.builds(ev.AudioSent, AT, IDS, st.integers(0, 2000)),
    st.builds(ev.SpeechStarted, AT, IDS),
    st.builds(ev.SpeechStopped, AT, IDS, st.integers(0, 3000)),
    st.builds(ev.TurnCommitted, AT, IDS),
    st.builds(ev.CallerTranscript, AT, IDS, TEXTS),
    st.builds(ev.TranscriptFailed, AT, IDS),
    st.builds(ev.ResponseCreated, AT, IDS, INTENTS),
    st.builds(ev.ReplyAudio, AT, IDS, IDS, AT, st.integers(1, 1000)),
    st.builds(ev.ReplyAudioDone, AT, IDS),
    st.builds(ev.ReplyText, AT, IDS, TEXTS),
    st.builds(ev.ResponseDone, AT, IDS, st.sampled_from(["completed", "cancelled", "failed", "incomplete"])),
    st.builds(
        ev.ProviderError,
        AT,
        st.sampled_from(["conversation_already_has_active_response", "response_cancel_not_active", "odd"]),
        INTENTS,
    ),
    st.builds(ev.Understood, AT, REQUESTS, READINGS),
    st.builds(ev.SlotChecked, AT, REQUESTS, ANSWERS),
    st.builds(ev.BookingAnswered, AT, REQUESTS, ANSWERS),
    st.builds(ev.TimerFired, AT, TIMERS),
    st.builds(ev.CallerHungUp, AT),
    st.builds(ev.ProviderLost, AT, st.just("1006")),
)


def at(event: ev.AnyEvent, at_ms: int) -> ev.AnyEvent:
    return type(event)(
        **{field: getattr(event, field) for field in event.__struct_fields__ if field != "at_ms"}, at_ms=at_ms
    )


def opening() -> list[ev.AnyEvent]:
    return [ev.CallAnswered(0, ev.CallFacts(started_at="2026-11-22T12:00:00+02:00")), ev.ProviderReady(0)]


@settings(max_examples=1000, deadline=None)
@given(st.lists(EVENTS, max_size=60))
def test_whatever_happens_the_rules_of_a_call_hold(happenings: list[ev.AnyEvent]) -> None:
    conversation, journal = Conversation(), Journal()
    booking_open: list[str] = []
    asked, active, booked, ended, generation = "", "", 0, False, 0
    for position, happening in enumerate(opening() + happenings):
        event = at(happening, position * 100)
        actions = conversation.handle(event)
        journal.add(event, actions)
        if ended:
            assert all(isinstance(action, do.Ignored) for action in actions)
        match event:
            case ev.ResponseCreated(response_id=response_id, intent_id=intent_id):
                if asked and intent_id.split(".")[0] in (asked, ""):
                    asked, active = "", response_id
            case ev.ResponseDone(response_id=response_id) if response_id == active:
                active = ""
            case ev.ProviderError(code="response_cancel_not_active") | ev.TimerFired(name="response"):
                asked, active = "" if isinstance(event, ev.TimerFired) else asked, ""
            case ev.ProviderError(event_id=event_id) if event_id.split(".")[0] == asked:
                asked = ""
            case _:
                pass
        for action in actions:
            if isinstance(action, do.CreateResponse):
                assert not asked, "a second response was asked for while one was awaited"
                assert not active, "a second response was asked for while one was spoken"
                asked = action.intent_id.split(".")[0]
            if isinstance(action, do.PausePlayback | do.StopPlayback):
                assert action.generation >= generation
                generation = action.generation
            if isinstance(action, do.BookAppointment):
                booking_open.append(action.request_id)
            if isinstance(action, do.AddServerItem) and "appointment_created" in action.text:
                booked += 1
            if isinstance(action, do.FinishCall):
                assert action is actions[-1]
                ended = True
        if isinstance(event, ev.BookingAnswered) and event.request_id in booking_open:
            booking_open.remove(event.request_id)
        assert len(booking_open) <= 1
        assert ended == conversation.ended
    assert booked <= 1
    assert list(differences(unpack(journal.packed()))) == []
