"""A carrier that sends nonsense, and callers who do what nobody does: the call goes on, or ends politely."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from pytest_django.fixtures import Settings

from calls import services, tokens
from calls.conversation import actions as do
from calls.models import CallSession, Turn
from calls.threads import off_loop
from calls.tokens import Claim
from crm.models import Business
from crm.tenancy import for_business, for_everyone
from tests.support import virtual_time
from tests.support.raw_call import SID, RawCall, raw_call
from tests.support.scripted_call import ScriptedCall, only
from tests.support.telephone import DANA, NUMBER, House, open_house

Script = Callable[[RawCall], Awaitable[None]]
MINUTE = 60_000


@pytest.fixture
def on_the_line(salon: Business, settings: Settings) -> Callable[[Script], CallSession]:
    """Plays a hand-made stream in virtual time and gives the call's row when all is stored."""

    async def play(script: Script) -> CallSession:
        async with open_house(settings, virtual_time.VirtualClock()) as house:
            await off_loop(services.receive_call, call_sid=SID, called=NUMBER, caller=DANA, to_number=NUMBER)
            token = await off_loop(tokens.mint, Claim(SID, salon.pk))
            async with raw_call(house, token) as call:
                await script(call)
            row = await stored(house)
            refused = [error for session in house.provider.provider.sessions for error in session.recording.errors]
            assert refused == []  # whatever came in, nothing wrong was passed on to the provider
            return row

    return lambda script: virtual_time.run(play(script))


async def stored(house: House) -> CallSession:
    def look() -> CallSession | None:
        with for_everyone("a look at one call"):
            row = CallSession.objects.filter(call_sid=SID).first()
            return row if row is not None and row.end_reason and row.event_logs.exists() else None

    end = house.clock.now() + 30
    while (row := await off_loop(look)) is None:
        assert house.clock.now() < end, "the call was not stored"
        await house.clock.sleep(0.1)
    return row


def said_by_caller(row: CallSession) -> list[str]:
    with for_business(row.business_id):
        return list(Turn.objects.filter(call=row, speaker=Turn.Speaker.CALLER).values_list("text", flat=True))


@pytest.mark.parametrize(
    "payload", ["%%%%", "////=", "=///", "אאאא", "/" * 213, "", "////\n", '"},{"', None, 7, ["////"], {"a": "////"}]
)
def test_sound_that_is_no_base64_is_left_out(on_the_line: Callable[[Script], CallSession], payload: object) -> None:
    async def script(call: RawCall) -> None:
        await call.seconds_pass(1)
        for _ in range(10):
            await call.media(payload=payload)
        await call.seconds_pass(4)
        await call.say("אני רוצה לקבוע תור")
        await call.seconds_pass(3)
        assert "מה השם המלא" in call.heard

    assert said_by_caller(on_the_line(script)) == ["אני רוצה לקבוע תור"]


@pytest.mark.parametrize(
    ("chunk", "timestamp"),
    [("x", "y"), (-5, -100), ("-5", "-100"), ("9" * 30, "9" * 30), (None, None), ("1", "0"), ("1.5", "1e9"), ([], {})],
)
def test_frames_that_are_numbered_wrongly_are_heard_all_the_same(
    on_the_line: Callable[[Script], CallSession], chunk: object, timestamp: object
) -> None:
    async def script(call: RawCall) -> None:
        await call.seconds_pass(2)
        for _ in range(10):
            await call.media(chunk=chunk, timestamp=timestamp)
        await call.seconds_pass(3)
        await call.say("אני רוצה לקבוע תור")
        await call.seconds_pass(3)

    assert said_by_caller(on_the_line(script)) == ["אני רוצה לקבוע תור"]


def test_an_hour_that_is_missing_in_the_stream_is_not_made_up(on_the_line: Callable[[Script], CallSession]) -> None:
    async def script(call: RawCall) -> None:
        await call.seconds_pass(4)
        for number in range(150):
            await call.media(chunk=str(201 + number), timestamp=str(3_600_000 + number * 20))
        session = call.house.provider.provider.sessions[-1]
        assert session.recording.appended < 400  # seven seconds of frames and, at most, ten of silence

    assert on_the_line(script).outcome == "abandoned"


def test_nonsense_in_the_middle_of_a_call_is_passed_over(on_the_line: Callable[[Script], CallSession]) -> None:
    async def script(call: RawCall) -> None:
        await call.seconds_pass(2)
        for nonsense in ("", "[]", "null", "7", '"media"', "{}", '{"event": 7}', '{"event": "media"}', "{" * 500):
            await call.socket.send(nonsense)
        await call.send("dance", dance={"step": 1})
        await call.send("start", start={"again": True})
        await call.send("connected")
        await call.seconds_pass(3)
        await call.say("אני רוצה לקבוע תור")
        await call.seconds_pass(3)
        assert call.is_open

    assert said_by_caller(on_the_line(script)) == ["אני רוצה לקבוע תור"]


