"""uvicorn's WebSocket with a short way for the frames that calls are made of: whole, masked, unfragmented text.

Everything else (handshake, control frames, fragments, whatever is malformed or too long) goes through the library's
own parser, which is always handed whole frames and so stands at the beginning of one. The library takes 25 µs for a
frame and pauses the reader after each; at fifty frames a second and call that is most of the socket's price.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.speedups import apply_mask

_WHOLE_TEXT = 0x81  # FIN and the text opcode
_MASKED = 0x80
_SIZE_16, _SIZE_64 = 126, 127  # in place of a size: it follows in so many bits
MOST_WAITING = 50  # messages that the application has not taken; from there on the peer waits


class _Messages:
    """What `asyncio.Queue` is for the library, for one reader and without bounds; a third of its price."""

    def __init__(self) -> None:
        self._messages: deque[Any] = deque()
        self._reader: asyncio.Future[None] | None = None

    def qsize(self) -> int:
        return len(self._messages)

    def empty(self) -> bool:
        return not self._messages

    def put_nowait(self, message: Any) -> None:
        self._messages.append(message)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def get(self) -> Any:
        while not self._messages:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        return self._messages.popleft()


class QuickWebSocket(WebSocketsSansIOProtocol):
    """One connection. The application and the peer cannot tell it from the library's, but by the clock."""

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any], _loop: Any = None) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.queue = _Messages()  # type: ignore[assignment]  # as much of a queue as the library uses
        self._begun = False  # the handshake request was seen
        self._by_the_library = False  # for good: the peer does not do what carriers do
        self._rest = b""  # the beginning of a frame

    # --- in -------------------------------------------------------------------------------------------
    def data_received(self, data: bytes) -> None:
        if self._by_the_library or not self.handshake_complete:
            self._by_the_library = self._by_the_library or self._begun  # it spoke before it was let in
            self._begun = True
            super().data_received(data)
            return
        if self._rest:
            data, self._rest = self._rest + data, b""
        at = 0
        while at < len(data):
            size = self._frame_at(data, at)
            if size is None:
                self._by_the_library = True
                super().data_received(data[at:])
                return
            if not size:
                self._rest = data[at:]
                break
            at += size
        if self.queue.qsize() > MOST_WAITING and not self.read_paused:
            self.read_paused = True  # `receive` resumes
            self.transport.pause_reading()

    def _frame_at(self, data: bytes, at: int) -> int | None:
        """Take the frame that begins here. How long it is; 0: its end is still to come, None: no carrier sends such."""
        if len(data) - at < 2:
            return 0
        size, start = data[at + 1] & 0x7F, at + 6
        if size == _SIZE_64 or not data[at + 1] & _MASKED:
            return None
        if size == _SIZE_16:
            if len(data) - at < 4:
                return 0
            size, start = int.from_bytes(data[at + 2 : at + 4]), at + 8
        if size > (self.config.ws_max_size or 0):
            return None
        end = start + size
        if end > len(data):
            return 0
        plain = data[at] == _WHOLE_TEXT and self.conn.close_rcvd is None and self.conn.current_size is None
        if not (plain and self._text(apply_mask(data[start:end], data[start - 4 : start]))):
            super().data_received(data[at:end])
        return end - at

    def _text(self, payload: bytes) -> bool:
        """Hand a message to the application; False if it is no text."""
        try:
            message = {"type": "websocket.receive", "text": payload.decode()}
        except UnicodeDecodeError:
            return False
        if not self.close_sent:
            self.queue.put_nowait(message)  # type: ignore[arg-type]  # a literal that is an ASGI message
        return True

    # --- out ------------------------------------------------------------------------------------------
    async def send(self, message: Any) -> None:
        text = message.get("text")
        if not self.writable.is_set():
            await self.writable.wait()
        talking = self.handshake_complete and not (self.close_sent or self.disconnected or self.initial_response)
        if text is None or message["type"] != "websocket.send" or not talking or self.conn.close_rcvd is not None:
            await super().send(message)
            return
        payload = text.encode()
        size = len(payload)
        if size < _SIZE_16:
            head = bytes((_WHOLE_TEXT, size))
        elif size < 1 << 16:
            head = bytes((_WHOLE_TEXT, _SIZE_16)) + size.to_bytes(2)
        else:
            head = bytes((_WHOLE_TEXT, _SIZE_64)) + size.to_bytes(8)
        self.transport.write(head + payload)
