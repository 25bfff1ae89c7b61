"""The carrier against a server that answers exactly what a test wants."""

import asyncio
import base64
import contextlib
import re

import httpx2
import pytest
from twilio.request_validator import RequestValidator

from calls.clock import Clock
from simulator import audio, ulaw
from simulator.carrier import Call, Line
from simulator.carrier_rest import CarrierRest
from tests.simulator.carrier_server import ACCOUNT, FROM, PUBLIC, STREAM, TO, streaming, until, words


@pytest.fixture
def clock():
    return Clock(rate=15)


# --- webhooks ----------------------------------------------------------------------------------------
async def test_the_voice_webhook_is_a_signed_form_about_the_call(ring, server):
    call = await streaming(ring, server)
    path, form, headers = server.posts[0]
    assert path == "/webhook/twilio/voice/incoming"
    assert form == {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": call.sid,
        "CallStatus": "ringing",
        "Called": TO,
        "Caller": FROM,
        "Direction": "inbound",
        "From": FROM,
        "To": TO,
    }
    validator = RequestValidator("secret")
    assert validator.validate(PUBLIC + path, form, headers["x-twilio-signature"])
    assert validator.validate("wss://salon.example/media", {}, server.headers["x-twilio-signature"])


async def test_without_a_token_nothing_is_signed(ring, server):
    await streaming(ring, server, auth_token="")
    assert "x-twilio-signature" not in server.posts[0][2]
    assert "x-twilio-signature" not in server.headers


async def test_callbacks_tell_of_the_stream_and_of_the_end(ring, server):
    call = await streaming(ring, server)
    await call.clock.sleep(2)
    call.hang_up()
    await call.task
    assert [form["StreamEvent"] for form in server.forms("/stream")] == ["stream-started", "stream-stopped"]
    [end] = server.forms("/webhook/twilio/voice/status")
    assert (end["CallStatus"], end["SequenceNumber"]) == ("completed", "0")
    assert int(end["CallDuration"]) >= 2
    assert call.ended_by == "caller"


async def test_a_webhook_that_fails_ends_the_call(ring, server):
    server.documents["/webhook/twilio/voice/incoming"] = None
    call = ring()
    await call.task
    assert call.ended_by == "error"
    assert words(call, "error") == ["the server answered HTTP 403 at /webhook/twilio/voice/incoming (11200)"]


async def test_a_server_that_nobody_runs(clock):
    call = Call(Line("http://127.0.0.1:9"), to=TO, from_=FROM, clock=clock)
    await call.run()
    assert words(call, "error") == ["nobody answers at http://127.0.0.1:9 (ConnectError, 11205)"]


# --- the stream --------------------------------------------------------------------------------------
async def test_the_stream_begins_as_documented(ring, server):
    call = await streaming(ring, server)
    await until(lambda: len(server.events("media")) >= 3)
    connected, start, first = server.frames[:3]
    assert connected["raw"] == '{"event": "connected", "protocol": "Call", "version": "1.0.0"}'
    assert start["sequenceNumber"] == "1"
    assert start["start"] == {
        "accountSid": ACCOUNT,
        "streamSid": start["streamSid"],
        "callSid": call.sid,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"token": "t-1"},
    }
    shape = (
        r'\{"event":"media","sequenceNumber":"2","media":\{"track":"inbound","chunk":"1","timestamp":"20",'
        r'"payload":"[A-Za-z0-9+/=]+"\},"streamSid":"MZ[0-9a-f]{32}"\}'
    )
    assert re.fullmatch(shape, first["raw"])
    assert base64.b64decode(first["media"]["payload"]) == ulaw.SILENCE


