"""One response of the Realtime service: its events in the order in which the service sends them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from simulator import assistant
from simulator.realtime_items import new_id
from simulator.realtime_protocol import PCMU, Json, Refused, check_output
from simulator.realtime_speech import SpokenItem, halves

if TYPE_CHECKING:
    from simulator.realtime_session import Session

_MS_PER_TOKEN = 50
_TOKENS = {"limit": 800000, "remaining": 799000, "reset_seconds": 0.1}


class Response:
    """Speaks one reply, unless it is cancelled, cut or made to fail. `asked` is the client's `response` object."""

    def __init__(self, session: Session, asked: Json, utterance: int) -> None:
        check_output(asked, "response")
        metadata = asked.get("metadata") or {}
        if len(metadata) > 16 or any(len(k) > 64 or len(v) > 512 for k, v in metadata.items()):
            raise Refused("invalid_value", "metadata: at most 16 pairs of 64 and 512 characters.", "response.metadata")
        self.id = new_id("resp")
        self.session = session
        self.utterance = utterance  # tells the sound of this one from the same words said before
        self.generated_ms = 0
        self.announced = False
        self.over = asyncio.Event()
        options = session.options
        self._late_s = options.created_delays.popleft() if options.created_delays else 0.0
        self._unannounced = options.once("uncreated")
        self._asked = asked
        self._items: list[SpokenItem] = []
        self._cancelled: str | None = None
        self._wake = asyncio.Event()  # ends every pause
        self._failed: str | None = None

    def cancel(self, reason: str) -> None:
        """Stop as soon as possible; `response.done` follows."""
        self._cancelled = self._cancelled or reason
        self._wake.set()

    def hurry(self) -> None:
        """Say the rest at once."""
        self._wake.set()

    @property
    def goes_on(self) -> bool:
        return self._cancelled is None and not self._is_at_limit

    async def announce(self) -> None:
        """Tell that it was created, unless this is to happen late or never."""
        if not self._late_s and not self._unannounced:
            await self._announce()

    async def run(self) -> None:
        """Everything from the limits to `response.done`."""
        session = self.session
        if self._late_s and not self._unannounced:
            await session.clock.sleep(self._late_s)
            await self._announce()
        await session.emit("rate_limits.updated", rate_limits=[self._limit()])
        if await self.pause(session.options.first_audio_delay_s):
            if session.options.fail_responses:
                self._failed = session.options.fail_responses.popleft()
            elif self._audio_format() != PCMU:
                self._failed = "unsupported_format_in_the_stand_in"
            elif not session.options.once("mute_replies"):
                await self._speak()
        session.response_over(self)
        await session.emit("response.done", response=self._wire(self._status()))
        self.over.set()

    async def pause(self, seconds: float) -> bool:
        """False if the response was cancelled meanwhile."""
        try:
            await asyncio.wait_for(self._wake.wait(), max(0.0, seconds) / self.session.clock.rate)
        except TimeoutError:
            return True
        return self._cancelled is None

    # --- speaking -------------------------------------------------------------------------------------
    async def _announce(self) -> None:
        self.announced = True
        await self.session.emit("response.created", response=self._wire("in_progress"))

    async def _speak(self) -> None:
        options, words = self.session.options, self._words()
        if self._beside:
            self._items.append(SpokenItem(self, 0, words))
            await self._items[0].write()
            return
        endless = options.once("endless_replies")
        stall_s = options.stalls.popleft() if options.stalls else 0.0
        for index, part in enumerate(halves(words) if options.once("split_replies") else [words]):
            if not self.goes_on:
                return
            self._items.append(SpokenItem(self, index, part))
            await self._items[-1].speak(endless=endless, stall_s=stall_s)

    def _words(self) -> str:
        session = self.session
        # Instructions of a response stand in place of the session's, they do not add to them.
        instructions = self._asked.get("instructions") or session.config["instructions"]
        return session.options.says(assistant.reply(instructions, session.conversation()))

    # --- shapes ---------------------------------------------------------------------------------------
    @property
    def _beside(self) -> bool:
        return self._asked.get("conversation") == "none"

    @property
    def _is_at_limit(self) -> bool:
        most = self._asked.get("max_output_tokens") or self.session.config["max_output_tokens"]
        if not isinstance(most, int) or self.session.options.ignore_token_limit:
            return False
        return self.generated_ms // _MS_PER_TOKEN >= most

    def _limit(self) -> Json:
        failures = self.session.options.fail_responses
        if failures and "rate_limit" in failures[0]:
            return {
                "name": "tokens",
                **_TOKENS,
                "remaining": 0,
                "reset_seconds": self.session.options.rate_limit_reset_s,
            }
        return {"name": "tokens", **_TOKENS}

    def _audio_format(self) -> Json:
        asked = ((self._asked.get("audio") or {}).get("output") or {}).get("format")
        return dict(asked or self.session.config["audio"]["output"]["format"])

    @property
    def status_of_items(self) -> str:
        return "completed" if self.goes_on else "incomplete"

    def _status(self) -> str:
        if self._failed:
            return "failed"
        if self._cancelled:
            return "cancelled"
        return "incomplete" if self._is_at_limit else "completed"

    def _details(self, status: str) -> Json | None:
        match status:
            case "cancelled":
                return {"type": "cancelled", "reason": self._cancelled}
            case "incomplete":
                return {"type": "incomplete", "reason": "max_output_tokens"}
            case "failed":
                error = {"type": "server_error", "code": self._failed, "message": "The response failed."}
                return {"type": "failed", "error": error}
        return None

    def _wire(self, status: str) -> Json:
        session = self.session
        over = status != "in_progress"
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": self._details(status),
            "output": [item.wire(self.status_of_items) for item in self._items if item.generated_ms],
            "conversation_id": None if self._beside else "conv_1",
            "output_modalities": self._asked.get("output_modalities") or session.config["output_modalities"],
            "max_output_tokens": self._asked.get("max_output_tokens") or session.config["max_output_tokens"],
            "audio": {"output": {"format": self._audio_format(), "voice": session.config["audio"]["output"]["voice"]}},
            "metadata": self._asked.get("metadata"),
            "usage": self._usage() if over else None,
        }

    def _usage(self) -> Json:
        text_in = len(self.session.config["instructions"]) // 4
        audio_out = self.generated_ms // _MS_PER_TOKEN
        text_out = sum(len(item.said) for item in self._items) // 2
        return {
            "total_tokens": text_in + audio_out + text_out,
            "input_tokens": text_in,
            "output_tokens": audio_out + text_out,
            "input_token_details": {"text_tokens": text_in, "audio_tokens": 0, "cached_tokens": 0},
            "output_token_details": {"text_tokens": text_out, "audio_tokens": audio_out},
        }
