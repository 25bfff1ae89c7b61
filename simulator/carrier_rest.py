"""The carrier's REST side: live calls are ended and redirected here, recordings fetched, numbers set up, messages sent.

The phone call itself may live in another process (`place_call`): it registers over a WebSocket at `…/link`, gets
the updates and leaves its recordings through it. Recordings are served as `.wav` only: the stand-in has no encoder
for `.mp3` and answers 404 there. Source: Twilio REST API, "Call", "Recording", "IncomingPhoneNumber" and "Message"
resources.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import itertools
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import httpx2

from simulator import signature
from simulator.carrier_messages import Messages
from simulator.carrier_numbers import Numbers
from simulator.carrier_office import Line
from simulator.carrier_senders import Senders
from simulator.tape import wav

Json = dict[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_ACCOUNT = re.compile(r"/2010-04-01/Accounts/(?P<account>[^/]+)/(?P<rest>.+)$")
_SENDERS = re.compile(r"/v2/Channels/Senders(?:/(?P<sid>[^/]+))?$")
_CALL = re.compile(r"Calls/(?P<sid>[^/]+)\.json")
_RECORDING = re.compile(r"Recordings/(?P<sid>[^/]+)\.wav")
_NUMBERS = re.compile(r"IncomingPhoneNumbers(?:/(?P<sid>[^/]+))?\.json")
_MESSAGES = re.compile(r"Messages(?:/(?P<sid>[^/]+))?\.json")
_FILES = re.compile(r"Messages/(?P<sid>[^/]+/Media/[^/]+)")
_ACKNOWLEDGED_WITHIN_S = 5.0
_MOST_KEPT = 1000  # ended calls that can still be asked for
_MOST_RECORDINGS = 50
_FACTS = ("sid", "account_sid", "to", "from", "status")
_ENDED = ("completed", "canceled", "busy", "failed", "no-answer")


class _Lost:
    """An answer that the client sees the beginning of, and no more."""


@dataclass(frozen=True)
class _File:
    kind: str
    content: bytes


_Body = Json | bytes | _File | _Lost


@dataclass
class _Leg:
    """A call that registered. `send` reaches the process in which it lives."""

    facts: dict[str, str]
    send: Callable[[Json], Awaitable[None]]
    acknowledged: dict[int, asyncio.Future[None]] = field(default_factory=dict)


class CarrierRest:
    """An ASGI application, to be mounted under any path. Pass `auth_token` to have the password checked.

    Reports on messages go to the addresses that they named, or to where `line` says that these really are.
    """

    def __init__(self, auth_token: str | None = None, line: Line | None = None) -> None:
        self.messages = Messages()
        self.senders = Senders()
        self.line = line
        self.requests: list[tuple[str, str, dict[str, str]]] = []  # method, SID, form or query
        self.numbers = Numbers()
        self.not_ready = 0  # so many requests for a recording are answered 404, as while one is being prepared
        self._recordings: dict[str, tuple[str, list[bytes]]] = {}  # SID -> account, tracks
        self._auth_token = auth_token
        self._legs: dict[str, _Leg] = {}
        self._updates = itertools.count(1)
        self._reporting: asyncio.Task[None] | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._link(scope, receive, send)
        elif scope["type"] == "http":
            status, body = await self._answer(scope, receive)
            if isinstance(body, _Lost):
                await _begin_and_break_off(send, status)
                return
            kind, content = _as_sent(body)
            headers = [(b"content-type", kind), (b"content-length", str(len(content)).encode())]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": content})

    # --- REST -----------------------------------------------------------------------------------------
    async def _answer(self, scope: Message, receive: Receive) -> tuple[int, _Body]:
        if (sender := _SENDERS.search(scope["path"])) is not None:
            return await self._sender(scope, receive, sender["sid"] or "")
        asked = _ACCOUNT.search(scope["path"])
        if asked is None:
            return _not_found(scope)
        account = asked["account"]
        if not self._authenticated(scope, account):
            return _error(401, 20003, "Authenticate")
        sent = (await _body(receive)).decode() if scope["method"] == "POST" else scope["query_string"].decode()
        form = dict(parse_qsl(sent, keep_blank_values=True))
        for pattern, answer in (
            (_CALL, self._call),
            (_RECORDING, self._recording),
            (_NUMBERS, self._number),
            (_MESSAGES, self._message),
            (_FILES, self._file),
        ):
            if (found := pattern.fullmatch(asked["rest"])) is not None:
                self.requests.append((scope["method"], found["sid"] or "", form))
                return await answer(scope, account, found["sid"] or "", form)
        return _not_found(scope)

    async def _call(self, scope: Message, account: str, sid: str, form: dict[str, str]) -> tuple[int, _Body]:
        leg = self._legs.get(sid)
        if leg is None or leg.facts["account_sid"] != account:
            return _not_found(scope)
        if scope["method"] == "GET":
            return 200, _resource(leg)
        if scope["method"] != "POST":
            return _error(405, 20004, "Method not allowed")
        return await self._update(leg, form)

    async def _recording(self, scope: Message, account: str, sid: str, form: dict[str, str]) -> tuple[int, _Body]:
        kept_for, tracks = self._recordings.get(sid, ("", []))
        if kept_for != account or scope["method"] != "GET":
            return _not_found(scope)
        if self.not_ready > 0:
            self.not_ready -= 1
            return _not_found(scope)
        return 200, wav(tracks)

    async def _number(self, scope: Message, account: str, sid: str, form: dict[str, str]) -> tuple[int, _Body]:
        if scope["method"] == "POST" and sid:
            row = self.numbers.update(account, sid, form)
            return (200, row) if row is not None else _not_found(scope)
        return 200, self.numbers.found(account, form.get("PhoneNumber", ""))

    async def _message(self, scope: Message, account: str, sid: str, form: dict[str, str]) -> tuple[int, _Body]:
        if scope["method"] == "POST" and not sid:
            status, body = self.messages.create(account, form)
            self._begin_reporting()
            return status, _Lost() if body is None else body
        if not sid:
            return 200, self.messages.found(account, form)
        row = self.messages.one(account, sid)
        return (200, row) if row is not None else _not_found(scope)

    async def _sender(self, scope: Message, receive: Receive, sid: str) -> tuple[int, _Body]:
        account = _user(scope)[0]
        if not self._authenticated(scope, account):
            return _error(401, 20003, "Authenticate")
        return self.senders.answer(account, scope["method"], sid, (await _body(receive)).decode()) or _not_found(scope)

    async def _file(self, scope: Message, account: str, sid: str, form: dict[str, str]) -> tuple[int, _Body]:
        kept = self.messages.file(sid)
        return (200, _File(*kept)) if kept is not None else _not_found(scope)

    def _begin_reporting(self) -> None:
        if self._reporting is None or self._reporting.done():
            self._reporting = asyncio.get_running_loop().create_task(self._report())

    async def _report(self) -> None:
        """Status callbacks, one after the other; whoever does not take one is not asked again."""
        async with httpx2.AsyncClient(timeout=15.0, trust_env=False) as client:
            while self.messages.reports:
                address, form = self.messages.reports.pop(0)
                token = self._auth_token
                headers = {signature.HEADER: signature.sign(token, address, form)} if token else {}
                reached = self.line.reachable(address) if self.line else address
                with contextlib.suppress(httpx2.HTTPError):
                    await client.post(reached, data=form, headers=headers)

    async def _update(self, leg: _Leg, form: dict[str, str]) -> tuple[int, _Body]:
        if leg.facts["status"] in _ENDED:
            return _error(400, 21220, "Invalid call state: Call is not in-progress. Cannot redirect.")
        if "Status" in form and form["Status"] not in ("completed", "canceled"):
            return _error(400, 20001, f"Invalid status: {form['Status']}")
        if not {"Status", "Twiml", "Url"} & form.keys():
            return _error(400, 21218, "Invalid ApplicationSid, Url or Twiml")
        number = next(self._updates)
        done = leg.acknowledged[number] = asyncio.get_running_loop().create_future()
        await leg.send({"event": "update", "id": number, "params": form})
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(done, _ACKNOWLEDGED_WITHIN_S)
        return 200, _resource(leg)

    def _authenticated(self, scope: Message, account: str) -> bool:
        user, password = _user(scope)
        return bool(user) and user == account and password == (self._auth_token or password)

    # --- the link -------------------------------------------------------------------------------------
    async def _link(self, scope: Message, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if not scope["path"].endswith("/link"):
            await send({"type": "websocket.close", "code": 4404})
            return
        await send({"type": "websocket.accept"})

        async def send_json(message: Json) -> None:
            await send({"type": "websocket.send", "text": json.dumps(message)})

        leg: _Leg | None = None
        async for message in _messages(receive):
            if message["event"] == "call" and leg is None:
                leg = _Leg({name: str(message[name]) for name in _FACTS}, send_json)
                self._remember(leg)
                await send_json({"event": "registered"})
            elif message["event"] == "updated" and leg is not None:
                done = leg.acknowledged.pop(message["id"], None)
                if done is not None and not done.done():
                    done.set_result(None)
            elif message["event"] == "recording" and leg is not None:
                tracks = [base64.b64decode(track) for track in message["tracks"]]
                self.keep(str(message["sid"]), leg.facts["account_sid"], tracks)
            elif message["event"] == "status" and leg is not None:
                leg.facts["status"] = str(message["status"])
        if leg is not None and leg.facts["status"] not in _ENDED:
            leg.facts["status"] = "completed"

    def keep(self, sid: str, account_sid: str, tracks: list[bytes]) -> None:
        """Serve a recording, a µ-law track for each channel, to whoever has the account's password."""
        while len(self._recordings) >= _MOST_RECORDINGS:
            del self._recordings[next(iter(self._recordings))]
        self._recordings[sid] = (account_sid, tracks)

    def _remember(self, leg: _Leg) -> None:
        while len(self._legs) >= _MOST_KEPT:
            del self._legs[next(iter(self._legs))]
        self._legs[leg.facts["sid"]] = leg


