"""The assistant's greeting, caught in its own voice, so that the next caller hears it at once."""

from __future__ import annotations

import base64

from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.turns import Purpose

LONGEST_MS = 12_000


class GreetingCatcher:
    """Listens to the first reply of a call, and keeps its audio if it was the greeting, whole and nothing else."""

    def __init__(self) -> None:
        self._wanted = ""
        self._intent = ""
        self._response = ""
        self._pieces: list[str] | None = None
        self._ms = 0
        self._said = ""
        self._complete = False

    def begin(self, facts: ev.CallFacts) -> None:
        """A copy is wanted if there is none."""
        if not facts.greeting_at_hand and not facts.resumed:
            self._wanted, self._pieces = facts.greeting, []

    @property
    def listening(self) -> bool:
        return self._pieces is not None and not self._complete

    def performed(self, action: do.AnyAction, purpose: Purpose | None) -> None:
        if isinstance(action, do.CreateResponse) and purpose is Purpose.GREETING and not self._intent:
            self._intent = action.intent_id

    def happened(self, event: ev.AnyEvent, audio: str = "") -> None:
        """An event that the conversation took."""
        match event:
            case ev.ResponseCreated(response_id=response_id, intent_id=intent_id) if intent_id == self._intent:
                self._response = response_id
            case ev.ReplyAudio(response_id=response_id, audio_ms=audio_ms) if response_id == self._response:
                self._ms += audio_ms
                if self._pieces is not None and self._ms <= LONGEST_MS:
                    self._pieces.append(audio)
            case ev.ReplyText(text=text) if not self._said:
                self._said = text
            case ev.ResponseDone(response_id=response_id, status=status) if response_id == self._response:
                self._complete = True
                if status != "completed" or self._ms > LONGEST_MS or not self._same():
                    self._pieces = None

    def take(self) -> bytes | None:
        """The audio, once; None if there is none worth keeping. Not on the event loop: it decodes."""
        pieces, self._pieces = self._pieces, None
        if not (pieces and self._complete):
            return None
        return b"".join(base64.b64decode(piece) for piece in pieces)

    @property
    def text(self) -> str:
        return self._wanted

    def _same(self) -> bool:
        return bool(self._wanted) and _bare(self._said) == _bare(self._wanted)


def _bare(text: str) -> str:
    """Its letters and digits: punctuation is not heard."""
    return "".join(char for char in text if char.isalnum())
