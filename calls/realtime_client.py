"""The provider's socket: connect, configure, speak, listen. Frames arrive in picows' callbacks, between no awaits."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence

import msgspec
from picows import WSAutoPingStrategy, WSCloseCode, WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from calls import realtime
from calls.conversation import events
from calls.conversation.events import AnyEvent
from calls.realtime import Audio, Ear, Refused, SessionCreated, SessionSettings, SessionUpdated
from calls.tls import tls_context

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
PING_SECONDS = 5.0  # of silence from the provider before it is asked whether it is still there
WAITING_FRAMES = 250  # 5 s of caller audio
WAITING_MESSAGES = 200
MAX_MESSAGE = 16 * 1024 * 1024


class RealtimeClient(WSListener):
    """One session. `on_event` and `on_audio` are called in the order of arrival and must not block."""

    def __init__(
        self,
        *,
        vad_silence_ms: int,
        now_ms: Callable[[], int],
        on_event: Callable[[AnyEvent], None],
        on_audio: Callable[[Audio], None],
    ) -> None:
        self._now_ms = now_ms
        self._on_event = on_event
        self._on_audio = on_audio
        self._ear = Ear(vad_silence_ms)
        self._transport: WSTransport | None = None
        self._created = False
        self._ready = False
        self._lost = False
        self._updates: list[SessionSettings] = []  # the session as we want it, then what to fall back to
        self._attempt = 0
        self._held: deque[str] = deque(maxlen=WAITING_FRAMES)  # caller audio that cannot leave yet
        self._held_messages: list[str] = []
        self._congested = False
        self._fragments: list[bytes] = []
        self.dropped_frames = 0

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

    def configure(self, settings: SessionSettings, transcribe_models: Sequence[str]) -> None:
        """Ask for this session; where a field is refused, for the next best one."""
        self._updates = [msgspec.structs.replace(settings, transcribe_model=model) for model in transcribe_models] or [
            settings
        ]
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
            self._lose(f"closed {code}")

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
            case SessionCreated():
                self._created = True
                self._configure()
            case SessionUpdated():
                self._become_ready()
            case Refused() as refused:
                self._refused(refused)
            case None:
                pass
            case event:
                self._on_event(event)

    def _configure(self) -> None:
        """`session.created` and our wishes arrive in either order."""
        if self._created and self._updates and not self._ready:
            self.send(realtime.session_update(f"su_{self._attempt}", self._updates[self._attempt]))

    def _become_ready(self) -> None:
        if self._ready:
            return
        self._ready = True
        self._flush()
        self._on_event(events.ProviderReady(self._now_ms()))

    def _flush(self) -> None:
        held, self._held = self._held, deque(maxlen=WAITING_FRAMES)
        for payload in held:
            self.append(payload)

    def _refused(self, refused: Refused) -> None:
        if self._ready or refused.event_id not in ("", f"su_{self._attempt}"):
            logger.info("The provider answered with an error", extra={"code": refused.code, "param": refused.param})
            self._on_event(events.ProviderError(self._now_ms(), refused.code, refused.event_id))
            return
        wanted = self._updates[self._attempt] if self._updates else None
        logger.warning(
            "The provider refused the session",
            extra={
                "code": refused.code,
                "param": refused.param,
                "transcribe_model": wanted.transcribe_model if wanted else "",
            },
        )
        if wanted is not None and "reasoning" in refused.param and wanted.reasoning:
            self._updates = [msgspec.structs.replace(update, reasoning=False) for update in self._updates]
            self._configure()
        elif "transcription" in refused.param and self._attempt + 1 < len(self._updates):
            self._attempt += 1
            self._configure()
        else:
            self._lose(f"session refused: {refused.code}")

    def _lose(self, reason: str) -> None:
        if self._lost:
            return
        self._lost = True
        if self._transport is not None:
            self._transport.disconnect(False)
        self._on_event(events.ProviderLost(self._now_ms(), reason))


UNREACHABLE = (OSError, WSError, TimeoutError)
