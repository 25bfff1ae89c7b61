"""What a provider's session is in the middle of: what would be lost if it ended now."""

from __future__ import annotations

import asyncio

from calls.conversation import events
from calls.conversation.events import AnyEvent


class OpenTurns:
    """Fed with a session's events and the number of the caller's frame at which each came. `quiet`: nothing is open."""

    def __init__(self, *, forget_after_frames: int) -> None:
        self._forget_after = forget_after_frames
        self._speaking: dict[str, int] = {}  # utterances that go on: since which frame
        self._untold: dict[str, tuple[int, int]] = {}  # utterances without their transcript: first and last frame
        self._responses: set[str] = set()
        self.quiet = asyncio.Event()
        self.quiet.set()

    @property
    def speaking(self) -> bool:
        return bool(self._speaking)

    def first_frame(self, now: int) -> int | None:
        """Where the oldest utterance begins that nobody has read yet. A transcript that is long overdue never comes."""
        untold = [first for first, last in self._untold.values() if now - last <= self._forget_after]
        return min([*self._speaking.values(), *untold], default=None)

    def happens(self, event: AnyEvent, frame: int) -> None:
        match event:
            case events.SpeechStarted(item_id=item_id):
                self._speaking[item_id] = frame
            case events.SpeechStopped(item_id=item_id):
                self._untold[item_id] = self._speaking.pop(item_id, frame), frame
            case events.CallerTranscript(item_id=item_id) | events.TranscriptFailed(item_id=item_id):
                self._speaking.pop(item_id, None)
                self._untold.pop(item_id, None)
            case events.ResponseCreated(response_id=response_id):
                self._responses.add(response_id)
            case events.ResponseDone(response_id=response_id):
                self._responses.discard(response_id)
            case _:
                return
        self._look()

    def clear(self) -> None:
        """The session is over."""
        self._speaking.clear()
        self._untold.clear()
        self._responses.clear()
        self._look()

    def _look(self) -> None:
        if self._speaking or self._untold or self._responses:
            self.quiet.clear()
        else:
            self.quiet.set()
