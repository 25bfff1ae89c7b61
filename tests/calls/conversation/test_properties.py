"""What holds for every order of events, also those no carrier or provider should ever send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import example, given, settings
from hypothesis import strategies as st

from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.journal import Journal, unpack
from calls.conversation.machine import Conversation, Phase
from calls.conversation.replay import differences
from tests.support.small_world import NEVER_MS, STEP_MS, Plan, Utterance, World

FACTS = ev.CallFacts(started_at="2026-11-22T12:00:00+02:00", caller_phone="+972521234567", greeting="שלום לכם")
IDS = st.sampled_from(["a", "b", "c"])
INTENTS = st.sampled_from(["r1", "r2", "r3", "r1.2", "r2.2", ""])
TEXTS = st.sampled_from(["כן", "לא", "מחר בשש", "אהה", "תודה שצפיתם", ""])
SAID = st.sampled_from(
    ["שלום, איך אפשר לעזור?", "קבעתי לך את התור.", "קבעתי ", "לך תור למחר ", "בשש. ", "יש מקום מחר בשש.", "נחזור אליך."]
)
REQUESTS = st.sampled_from([f"{kind}{number}" for kind in "usbfmc" for number in range(1, 6)])
READINGS = st.builds(
    ev.Reading,
    intent=st.sampled_from(["book", "yes", "no", "none", "question", "cancel", "reschedule"]),
    day=st.sampled_from([None, "2026-11-23"]),
    hour=st.sampled_from([None, "18:00", "10:15"]),
    name=st.sampled_from([None, "דנה"]),
    phone=st.sampled_from([None, "0521234567", "12"]),
    ambiguous=st.booleans(),
    farewell=st.booleans(),
    wants_wait=st.booleans(),
    wants_person=st.booleans(),
)
ANSWERS = st.builds(
    ev.SlotAnswer,
    ok=st.booleans(),
    error=st.sampled_from(["slot_taken", "off_grid", "need_name", "need_phone", "failure"]),
    suggestions=st.sampled_from([(), ("2026-11-23 18:00",), ("2026-11-23 18:00", "2026-11-23 19:00")]),
    appointment_id=st.just(1),
    start_iso=st.just("2026-11-23T18:00:00+02:00"),
    say=st.just("התור נקבע בהצלחה"),
)
KNOWN = st.builds(ev.KnownAppointment, st.integers(1, 3), st.sampled_from(["2026-11-24 10:00", "2026-11-25 12:00"]))
AT = st.just(0)
EVENTS = st.one_of(
    st.builds(ev.CallerLoud, AT),
    st.builds(ev.KeyPressed, AT, st.sampled_from("0123456789*#")),
    st.builds(ev.MarkReturned, AT, st.sampled_from(["g0:a:200", "g1:a:1000", "g0:b:200", "x"])),
    st.builds(ev.AudioSent, AT, IDS, st.integers(0, 2000)),
    st.builds(ev.LineQueued, AT, st.sampled_from(["line_1", "line_2", "a"]), st.sampled_from([0, 1500]), SAID),
    st.builds(ev.SpeechStarted, AT, IDS),
    st.builds(ev.SpeechStopped, AT, IDS, st.integers(0, 3000)),
    st.builds(ev.TurnCommitted, AT, IDS),
    st.builds(ev.TranscriptStarted, AT, IDS, TEXTS),
    st.builds(ev.CallerTranscript, AT, IDS, TEXTS),
    st.builds(ev.TranscriptFailed, AT, IDS),
    st.builds(ev.ResponseCreated, AT, IDS, INTENTS),
    st.builds(ev.ReplyAudio, AT, IDS, IDS, AT, st.integers(1, 1000)),
    st.builds(ev.ReplyAudioDone, AT, IDS),
    st.builds(ev.ReplyWords, AT, IDS, SAID),
    st.builds(ev.ReplyText, AT, IDS, SAID),
    st.builds(
        ev.ResponseDone,
        AT,
        IDS,
        st.sampled_from(["completed", "cancelled", "failed", "incomplete"]),
        st.sampled_from(["", "server_error", "rate_limit_exceeded", "insufficient_quota"]),
        st.integers(0, 50_000),
    ),
    st.builds(
        ev.ProviderError,
        AT,
        st.sampled_from(["conversation_already_has_active_response", "response_cancel_not_active", "odd"]),
        INTENTS,
    ),
    st.builds(ev.ProviderReady, AT, st.sampled_from([60_000, 3_600_000])),
    st.builds(ev.ProviderLost, AT, st.just("1006"), st.booleans()),
    st.builds(ev.Understood, AT, REQUESTS, READINGS),
    st.builds(ev.SlotChecked, AT, REQUESTS, ANSWERS),
    st.builds(ev.BookingAnswered, AT, REQUESTS, ANSWERS),
    st.builds(ev.AppointmentsFound, AT, REQUESTS, st.lists(KNOWN, max_size=2).map(tuple), st.booleans()),
    st.builds(ev.SlotsFound, AT, REQUESTS, st.sampled_from([(), ("2026-11-23 18:00",)]), st.booleans()),
    st.builds(ev.TimerFired, AT, st.sampled_from(sorted(Conversation()._timers))),
    st.builds(ev.CallerHungUp, AT),
    st.builds(ev.StaffWhispered, AT, IDS, TEXTS, st.sampled_from(["נועה", ""])),
    st.builds(ev.StaffTakesOver, AT, IDS, st.sampled_from(["נועה", "Dana", ""])),
    st.builds(ev.StaffEnds, AT, IDS),
)


def at(event: ev.AnyEvent, at_ms: int) -> ev.AnyEvent:
    return type(event)(
        **{field: getattr(event, field) for field in event.__struct_fields__ if field != "at_ms"}, at_ms=at_ms
    )


def opening() -> list[ev.AnyEvent]:
    return [ev.CallAnswered(0, FACTS), ev.ProviderReady(0)]


@settings(max_examples=1000, deadline=None)
@given(st.lists(EVENTS, max_size=60))
def test_whatever_happens_the_rules_of_a_call_hold(happenings: list[ev.AnyEvent]) -> None:
    conversation, journal = Conversation(), Journal()
    writing: list[str] = []
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
            case ev.ProviderLost():
                asked = active = ""  # with its session
            case ev.ProviderReady():
                asked = active = ""
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
            if isinstance(action, do.BookAppointment | do.MoveAppointment | do.CancelAppointment):
                writing.append(action.request_id)
            if isinstance(action, do.AddServerItem) and "appointment_created" in action.text:
                booked += 1
            if isinstance(action, do.FinishCall):
                assert action is actions[-1]
                ended = True
        if isinstance(event, ev.BookingAnswered) and event.request_id in writing:
            writing.remove(event.request_id)
        assert len(writing) <= 1
        assert ended == conversation.ended
    assert booked <= 1
    assert list(differences(unpack(journal.packed()))) == []


# --- in a world where everybody else misbehaves ------------------------------------------------------
@dataclass(frozen=True)
class Act:
    """What a caller does, so long after the last thing they did."""

    after_ms: int
    name: str
    do: Callable[[World], None]

    def __repr__(self) -> str:
        return f"{self.name} after {self.after_ms} ms"


BOOK = Utterance("תור מחר בשש", ev.Reading(intent="book", day="2026-11-23", hour="18:00"))
YES = Utterance("כן, דנה לוי", ev.Reading(intent="yes", name="דנה לוי"))
NO = Utterance("לא, זה לא מתאים", ev.Reading(intent="no"), length_ms=900)
ASK = Utterance("מה השעות שלכם?", ev.Reading(intent="question"))
UNHEARD = Utterance("משהו שלא נקלט", hears=False)
LATE = Utterance("ביום שלישי", ev.Reading(day="2026-11-24"), transcript_after_ms=3500)
NEVER_WRITTEN = Utterance("משהו ארוך", transcript_after_ms=NEVER_MS)
AHA = Utterance("אהה", length_ms=350, wants_answer=False)
BYE = Utterance("להתראות", ev.Reading(farewell=True), length_ms=800, wants_answer=False)
KEYS = ("0521234567#", "0521234567", "05212", "12345#", "0", "1", "2", "*", "#", "0123456789" * 4)


def says(said: Utterance) -> Callable[[int], Act]:
    return lambda after_ms: Act(after_ms, said.words, lambda world: world.say(said))


def keys(pressed: str) -> Callable[[int], Act]:
    def press(world: World) -> None:
        for key in pressed:
            world.key(key)
            world.passes(120)

    return lambda after_ms: Act(after_ms, f"keys {pressed}", press)


ACTS = st.builds(
    lambda act, after_ms: act(after_ms),
    st.one_of(
        st.sampled_from([BOOK, YES, NO, ASK, UNHEARD, LATE, NEVER_WRITTEN, AHA, BYE]).map(says),
        st.sampled_from(KEYS).map(keys),
        st.just(lambda after_ms: Act(after_ms, "noise", lambda world: world.noise(200))),
    ),
    st.sampled_from([300, 1500, 3000, 6000, 12_000]),
)
STAFF = st.builds(
    lambda asked, after_ms: Act(after_ms, type(asked).__name__, lambda world: world.staff(asked)),
    st.sampled_from(
        [ev.StaffWhispered(0, "w", "יש חניה", "נועה"), ev.StaffTakesOver(0, "t", "נועה"), ev.StaffEnds(0, "e")]
    ),
    st.sampled_from([100, 1500, 6000]),
)
PLANS = st.builds(
    Plan,
    replies=st.lists(
        st.sampled_from(["well", "well", "lie", "lie_at_end", "mute", "never_created", "failed", "stalled", "endless"]),
        max_size=8,
    ),
    sessions=st.lists(st.sampled_from([100, 300, 1500, 5000, NEVER_MS]), max_size=3),
    lost_after_ms=st.lists(st.sampled_from([500, 4000, 9000, 20_000, NEVER_MS]), max_size=2),
    workers=st.lists(st.sampled_from([20, 40, 900, 5000]), max_size=6),
    calendar=st.lists(st.booleans(), max_size=4),
    cancels_race=st.lists(st.booleans(), max_size=4),
)


def lived(plan: Plan, acts: list[Act]) -> World:
    """The call, until a while after the last act."""
    world = World(plan, FACTS)
    for act in acts:
        world.passes(act.after_ms)
        act.do(world)
    world.passes(12_000)
    return world


NOISE = Act(300, "noise", lambda world: world.noise(200))
BROKE_UNDER_THEIR_WORDS = Plan(
    replies=[], sessions=[1500], lost_after_ms=[500], workers=[5000], calendar=[], cancels_race=[]
)


@settings(max_examples=250, deadline=None)
@example(BROKE_UNDER_THEIR_WORDS, [NOISE, says(NO)(300)])  # an answer went on, and was cut before a sound of it
@given(PLANS, st.lists(ACTS | STAFF, max_size=5))
def test_nobody_who_waits_hears_nothing_for_more_than_four_seconds(plan: Plan, acts: list[Act]) -> None:
    assert lived(plan, acts).worst_silence_ms <= 4000 + 2 * STEP_MS


@settings(max_examples=250, deadline=None)
@given(PLANS, st.lists(ACTS | STAFF, max_size=5))
def test_a_lie_that_was_heard_is_put_right_while_the_caller_is_there(plan: Plan, acts: list[Act]) -> None:
    world = lived(plan, acts)
    booked_at = [at_ms for at_ms, action in world.did if isinstance(action, do.BookAppointment)]
    noted = [at_ms for at_ms, action in world.did if isinstance(action, do.NoteFalseClaim) and action.heard]
    corrections = [
        at_ms
        for at_ms, action in world.did
        if isinstance(action, do.AddServerItem) and action.text.startswith("[SERVER] correction")
    ]
    for heard_at in world.lies_heard_at:
        if any(at_ms < heard_at for at_ms in booked_at):
            continue  # it was none any more
        assert any(heard_at - 3000 < at_ms for at_ms in noted), f"nobody noticed what was heard at {heard_at}"
        gone = world.ended and world.now - heard_at < 4000
        without_provider = world.conversation.link.given_up
        assert gone or without_provider or any(heard_at - 3000 < at_ms for at_ms in corrections)


@settings(max_examples=250, deadline=None)
@given(PLANS, st.lists(ACTS | STAFF, max_size=5))
def test_there_is_one_response_at_a_time_and_every_call_replays(plan: Plan, acts: list[Act]) -> None:
    world = lived(plan, acts)

    assert world.most_active <= 1
    assert list(differences(unpack(world.journal.packed()))) == []


@settings(max_examples=250, deadline=None)
@given(PLANS, st.lists(ACTS, max_size=4), STAFF, st.lists(ACTS, max_size=3))
def test_what_the_staff_decides_is_done_whatever_the_caller_does(
    plan: Plan, before: list[Act], decision: Act, after: list[Act]
) -> None:
    world = lived(plan, before)
    if world.ended or decision.name == "StaffWhispered":
        return
    decision.do(world)
    for act in after:
        world.passes(act.after_ms)
        act.do(world)
    world.passes(60_000)

    last = [action for _, action in world.did if isinstance(action, do.HandOver | do.HangUp)]
    assert world.ended
    assert isinstance(last[0], do.HandOver if decision.name == "StaffTakesOver" else do.HangUp)


def listens_for_numbers(conversation: Conversation) -> bool:
    """No menu is open, where keys are choices."""
    return conversation.phase in (Phase.TALKING, Phase.CLOSING) and conversation.server.menu is None


@settings(max_examples=250, deadline=None)
@given(PLANS, st.lists(ACTS, max_size=4), st.sampled_from(["0521234567#", "0521234567", "12345#"]))
def test_a_number_that_was_keyed_is_never_lost(plan: Plan, acts: list[Act], number: str) -> None:
    world = lived(plan, acts)
    conversation = world.conversation
    if not listens_for_numbers(conversation):
        return
    before = len(world.did)
    keys(number)(0).do(world)
    if not listens_for_numbers(conversation):
        return  # a menu was opened while it was keyed
    world.passes(8000)

    kept = [action.text for _, action in world.did[before:] if isinstance(action, do.SaveTurn)]
    assert number.rstrip("#") in kept
