"""What we say to the provider and what we hear, against the `openai` package's own types."""

from __future__ import annotations

import base64
import json
from typing import Any, get_args

import msgspec
import pytest
from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import BaseModel, TypeAdapter

from calls import realtime, realtime_ear
from calls.conversation import events as ev
from calls.realtime import SessionSettings
from calls.realtime_ear import Audio, Ear, Limit, RateLimits, Refused, SessionCreated, SessionUpdated

SETTINGS = SessionSettings(
    model="gpt-realtime-2.1",
    voice="marin",
    instructions="ענו בעברית",
    transcribe_model="gpt-transcribe",
    transcribe_hint="המספרה של דנה",
)
EVERYTHING_WE_SAY = {
    "session": realtime.session_update("su_0", SETTINGS),
    "session, older transcription": realtime.session_update(
        "su_1", SessionSettings("gpt-realtime", "marin", "ענו", "gpt-4o-transcribe")
    ),
    "audio": realtime.append("/////w=="),
    "reply": realtime.create_response("r1"),
    "server item": realtime.server_item("srv_1", "[SERVER] need_name"),
    "what the caller said before": realtime.history_item("h1", "caller", "אני רוצה תור"),
    "what the assistant said before": realtime.history_item("h2", "assistant", "לאיזה יום?", after="h1"),
    "what the server told before": realtime.history_item("h3", "server", "[SERVER] phone_captured: 052-123-4567", "h2"),
    "patience": realtime.patience("su_2", SETTINGS),
    "no transcription": realtime.no_transcription("su_3"),
    "another transcription": realtime.transcription("su_4", SETTINGS),
    "delete": realtime.delete_item("ev_1", "item_1"),
    "cancel": realtime.cancel_response("ev_2", "resp_1"),
    "truncate": realtime.truncate("ev_3", "item_1", 0, 1840),
}


def unknown_fields(value: object, path: str = "") -> list[str]:
    """Fields that the package's types do not know; they take any, the service does not."""
    if isinstance(value, list):
        return [name for each in value for name in unknown_fields(each, path)]
    if not isinstance(value, BaseModel):
        return []
    known = [name for field in value.model_fields_set for name in unknown_fields(getattr(value, field, None), field)]
    return [f"{path}.{name}" for name in value.model_extra or ()] + known


@pytest.mark.parametrize("message", EVERYTHING_WE_SAY.values(), ids=EVERYTHING_WE_SAY.keys())
def test_everything_we_say_is_a_valid_client_event(message: str) -> None:
    event: Any = TypeAdapter(RealtimeClientEvent).validate_json(message, strict=True)

    assert unknown_fields(event) == []
    assert event.type == json.loads(message)["type"]


def test_the_session_has_no_tools_and_makes_no_response_by_itself() -> None:
    session = json.loads(EVERYTHING_WE_SAY["session"])["session"]
    detection = session["audio"]["input"]["turn_detection"]

    assert {"tools", "tool_choice", "temperature"} & session.keys() == set()
    assert (detection["create_response"], detection["interrupt_response"]) == (False, False)
    assert session["audio"]["input"]["format"] == session["audio"]["output"]["format"] == {"type": "audio/pcmu"}
    assert session["tracing"] is None
    assert session["reasoning"] == {"effort": "minimal"}
    assert session["audio"]["input"]["transcription"]["languages"] == ["he"]


def test_an_older_model_is_not_told_to_reason_nor_given_a_list_of_languages() -> None:
    session = json.loads(EVERYTHING_WE_SAY["session, older transcription"])["session"]

    assert "reasoning" not in session
    assert session["audio"]["input"]["transcription"] == {"model": "gpt-4o-transcribe", "language": "he"}


def test_patience_changes_nothing_but_the_silence_and_repeats_what_belongs_to_it() -> None:
    whole = json.loads(EVERYTHING_WE_SAY["session"])["session"]["audio"]["input"]["turn_detection"]
    patient = msgspec.structs.replace(SETTINGS, vad_silence_ms=1200)
    session = json.loads(realtime.patience("su_1", patient))["session"]

    assert session == {
        "type": "realtime",
        "audio": {"input": {"turn_detection": whole | {"silence_duration_ms": 1200}}},
    }


