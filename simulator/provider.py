"""The provider stand-in: Realtime over WebSocket, text over HTTP, on one address."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import uvicorn

from calls.clock import Clock
from simulator import text_endpoint, transcription_endpoint
from simulator.provider_options import ProviderOptions
from simulator.realtime_items import Recording
from simulator.realtime_session import Session

Json = dict[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_CODES = {401: "invalid_api_key", 403: "permission_denied", 429: "rate_limit_exceeded"}


class Provider:
    """The service as an ASGI application. `sessions` and `requests` are what it has seen so far."""

    def __init__(self, options: ProviderOptions, clock: Clock) -> None:
        self.options = options
        self.clock = clock
        self.sessions: list[Session] = []
        self.requests: list[Json] = []  # bodies of /v1/responses
        self.voices: list[dict[str, bytes]] = []  # forms of /v1/audio/transcriptions
        self.embedded: list[Json] = []  # bodies of /v1/embeddings
        self.abort: Callable[[Message], None] = lambda scope: None  # cuts a connection, set by whoever serves
        self._live: list[Message] = []  # scopes of the sessions that are open

    @property
    def recordings(self) -> list[Recording]:
        return [session.recording for session in self.sessions]

    def cut_all(self) -> None:
        """Break every Realtime socket that is open, as a network does."""
        for scope in list(self._live):
            self.abort(scope)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._realtime(scope, receive, send)
        elif scope["type"] == "http":
            await self._text(scope, receive, send)

    # --- Realtime -------------------------------------------------------------------------------------
    async def _realtime(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        model = parse_qs(scope["query_string"].decode()).get("model", [""])[0]
        await receive()  # websocket.connect
        if scope["path"] != "/v1/realtime" or not model:
            await _refuse_upgrade(send, 404 if model else 400, "invalid_request_error", "Unknown address or no model.")
            return
        if not self._authorized(headers):
            await _refuse_upgrade(send, 401, "invalid_api_key", "Incorrect API key provided.")
            return
        if self.options.refuse_connects:
            await self._turn_away(self.options.refuse_connects.popleft(), scope, receive, send)
            return
        await send({"type": "websocket.accept"})
        if "openai-beta" in headers:
            details = {"type": "invalid_request_error", "code": "beta_api_shape_disabled", "param": None}
            details["message"] = "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API."
            await send({"type": "websocket.send", "text": json.dumps({"type": "error", "error": details})})
            reason = "invalid_request_error.beta_api_shape_disabled"
            await send({"type": "websocket.close", "code": 4000, "reason": reason})
            return
        options = self.options.of_session(len(self.sessions))
        session = Session(model, options, self.clock, self._sender(options, scope, send), _closer(send))
        session.recording.headers = headers
        self.sessions.append(session)
        self._live.append(scope)
        try:
            await session.begin()
            await _read(session, receive)
        finally:
            self._live.remove(scope)
            await session.end()

    async def _turn_away(self, how: int | str, scope: Message, receive: Receive, send: Send) -> None:
        """Do not take a connection: with an HTTP status, by cutting it ("reset"), or by never answering ("hang")."""
        if how == "hang":
            while (await receive())["type"] != "websocket.disconnect":
                continue
        elif how == "reset":
            self.abort(scope)
        else:
            code = _CODES.get(int(how), "server_error")
            await _refuse_upgrade(send, int(how), code, "Refused on request.")

    def _sender(self, options: ProviderOptions, scope: Message, send: Send) -> Callable[[Json], Awaitable[None]]:
        left = options.drop_after_deltas.popleft() if options.drop_after_deltas else -1
        freezes_at = math.inf if options.freezes_after_s is None else self.clock.now() + options.freezes_after_s

        async def send_event(event: Json) -> None:
            nonlocal left
            if self.clock.now() >= freezes_at:
                return
            if left >= 0 and event["type"] == "response.output_audio.delta":
                left -= 1
                if left < 0:
                    self.abort(scope)
            with contextlib.suppress(OSError):  # the client has gone; the reader learns it as well
                await send({"type": "websocket.send", "text": json.dumps(event, ensure_ascii=False)})

        return send_event

    def _authorized(self, headers: dict[str, str]) -> bool:
        scheme, _, key = headers.get("authorization", "").partition(" ")
        return scheme == "Bearer" and (key == self.options.api_key if self.options.api_key else bool(key))

    # --- text -----------------------------------------------------------------------------------------
    async def _text(self, scope: Message, receive: Receive, send: Send) -> None:
        if not self._authorized(_headers(scope)):
            await _answer(send, 401, _error("invalid_api_key", "Incorrect API key provided."))
        elif (scope["method"], scope["path"]) == ("GET", "/v1/models"):
            await _answer(send, 200, text_endpoint.models(self.options.gone_models, self.options.shutdown_dates))
        elif (scope["method"], scope["path"]) == ("POST", "/v1/audio/transcriptions"):
            fields = transcription_endpoint.fields_of(_headers(scope).get("content-type", ""), await _body(receive))
            self.voices.append(fields)
            unknown = self.options.unknown_transcription_models
            status, said = transcription_endpoint.transcription(fields, self.options.voice_notes, unknown)
            await _answer(send, status, said)
        elif (scope["method"], scope["path"]) == ("POST", "/v1/responses"):
            try:
                body = json.loads(await _body(receive))
            except ValueError:
                await _answer(send, 400, _error("invalid_json", "We could not parse the JSON body of your request."))
                return
            self.requests.append(body)
            await self._respond(body, scope, send)
        elif (scope["method"], scope["path"]) == ("POST", "/v1/embeddings"):
            await self._embeddings(receive, send)
        else:
            await _answer(send, 404, _error("unknown_url", f"Invalid URL ({scope['method']} {scope['path']})"))

    async def _embeddings(self, receive: Receive, send: Send) -> None:
        try:
            body = json.loads(await _body(receive))
            answer = text_endpoint.embeddings(body)
        except text_endpoint.Refused as refusal:
            await _answer(send, 400, _error("invalid_request_error", str(refusal)))
            return
        except ValueError:
            await _answer(send, 400, _error("invalid_json", "We could not parse the JSON body of your request."))
            return
        self.embedded.append(body)
        if self.options.embedding_status != 200:
            await _answer(send, self.options.embedding_status, _error("server_error", "Refused on request."))
            return
        await _answer(send, 200, answer)

    async def _respond(self, body: Json, scope: Message, send: Send) -> None:
        """Answer a request for text, or do what befalls it instead."""
        options = self.options
        fate = options.text_misfortunes.popleft() if options.text_misfortunes else ""
        if fate == "cut":
            self.abort(scope)
            return
        if isinstance(fate, int):
            await _answer(send, fate, _error(_CODES.get(fate, "server_error"), "Refused on request."))
            return
        if isinstance(fate, float):
            await self.clock.sleep(fate)
        steps = options.text_steps.popleft() if options.text_steps else None
        whole = fate != "incomplete"
        await _answer(send, 200, text_endpoint.response(body, options.text_answer, steps=steps, whole=whole))


def _closer(send: Send) -> Callable[[int], Awaitable[None]]:
    async def close(code: int) -> None:
        with contextlib.suppress(OSError):  # the client has gone
            await send({"type": "websocket.close", "code": code})

    return close


async def _read(session: Session, receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] != "websocket.receive":
            return
        text = message.get("text")
        if text is None:
            await session.error("invalid_json", "Binary frames are not understood.")
        else:
            await session.receive(text)


# --- ASGI --------------------------------------------------------------------------------------------
def _headers(scope: Message) -> dict[str, str]:
    return {name.decode().lower(): value.decode() for name, value in scope["headers"]}


def _error(code: str, message: str) -> Json:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _answer(send: Send, status: int, body: Json, kind: str = "http.response") -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": f"{kind}.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.body", "body": json.dumps(body, ensure_ascii=False).encode()})


async def _refuse_upgrade(send: Send, status: int, code: str, message: str) -> None:
    await _answer(send, status, _error(code, message), "websocket.http.response")


# --- serving -----------------------------------------------------------------------------------------
class Server(uvicorn.Server):
    """uvicorn as a guest: the signals of the process belong to its host."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def serve_until_told(self, listener: socket.socket) -> None:
        """Serve; also a host that ends in a hurry, cancelling this, leaves no connection open."""
        try:
            await self.serve(sockets=[listener])
        except asyncio.CancelledError:
            for connection in list(self.server_state.connections):
                if (transport := getattr(connection, "transport", None)) is not None:
                    transport.abort()
            listener.close()
            await asyncio.sleep(0)  # transports close on the loop's next turn
            raise

    def cut(self, scope: Message) -> None:
        """Break the connection of a scope, as a network does: no closing handshake."""
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None and transport.get_extra_info("peername") == tuple(scope["client"]):
                transport.abort()


