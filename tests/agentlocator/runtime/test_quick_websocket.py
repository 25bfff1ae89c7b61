"""The short way through the server's WebSocket: neither application nor peer can tell it from the library's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.client import ClientProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.uri import parse_uri

from agentlocator.runtime.quick_websocket import MOST_WAITING, QuickWebSocket

LARGEST = 2000


class Wire(asyncio.Transport):
    """The server's end of a connection, with what it wrote and whether it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.reading = True
        self.closed = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


class Peer:
    """A carrier that talks to an application which echoes what it is told, in capitals."""

    def __init__(self, kind: type[WebSocketsSansIOProtocol]) -> None:
        self.received: list[dict[str, Any]] = []
        self.wire = Wire()
        self.client = ClientProtocol(parse_uri("ws://server/ws"))
        self.listens = asyncio.Event()
        self.listens.set()
        config = uvicorn.Config(
            self.application, interface="asgi3", ws_max_size=LARGEST, ws_per_message_deflate=False, log_config=None
        )
        config.load()
        self.protocol = kind(config, ServerState(), {})
        self.protocol.connection_made(self.wire)

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while True:
            await self.listens.wait()
            message = await receive()
            self.received.append(message)
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text == "bye":
                await send({"type": "websocket.close", "code": 1000})
            else:
                answer = {"bytes": message["bytes"]} if text is None else {"text": text.upper()}
                await send({"type": "websocket.send", **answer})

    async def connect(self) -> None:
        self.client.send_request(self.client.connect())
        self.protocol.data_received(b"".join(self.client.data_to_send()))
        await settle()
        self.client.receive_data(self.wire.written)
        self.client.events_received()
        self.wire.written = b""

    async def tell(self, *pieces: bytes) -> None:
        for piece in pieces:
            if self.wire.closed:
                return
            self.protocol.data_received(piece)
            await settle()

    def heard(self) -> list[Frame]:
        """What the server said, as the peer's library reads it."""
        self.client.receive_data(self.wire.written)
        return [event for event in self.client.events_received() if isinstance(event, Frame)]


async def settle() -> None:
    for _ in range(6):
        await asyncio.sleep(0)


def frame(text: str, *, opcode: Opcode = Opcode.TEXT, fin: bool = True) -> bytes:
    return raw(text.encode(), opcode=opcode, fin=fin)


def raw(data: bytes, *, opcode: Opcode = Opcode.TEXT, fin: bool = True, mask: bool = True) -> bytes:
    return Frame(opcode, data, fin=fin).serialize(mask=mask)


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    """The bytes in pieces, as a network delivers them."""
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in zip(edges, edges[1:], strict=False)]


async def connected(kind: type[WebSocketsSansIOProtocol] = QuickWebSocket) -> Peer:
    peer = Peer(kind)
    await peer.connect()
    return peer


# --- what calls are made of ----------------------------------------------------------------------------
@pytest.mark.parametrize("size", [0, 1, 125, 126, 300, LARGEST])
async def test_a_message_of_any_size_goes_in_and_its_answer_out(size: int) -> None:
    peer = await connected()
    await peer.tell(frame("x" * size))

    assert peer.received == [{"type": "websocket.receive", "text": "x" * size}]
    assert [said.data for said in peer.heard()] == [b"X" * size]


async def test_a_message_that_comes_byte_by_byte_is_one_message() -> None:
    peer = await connected()
    await peer.tell(*(bytes([byte]) for byte in frame("שלום") + frame("again")))

    assert [message["text"] for message in peer.received] == ["שלום", "again"]


async def test_an_application_that_does_not_listen_makes_the_peer_wait_and_loses_nothing() -> None:
    peer = await connected()
    peer.listens.clear()
    await settle()
    sent = [f"frame {number}" for number in range(3 * MOST_WAITING)]
    for text in sent:
        peer.protocol.data_received(frame(text))
    assert not peer.wire.reading
    peer.listens.set()
    while len(peer.received) < len(sent):
        await settle()

    assert [message["text"] for message in peer.received] == sent
    assert peer.wire.reading


