"""One media stream as the carrier drives it: 20 ms of the caller out, 20 ms of the assistant played, on one beat."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import json
import secrets
from collections import deque
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from calls.clock import Clock
from simulator import ulaw
from simulator.playout import PlayOut

Json = dict[str, Any]

_BEAT_S = ulaw.FRAME_MS / 1000
_SILENCE = base64.b64encode(ulaw.SILENCE).decode()
_MOST_BEHIND_S = 0.2  # a beat that is later than this is not caught up with


class MediaStream:
    """A bidirectional stream. `played` gets every 20 ms of sound, `noticed` a word about everything remarkable."""

    def __init__(
        self,
        *,
        account_sid: str,
        call_sid: str,
        clock: Clock,
        opened: Callable[[], None],
        played: Callable[[bytes, int], None],
        noticed: Callable[[str, str], None],
    ) -> None:
        self.sid = f"MZ{secrets.token_hex(16)}"
        self.playout = PlayOut()
        self.outgoing: deque[bytes] = deque()  # the caller's sound, in frames
        self.marks: list[str] = []  # sent back, in order
        self.returns_marks = True
        self.cleared_at: list[float] = []
        self.open = self.was_open = False
        self._account_sid, self._call_sid = account_sid, call_sid
        self._clock, self._opened, self._played, self._noticed = clock, opened, played, noticed
        self._sequence = 0
        self._due_marks: list[str] = []
        self._playing = False  # a frame with sound is being played right now
        self._socket: ClientConnection | None = None
        self._mishap: tuple[str, int] | None = None  # what happens to the next frames, and to how many
        self._late: list[str] = []

    async def run(self, url: str, parameters: dict[str, str], headers: dict[str, str]) -> bool:
        """Stream until the server closes the socket or this task is cancelled. False if it never opened."""
        try:
            self._socket = await connect(
                url,
                additional_headers=headers,
                compression=None,
                proxy=None,
                user_agent_header="TwilioMediaStreams/1.0",
            )
        except (OSError, TimeoutError, InvalidHandshake) as error:
            self._noticed("error", f"31920 the media stream could not be opened: {error}")
            return False
        try:
            await self._begin(parameters)
            self.open = self.was_open = True
            self._opened()
            await self._until_closed()
        except ConnectionClosed:
            pass
        finally:
            self.open = False
            await self._end()
        return True

    async def press(self, key: str) -> None:
        """One key of the caller's telephone."""
        await self._send("dtmf", dtmf={"track": "inbound_track", "digit": key})

    # --- mishaps --------------------------------------------------------------------------------------
    def drop(self) -> None:
        """The connection dies: no `stop`, no closing handshake."""
        if self._socket is not None:
            self._socket.transport.abort()

    def lose(self, ms: int) -> None:
        """So much of the caller's sound never arrives."""
        self._mishap = ("lose", ms // ulaw.FRAME_MS)

    def hold(self, ms: int) -> None:
        """No frame leaves for so long; then all of them do at once."""
        self._mishap = ("hold", ms // ulaw.FRAME_MS)

    def swap(self) -> None:
        """The next two frames change places."""
        self._mishap = ("swap", 2)

    def repeat(self) -> None:
        """The next frame arrives twice."""
        self._mishap = ("repeat", 1)

    async def _mishandle(self, text: str) -> None:
        assert self._socket is not None
        assert self._mishap is not None
        kind, left = self._mishap
        self._mishap = (kind, left - 1) if left > 1 else None
        if kind != "lose":
            self._late += [text, text] if kind == "repeat" else [text]
        if self._mishap is None:
            late, self._late = self._late, []
            for each in reversed(late) if kind == "swap" else late:
                await self._socket.send(each)

    # --- life -----------------------------------------------------------------------------------------
    async def _begin(self, parameters: dict[str, str]) -> None:
        assert self._socket is not None
        await self._socket.send(json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"}))
        start = {
            "accountSid": self._account_sid,
            "streamSid": self.sid,
            "callSid": self._call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": parameters,
        }
        await self._send("start", start=start)

    async def _until_closed(self) -> None:
        reader = asyncio.ensure_future(self._read())
        beat = asyncio.ensure_future(self._beat())
        try:
            done, _ = await asyncio.wait({reader, beat}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (reader, beat):
                task.cancel()
            await asyncio.gather(reader, beat, return_exceptions=True)

    async def _end(self) -> None:
        assert self._socket is not None
        with contextlib.suppress(ConnectionClosed):
            await self._send("stop", stop={"accountSid": self._account_sid, "callSid": self._call_sid})
        await self._socket.close()
        if (self._socket.close_code or 1000) not in (1000, 1001, 1005):
            self._noticed("error", f"31903 the media stream was lost ({self._socket.close_code})")

    # --- out ------------------------------------------------------------------------------------------
    async def _send(self, event: str, **fields: Any) -> None:
        assert self._socket is not None
        self._sequence += 1
        message = {"event": event, "sequenceNumber": str(self._sequence), **fields, "streamSid": self.sid}
        await self._socket.send(json.dumps(message, separators=(",", ":"), ensure_ascii=False))

    async def _beat(self) -> None:
        """Every 20 ms: what the caller says goes out, what the assistant said is played."""
        assert self._socket is not None
        at, chunk = self._clock.now(), 0  # a late beat loses no sound, so the stamps count frames
        while True:
            at = max(at + _BEAT_S, self._clock.now() - _MOST_BEHIND_S)
            await self._clock.sleep_until(at)
            chunk += 1
            self._sequence += 1
            sound = base64.b64encode(self.outgoing.popleft()).decode() if self.outgoing else _SILENCE
            # Twilio's own order of keys, without spaces.
            frame = (
                f'{{"event":"media","sequenceNumber":"{self._sequence}","media":{{"track":"inbound","chunk":"{chunk}",'
                f'"timestamp":"{chunk * ulaw.FRAME_MS}","payload":"{sound}"}},"streamSid":"{self.sid}"}}'
            )
            await (self._socket.send(frame) if self._mishap is None else self._mishandle(frame))
            await self._return_marks()
            played = self.playout.play()
            self._due_marks += played.marks  # they are reached when this frame is over: at the next beat
            self._playing = played.audible_bytes > 0
            if played.audible_bytes:
                self._played(played.sound, played.audible_bytes)

    async def _return_marks(self) -> None:
        due, self._due_marks = self._due_marks, []
        for name in due if self.returns_marks else ():
            self.marks.append(name)
            await self._send("mark", mark={"name": name})

    # --- in -------------------------------------------------------------------------------------------
    async def _read(self) -> None:
        assert self._socket is not None
        async for message in self._socket:
            if isinstance(message, bytes):
                self._noticed("warning", "31950 a binary frame was ignored")
                continue
            try:
                await self._obey(json.loads(message))
            except (ValueError, TypeError, KeyError, binascii.Error):
                self._noticed("warning", f"31951 an invalid message was ignored: {message[:80]}")

    async def _obey(self, message: Json) -> None:
        if message["streamSid"] != self.sid:
            raise ValueError("another stream's message")
        match message["event"]:
            case "media":
                self.playout.add(base64.b64decode(message["media"]["payload"], validate=True))
            case "mark":
                name = self.playout.mark(message["mark"]["name"])
                if name is not None:
                    self._due_marks.append(name)
                    if not self._playing:
                        await self._return_marks()
            case "clear":
                if self.playout.ahead_ms:
                    self.cleared_at.append(self._clock.now())
                self._due_marks += self.playout.clear()
                await self._return_marks()
            case _:
                raise ValueError("unknown event")