def test_history_goes_in_front_and_stays_in_order() -> None:
    first, second = (json.loads(EVERYTHING_WE_SAY[f"what the {who} said before"]) for who in ("caller", "assistant"))

    assert (first["previous_item_id"], second["previous_item_id"]) == ("root", "h1")
    assert (first["item"]["role"], second["item"]["role"]) == ("user", "assistant")
    assert second["item"]["content"] == [{"type": "output_text", "text": "לאיזה יום?"}]


def test_every_known_kind_of_server_event_is_handled_or_ignored_on_purpose() -> None:
    kinds = {get_args(model.model_fields["type"].annotation)[0] for model in get_args(get_args(RealtimeServerEvent)[0])}

    assert kinds == realtime_ear.HANDLED | realtime_ear.IGNORED
    assert set() == realtime_ear.HANDLED & realtime_ear.IGNORED


def audio(delta: str, item_id: str = "i") -> dict[str, Any]:
    return {"type": "response.output_audio.delta", "response_id": "r", "item_id": item_id, "delta": delta}


def failed(error: Any) -> dict[str, Any]:
    details = {"type": "failed", "error": error}
    return {"type": "response.done", "response": {"id": "r", "status": "failed", "status_details": details}}


def hear(event: dict[str, Any], ear: Ear | None = None) -> Any:
    return (ear or Ear(500)).hear(json.dumps(event).encode(), 7)


@pytest.mark.parametrize(
    ("event", "heard"),
    [
        ({"type": "session.created", "session": {"id": "sess_1"}}, SessionCreated()),
        ({"type": "session.created", "session": {"expires_at": 1795257600}}, SessionCreated(1795257600)),
        ({"type": "session.created", "session": {"expires_at": "soon"}}, SessionCreated()),
        ({"type": "session.updated", "session": {}}, SessionUpdated()),
        (
            {"type": "error", "error": {"type": "invalid_request_error", "code": None, "message": "?", "param": None}},
            Refused("invalid_request_error"),
        ),
        (
            {"type": "error", "error": {"code": "response_cancel_not_active", "event_id": "ev_9"}},
            Refused("response_cancel_not_active", "ev_9"),
        ),
        ({"type": "error", "error": "a bare sentence"}, Refused("unknown")),
        ({"type": "input_audio_buffer.committed", "item_id": "i1"}, ev.TurnCommitted(7, "i1")),
        (
            {"type": "response.created", "response": {"id": "resp_1", "metadata": {"intent_id": "r1"}}},
            ev.ResponseCreated(7, "resp_1", "r1"),
        ),
        (
            {"type": "response.created", "response": {"id": "resp_2", "metadata": None}},
            ev.ResponseCreated(7, "resp_2", ""),
        ),
        (
            {"type": "response.output_audio.delta", "response_id": "r", "item_id": "i", "delta": "/" * 2136},
            Audio("r", "i", 0, "/" * 2136, 200),
        ),
        ({"type": "response.output_audio.done", "item_id": "i"}, ev.ReplyAudioDone(7, "i")),
        (
            {"type": "response.output_audio_transcript.done", "item_id": "i", "transcript": "שלום"},
            ev.ReplyText(7, "i", "שלום"),
        ),
        (
            {"type": "response.done", "response": {"id": "r", "status": "failed", "status_details": "rate limit"}},
            ev.ResponseDone(7, "r", "failed"),
        ),
        (
            failed({"code": "inference_rate_limit_exceeded"}),
            ev.ResponseDone(7, "r", "failed", "inference_rate_limit_exceeded"),
        ),
        (failed({"type": "server_error", "code": None}), ev.ResponseDone(7, "r", "failed", "server_error")),
        (failed(None), ev.ResponseDone(7, "r", "failed")),
        (failed({"code": 7}), ev.ResponseDone(7, "r", "failed")),
        (
            {"type": "response.output_audio_transcript.delta", "item_id": "i", "delta": "שלום"},
            ev.ReplyWords(7, "i", "שלום"),
        ),
        ({"type": "response.output_audio_transcript.delta", "item_id": "i", "delta": ""}, None),
        (
            {
                "type": "response.done",
                "response": {"id": "r", "status": "cancelled", "status_details": {"reason": "client_cancelled"}},
            },
            ev.ResponseDone(7, "r", "cancelled"),
        ),
        (
            {"type": "conversation.item.input_audio_transcription.completed", "item_id": "i", "transcript": "כן"},
            ev.CallerTranscript(7, "i", "כן"),
        ),
        (
            {"type": "conversation.item.input_audio_transcription.failed", "item_id": "i", "error": {"code": "x"}},
            ev.TranscriptFailed(7, "i"),
        ),
        (
            {"type": "rate_limits.updated", "rate_limits": [{"name": "tokens", "remaining": 0, "reset_seconds": 1.5}]},
            RateLimits((Limit("tokens", 0, 1.5),)),
        ),
        ({"type": "rate_limits.updated", "rate_limits": "none"}, None),
        ({"type": "some.future.event", "delta": {"not": "text"}}, None),
        ({"no": "type"}, None),
        ({"type": "response.output_audio.delta", "item_id": "i", "delta": 'x","y":"'}, None),
    ],
    ids=lambda value: value.get("type", "no type") if isinstance(value, dict) else "",
)
def test_a_server_event_is_heard_as(event: dict[str, Any], heard: object) -> None:
    assert hear(event) == heard


