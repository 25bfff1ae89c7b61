"""A call's line to the provider, over real sockets: sessions that come late, end, break, and follow each other."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from calls import realtime, transcribers
from calls.clock import Clock
from calls.conversation import events as ev
from calls.provider import NoProvider, ProviderAddress
from calls.realtime import SessionSettings
from calls.realtime_ear import Audio
from calls.sessions import SWAP_SECONDS, Sessions
from calls.transcribers import Transcribers
from simulator import audio, ulaw
from simulator.provider import Served, running_provider
from simulator.provider_options import ProviderOptions

MODEL = "gpt-realtime-2.1"
MODELS = ["gpt-transcribe", "gpt-4o-transcribe"]
INSTRUCTIONS = """\
greeting -> "שלום, הגעתם למספרה. איך אפשר לעזור?"
no_event -> "בשמחה. איזה יום ושעה נוחים?"
[SERVER] need_name -> "מה השם המלא, בבקשה?"
[SERVER] provider_back -> "סליחה, היה רעש בקו. איפה היינו?"
"""
SETTINGS = SessionSettings(MODEL, "marin", INSTRUCTIONS, "")


class Listening:
    """A call without its carrier and its conversation. `came`: everything that was reported, in order."""

    def __init__(self, provider: Served, clock: Clock) -> None:
        self.clock = clock
        self.provider = provider
        self.came: list[ev.AnyEvent] = []
        self.ear = audio.Ear()
        self.sessions = Sessions(
            clock=clock,
            model=MODEL,
            safety_id="caller",
            address=self.address,
            transcribers=Transcribers(MODELS, provider.base_url),
        )

    async def address(self) -> ProviderAddress:
        return ProviderAddress(self.provider.base_url, "secret")

    def attach(self) -> None:
        self.sessions.attach(now_ms=self.clock.now_ms, on_event=self.came.append, on_audio=self._heard)

    def _heard(self, piece: Audio) -> None:
        self.ear.feed(base64.b64decode(piece.delta))

    async def configured(self) -> Listening:
        self.attach()
        self.sessions.configure(SETTINGS)
        await self.sessions.open(1)
        assert self.kinds == [ev.ProviderReady]
        return self

    @property
    def kinds(self) -> list[type]:
        return [type(event) for event in self.came]

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.came if isinstance(event, kind)]

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.of(ev.CallerTranscript)]

    @property
    def words(self) -> list[str]:
        return [utterance.text for utterance in self.ear.utterances]

    def speak(self, words: str, silence_ms: int = 700) -> None:
        self.sound(audio.speech(words) + ulaw.SILENCE * (silence_ms // 20))

    async def speak_in_time(self, words: str) -> None:
        at = self.clock.now()
        for frame in audio.frames(audio.speech(words) + ulaw.SILENCE * 35):
            self.sound(frame)
            at += 0.02
            await self.clock.sleep_until(at)

    def sound(self, sound: bytes) -> None:
        for frame in audio.frames(sound):
            self.sessions.append(base64.b64encode(frame).decode())

    async def until(self, condition: Callable[[], Any]) -> Any:
        async with asyncio.timeout(20):
            while not (value := condition()):
                await self.clock.sleep(0.05)
        return value

    async def reply(self, intent: str = "r1") -> None:
        done = len(self.of(ev.ResponseDone))
        self.sessions.send(realtime.create_response(intent))
        await self.until(lambda: len(self.of(ev.ResponseDone)) > done)


@pytest.fixture
def options() -> ProviderOptions:
    return ProviderOptions()


@pytest.fixture
async def line(options: ProviderOptions) -> AsyncIterator[Listening]:
    clock = Clock(10)
    async with running_provider(clock=clock, options=options) as provider:
        listening = Listening(provider, clock)
        try:
            yield listening
        finally:
            listening.sessions.close()


def wire(line: Listening, session: int = -1) -> Any:
    return line.provider.provider.sessions[session]


# --- the first session -------------------------------------------------------------------------------
async def test_what_happens_before_anybody_listens_is_told_afterwards(line: Listening) -> None:
    line.sessions.configure(SETTINGS)
    await line.sessions.open(1)
    await line.clock.sleep(1)
    line.attach()

    assert line.kinds == [ev.ProviderReady]
    assert line.came[0].at_ms >= 1000, "it is news when it is told"
    await line.reply()
    assert line.words == ["שלום, הגעתם למספרה. איך אפשר לעזור?"]


async def test_a_session_waits_for_what_it_is_to_be_like(line: Listening) -> None:
    line.attach()
    opening = asyncio.ensure_future(line.sessions.open(1))
    await line.until(lambda: line.provider.provider.sessions)
    line.speak("אני רוצה תור")
    assert not opening.done()

    line.sessions.configure(SETTINGS)
    await opening

    assert await line.until(lambda: line.texts) == ["אני רוצה תור"], "what was said meanwhile is heard"


async def test_the_end_of_a_session_is_known_from_its_beginning(line: Listening, options: ProviderOptions) -> None:
    options.expires_after_s = 1200
    await line.configured()

    assert 1_100_000 <= line.came[0].expires_in_ms <= 1_215_000  # the wire counts in whole seconds


async def test_a_connection_that_fails_is_tried_once_more_at_once(line: Listening, options: ProviderOptions) -> None:
    options.refuse_connects.append(503)
    await line.configured()

    assert line.kinds == [ev.ProviderReady]


@pytest.mark.parametrize("how", [500, 429, "hang", "reset"])
async def test_a_provider_that_cannot_be_reached_is_reported_once(
    line: Listening, options: ProviderOptions, how: int | str
) -> None:
    options.refuse_connects.extend([how, how])
    line.attach()
    line.sessions.configure(SETTINGS)
    await line.sessions.open(1)

    assert [(event.reason, event.fatal) for event in line.of(ev.ProviderLost)] == [("unreachable", False)]
    assert not options.refuse_connects


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_is_refused_is_not_tried_again(line: Listening, options: ProviderOptions, status: int) -> None:
    options.refuse_connects.extend([status, status])
    line.attach()
    await line.sessions.open(1)

    assert line.of(ev.ProviderLost)[0].fatal
    assert len(options.refuse_connects) == 1


async def test_an_installation_without_a_provider_knows_it_at_once(line: Listening) -> None:
    async def nowhere() -> ProviderAddress:
        raise NoProvider

    sessions = Sessions(
        clock=line.clock, model=MODEL, safety_id="", address=nowhere, transcribers=Transcribers(MODELS, "")
    )
    sessions.attach(now_ms=line.clock.now_ms, on_event=line.came.append, on_audio=lambda audio: None)
    await sessions.open(1)

    assert [(event.reason, event.fatal) for event in line.of(ev.ProviderLost)] == [("no provider", True)]


async def test_a_provider_that_never_agrees_is_given_up(line: Listening, options: ProviderOptions) -> None:
    options.swallow["session.update"] = 1
    line.attach()
    line.sessions.configure(SETTINGS)
    await line.sessions.open(1)

    assert [event.reason for event in line.of(ev.ProviderLost)] == ["not ready"]


async def test_a_late_greeting_of_the_service_is_waited_for(line: Listening, options: ProviderOptions) -> None:
    options.session_created_delay_s = 0.5
    await line.configured()

    assert line.kinds == [ev.ProviderReady]


# --- its end -----------------------------------------------------------------------------------------
async def test_a_session_that_is_lost_is_reported_once_and_its_successor_serves(line: Listening) -> None:
    await line.configured()
    line.provider.provider.cut_all()
    await line.until(lambda: line.of(ev.ProviderLost))
    await line.sessions.open(2)
    await line.reply()

    assert [event.reason for event in line.of(ev.ProviderLost)] == ["disconnected"]
    assert line.words == ["שלום, הגעתם למספרה. איך אפשר לעזור?"]


async def test_an_hour_that_is_over_is_told_by_its_name(line: Listening, options: ProviderOptions) -> None:
    options.session(0).expires_after_s = 5
    await line.configured()
    await line.until(lambda: line.of(ev.ProviderLost))

    assert [(event.reason, event.fatal) for event in line.of(ev.ProviderLost)] == [("expired", False)]


async def test_an_account_without_money_is_fatal(line: Listening, options: ProviderOptions) -> None:
    options.fail_responses.append("insufficient_quota")
    await line.configured()
    await line.reply()

    assert line.of(ev.ResponseDone)[0].code == "insufficient_quota"
    assert [(event.reason, event.fatal) for event in line.of(ev.ProviderLost)] == [("insufficient_quota", True)]


async def test_a_rate_limit_is_told_with_the_time_to_wait(line: Listening, options: ProviderOptions) -> None:
    options.fail_responses.append("inference_rate_limit_exceeded")
    options.rate_limit_reset_s = 7.5
    await line.configured()
    await line.reply()

    assert line.of(ev.ResponseDone)[0].code == "inference_rate_limit_exceeded"
    assert line.of(ev.ProviderLost) == []
    tokens = line.sessions.rate_limits["tokens"]
    assert (tokens.remaining, tokens.reset_seconds) == (0, 7.5)


async def test_what_the_caller_said_while_nobody_listened_is_heard_by_the_next(line: Listening) -> None:
    await line.configured()
    line.provider.provider.cut_all()
    await line.until(lambda: line.of(ev.ProviderLost))
    line.speak("אני רוצה תור")
    await line.sessions.open(2)

    assert await line.until(lambda: line.texts) == ["אני רוצה תור"]
    assert line.sessions.dropped_frames == 0


async def test_an_utterance_cut_by_the_loss_is_heard_whole(line: Listening) -> None:
    await line.configured()
    sound = audio.speech("אני רוצה תור מחר בשש") + ulaw.SILENCE * 40
    line.sound(sound[: len(sound) // 3 // 160 * 160])
    await line.until(lambda: line.of(ev.SpeechStarted))
    line.provider.provider.cut_all()
    await line.until(lambda: line.of(ev.ProviderLost))
    assert not line.sessions.caller_speaking
    line.sound(sound[len(sound) // 3 // 160 * 160 :])
    await line.sessions.open(2)

    assert await line.until(lambda: line.texts) == ["אני רוצה תור מחר בשש"]


async def test_an_utterance_that_nobody_had_read_yet_is_heard_again(line: Listening, options: ProviderOptions) -> None:
    options.session(0).transcription_delay_s = 60
    await line.configured()
    await line.speak_in_time("אני רוצה תור")
    await line.until(lambda: line.of(ev.TurnCommitted))
    line.provider.provider.cut_all()
    await line.until(lambda: line.of(ev.ProviderLost))
    await line.sessions.open(2)

    assert await line.until(lambda: line.texts) == ["אני רוצה תור"]


async def test_an_utterance_that_was_read_is_not_heard_again(line: Listening) -> None:
    await line.configured()
    line.speak("אני רוצה תור")
    await line.until(lambda: line.texts)
    line.provider.provider.cut_all()
    await line.until(lambda: line.of(ev.ProviderLost))
    await line.sessions.open(2)
    line.speak("להתראות")
    await line.until(lambda: len(line.texts) == 2)

    assert line.texts == ["אני רוצה תור", "להתראות"]


async def test_no_more_than_five_seconds_are_kept(line: Listening) -> None:
    await line.configured()
    line.provider.provider.cut_all()
    await line.until(lambda: line.of(ev.ProviderLost))
    line.sound(ulaw.SILENCE * 300)
    await line.sessions.open(2)

    assert line.sessions.dropped_frames == 50
    await line.until(lambda: wire(line).recording.appended == 250)


# --- renewal -----------------------------------------------------------------------------------------
async def test_a_session_is_replaced_while_it_lives(line: Listening) -> None:
    await line.configured()
    await line.sessions.open(2)
    await line.reply()

    assert [kind for kind in line.kinds if kind in (ev.ProviderReady, ev.ProviderLost)] == [ev.ProviderReady] * 2
    assert wire(line, 0).recording.sent("response.create") == []
    assert len(wire(line, 1).recording.sent("response.create")) == 1


async def test_the_old_session_finishes_what_it_is_in_the_middle_of(line: Listening, options: ProviderOptions) -> None:
    options.first_audio_delay_s = 1.5
    await line.configured()
    line.sessions.send(realtime.create_response("r1"))
    await line.until(lambda: line.of(ev.ResponseCreated))
    await line.sessions.open(2)

    order = [kind for kind in line.kinds if kind in (ev.ProviderReady, ev.ResponseDone)]
    assert order == [ev.ProviderReady, ev.ResponseDone, ev.ProviderReady]
    assert line.words == ["שלום, הגעתם למספרה. איך אפשר לעזור?"]


async def test_a_session_that_has_died_without_a_word_is_not_waited_for(
    line: Listening, options: ProviderOptions
) -> None:
    options.session(0).freezes_after_s = 5
    options.session(0).first_audio_delay_s = 60
    await line.configured()
    line.sessions.send(realtime.create_response("r1"))
    await line.until(lambda: line.of(ev.ResponseCreated))
    began = line.clock.now()
    await line.sessions.open(2)

    assert len(line.of(ev.ProviderReady)) == 2
    assert line.clock.now() - began < SWAP_SECONDS


async def test_nothing_of_a_replaced_session_is_told(line: Listening, options: ProviderOptions) -> None:
    options.session(0).untold_transcripts = 1
    await line.configured()
    line.speak("אני רוצה תור")  # of this there will never be a transcript: the old session counts as busy
    await line.until(lambda: line.of(ev.TranscriptStarted))
    await line.sessions.open(2)
    told = len(line.came)
    with contextlib.suppress(Exception):
        await wire(line, 0).emit("error", error={"code": "too late"})
    await line.until(lambda: line.texts)

    assert all(not isinstance(event, ev.ProviderError | ev.ProviderLost) for event in line.came[told:])


async def test_a_renewal_that_fails_leaves_the_old_session_as_it_is(line: Listening, options: ProviderOptions) -> None:
    await line.configured()
    options.refuse_connects.extend([500, 500])
    await line.sessions.open(2)

    assert [event.code for event in line.of(ev.ProviderError)] == ["renewal_failed"]
    assert line.of(ev.ProviderLost) == []
    await line.reply()
    assert line.words == ["שלום, הגעתם למספרה. איך אפשר לעזור?"]


async def test_a_session_asked_for_again_takes_the_place_of_the_one_on_its_way(
    line: Listening, options: ProviderOptions
) -> None:
    options.refuse_connects.append("hang")
    line.attach()
    line.sessions.configure(SETTINGS)
    first = asyncio.ensure_future(line.sessions.open(1))
    await line.until(lambda: not options.refuse_connects)
    await line.sessions.open(2)
    await first

    assert line.kinds == [ev.ProviderReady]


async def test_a_new_session_learns_what_was_said_before_and_goes_on(line: Listening) -> None:
    await line.configured()
    line.provider.provider.cut_all()
    await line.until(lambda: line.of(ev.ProviderLost))
    line.speak("מחר בשש")
    await line.sessions.open(2)
    await line.until(lambda: line.texts)
    line.sessions.add_history("h1", "assistant", "שלום, איך אפשר לעזור?")
    line.sessions.add_history("h2", "caller", "אני רוצה תור")
    line.sessions.send(realtime.server_item("srv_1", "[SERVER] provider_back"))
    await line.reply()

    said = [(each.role, each.text) for each in wire(line).conversation()]
    assert said[:3] == [
        ("assistant", "שלום, איך אפשר לעזור?"),
        ("user", "אני רוצה תור"),
        ("user", "מחר בשש"),
    ]
    assert line.words == ["סליחה, היה רעש בקו. איפה היינו?"]
    assert wire(line).recording.errors == []


# --- patience and transcripts ------------------------------------------------------------------------
async def test_patience_holds_in_this_session_and_in_the_next(line: Listening) -> None:
    await line.configured()
    line.sessions.set_patience(1200)
    await line.until(lambda: wire(line).config["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 1200)
    line.speak("אני רוצה תור", silence_ms=1400)
    await line.until(lambda: line.of(ev.SpeechStopped))
    await line.sessions.open(2)

    detection = wire(line).config["audio"]["input"]["turn_detection"]
    assert detection["silence_duration_ms"] == 1200
    assert (detection["create_response"], detection["interrupt_response"]) == (False, False)
    spoken_ms = audio.duration_ms("אני רוצה תור")
    assert abs(line.of(ev.SpeechStopped)[0].speech_ms - spoken_ms) < 400  # the provider pads it by its 300 ms


async def test_a_transcription_model_that_is_refused_is_not_asked_for_again_in_this_process(
    line: Listening, options: ProviderOptions
) -> None:
    options.unknown_transcription_models = frozenset({"gpt-transcribe"})
    await line.configured()
    assert wire(line).config["audio"]["input"]["transcription"]["model"] == "gpt-4o-transcribe"

    another = Listening(line.provider, line.clock)
    await another.configured()
    another.sessions.close()

    assert wire(line).recording.errors == []


def test_a_refused_model_gets_another_chance_after_an_hour() -> None:
    now = 1000.0
    Transcribers(["a", "b"], "here", lambda: now).refused()

    assert Transcribers(["a", "b"], "here", lambda: now + 3599).current == "b"
    assert Transcribers(["a", "b"], "elsewhere", lambda: now).current == "a"
    assert Transcribers(["a", "b"], "here", lambda: now + 3601).current == "a"
    assert Transcribers(["a"], "here", lambda: now).current == "a", "the only one there is"
    transcribers._refused_until.clear()


async def test_three_transcripts_that_fail_in_a_row_call_for_another_model(
    line: Listening, options: ProviderOptions
) -> None:
    options.mishears.extend([None, None, "שלום", None, None, None])
    await line.configured()
    for _ in range(6):
        heard = len(line.texts) + len(line.of(ev.TranscriptFailed))
        assert line.sessions.transcription_switches == 0
        line.speak("שלום")
        await line.until(lambda before=heard: len(line.texts) + len(line.of(ev.TranscriptFailed)) > before)
    await line.until(
        lambda: wire(line).config["audio"]["input"]["transcription"] == {"model": "gpt-4o-transcribe", "language": "he"}
    )

    assert line.sessions.transcription_switches == 1
    assert wire(line).recording.errors == []


async def test_nothing_is_said_after_the_end(line: Listening) -> None:
    await line.configured()
    line.sessions.close()
    line.sessions.append("////")
    line.sessions.send(realtime.create_response("r1"))
    line.sessions.set_patience(900)
    await line.sessions.open(2)

    assert line.kinds == [ev.ProviderReady]
    await line.until(lambda: not line.provider.provider._live)
