"""A caller on a media stream who speaks by the clock: some turns after the reply, the others into it."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque

from picows import WSFrame, WSListener, WSMsgType, WSTransport

from benchmarks.lean import stamps
from benchmarks.lean.tally import Tally

FRAME_S = 0.02
SPEECH_FRAMES = 75  # 1.5 s
INTO_REPLY_S, AFTER_REPLY_S = 1.0, 4.5  # from the reply's first sound; a reply lasts 4 s
ANSWER_WITHIN_S = 8.0
UNPACED_DELTAS = 2  # of a reply: they fit into what may leave ahead of play-out
_GAP_US = 2000
_CHARS_PER_MS = 8 * 4 / 3


def interrupts(turn: int) -> bool:
    """Two turns of three begin while the assistant speaks."""
    return turn % 3 != 0


class Caller(WSListener):
    """One call on an open socket."""

    def __init__(self, number: int, call_sid: str, token: str, account_sid: str, tally: Tally) -> None:
        self._number, self._call_sid, self._token, self._account_sid = number, call_sid, token, account_sid
        self._tally = tally
        self._loop = asyncio.get_running_loop()
        self._transport: WSTransport | None = None
        self._sid = f"MZ{secrets.token_hex(16)}"
        self._sequence = self._chunk = 0
        self._turn = -1
        self._loud_left = 0
        self._next_turn: asyncio.TimerHandle | None = None
        self._plays_until_us = 0
        self._in_reply = False
        self._marks: deque[tuple[str, asyncio.TimerHandle]] = deque()
        self._loud_since_us: int | None = None
        self.greeted = False
        self.lost = False

    # --- the socket -----------------------------------------------------------------------------------
    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        start = {
            "accountSid": self._account_sid,
            "streamSid": self._sid,
            "callSid": self._call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"token": self._token},
        }
        self._send({"event": "start", "sequenceNumber": "1", "start": start, "streamSid": self._sid})
        self._sequence = 1
        self._tick(self._loop.time())

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.lost = self._transport is not None
        self._transport = None

    def hang_up(self) -> None:
        self.stop_speaking()
        transport, self._transport = self._transport, None
        if transport is not None:
            stop = {"accountSid": self._account_sid, "callSid": self._call_sid}
            message = {"event": "stop", "sequenceNumber": "0", "streamSid": self._sid, "stop": stop}
            transport.send(WSMsgType.TEXT, json.dumps(message).encode())
            transport.send_close()

    def _send(self, message: dict[str, object]) -> None:
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, json.dumps(message, separators=(",", ":")).encode())

    # --- speaking -------------------------------------------------------------------------------------
    def stop_speaking(self) -> None:
        """No frame leaves any more."""
        self._chunk = -1
        if self._next_turn is not None:
            self._next_turn.cancel()

    def _tick(self, due: float) -> None:
        """One frame, every 20 ms."""
        if self._chunk < 0 or self._transport is None:
            return
        loud = self._loud_left > 0
        if loud:
            self._loud_left -= 1
            if self._loud_left == 0:
                self._plan(ANSWER_WITHIN_S, self._not_answered)
        self._chunk += 1
        self._sequence += 1
        sound = stamps.frame(loud=loud, number=self._turn, call=self._number)
        self._transport.send(
            WSMsgType.TEXT,
            (
                f'{{"event":"media","sequenceNumber":"{self._sequence}","media":{{"track":"inbound",'
                f'"chunk":"{self._chunk}","timestamp":"{self._chunk * 20}","payload":"{sound}"}},'
                f'"streamSid":"{self._sid}"}}'
            ).encode(),
        )
        self._tally.frames_sent += 1
        due = max(due + FRAME_S, self._loop.time() - FRAME_S)
        self._loop.call_at(due, self._tick, due)

    def _plan(self, after_s: float, what: object) -> None:
        if self._next_turn is not None:
            self._next_turn.cancel()
        self._next_turn = self._loop.call_later(after_s, what)  # type: ignore[arg-type]  # one of our own methods

    def _speak(self) -> None:
        self._next_turn = None
        self._turn += 1
        self._loud_left = SPEECH_FRAMES
        self._loud_since_us = stamps.now_us() if interrupts(self._turn) else None
        if self._tally.measuring:
            self._tally.turns += 1

    def _not_answered(self) -> None:
        if self._tally.measuring:
            self._tally.unanswered += 1
        self._speak()

    # --- listening ------------------------------------------------------------------------------------
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is not WSMsgType.TEXT:
            return
        now, message = stamps.now_us(), frame.get_payload_as_bytes()
        at = message.find(stamps.SIGN, 40, 140)
        if at > 0:
            self._reply_goes_on(stamps.read(message, at), now)
        if (sound := message.find(b'"payload"')) > 0:
            self._play((message.rfind(b'"') - message.find(b'"', sound + 9) - 1) / _CHARS_PER_MS, now)
        elif message.find(b'"mark"', 0, 20) > 0:
            name = json.loads(message)["mark"]["name"]
            after_s = max(0, self._plays_until_us - now) / 1_000_000
            self._marks.append((name, self._loop.call_later(after_s, self._return_mark)))
        elif message.find(b'"clear"', 0, 20) > 0:
            self._clear(now)

    def _reply_goes_on(self, stamp: stamps.Stamp, now: int) -> None:
        late_ms = (now - stamp.sent_us) / 1000
        if self._tally.measuring and stamp.number < UNPACED_DELTAS:
            self._tally.down.append(late_ms)
        if stamp.number:
            return
        decided_ms = self._tally.before_answer.pop(self._number, None)
        if decided_ms is not None and self._tally.measuring:
            self._tally.answers.append(decided_ms + late_ms)
        self.greeted = True
        self._in_reply = False
        if not self._loud_left:
            self._plan(INTO_REPLY_S if interrupts(self._turn + 1) else AFTER_REPLY_S, self._speak)

    def _play(self, sound_ms: float, now: int) -> None:
        if self._in_reply and now > self._plays_until_us + _GAP_US and self._tally.measuring:
            self._tally.gaps += 1
        self._in_reply = True
        self._plays_until_us = max(self._plays_until_us, now) + int(sound_ms * 1000)

    def _return_mark(self) -> None:
        name, _ = self._marks.popleft()
        self._sequence += 1
        mark = {"event": "mark", "sequenceNumber": str(self._sequence), "streamSid": self._sid}
        self._send(mark | {"mark": {"name": name}})

    def _clear(self, now: int) -> None:
        if self._loud_since_us is not None and self._tally.measuring:
            self._tally.stops.append((now - self._loud_since_us) / 1000)
        self._loud_since_us = None
        self._in_reply = False
        self._plays_until_us = now
        for _, timer in list(self._marks):
            timer.cancel()
            self._return_mark()
