"""The provider stand-in's misfortunes, each as the service shows it on the wire."""

import json
from typing import get_args

import pytest
from openai.types.realtime import RealtimeServerEvent
from websockets.exceptions import InvalidMessage, InvalidStatus

from simulator import audio, ulaw

SERVER_EVENTS = {
    get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(get_args(RealtimeServerEvent)[0])
}
GREETING = "שלום, הגעתם למספרה. איך אפשר לעזור?"
TRANSCRIPT = "conversation.item.input_audio_transcription"


async def done(wire, count=1):
    return (await wire.until("response.done", count=count))["response"]


# --- the connection ----------------------------------------------------------------------------------
@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_a_connection_is_refused_with_a_status_and_the_next_one_is_taken(dial, options, status):
    options.refuse_connects.append(status)
    with pytest.raises(InvalidStatus) as refused:
        await dial()
    assert refused.value.response.status_code == status
    assert json.loads(refused.value.response.body)["error"]["message"]
    await (await dial()).until("session.created")


async def test_a_connection_is_cut_before_it_is_one(dial, options):
    options.refuse_connects.append("reset")
    with pytest.raises((InvalidMessage, OSError, EOFError)):
        await dial()


async def test_the_service_says_hello_late(dial, options, clock):
    options.session_created_delay_s = 5
    before = clock.now()
    await (await dial()).until("session.created")
    assert clock.now() - before >= 5


async def test_an_hour_is_over_when_it_is_said_to_be(dial, options):
    options.expires_after_s = 10
    wire = await dial()
    assert (await wire.until("error"))["error"]["code"] == "session_expired"
    assert (await wire.until("(closed)"))["code"] == 1001


async def test_a_frozen_session_is_open_and_says_nothing(dial, options, clock):
    options.freezes_after_s = 2
    wire = await dial()
    await wire.configure()
    await clock.sleep(2)
    told = len(wire.events)
    await wire.send("response.create")
    await clock.sleep(5)
    assert len(wire.events) == told


async def test_one_session_may_have_its_own_misfortunes(dial, options):
    options.session(1).lies.append("קבעתי לך תור")
    first, second = await dial(), await dial()
    for wire in (first, second):
        await wire.configure()
        await wire.send("response.create")
        await done(wire)
    assert (first.heard, second.heard) == ([GREETING], ["קבעתי לך תור"])


# --- responses ---------------------------------------------------------------------------------------
async def test_a_response_may_be_announced_late_and_cannot_be_cancelled_before(wire, options):
    options.created_delays.append(1.0)
    await wire.send("response.create", event_id="r1")
    await wire.send("response.cancel", event_id="too early")
    error = (await wire.until("error"))["error"]
    assert (error["code"], error["event_id"]) == ("response_cancel_not_active", "too early")
    assert "response.created" not in wire.kinds
    created = await wire.until("response.created")
    assert (await done(wire))["id"] == created["response"]["id"]
    assert wire.heard == [GREETING]


async def test_a_response_may_be_done_that_was_never_announced(wire, options):
    options.uncreated = 1
    await wire.send("response.create")
    assert (await done(wire))["status"] == "completed"
    assert "response.created" not in wire.kinds


async def test_a_cancel_may_find_the_response_just_completed(wire, options):
    options.cancel_races = 1
    await wire.send("response.create")
    response_id = (await wire.until("response.created"))["response"]["id"]
    await wire.send("response.cancel", response_id=response_id, event_id="late")
    error = (await wire.until("error"))["error"]
    assert (error["code"], error["event_id"]) == ("response_cancel_not_active", "late")
    assert (await done(wire))["status"] == "completed"
    assert wire.kinds.index("response.done") < wire.kinds.index("error")


async def test_the_service_may_answer_uninvited_and_refuse_ours(wire, options):
    options.uninvited = 1
    await wire.speak("אני רוצה תור")
    response = (await wire.until("response.created"))["response"]
    assert response["metadata"] is None
    await wire.send("response.create", event_id="ours")
    error = (await wire.until("error"))["error"]
    assert (error["code"], error["event_id"]) == ("conversation_already_has_active_response", "ours")


async def test_a_reply_may_have_no_sound(wire, options):
    options.mute_replies = 1
    await wire.send("response.create")
    response = await done(wire)
    assert (response["status"], response["output"]) == ("completed", [])
    assert "response.output_audio.delta" not in wire.kinds


async def test_a_reply_may_be_two_items(wire, options):
    options.split_replies = 1
    await wire.send("response.create")
    response = await done(wire)
    assert len({item["id"] for item in response["output"]}) == 2
    spoken = [event["transcript"] for event in wire.of("response.output_audio_transcript.done")]
    assert spoken == ["שלום, הגעתם למספרה.", "איך אפשר לעזור?"]
    assert {event["output_index"] for event in wire.of("response.output_audio.delta")} == {0, 1}


async def test_a_reply_may_stop_for_a_while_in_mid_sentence(wire, options, clock):
    options.stalls.append(20.0)
    await wire.send("response.create")
    before = clock.now()
    await wire.until("response.output_audio.delta")
    assert (await done(wire))["status"] == "completed"
    assert clock.now() - before >= 20
    assert wire.heard == [GREETING]


