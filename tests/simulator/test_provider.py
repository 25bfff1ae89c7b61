"""The provider stand-in over its real socket: events, rules and errors of the Realtime API."""

import asyncio
import json
from collections import deque
from typing import get_args

import pytest
from openai.types.realtime import RealtimeServerEvent
from websockets.exceptions import InvalidStatus

from simulator import audio, ulaw

SERVER_EVENTS = {
    get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(get_args(RealtimeServerEvent)[0])
}


async def test_a_session_begins_with_its_defaults_and_shows_what_was_changed(dial):
    wire = await dial()
    created = await wire.until("session.created")
    assert created["session"]["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24000}
    await wire.configure()
    session = (await wire.until("session.updated"))["session"]
    assert session["audio"]["input"]["turn_detection"] == {
        "type": "server_vad",
        "threshold": 0.6,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
        "idle_timeout_ms": None,
        "create_response": False,
        "interrupt_response": False,
    }
    assert session["audio"]["output"] == {"format": {"type": "audio/pcmu"}, "voice": "marin", "speed": 1.0}


async def test_a_reply_comes_in_the_services_order_and_says_what_the_instructions_say(wire):
    await wire.send("response.create", event_id="r1", response={"metadata": {"intent": "greeting"}})
    done = (await wire.until("response.done"))["response"]
    order = [kind for i, kind in enumerate(wire.kinds) if kind not in wire.kinds[:i]]
    assert order == [
        "session.created",
        "session.updated",
        "response.created",
        "rate_limits.updated",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ]
    assert wire.heard == ["שלום, הגעתם למספרה. איך אפשר לעזור?"]
    assert (await wire.until("response.output_audio_transcript.done"))["transcript"] == wire.heard[0]
    assert (done["status"], done["metadata"]) == ("completed", {"intent": "greeting"})
    assert done["usage"]["total_tokens"] == done["usage"]["input_tokens"] + done["usage"]["output_tokens"]


async def test_the_caller_is_heard_through_the_sound(wire):
    await wire.speak("אני רוצה תור למחר")
    completed = await wire.until("conversation.item.input_audio_transcription.completed")
    assert completed["transcript"] == "אני רוצה תור למחר"
    deltas = wire.of("conversation.item.input_audio_transcription.delta")
    assert "".join(event["delta"] for event in deltas) == "אני רוצה תור למחר"
    started, stopped = wire.of("input_audio_buffer.speech_started")[0], wire.of("input_audio_buffer.speech_stopped")[0]
    committed = wire.of("input_audio_buffer.committed")[0]
    assert started["item_id"] == stopped["item_id"] == committed["item_id"] == completed["item_id"]
    assert stopped["audio_end_ms"] == audio.duration_ms("אני רוצה תור למחר") // 20 * 20 + 500 + 20
    assert wire.kinds.index("input_audio_buffer.committed") < wire.kinds.index("conversation.item.added")


async def test_every_event_is_one_that_the_openai_package_knows(wire, provider):
    await wire.send("response.create")
    await wire.until("response.done")
    await wire.speak("להתראות")
    await wire.until("conversation.item.input_audio_transcription.completed")
    item = {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "[SERVER] need_name"}]}
    await wire.send("conversation.item.create", item={"id": "srv_1", **item})
    await wire.send("conversation.item.delete", item_id="srv_1")
    await wire.send("response.cancel", response_id="resp_none")
    await wire.until("error")
    for event in wire.events:
        SERVER_EVENTS[event["type"]].model_validate_json(json.dumps(event), strict=True)


async def test_only_one_response_at_a_time(wire):
    await wire.send("response.create", event_id="first")
    await wire.send("response.create", event_id="second")
    error = (await wire.until("error"))["error"]
    assert (error["code"], error["event_id"]) == ("conversation_already_has_active_response", "second")
    await wire.until("response.done")
    await wire.send("response.create", event_id="third")
    await wire.until("response.created", count=2)


async def test_a_response_is_cancelled_by_its_id_and_only_by_it(wire):
    await wire.send("response.create")
    response_id = (await wire.until("response.created"))["response"]["id"]
    await wire.until("response.output_audio.delta")
    await wire.send("response.cancel", response_id="resp_other", event_id="wrong")
    assert (await wire.until("error"))["error"]["code"] == "response_cancel_not_active"
    await wire.send("response.cancel", response_id=response_id)
    done = (await wire.until("response.done"))["response"]
    assert done["status"] == "cancelled"
    assert done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    await wire.send("response.cancel", response_id=response_id, event_id="late")
    assert (await wire.until("error", count=2))["error"]["event_id"] == "late"


