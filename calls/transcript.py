"""What one call hands to the writer: each line, and the timings of each exchange once."""

from __future__ import annotations

import asyncio

from calls.conversation.actions import SaveTurn
from calls.services import CallSetup
from calls.writer import Line, log_turn, turn_writer


class Transcript:
    """The lines of one call."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def save(self, setup: CallSetup, turn: SaveTurn) -> None:
        """A caller's line is saved when it is said, and again with its timings when the answer was heard."""
        turn_writer.put(Line(setup.business.pk, setup.call_id, turn))
        if turn.metrics:
            if turn.index in self._seen:
                log_turn(setup.call_sid, turn)
            self._seen.add(turn.index)

    async def stored(self) -> None:
        """Once all that was saved until now is in the database."""
        await asyncio.wrap_future(turn_writer.flush())
