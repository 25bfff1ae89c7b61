"""The lines of the transcript: who said what, how much of it was heard, how long each step took."""

from __future__ import annotations

from calls.conversation.actions import AnyAction, SaveTurn
from calls.conversation.playback import Reply, parse_mark
from calls.conversation.timings import Timings


class Transcript:
    """Numbers the lines and emits `SaveTurn` whenever one of them becomes known or better known."""

    def __init__(self) -> None:
        self._lines = 0
        self._replies: dict[str, SaveTurn] = {}
        self._awaiting_reply: Timings | None = None  # the caller's last line, until its reply is heard
        self.longest_wait_ms = 0
        self.caller_spoke = False

    def caller_said(self, timings: Timings, *, accepted: bool = True) -> list[AnyAction]:
        """A caller utterance with its final text."""
        saved = self._flush()
        timings.index = self._number()
        self._awaiting_reply = timings
        self.caller_spoke = self.caller_spoke or accepted
        return [*saved, self._caller_line(timings)]

    def server_said(self, text: str, at_ms: int) -> list[AnyAction]:
        return [SaveTurn(self._number(), "server", text, 1.0, at_ms)]

    def reply_began(self, item_id: str, at_ms: int) -> None:
        """The first audio of a reply arrived."""
        self._replies[item_id] = SaveTurn(self._number(), "assistant", "", 0.0, at_ms)
        self._note("AI_FIRST_AUDIO_MS", at_ms)
        self._note("TTS_READY_MS", at_ms)

    def reply_text(self, item_id: str, text: str) -> list[AnyAction]:
        return self._update(item_id, text=text)

    def reply_over(self, reply: Reply) -> list[AnyAction]:
        """The reply was played to its end, or cut where `reply.heard_ms` says."""
        return self._update(reply.item_id, heard_fraction=reply.heard_fraction)

    def audio_sent(self, at_ms: int) -> None:
        """The first audio of the reply left for the carrier."""
        if self._note("FIRST_AUDIO_SENT_MS", at_ms) and self._awaiting_reply is not None:
            stopped = self._awaiting_reply.stopped_ms
            if stopped is not None:
                self.longest_wait_ms = max(self.longest_wait_ms, at_ms - stopped)

    def mark_returned(self, name: str, at_ms: int) -> list[AnyAction]:
        """The first mark of a reply tells when the caller began to hear it; the exchange's timings are complete."""
        mark = parse_mark(name)
        if mark is None or not self._note("TOTAL_LATENCY_MS", at_ms - mark[2]):
            return []
        return self._flush()

    def close(self, replies: list[Reply]) -> list[AnyAction]:
        """The call is over: whatever was still open is saved as it stands."""
        return [action for reply in replies for action in self.reply_over(reply)] + self._flush()

    def _note(self, name: str, at_ms: int) -> bool:
        return self._awaiting_reply is not None and self._awaiting_reply.note(name, at_ms)

    def _flush(self) -> list[AnyAction]:
        timings, self._awaiting_reply = self._awaiting_reply, None
        return [self._caller_line(timings)] if timings is not None else []

    def _caller_line(self, timings: Timings) -> SaveTurn:
        return SaveTurn(timings.index, "caller", timings.text, 1.0, timings.started_ms, timings.metrics())

    def _update(self, item_id: str, *, text: str | None = None, heard_fraction: float | None = None) -> list[AnyAction]:
        line = self._replies.get(item_id)
        if line is None:
            return []
        updated = SaveTurn(
            line.index,
            line.speaker,
            line.text if text is None else text,
            line.heard_fraction if heard_fraction is None else heard_fraction,
            line.started_ms,
        )
        self._replies[item_id] = updated
        return [updated]

    def _number(self) -> int:
        self._lines += 1
        return self._lines - 1