async def test_truncation_reaches_as_far_as_there_is_audio(wire):
    await wire.send("response.create")
    item_id = (await wire.until("response.done"))["response"]["output"][0]["id"]
    await wire.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=99_000)
    assert "is already shorter than 99000ms" in (await wire.until("error"))["error"]["message"]
    await wire.send("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=400)
    assert (await wire.until("conversation.item.truncated"))["audio_end_ms"] == 400
    await wire.send("conversation.item.truncate", item_id="item_none", content_index=0, audio_end_ms=0)
    assert (await wire.until("error", count=2))["error"]["code"] == "item_truncate_invalid_item_id"
    item = {"id": "srv_1", "type": "message", "role": "system", "content": [{"type": "input_text", "text": "x"}]}
    await wire.send("conversation.item.create", item=item)
    await wire.send("conversation.item.truncate", item_id="srv_1", content_index=0, audio_end_ms=0)
    assert (await wire.until("error", count=3))["error"]["code"] == "unsupported_content_type"


def update(**session):
    return {"type": "session.update", "session": {"type": "realtime", **session}}


def create(**item):
    return {"type": "conversation.item.create", "item": {"type": "message", "content": [], **item}}


DETECTION = "session.audio.input.turn_detection"
MISSPELT = {"input": {"turn_detection": {"type": "server_vad", "silence": 3}}}


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        (update(temperature=0.8), "unknown_parameter", "session.temperature"),
        (update(modalities=["audio"]), "unknown_parameter", "session.modalities"),
        (update(type=None), "invalid_value", "session.type"),
        (update(model="gpt-realtime"), "invalid_value", "session.model"),
        (update(output_modalities=["text", "audio"]), "invalid_value", "session.output_modalities"),
        (update(max_output_tokens=5000), "invalid_value", "session.max_output_tokens"),
        (update(audio=MISSPELT), "unknown_parameter", f"{DETECTION}.silence"),
        (update(audio={"output": {"voice": "nobody"}}), "invalid_value", "session.audio.output.voice"),
        ({"type": "response.create", "response": {"voice": "marin"}}, "unknown_parameter", "response.voice"),
        ({"type": "response.create", "response": {"metadata": {"k": "v" * 600}}}, "invalid_value", "response.metadata"),
        ({"type": "input_audio_buffer.append"}, "missing_required_parameter", "audio"),
        ({"type": "input_audio_buffer.append", "audio": "***"}, "invalid_value", "audio"),
        ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty", None),
        ({"type": "conversation.item.delete", "item_id": "item_none"}, "item_delete_invalid_item_id", "item_id"),
        (create(id="x" * 33, role="system"), "string_above_max_length", "item.id"),
        (create(role="assistant", content=[{"type": "output_audio"}]), "invalid_value", "item.content[0].type"),
        ({"type": "output_audio_buffer.clear"}, "invalid_value", "type"),
        ({"type": "response.invent"}, "invalid_value", "type"),
    ],
)
async def test_what_the_service_refuses_is_refused(wire, event, code, param):
    await wire.socket.send(json.dumps({"event_id": "mine", **event}))
    error = (await wire.until("error"))["error"]
    assert (error["code"], error["param"]) == (code, param)
    assert error["event_id"] == "mine"
    await wire.send("input_audio_buffer.clear")
    await wire.until("input_audio_buffer.cleared")  # the session lives on


async def test_reasoning_is_refused_by_a_model_that_does_not_reason(dial):
    wire = await dial("gpt-realtime-1.5")
    await wire.send("session.update", session={"type": "realtime", "reasoning": {"effort": "minimal"}})
    assert (await wire.until("error"))["error"]["param"] == "session.reasoning"


async def test_the_beta_header_ends_the_session(dial):
    wire = await dial(OpenAI_Beta="realtime=v1")
    assert (await wire.until("error"))["error"]["code"] == "beta_api_shape_disabled"
    assert (await wire.until("(closed)"))["code"] == 4000


async def test_a_wrong_key_is_refused_before_the_session(dial, options):
    options.api_key = "another"
    with pytest.raises(InvalidStatus) as refused:
        await dial()
    assert refused.value.response.status_code == 401


async def test_the_service_answers_by_itself_only_if_asked_to(wire):
    await wire.speak("אני רוצה תור")
    await wire.until("conversation.item.input_audio_transcription.completed")
    assert "response.created" not in wire.kinds
    await wire.configure(audio={"input": {"turn_detection": {"type": "server_vad", "create_response": True}}})
    await wire.speak("אני רוצה תור")
    await wire.until("response.done")
    assert wire.heard == ["בשמחה. איזה יום ושעה נוחים?"]


async def test_speech_interrupts_a_response_only_if_asked_to(wire):
    await wire.send("response.create")
    await wire.until("response.output_audio.delta")
    await wire.speak("רגע")
    assert (await wire.until("response.done"))["response"]["status"] == "completed"
    await wire.configure(audio={"input": {"turn_detection": {"type": "server_vad", "interrupt_response": True}}})
    await wire.send("response.create")
    await wire.until("response.output_audio.delta", count=len(wire.of("response.output_audio.delta")) + 1)
    await wire.speak("רגע")
    cancelled = (await wire.until("response.done", count=2))["response"]
    assert cancelled["status_details"] == {"type": "cancelled", "reason": "turn_detected"}