async def test_a_reply_that_does_not_stop_ends_at_the_limit_of_tokens(wire, options):
    options.endless_replies = 1
    await wire.configure(max_output_tokens=200)
    await wire.send("response.create")
    response = await done(wire)
    assert (response["status"], response["status_details"]["reason"]) == ("incomplete", "max_output_tokens")
    sound_ms = sum(len(event["delta"]) * 3 // 4 for event in wire.of("response.output_audio.delta")) // 8
    assert 10_000 <= sound_ms <= 11_000
    assert wire.of("response.output_audio_transcript.done")[0]["transcript"].count("שלום") > 1


async def test_a_reply_that_knows_no_limit_ends_when_it_is_cancelled(wire, options):
    options.endless_replies, options.ignore_token_limit = 1, True
    await wire.configure(max_output_tokens=20)
    await wire.send("response.create")
    response_id = (await wire.until("response.created"))["response"]["id"]
    await wire.until("response.output_audio.delta", count=100)
    await wire.send("response.cancel", response_id=response_id)
    assert (await done(wire))["status"] == "cancelled"


async def test_a_rate_limit_says_when_to_come_back(wire, options):
    options.fail_responses.append("inference_rate_limit_exceeded")
    options.rate_limit_reset_s = 3.5
    await wire.send("response.create")
    assert (await done(wire))["status_details"]["error"]["code"] == "inference_rate_limit_exceeded"
    limit = (await wire.until("rate_limits.updated"))["rate_limits"][0]
    assert (limit["remaining"], limit["reset_seconds"]) == (0, 3.5)


async def test_some_replies_are_lies_and_the_others_true(wire, options):
    options.lie = lambda words: "קבעתי לך תור למחר" if "לעזור" in words else None
    for count in (1, 2):
        await wire.send("response.create")
        await done(wire, count)
    assert wire.heard == ["קבעתי לך תור למחר", "בשמחה. איזה יום ושעה נוחים?"]


# --- turns and transcripts ---------------------------------------------------------------------------
async def test_words_are_misheard_and_noise_is_words(wire, options):
    options.mishear = lambda words: words.replace("שש", "שבע")
    options.ghost = "תודה שצפיתם"
    await wire.speak("מחר בשש")
    await wire.sound(audio.noise(400) + ulaw.SILENCE * 40)
    await wire.until(f"{TRANSCRIPT}.completed", count=2)
    assert [event["transcript"] for event in wire.of(f"{TRANSCRIPT}.completed")] == ["מחר בשבע", "תודה שצפיתם"]


async def test_transcripts_come_late_and_out_of_order(wire, options):
    options.transcription_delays.extend([8.0, 0.1])
    await wire.speak("אני דנה")
    await wire.speak("מחר בשש")
    await wire.until(f"{TRANSCRIPT}.completed", count=2)
    assert [event["transcript"] for event in wire.of(f"{TRANSCRIPT}.completed")] == ["מחר בשש", "אני דנה"]


async def test_a_transcript_may_begin_and_never_end(wire, options):
    options.untold_transcripts = 1
    await wire.speak("אני דנה")
    await wire.speak("מחר בשש")
    assert (await wire.until(f"{TRANSCRIPT}.completed"))["transcript"] == "מחר בשש"
    assert "".join(event["delta"] for event in wire.of(f"{TRANSCRIPT}.delta")) == "אני דנהמחר בשש"


async def test_events_of_an_utterance_may_come_twice(wire, options):
    options.double_vad = 1
    await wire.speak("אני דנה")
    await wire.until(f"{TRANSCRIPT}.completed")
    for kind in ("speech_started", "speech_stopped", "committed"):
        items = [event["item_id"] for event in wire.of(f"input_audio_buffer.{kind}")]
        assert len(items) == 2
        assert len(set(items)) == 1


async def test_a_lost_update_is_never_answered(dial, options):
    options.swallow["session.update"] = 1
    wire = await dial()
    await wire.send("session.update", session={"type": "realtime", "instructions": "x"})
    await wire.send("input_audio_buffer.clear")
    await wire.until("input_audio_buffer.cleared")
    assert "session.updated" not in wire.kinds


# --- a renewed session -------------------------------------------------------------------------------
async def test_a_session_may_be_told_what_was_said_in_another(wire):
    said = [("assistant", "output_text", GREETING), ("user", "input_text", "אני רוצה תור מחר בשש")]
    for number, (role, kind, text) in enumerate(said):
        item = {"id": f"h{number}", "type": "message", "role": role, "content": [{"type": kind, "text": text}]}
        await wire.send("conversation.item.create", item=item)
    content = [{"type": "input_text", "text": "[SERVER] slot_available: 2026-11-23 18:00"}]
    await wire.send("conversation.item.create", item={"type": "message", "role": "system", "content": content})
    await wire.send("response.create")
    await done(wire)
    assert wire.heard == ["מעולה, הזמן הזה פנוי. רוצה שאקבע אותו עכשיו?"]
    assert "error" not in wire.kinds


async def test_an_update_changes_what_it_names_and_nothing_else(wire):
    before = (await wire.until("session.updated"))["session"]
    detection = before["audio"]["input"]["turn_detection"] | {"silence_duration_ms": 1200}
    update = {"type": "realtime", "audio": {"input": {"turn_detection": detection}}}
    await wire.send("session.update", session=update)
    after = (await wire.until("session.updated", count=2))["session"]
    assert after["audio"]["input"].pop("turn_detection") == detection
    before["audio"]["input"].pop("turn_detection")
    assert after == before


async def test_every_misfortune_is_spoken_in_the_services_own_events(wire, options):
    options.split_replies = options.double_vad = options.uncreated = options.untold_transcripts = 1
    options.fail_responses.append("inference_rate_limit_exceeded")
    options.endless_replies = 1
    await wire.configure(max_output_tokens=40)
    await wire.send("response.create")
    await done(wire)
    await wire.speak("אני דנה")
    await wire.until(f"{TRANSCRIPT}.delta")
    await wire.send("response.create")
    await done(wire, 2)
    for event in wire.events:
        SERVER_EVENTS[event["type"]].model_validate_json(json.dumps(event), strict=True)