async def _messages(receive: Receive) -> AsyncIterator[Json]:
    """JSON objects with an `event` that arrive on a WebSocket until it closes."""
    while (message := await receive())["type"] == "websocket.receive":
        with contextlib.suppress(ValueError, TypeError, KeyError):
            parsed = json.loads(message.get("text") or "")
            if parsed["event"]:
                yield parsed


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _user(scope: Message) -> tuple[str, str]:
    """Name and password of a request; empty without any."""
    headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (user, password) if scheme == "Basic" else ("", "")


def _as_sent(body: Json | bytes | _File) -> tuple[bytes, bytes]:
    """Type and content."""
    match body:
        case bytes():
            return b"audio/x-wav", body
        case _File(kind=kind, content=content):
            return kind.encode(), content
    return b"application/json; charset=utf-8", json.dumps(body).encode()


async def _begin_and_break_off(send: Send, status: int) -> None:
    """The client knows that it was heard, and not what came of it."""
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"1000")]})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})


def _not_found(scope: Message) -> tuple[int, _Body]:
    return _error(404, 20404, f"The requested resource {scope['path']} was not found")


def _error(status: int, code: int, message: str) -> tuple[int, _Body]:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return status, {"code": code, "message": message, "more_info": more, "status": status}


def _resource(leg: _Leg) -> Json:
    facts = leg.facts
    return {
        **facts,
        "direction": "inbound",
        "api_version": "2010-04-01",
        "uri": f"/2010-04-01/Accounts/{facts['account_sid']}/Calls/{facts['sid']}.json",
    }