async def test_what_the_caller_says_goes_out_in_frames_of_twenty_milliseconds(ring, server):
    call = await streaming(ring, server)
    await until(lambda: call.is_answered)
    await call.say("אני רוצה תור למחר")
    await call.press("05#")
    ear = audio.Ear()
    payloads = [base64.b64decode(frame["media"]["payload"]) for frame in server.events("media")]
    for payload in payloads:
        ear.feed(payload)
    assert {len(payload) for payload in payloads} == {160}
    assert [utterance.text for utterance in ear.utterances] == ["אני רוצה תור למחר"]
    assert [frame["dtmf"] for frame in server.events("dtmf")] == [
        {"track": "inbound_track", "digit": digit} for digit in "05#"
    ]
    assert [int(frame["sequenceNumber"]) for frame in server.frames[1:]] == list(range(1, len(server.frames)))


async def test_what_the_server_says_is_played_and_understood(ring, server):
    call = await streaming(ring, server)
    server.say("שלום, איך אפשר לעזור?")
    server.order("mark", mark={"name": "end"})
    await until(lambda: server.events("mark"))
    assert call.listener.words == ["שלום, איך אפשר לעזור?"]
    assert call.listener.audible_ms == 1480  # 1470 in whole frames
    assert call.stream.playout.furthest_ahead_ms > 1000
    assert words(call, "assistant") == ["שלום, איך אפשר לעזור?"]


async def test_marks_come_back_only_after_what_was_before_them(ring, server):
    call = await streaming(ring, server)
    server.say("", audio.noise(1000))
    server.order("mark", mark={"name": "one"})
    server.say("", audio.noise(1000))
    server.order("mark", mark={"name": "two"})
    await until(lambda: server.events("mark"))
    assert call.listener.audible_ms >= 1000
    await until(lambda: len(server.events("mark")) == 2)
    assert call.listener.audible_ms == 2000
    assert [frame["mark"]["name"] for frame in server.events("mark")] == ["one", "two"]
    server.order("mark", mark={"name": "empty"})
    await until(lambda: len(server.events("mark")) == 3)


async def test_clear_cuts_the_words_and_returns_the_marks(ring, server, clock):
    call = await streaming(ring, server)
    sentence = "אחת שתיים שלוש ארבע חמש שש שבע שמונה תשע עשר"
    server.say(sentence)
    server.order("mark", mark={"name": "end"})
    await until(lambda: call.listener.audible_ms >= 1000)
    server.order("clear")
    await until(lambda: server.events("mark"))
    assert call.listener.audible_ms < 2500
    [reply] = call.listener.replies
    assert not reply.complete
    assert sentence.startswith(reply.words)
    assert "אחת" in reply.words
    assert len(call.stream.cleared_at) == 1
    server.say("עוד משהו")
    await until(lambda: "עוד משהו" in call.listener.words)
    assert words(call, "cut") == [reply.words]


async def test_nonsense_from_the_server_is_ignored_with_a_warning(ring, server):
    call = await streaming(ring, server)
    server.to_carrier.put_nowait(b"binary")
    server.to_carrier.put_nowait("{")
    server.to_carrier.put_nowait('{"event":"media","streamSid":"MZother","media":{"payload":"/w=="}}')
    server.order("dance")
    server.order("media", media={"payload": "***"})
    await until(lambda: len(words(call, "warning")) == 5)
    assert [text[:5] for text in words(call, "warning")] == ["31950", "31951", "31951", "31951", "31951"]
    assert call.is_answered


# --- after the stream --------------------------------------------------------------------------------
async def test_a_closed_socket_leads_to_the_action_and_not_to_the_next_verb(ring, server):
    call = await streaming(ring, server)
    server.to_carrier.put_nowait(None)
    await call.task
    assert len(server.forms("/after")) == 1
    assert call.ended_by == "document"
    assert words(call, "carrier") == []


async def test_without_an_action_the_next_verb_follows(ring, server):
    server.documents["/webhook/twilio/voice/incoming"] = STREAM.replace(f' action="{PUBLIC}/after"', "")
    call = await streaming(ring, server)
    server.to_carrier.put_nowait(None)
    await call.task
    assert words(call, "carrier") == ["אחרי"]