async def test_noise_is_a_turn_without_words(wire):
    await wire.sound(audio.noise(400) + ulaw.SILENCE * 40)
    assert (await wire.until("conversation.item.input_audio_transcription.completed"))["transcript"] == ""
    await wire.send("response.create")
    await wire.until("response.done")
    assert wire.heard == ["לא בטוח ששמעתי טוב, אפשר לחזור על זה?"]


async def test_a_click_is_no_turn(wire):
    await wire.sound(ulaw.SILENCE * 10 + audio.noise(40) + ulaw.SILENCE * 60)
    await wire.send("input_audio_buffer.clear")
    await wire.until("input_audio_buffer.cleared")
    assert "input_audio_buffer.speech_started" not in wire.kinds


async def test_sound_is_not_heard_in_a_format_nobody_asked_for(dial):
    wire = await dial()
    await wire.speak("שלום")
    await wire.send("response.create")
    done = (await wire.until("response.done"))["response"]
    assert done["status"] == "failed"
    assert "input_audio_buffer.speech_started" not in wire.kinds


async def test_the_voice_stays_once_it_was_heard(wire):
    await wire.send("response.create")
    await wire.until("response.done")
    await wire.send("session.update", session={"type": "realtime", "audio": {"output": {"voice": "cedar"}}})
    assert (await wire.until("error"))["error"]["code"] == "cannot_update_voice"


async def test_the_next_reply_follows_the_servers_item(wire):
    content = [{"type": "input_text", "text": "[SERVER] slot_available: 2026-11-23 18:00"}]
    item = {"type": "message", "role": "system", "content": content}
    await wire.speak("מחר בשש")
    await wire.until("input_audio_buffer.committed")
    await wire.send("conversation.item.create", item=item)
    await wire.send("response.create")
    await wire.until("response.done")
    assert wire.heard == ["מעולה, הזמן הזה פנוי. רוצה שאקבע אותו עכשיו?"]


async def test_misfortunes_on_request(wire, options, dial):
    options.lies.append("קבעתי לך תור")
    options.mishears.extend(["משהו אחר", None])
    options.refuse["response.create"] = deque(["rate_limit_exceeded"])
    options.fail_responses.append("inference_rate_limit_exceeded")
    options.delta_sizes.extend([8, 1000, 3])
    await wire.send("response.create", event_id="r1")
    assert (await wire.until("error"))["error"]["code"] == "rate_limit_exceeded"
    await wire.send("response.create", event_id="r2")
    failed = (await wire.until("response.done"))["response"]
    assert failed["status_details"]["error"]["code"] == "inference_rate_limit_exceeded"
    await wire.send("response.create", event_id="r3")
    await wire.until("response.done", count=2)
    assert wire.heard == ["קבעתי לך תור"]
    await wire.speak("שלום")
    assert (await wire.until("conversation.item.input_audio_transcription.completed"))["transcript"] == "משהו אחר"
    await wire.speak("שלום")
    await wire.until("conversation.item.input_audio_transcription.failed")
    options.strays.append({"type": "some.future.event", "new": 1})
    options.drop_after_deltas.append(1)
    dropped = await dial()
    await dropped.configure()
    await dropped.until("some.future.event")
    await dropped.send("response.create")
    assert (await dropped.until("(closed)"))["code"] == 1006
    assert len(dropped.of("response.output_audio.delta")) <= 1


async def test_a_lost_request_for_a_response_has_no_effect(wire, options):
    options.swallow["response.create"] = 1
    await wire.send("response.create", event_id="lost")
    await wire.send("response.create", event_id="found")
    await wire.until("response.done")
    assert len(wire.of("response.created")) == 1


async def test_what_the_client_sent_can_be_looked_at(wire, provider):
    await wire.speak("שלום")
    await wire.until("input_audio_buffer.committed")
    await wire.send("response.create", event_id="r1")
    await wire.until("response.created")
    recording = provider.provider.recordings[0]
    assert recording.headers["authorization"] == "Bearer secret"
    assert recording.model == "gpt-realtime-2.1"
    assert [event["type"] for event in recording.client_events] == ["session.update", "response.create"]
    assert recording.appended > 20
    assert recording.errors == []


async def test_two_sessions_do_not_hear_each_other(dial):
    one, two = await asyncio.gather(dial(), dial())
    await asyncio.gather(one.configure(), two.configure())
    await asyncio.gather(one.speak("אני דנה"), two.speak("אני נועה"))
    kind = "conversation.item.input_audio_transcription.completed"
    assert (await one.until(kind))["transcript"] == "אני דנה"
    assert (await two.until(kind))["transcript"] == "אני נועה"


async def test_every_socket_can_be_cut_in_mid_sentence(wire, provider):
    await wire.send("response.create")
    await wire.until("response.output_audio.delta")
    provider.provider.cut_all()
    assert (await wire.until("(closed)"))["code"] == 1006
    assert "response.done" not in wire.kinds
