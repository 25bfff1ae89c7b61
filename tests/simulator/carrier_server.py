"""A server that answers the carrier exactly what a test wants, and a telephone that calls it."""

import asyncio
import base64
import json
from urllib.parse import parse_qsl

import pytest

from simulator import audio
from simulator.carrier import Call, Line

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