@dataclass
class Served:
    """A running stand-in."""

    base_url: str
    provider: Provider
    server: Server
    task: asyncio.Task[None] = field(repr=False)

    async def close(self) -> None:
        self.server.should_exit = True
        self.server.force_exit = True
        await self.task


async def serve_app(app: Any, host: str = "127.0.0.1", port: int = 0) -> tuple[Server, asyncio.Task[None], int]:
    """Serve an ASGI application on the running loop; the port is known on return."""
    # The protocol is named because asyncio leaves Nagle's algorithm on for sockets of protocol 0.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    config = uvicorn.Config(
        app, ws="websockets-sansio", lifespan="off", log_config=None, log_level="warning", access_log=False,
        ws_ping_interval=None, ws_max_size=16 * 2**20, timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = Server(config)
    task = asyncio.get_running_loop().create_task(server.serve_until_told(listener))
    while not server.started and not task.done():  # noqa: ASYNC110 -- uvicorn has no event for it
        await asyncio.sleep(0.005)
    return server, task, int(listener.getsockname()[1])


async def serve_provider(
    host: str = "127.0.0.1", port: int = 0, *, clock: Clock | None = None, options: ProviderOptions | None = None
) -> Served:
    """Start the stand-in on the running loop. `base_url` of the answer is what OPENAI_BASE_URL would be."""
    provider = Provider(options or ProviderOptions(), clock or Clock())
    server, task, bound = await serve_app(provider, host, port)
    provider.abort = server.cut
    return Served(f"http://{host}:{bound}/v1", provider, server, task)


@contextlib.asynccontextmanager
async def running_provider(
    *, clock: Clock | None = None, options: ProviderOptions | None = None
) -> AsyncIterator[Served]:
    """The stand-in for the length of a block."""
    served = await serve_provider(clock=clock, options=options)
    try:
        yield served
    finally:
        await served.close()
