"""One of the provider's sessions: connect, configure, speak, listen.

Frames arrive in picows' callbacks, between no awaits.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable

import msgspec
from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSError,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,
)

from calls import realtime
from calls.conversation import events
from calls.conversation.events import AnyEvent
from calls.realtime import SessionSettings
from calls.realtime_ear import Audio, Ear, Limit, RateLimits, Refused, SessionCreated, SessionUpdated
from calls.tls import tls_context
from calls.transcribers import Transcribers

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
PING_SECONDS = 3.0  # of silence from the provider before it is asked whether it is still there
WAITING_FRAMES = 250  # 5 s of caller audio
WAITING_MESSAGES = 200
MAX_MESSAGE = 16 * 1024 * 1024
SESSION_MS = 60 * 60_000
FATAL_CODES = frozenset({"insufficient_quota", "invalid_api_key", "account_deactivated", "billing_hard_limit_reached"})
EXPIRED = "expired"
GOING_AWAY = 1001  # how the provider closes a session that has reached its hour


class RealtimeClient(WSListener):
    """One session. `on_event` and `on_audio` are called in the order of arrival and must not block.

    `rate`: how many times faster than life the call's clock runs, on which `now_ms` counts.
    """

    def __init__(
        self,
        *,
        now_ms: Callable[[], int],
        on_event: Callable[[AnyEvent], None],
        on_audio: Callable[[Audio], None],
        model: str = "",
        rate: float = 1.0,
    ) -> None:
        self._now_ms = now_ms
        self._rate = rate
        self._on_event = on_event
        self._on_audio = on_audio
        self._ear = Ear(0, model)
        self._transport: WSTransport | None = None
        self._created = False
        self._ready = False
        self._lost = False
        self._expires_at = 0
        self._wanted: SessionSettings | None = None
        self._transcribers: Transcribers | None = None
        self._updates = 0
        self._held: deque[str] = deque(maxlen=WAITING_FRAMES)  # caller audio that cannot leave yet
        self._held_messages: list[str] = []
        self._congested = False
        self._fragments: list[bytes] = []
        self.dropped_frames = 0
        self.rate_limits: dict[str, Limit] = {}  # as last told, by name

    @property
    def is_lost(self) -> bool:
        return self._lost

    # --- outside ---------------------------------------------------------------------------------------
    async def connect(self, url: str, *, api_key: str, safety_id: str) -> None:
        """Open the socket. Raises OSError or picows' WSError; nothing is sent yet."""
        headers = {"Authorization": f"Bearer {api_key}", "OpenAI-Safety-Identifier": safety_id}
        async with asyncio.timeout(CONNECT_SECONDS):
            await ws_connect(
                lambda: self,
                url,
                ssl_context=tls_context() if url.startswith("wss:") else None,
                extra_headers=headers,
                websocket_handshake_timeout=CONNECT_SECONDS,
                enable_auto_ping=True,
                auto_ping_idle_timeout=PING_SECONDS,
                auto_ping_reply_timeout=PING_SECONDS,
                auto_ping_strategy=WSAutoPingStrategy.PING_WHEN_IDLE,
                max_frame_size=MAX_MESSAGE,
                max_redirects=0,  # the key goes nowhere else
            )
        if self._transport is None:  # picows says nothing of a connection that is cut before the handshake's answer
            raise ConnectionResetError

    def configure(self, settings: SessionSettings, transcribers: Transcribers) -> None:
        """Ask for this session; where a field is refused, for the next best one. Its model is one of `transcribers`."""
        self._wanted, self._transcribers = settings, transcribers
        self._ear.silence_ms = settings.vad_silence_ms
        self._configure()

    def be_patient(self, silence_ms: int) -> None:
        """From now on a pause of this length ends the caller's turn."""
        if self._wanted is None or self._wanted.vad_silence_ms == silence_ms:
            return
        self._wanted = msgspec.structs.replace(self._wanted, vad_silence_ms=silence_ms)
        if self._ready:
            self.send(realtime.patience(self._next_update(), self._wanted))
        else:
            self._configure()

    def append(self, payload: str) -> None:
        """Pass on one frame of caller audio, base64 as it came. Before the session is ready, 5 s are held."""
        if self._ready and not self._congested and self._transport is not None:
            self._transport.send(WSMsgType.TEXT, realtime.append(payload).encode())
            return
        if self._lost:
            return
        if len(self._held) == WAITING_FRAMES:
            self.dropped_frames += 1
        self._held.append(payload)

    def send(self, message: str) -> None:
        """Send a client event. A provider that stopped reading is given up when too many wait."""
        if self._lost or self._transport is None:
            return
        if not self._congested:
            self._transport.send(WSMsgType.TEXT, message.encode())
            return
        self._held_messages.append(message)
        if len(self._held_messages) > WAITING_MESSAGES:
            self._lose("not reading")

    def close(self) -> None:
        """Leave without a word to the conversation."""
        self._lost = True
        if self._transport is not None:
            self._transport.send_close(WSCloseCode.OK)
            self._transport.disconnect()

    # --- picows ----------------------------------------------------------------------------------------
    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            data = frame.get_payload_as_bytes()
            if frame.fin and not self._fragments:
                self._hear(data)
                return
            self._fragments.append(data)
            if sum(map(len, self._fragments)) > MAX_MESSAGE:
                self._lose("oversized message")
            elif frame.fin:
                whole, self._fragments = b"".join(self._fragments), []
                self._hear(whole)
        elif frame.msg_type is WSMsgType.CLOSE:
            transport.send_close(WSCloseCode.OK)
            code = int(frame.get_close_code())  # type: ignore[call-overload]  # an int, whatever the stub says
            self._lose(EXPIRED if code == GOING_AWAY else f"closed {code}")

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._lose("disconnected")

    def pause_writing(self) -> None:
        self._congested = True

    def resume_writing(self) -> None:
        self._congested = False
        messages, self._held_messages = self._held_messages, []
        for message in messages:
            self.send(message)
        if self._ready:
            self._flush()

    # --- inside ----------------------------------------------------------------------------------------
    def _hear(self, data: bytes) -> None:
        if self._lost:
            return
        match self._ear.hear(data, self._now_ms()):
            case Audio() as audio:
                self._on_audio(audio)
            case SessionCreated(expires_at=expires_at):
                self._created, self._expires_at = True, expires_at
                self._configure()
            case SessionUpdated():
                self._become_ready()
            case Refused() as refused:
                self._refused(refused)
            case RateLimits(limits=limits):
                self.rate_limits = {limit.name: limit for limit in limits}
            case None:
                pass
            case event:
                self._pass_on(event)

    def _pass_on(self, event: AnyEvent) -> None:
        self._on_event(event)
        match event:
            case events.ResponseDone(status="failed", code=code) if code in FATAL_CODES:
                self._lose(code, fatal=True)
            case events.CallerTranscript() if self._transcribers is not None:
                self._transcribers.succeeded()
            case events.TranscriptFailed() if self._transcribers is not None and self._wanted is not None:
                if self._transcribers.failed():
                    logger.warning("Transcripts fail: another model", extra={"model": self._transcribers.current})
                    self._wanted = msgspec.structs.replace(self._wanted, transcribe_model=self._transcribers.current)
                    self.send(realtime.no_transcription(self._next_update()))
                    self.send(realtime.transcription(self._next_update(), self._wanted))

    def _next_update(self) -> str:
        self._updates += 1
        return f"su_{self._updates}"

    def _configure(self) -> None:
        """`session.created` and our wishes arrive in either order."""
        if not self._created or self._ready or self._wanted is None or self._transcribers is None:
            return
        self._wanted = msgspec.structs.replace(self._wanted, transcribe_model=self._transcribers.current)
        self.send(realtime.session_update(self._next_update(), self._wanted))

    def _become_ready(self) -> None:
        if self._ready:
            return
        self._ready = True
        self._flush()
        self._on_event(events.ProviderReady(self._now_ms(), self._expires_in_ms()))

    def _expires_in_ms(self) -> int:
        """On the call's clock. A time that cannot be true (two machines' clocks are compared) gives way to an hour."""
        left_ms = round((self._expires_at - time.time()) * 1000 * self._rate)
        return left_ms if 0 < left_ms <= SESSION_MS + 60_000 * self._rate else SESSION_MS

    def _flush(self) -> None:
        held, self._held = self._held, deque(maxlen=WAITING_FRAMES)
        for payload in held:
            self.append(payload)

    def _refused(self, refused: Refused) -> None:
        if refused.code in FATAL_CODES:
            self._lose(refused.code, fatal=True)
        elif refused.code == "session_expired":
            self._lose(EXPIRED)
        elif self._ready or refused.event_id not in ("", f"su_{self._updates}"):
            logger.info("The provider answered with an error", extra={"code": refused.code, "param": refused.param})
            self._on_event(events.ProviderError(self._now_ms(), refused.code, refused.event_id))
        else:
            self._try_another_session(refused)

    def _try_another_session(self, refused: Refused) -> None:
        wanted, transcribers = self._wanted, self._transcribers
        extra = {"code": refused.code, "param": refused.param}
        logger.warning(
            "The provider refused the session", extra=extra | ({"model": transcribers.current} if transcribers else {})
        )
        if wanted is not None and "reasoning" in refused.param and wanted.reasoning:
            self._wanted = msgspec.structs.replace(wanted, reasoning=False)
            self._configure()
        elif transcribers is not None and "transcription" in refused.param and transcribers.refused():
            self._configure()
        else:
            self._lose(f"session refused: {refused.code}")

    def _lose(self, reason: str, *, fatal: bool = False) -> None:
        if self._lost:
            return
        self._lost = True
        if self._transport is not None:
            self._transport.disconnect(False)
        self._on_event(events.ProviderLost(self._now_ms(), reason, fatal))


UNREACHABLE = (OSError, WSError, TimeoutError)


def rejection(error: BaseException) -> str:
    """Why the provider will not have us however often we ask; empty where another attempt may do."""
    if not isinstance(error, WSHandshakeError) or error.response is None:
        return ""
    body = error.raw_body or b""
    said = next((code for code in FATAL_CODES if code.encode() in body), "")
    return said or ("unauthorized" if error.response.status in (401, 403) else "")