# --- everything else is the library's ------------------------------------------------------------------
async def test_a_ping_between_two_pieces_of_a_message_is_answered_and_the_message_is_whole() -> None:
    peer = await connected()
    await peer.tell(frame("one ", fin=False), raw(b"alive?", opcode=Opcode.PING))
    await peer.tell(raw(b"and two", opcode=Opcode.CONT), frame("three"))

    assert [message["text"] for message in peer.received] == ["one and two", "three"]
    assert (Opcode.PONG, b"alive?") in [(said.opcode, bytes(said.data)) for said in peer.heard()]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        pytest.param(raw(b"\xff\xfe"), CloseCode.INVALID_DATA, id="no text"),
        pytest.param(raw(b"plain", mask=False), CloseCode.PROTOCOL_ERROR, id="not masked"),
        pytest.param(frame("x" * (LARGEST + 1)), CloseCode.MESSAGE_TOO_BIG, id="too long"),
        pytest.param(frame("x" * 70_000), CloseCode.MESSAGE_TOO_BIG, id="much too long"),
        pytest.param(raw(b"again", opcode=Opcode.CONT), CloseCode.PROTOCOL_ERROR, id="goes on with nothing"),
    ],
)
async def test_who_breaks_the_rules_is_told_and_cut_off(wrong: bytes, code: CloseCode) -> None:
    peer = await connected()
    await peer.tell(frame("before"), wrong)

    assert [message.get("text") for message in peer.received] == ["before", None]
    assert peer.received[-1]["type"] == "websocket.disconnect"
    peer.heard()
    assert peer.client.close_rcvd is not None
    assert peer.client.close_rcvd.code == code
    assert peer.wire.closed


async def test_a_peer_that_says_goodbye_is_answered() -> None:
    peer = await connected()
    await peer.tell(frame("before"), raw(b"\x03\xe8", opcode=Opcode.CLOSE))

    assert peer.received[-1]["type"] == "websocket.disconnect"
    peer.heard()
    assert peer.client.close_rcvd is not None


async def test_after_the_application_closed_nothing_reaches_it() -> None:
    peer = await connected()
    await peer.tell(frame("bye"), frame("one more thing"))

    assert "one more thing" not in [message.get("text") for message in peer.received]
    assert [said.opcode for said in peer.heard()] == [Opcode.CLOSE]


async def test_one_who_speaks_before_being_let_in_is_the_librarys_guest_for_good() -> None:
    peer = Peer(QuickWebSocket)
    peer.client.send_request(peer.client.connect())
    early = frame("early")
    peer.protocol.data_received(b"".join(peer.client.data_to_send()))
    peer.protocol.data_received(early[:3])
    await settle()
    await peer.tell(early[3:] + frame("late"))

    assert [message["text"] for message in peer.received] == ["early", "late"]


PING = st.binary(max_size=20).map(lambda data: raw(data, opcode=Opcode.PING))
WHOLE = st.text(max_size=200).map(frame)
IN_PARTS = st.builds(
    lambda first, between, last: (
        frame(first, fin=False) + b"".join(between) + raw(last.encode(), opcode=Opcode.CONT)
    ),
    st.text(max_size=20), st.lists(PING, max_size=2), st.text(max_size=20),
)  # fmt: skip
BINARY = st.binary(max_size=50).map(lambda data: raw(data, opcode=Opcode.BINARY))
ENDS = st.one_of(
    st.just(raw(b"\x03\xe8", opcode=Opcode.CLOSE)),
    st.just(frame("bye")),
    st.text(max_size=20).map(lambda text: frame(text, opcode=Opcode.CONT)),
    st.binary(max_size=50).map(raw),
    st.binary(max_size=50).map(lambda data: raw(data, mask=False)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WHOLE | IN_PARTS | BINARY | PING, max_size=8), st.lists(st.integers(0, 3000), max_size=12), ENDS)
def test_application_and_peer_cannot_tell_it_from_the_library(said: list[bytes], places: list[int], end: bytes) -> None:
    pieces = [*cut(b"".join(said), places), end]

    async def story(kind: type[WebSocketsSansIOProtocol]) -> tuple[list[dict[str, Any]], bytes, bool]:
        peer = await connected(kind)
        await peer.tell(*pieces)
        return peer.received, peer.wire.written, peer.wire.closed

    assert asyncio.run(story(QuickWebSocket)) == asyncio.run(story(WebSocketsSansIOProtocol))
