"""The serving side of HTTP and WebSocket on one port, no more than the lean provider needs.

Its clients are the product and the bare bridge; neither fragments messages nor pipelines requests.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any, Protocol, cast

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY = re.compile(rb"^sec-websocket-key:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA


class Session(Protocol):
    """What answers on a WebSocket."""

    def receive(self, message: bytes) -> None: ...

    def closed(self) -> None: ...


class Connection(asyncio.Protocol):
    """A WebSocket once it has been upgraded; until then HTTP requests, which `answer` answers."""

    def __init__(
        self, open_session: Callable[[Callable[[str], None]], Session], answer: Callable[[bytes], Any]
    ) -> None:
        self._open_session = open_session
        self._answer = answer
        self._session: Session | None = None
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._session is not None:
            self._session.closed()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._session is None and self._request():
            pass
        if self._session is not None:
            self._messages(self._session)

    def send(self, text: str) -> None:
        self._frame(_TEXT, text.encode())

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    # --- HTTP -----------------------------------------------------------------------------------------
    def _request(self) -> bool:
        """Take one request from the buffer, if it is there as a whole."""
        end = self._buffer.find(b"\r\n\r\n") + 4
        if end < 4:
            return False
        head = bytes(self._buffer[:end])
        if key := _KEY.search(head):
            del self._buffer[:end]
            accept = base64.b64encode(hashlib.sha1(key[1] + _GUID).digest())
            answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            self._write(answer + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
            self._session = self._open_session(self.send)
            return False
        length = _LENGTH.search(head)
        whole = end + (int(length[1]) if length else 0)
        if len(self._buffer) < whole:
            return False
        body = json.dumps(self._answer(bytes(self._buffer[end:whole]))).encode()
        del self._buffer[:whole]
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        self._write(head + body)
        return True

    # --- WebSocket ------------------------------------------------------------------------------------
    def _messages(self, session: Session) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 6:
            size, head = buffer[at + 1] & 0x7F, 2
            if size == 126:
                size, head = int.from_bytes(buffer[at + 2 : at + 4], "big"), 4
            elif size == 127:
                size, head = int.from_bytes(buffer[at + 2 : at + 10], "big"), 10
            start = at + head + 4
            if len(buffer) < start + size:
                break
            mask = bytes(buffer[start - 4 : start]) * (size // 4 + 1)
            masked = int.from_bytes(buffer[start : start + size], "little")
            message = (masked ^ int.from_bytes(mask[:size], "little")).to_bytes(size, "little")
            kind, at = buffer[at] & 0x0F, start + size
            if kind == _TEXT:
                session.receive(message)
            elif kind == _PING:
                self._frame(_PONG, message)
            elif kind == _CLOSE and self._transport is not None:
                self._frame(_CLOSE, message)
                self._transport.close()
        del buffer[:at]

    def _frame(self, kind: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            head = bytes((0x80 | kind, size))
        elif size < 65536:
            head = bytes((0x80 | kind, 126)) + size.to_bytes(2, "big")
        else:
            head = bytes((0x80 | kind, 127)) + size.to_bytes(8, "big")
        self._write(head + payload)
