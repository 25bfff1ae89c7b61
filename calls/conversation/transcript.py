"""The lines of the transcript: who said what, how much of it was heard, how long each step took."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from booking.hebrew.small_talk import words_of
from calls.conversation.actions import AnyAction, SaveTurn
from calls.conversation.playback import Reply, parse_mark
from calls.conversation.timings import Timings
from calls.conversation.turns import DEED

REMEMBERED = 12  # lines
KEPT = (DEED, "[SERVER] phone_captured")  # what the server told, for a session that begins
HEARD_WHOLE = 0.9
LONGEST_ECHO = 400  # characters


class Transcript:
    """Numbers the lines and emits `SaveTurn` whenever one of them becomes known or better known."""

    def __init__(self) -> None:
        self._lines = 0
        self._replies: dict[str, SaveTurn] = {}
        self._awaiting_reply: Timings | None = None  # the caller's last line, until its reply is heard
        self._said: deque[tuple[str, str]] = deque(maxlen=REMEMBERED)  # (speaker, text), for a session that begins
        self._words: dict[str, str] = {}  # of replies whose whole text is still to come
        self._being_said = ""  # the assistant's words of this turn, for telling an echo
        self.longest_wait_ms = 0
        self.caller_spoke = False

    @property
    def recent(self) -> list[tuple[str, str]]:
        """The last lines, oldest first: what a new session must know of the call."""
        return list(self._said)

    def resume(self, first_line: int, history: Iterable[tuple[str, str]]) -> None:
        """This is a later stream of the same call."""
        self._lines = first_line
        self._said.extend(history)

    def was_being_said(self, text: str) -> bool:
        """These are words, two at least, that the assistant said in a row a moment ago."""
        words = words_of(text)
        return len(words) > 1 and f" {' '.join(words)} " in f" {' '.join(words_of(self._being_said))} "

    def caller_said(self, timings: Timings, *, accepted: bool = True) -> list[AnyAction]:
        """A caller utterance with its final text."""
        saved = self._flush()
        timings.index = self._number()
        self._remember("caller", timings.text)
        self._being_said = ""
        self._awaiting_reply = timings
        self.caller_spoke = self.caller_spoke or accepted
        return [*saved, self._caller_line(timings)]

    def server_said(self, text: str, at_ms: int) -> list[AnyAction]:
        if text.startswith(KEPT):
            self._remember("server", text)
        return [SaveTurn(self._number(), "server", text, 1.0, at_ms)]

    def staff_said(self, text: str, note: str, by_name: str, at_ms: int) -> list[AnyAction]:
        """A whisper of the staff's. `note`: what the model is told of it."""
        self._remember("server", note)
        return [SaveTurn(self._number(), "staff", text, 1.0, at_ms, {"BY": by_name} if by_name else {})]

    def staff_did(self, deed: str, by_name: str, at_ms: int) -> list[AnyAction]:
        """Somebody of the staff stepped in; the model has its own item of it, and callers hear no such line."""
        facts: dict[str, int | str | bool] = {"DEED": deed}
        if by_name:
            facts["BY"] = by_name
        return [SaveTurn(self._number(), "staff", "", 1.0, at_ms, facts)]

    def reply_words(self, item_id: str, text: str) -> None:
        """The assistant's next words; they may be heard as an echo before the reply's text is known."""
        self._words[item_id] = self._words.get(item_id, "") + text
        self._being_said = (self._being_said + text)[-LONGEST_ECHO:]

    def reply_began(self, item_id: str, at_ms: int) -> None:
        """The first audio of a reply arrived."""
        self._replies[item_id] = SaveTurn(self._number(), "assistant", "", 0.0, at_ms)
        self._note("AI_FIRST_AUDIO_MS", at_ms)
        self._note("TTS_READY_MS", at_ms)

    def knows(self, item_id: str) -> bool:
        """Some of this reply was heard, or was to be."""
        return item_id in self._replies

    def reply_text(self, item_id: str, text: str) -> list[AnyAction]:
        self._words.pop(item_id, None)
        if item_id in self._replies and not self._replies[item_id].text:
            self._remember("assistant", text)
        return self._update(item_id, text=text)

    def reply_over(self, reply: Reply) -> list[AnyAction]:
        """The reply was played to its end, or cut where `reply.heard_ms` says."""
        if words := self._words.get(reply.item_id):
            self.reply_text(reply.item_id, words.strip())  # nobody will say more of it
        line = self._replies.get(reply.item_id)
        if line is not None and line.text and reply.heard_fraction < HEARD_WHOLE:
            heard = line.text[: int(len(line.text) * reply.heard_fraction)]
            self._said = deque((each for each in self._said if each != ("assistant", line.text)), maxlen=REMEMBERED)
            self._remember("assistant", f"{heard}…" if heard else "")
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

    def _remember(self, speaker: str, text: str) -> None:
        if text:
            self._said.append((speaker, text))

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