@pytest.mark.parametrize("digit", ["A", "12", "", "٣", "-", None, 5])
def test_keys_that_no_telephone_has_are_no_keys(on_the_line: Callable[[Script], CallSession], digit: object) -> None:
    async def script(call: RawCall) -> None:
        await call.seconds_pass(4)
        await call.send("dtmf", dtmf={"track": "inbound_track", "digit": digit})
        await call.seconds_pass(10)

    row = on_the_line(script)
    assert said_by_caller(row) == []
    assert row.outcome == "abandoned"


@pytest.mark.parametrize("name", ["", "g9:item:99999999", "g1:", "::::", "x" * 5000, "g-1:a:-5", "g1:item_x:NaN", None])
def test_marks_that_nobody_asked_for_mean_nothing(on_the_line: Callable[[Script], CallSession], name: object) -> None:
    async def script(call: RawCall) -> None:
        await call.seconds_pass(1)
        for _ in range(5):
            await call.send("mark", mark={"name": name})
        await call.seconds_pass(4)
        await call.say("אני רוצה לקבוע תור")
        await call.seconds_pass(3)
        assert "מה השם המלא" in call.heard

    assert said_by_caller(on_the_line(script)) == ["אני רוצה לקבוע תור"]


def test_a_carrier_that_never_returns_a_mark_is_served_to_the_goodbye(
    on_the_line: Callable[[Script], CallSession],
) -> None:
    async def script(call: RawCall) -> None:
        await call.seconds_pass(5)
        await call.say("אני רוצה לקבוע תור")
        await call.seconds_pass(4)
        assert "מה השם המלא" in call.heard
        await call.say("לא משנה, להתראות")
        while call.is_open:
            await call.media()
        assert "יום נעים" in call.heard
        assert call.marks

    row = on_the_line(script)
    assert (row.outcome, row.end_reason) == ("answered", "the caller said goodbye")


def test_a_silent_caller_whose_marks_never_return_is_not_kept_for_ever(
    on_the_line: Callable[[Script], CallSession],
) -> None:
    async def script(call: RawCall) -> None:
        seconds = 0
        while call.is_open:
            await call.seconds_pass(1)
            seconds += 1
            assert seconds < 120
        assert "עדיין על הקו" in call.heard

    assert on_the_line(script).end_reason == "the caller was silent"


def test_all_marks_at_once_and_twice_harm_nothing(on_the_line: Callable[[Script], CallSession]) -> None:
    async def script(call: RawCall) -> None:
        await call.seconds_pass(2)
        for name in [*call.marks, *reversed(call.marks)]:
            await call.send("mark", mark={"name": name})
        await call.seconds_pass(3)
        await call.say("אני רוצה לקבוע תור")
        await call.seconds_pass(3)
        assert "מה השם המלא" in call.heard

    assert said_by_caller(on_the_line(script)) == ["אני רוצה לקבוע תור"]


# --- long calls drive the core ------------------------------------------------------------------------
class Chat:
    """A caller and an assistant who have something to say every minute; the two timers of long calls ring."""

    def __init__(self, call: ScriptedCall) -> None:
        self.call = call
        self._due: dict[str, int] = {}
        self._seen = 0

    def goes_on_until(self, minute: int) -> None:
        while self.call.now < minute * MINUTE and not self.call.conversation.ended:
            self._timers(self.call.now + MINUTE)
            if not self.call.conversation.ended:
                self.call.time_passes(MINUTE - 10_000)
                self.call.caller_says("עוד שאלה, בבקשה")
                self.call.assistant_says("בשמחה. איזה יום ושעה נוחים?")

    def _timers(self, until: int) -> None:
        for action in self.call.did[self._seen :]:
            if isinstance(action, do.StartTimer) and action.name in ("renewal", "limit"):
                self._due[action.name] = self.call.now + action.after_ms
        self._seen = len(self.call.did)
        for name in [name for name, at in self._due.items() if at < until]:
            del self._due[name]
            if only(self.call.happens_timer(name), do.CreateResponse):
                self.call.assistant_says("נצטרך לסיים.")


def test_a_call_of_seventy_minutes_outlives_the_providers_session() -> None:
    call = ScriptedCall(max_call_ms=120 * MINUTE).greeted()
    chat = Chat(call)
    chat.goes_on_until(56)
    assert call.all(do.OpenSession) == [do.OpenSession(2)]  # before the hour in which sessions end
    told = call.provider_is_ready()
    assert any(isinstance(action, do.AddHistoryItem) for action in told)

    chat.goes_on_until(70)
    assert not call.conversation.ended
    lines = [action.index for action in call.all(do.SaveTurn)]
    assert max(lines) + 1 == len(set(lines))  # each line of the transcript once, none left out
    call.hangs_up()
    assert call.last(do.FinishCall).outcome == "answered"


def test_a_call_without_an_end_is_told_and_ended_at_the_owners_limit() -> None:
    call = ScriptedCall(max_call_ms=30 * MINUTE).greeted()
    Chat(call).goes_on_until(70)

    assert 29 * MINUTE < call.now < 32 * MINUTE
    assert [text for text in call.items() if "נצטרך לסיים" in text]
    assert call.last(do.HangUp)
