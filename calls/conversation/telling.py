"""What the caller must have heard: that something was done for them, and that something said before was not so.

The items that say so are followed through the responses that tell of them. Of a reply that was cut too early, they
are told again; not endlessly to somebody who will not listen.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from calls.conversation.turns import DEED

CORRECTION = "[SERVER] correction"
ENOUGH = 0.6  # of a whole reply; from there on the caller knows
AGAIN = {True: 2, False: 1}  # times, of a correction and of a deed


class Telling:
    """`deed_unheard`: something was done in this call, and its caller has not heard of it yet."""

    def __init__(self) -> None:
        self.deed_unheard = False
        self._items: dict[str, list[str]] = {}  # by the response that tells of them
        self._follow: set[str] = set()  # items that count as well, because they stand for others
        self._again: Counter[str] = Counter()  # items that were told again

    def begins(self, response_id: str, items: Iterable[str]) -> None:
        """This response tells of these items."""
        if kept := [item for item in items if self._matters(item)]:
            self._items[response_id] = kept

    def replaced(self, response_id: str, item: str) -> None:
        """`item` tells the truth about what this response was to tell."""
        if self._items.pop(response_id, None):
            self._follow.add(item)

    def said_anew(self, response_id: str) -> None:
        """The whole response is asked for again."""
        self._items.pop(response_id, None)

    def heard(self, response_id: str) -> None:
        """Enough of the response was heard."""
        if any(not item.startswith(CORRECTION) for item in self._items.pop(response_id, ())):
            self.deed_unheard = False

    def cut(self, response_id: str) -> list[str]:
        """The response was stopped before that. Returns what is to be told again."""
        return self.untold(self._items.pop(response_id, ()))

    def untold(self, items: Iterable[str]) -> list[str]:
        """What is to be told again of these items, of which nothing was heard."""
        again = []
        for item in filter(self._matters, items):
            told = _once_more(item)
            if self._again[told] < AGAIN[told.startswith(CORRECTION)]:
                self._again[told] += 1
                self._follow.add(told)
                again.append(told)
        return again

    def _matters(self, item: str) -> bool:
        return item.startswith((DEED, CORRECTION)) or item in self._follow


def _once_more(item: str) -> str:
    """A deed is told again in the server's words for it: the model knows the rest."""
    return f"[SERVER] fact: {json.loads(item.partition(': ')[2])['say']}" if item.startswith(DEED) else item
