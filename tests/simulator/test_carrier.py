"""The carrier against a server that answers exactly what a test wants."""

import asyncio
import base64
import contextlib
import json
import re
from urllib.parse import parse_qsl

import httpx2
import pytest
from twilio.request_validator import RequestValidator

from calls.clock import Clock
from simulator import audio, ulaw
from simulator.carrier import Call, Line
from simulator.carrier_rest import CarrierRest

TO, FROM = "+97233334444", "+972521234567"
PUBLIC = "https://salon.example"
ACCOUNT = "AC" + "1" * 32
STREAM = (
    f'<Response><Connect action="{PUBLIC}/after"><Stream url="wss://salon.example/media" '
    f'statusCallback="{PUBLIC}/stream"><Parameter name="token" value="t-1"/></Stream></Connect>'
    "<Say>אחרי</Say></Response>"
)


class Server:
    """The product's place: documents by path, and a media socket that obeys the test."""

    def __init__(self):
        self.documents = {"/webhook/twilio/voice/incoming": STREAM, "/after": "<Response><Hangup/></Response>"}
        self.posts = []
        self.frames = []
        self.refuse_media = False
        self.to_carrier = asyncio.Queue()
        self.headers = {}

    def forms(self, path):
        return [form for posted, form, _ in self.posts if posted == path]

    def events(self, kind):
        return [frame for frame in self.frames if frame["event"] == kind]

    async def __call__(self, scope, receive, send):
        if scope["type"] == "websocket":
            await self._media(scope, receive, send)
        elif scope["type"] == "http":
            body = (await receive()).get("body", b"").decode()
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            self.posts.append((scope["path"], dict(parse_qsl(body, keep_blank_values=True)), headers))
            document = self.documents.get(scope["path"], "<Response/>")
            status = 403 if document is None else 200
            await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/xml")]})
            await send({"type": "http.response.body", "body": (document or "").encode()})

    async def _media(self, scope, receive, send):
        await receive()
        if self.refuse_media:
            await send({"type": "websocket.close", "code": 4403})
            return
        self.headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        await send({"type": "websocket.accept"})
        sender = asyncio.ensure_future(self._send_all(send))
        while (message := await receive())["type"] == "websocket.receive":
            self.frames.append(json.loads(message["text"]) | {"raw": message["text"]})
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)

    async def _send_all(self, send):
        while True:
            what = await self.to_carrier.get()
            if what is None:
                await send({"type": "websocket.close", "code": 1000})
                return
            await send({"type": "websocket.send", **({"bytes": what} if isinstance(what, bytes) else {"text": what})})

    def say(self, words, sound=None):
        sound = sound if sound is not None else audio.speech(words, audio.ASSISTANT)
        for start in range(0, len(sound), 1600):
            payload = base64.b64encode(sound[start : start + 1600]).decode()
            self.order("media", media={"payload": payload})

    def order(self, event, **fields):
        sid = self.events("start")[0]["streamSid"]
        self.to_carrier.put_nowait(json.dumps({"event": event, "streamSid": sid, **fields}))


@pytest.fixture
def clock():
    return Clock(rate=15)


@pytest.fixture
def server():
    return Server()


@pytest.fixture
async def ring(serve, server, clock):
    """Begin a call; everything that still runs at the end is hung up."""
    address = await serve(server)
    calls = []

    def begin(**line):
        given = {"public_url": PUBLIC, "auth_token": "secret", "account_sid": ACCOUNT, **line}
        call = Call(Line(address, **given), to=TO, from_=FROM, clock=clock)
        call.task = asyncio.ensure_future(call.run())
        calls.append(call)
        return call

    yield begin
    for call in calls:
        call.hang_up()
        await call.task


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 -- looks at what other tasks have collected
            await asyncio.sleep(0.002)


async def streaming(ring, server, **line):
    call = ring(**line)
    await until(lambda: server.events("start"))
    return call


def words(call, what):
    return [event.text for event in call.events if event.what == what]


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
    assert server.forms("/recorded")[0]["RecordingDuration"] == "0"
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
    assert call.events[-1].text == "Dial"


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
