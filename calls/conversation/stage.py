"""The stage of a call: its states, the parts that know the details, and what has been decided since the last event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import Enum

from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.floor import Floor
from calls.conversation.keypad import Keypad
from calls.conversation.limits import Limits
from calls.conversation.link import Link
from calls.conversation.playback import LOCAL, Playback
from calls.conversation.server import Server
from calls.conversation.silence import Watch
from calls.conversation.speaking import Speaking
from calls.conversation.telling import Telling
from calls.conversation.transcript import Transcript
from calls.conversation.turns import Turns
from calls.conversation.waiting import Waiting
from calls.conversation.wanted import local_date


class Phase(Enum):
    CONNECTING = "connecting"
    TALKING = "talking"
    OFFLINE = "offline"
    CLOSING = "closing"
    ENDED = "ended"


MOVES = {
    Phase.CONNECTING: {Phase.TALKING, Phase.OFFLINE, Phase.CLOSING, Phase.ENDED},
    Phase.TALKING: {Phase.CLOSING, Phase.OFFLINE, Phase.ENDED},
    Phase.OFFLINE: {Phase.CLOSING, Phase.ENDED},
    Phase.CLOSING: {Phase.TALKING, Phase.OFFLINE, Phase.ENDED},
    Phase.ENDED: set[Phase](),
}


class Stage:
    """What every part of the conversation works with."""

    def __init__(self) -> None:
        self.phase = Phase.CONNECTING
        self.turns = Turns()
        self.transcript = Transcript()
        self.floor = Floor(self.turns, self.transcript)
        self.link = Link()
        self.keypad = Keypad()
        self.telling = Telling()
        self.silence = Watch()
        self.waiting = Waiting()
        self._begin(ev.CallFacts(started_at="1970-01-01T00:00:00+00:00"))
        self._answered = False
        self._lines = 0  # of our own
        self._lines_coming: set[str] = set()  # asked for, and not yet queued
        self._sounded_ms = 0  # when something of ours was to be heard last
        self._now = 0
        self._out: list[do.AnyAction] = []

    def _begin(self, facts: ev.CallFacts) -> None:
        self.facts = facts
        self.server = Server(facts)
        self.speaking = Speaking(self.server.guard)
        self.limits = Limits(facts)
        self.floor.vad_silence_ms = facts.vad_silence_ms

    @property
    def playback(self) -> Playback:
        """What the caller hears of the assistant."""
        return self.floor.playback

    @property
    def ended(self) -> bool:
        return self.phase is Phase.ENDED

    def _speak(self, key: str, values: dict[str, str] | None = None) -> str:
        self._lines += 1
        item_id = f"{LOCAL}_{self._lines}"
        self._lines_coming.add(item_id)
        self._do([do.PlayLine(item_id, key, values or {})])
        return item_id

    def _received_ms(self, item_id: str) -> int:
        reply = self.playback.reply(item_id)
        return reply.received_ms if reply is not None else 0

    @property
    def _today(self) -> date:
        return local_date(self.facts, self._now)

    def _tell(self, actions: Iterable[do.AnyAction]) -> None:
        """Send actions to the provider, and keep each `[SERVER]` item as a line of the transcript."""
        for action in actions:
            self._out.append(action)
            if isinstance(action, do.AddServerItem):
                self.server.guard.said_by_server(action.text)
                self._do(self.transcript.server_said(action.text, self._now))

    def _do(self, actions: Iterable[do.AnyAction]) -> None:
        self._out.extend(actions)

    def _move(self, to: Phase) -> None:
        if to not in MOVES[self.phase]:
            raise ValueError(f"{self.phase} -> {to}")
        self.phase = to