async def test_a_stream_that_cannot_be_opened(ring, server):
    server.refuse_media = True
    call = ring()
    await call.task
    assert words(call, "error")[0].startswith("31920")
    assert [form["StreamEvent"] for form in server.forms("/stream")] == ["stream-error"]
    assert len(server.forms("/after")) == 1


async def test_documents_lead_to_documents(ring, server):
    server.documents["/webhook/twilio/voice/incoming"] = (
        '<Response><Gather action="/keys" timeout="60" numDigits="3"><Say>הקישו</Say></Gather></Response>'
    )
    server.documents["/keys"] = '<Response><Pause length="1"/><Redirect method="GET">/more</Redirect></Response>'
    server.documents["/more"] = '<Response><Record action="/recorded" timeout="2"/></Response>'
    call = ring()
    await until(lambda: words(call, "carrier"))
    await call.press("12#")
    await call.task
    assert server.forms("/keys")[0]["Digits"] == "12"
    assert server.forms("/recorded") == []  # nothing was said
    assert call.ended_by == "document"


async def test_a_document_that_leads_to_itself_ends(ring, server):
    path = "/webhook/twilio/voice/incoming"
    server.documents[path] = f"<Response><Redirect>{path}</Redirect></Response>"
    call = ring()
    await call.task
    assert words(call, "error") == ["too many documents in one call"]


# --- REST --------------------------------------------------------------------------------------------
@pytest.fixture
async def rest(serve):
    return await serve(CarrierRest())


async def update(rest, sid, account=ACCOUNT, **form):
    async with httpx2.AsyncClient(auth=(account, "any"), trust_env=False) as client:
        url = f"{rest}/2010-04-01/Accounts/{ACCOUNT}/Calls/{sid}.json"
        return await (client.post(url, data=form) if form else client.get(url))


async def test_the_server_hangs_up_through_rest(ring, server, rest):
    call = await streaming(ring, server, rest=rest)
    assert (await update(rest, call.sid)).json()["status"] == "in-progress"
    answer = await update(rest, call.sid, Status="completed")
    assert answer.status_code == 200
    await call.task
    assert call.ended_by == "server"
    assert server.events("stop")[0]["stop"] == {"accountSid": ACCOUNT, "callSid": call.sid}
    assert server.forms("/after") == []
    again = await update(rest, call.sid, Status="completed")
    assert (again.status_code, again.json()["code"]) == (400, 21220)


async def test_a_new_document_replaces_the_running_one(ring, server, rest):
    call = await streaming(ring, server, rest=rest)
    await update(rest, call.sid, Twiml="<Response><Say>מעבירים</Say><Dial>+972521234567</Dial></Response>")
    await call.task
    assert words(call, "carrier") == ["מעבירים"]
    assert words(call, "dial") == ["+972521234567"]
    assert server.forms("/after") == []


async def test_what_rest_refuses(ring, server, rest):
    call = await streaming(ring, server, rest=rest)

    async def refusal(*args, **form):
        answer = await update(rest, *args, **form)
        return answer.status_code, answer.json()["code"]

    assert await refusal("CAnobody", Status="completed") == (404, 20404)
    assert await refusal(call.sid, "ACother", Status="completed") == (401, 20003)
    assert await refusal(call.sid, Status="happy") == (400, 20001)
    assert await refusal(call.sid, Nothing="x") == (400, 21218)
    assert call.is_answered


async def test_a_link_that_breaks_is_a_call_that_is_over(ring, server, rest):
    call = await streaming(ring, server, rest=rest)
    call.task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await call.task
    call.task = asyncio.sleep(0)
    answer = await update(rest, call.sid, Status="completed")
    assert answer.json()["code"] == 21220


async def test_without_a_rest_side_the_call_goes_on(ring, server):
    call = await streaming(ring, server, rest="http://127.0.0.1:9")
    assert call.sid