@pytest.mark.parametrize("data", [b"", b"not json", b"\xff\xfe", b"[]", b"null"])
def test_what_is_no_event_is_ignored(data: bytes) -> None:
    assert Ear(500).hear(data, 0) is None


def test_the_length_of_speech_leaves_out_the_silence_that_ended_it() -> None:
    ear = Ear(500)
    started = {"type": "input_audio_buffer.speech_started", "item_id": "i", "audio_start_ms": 1000}
    stopped = {"type": "input_audio_buffer.speech_stopped", "item_id": "i", "audio_end_ms": 2700}

    assert hear(started, ear) == ev.SpeechStarted(7, "i")
    assert hear(stopped, ear) == ev.SpeechStopped(7, "i", 1200)


def test_the_length_of_speech_follows_the_patience_that_the_provider_confirmed() -> None:
    ear = Ear(500)
    detection = {"type": "server_vad", "silence_duration_ms": 1200}
    hear({"type": "input_audio_buffer.speech_started", "item_id": "i", "audio_start_ms": 1000}, ear)
    hear({"type": "session.updated", "session": {"audio": {"input": {"turn_detection": detection}}}}, ear)

    assert (
        hear({"type": "input_audio_buffer.speech_stopped", "item_id": "i", "audio_end_ms": 2700}, ear).speech_ms == 500
    )


def test_a_response_is_priced_by_its_model() -> None:
    usage = {"output_token_details": {"audio_tokens": 100, "text_tokens": 0}}
    done = {"type": "response.done", "response": {"id": "r", "status": "completed", "usage": usage}}

    assert hear(done, Ear(500, "gpt-realtime-2.1")).cost_microusd == 6400
    assert hear(done, Ear(500, "a model of tomorrow")).cost_microusd == 6400  # as the dearest that is known


def test_a_stop_without_a_start_has_no_length() -> None:
    stopped = {"type": "input_audio_buffer.speech_stopped", "item_id": "i", "audio_end_ms": 2700}

    assert hear(stopped) == ev.SpeechStopped(7, "i", 0)


def test_only_the_first_piece_of_a_transcript_is_told() -> None:
    ear = Ear(500)
    delta = {"type": "conversation.item.input_audio_transcription.delta", "item_id": "i", "delta": "אני"}

    assert hear(delta, ear) == ev.TranscriptStarted(7, "i", "אני")
    assert hear(delta, ear) is None


def test_the_length_of_audio_is_known_without_decoding_it() -> None:
    assert hear(audio("/" * 2136)).audio_ms == 200
    assert hear(audio("/" * 20 + "//8=")).audio_ms == 17 // 8


@pytest.mark.parametrize("piece", [b"\x7f" * 12, b"\x7f", b"\x7f" * 7, b"\x7f" * 1601])
def test_the_pieces_of_an_item_add_up_to_its_length(piece: bytes) -> None:
    ear = Ear(500)
    heard = [hear(audio(base64.b64encode(piece).decode()), ear).audio_ms for _ in range(100)]

    assert sum(heard) == 100 * len(piece) // 8


def test_each_item_is_measured_by_itself() -> None:
    ear = Ear(500)

    assert [hear(audio("/" * 16, item), ear).audio_ms for item in ("i", "i", "j", "j")] == [1, 2, 1, 2]
