"""What changed between two texts, word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORDS = re.compile(r"\s+|\S+")
_MOST_WORDS = 4000  # beyond that whole lines are compared: the work grows with the square


@dataclass(frozen=True)
class Run:
    """A stretch of text: in both (same), only in the old (gone), only in the new (added)."""

    kind: str
    text: str


def differences(before: str, after: str) -> list[Run]:
    """The runs in reading order; at a change, what is gone comes first."""
    return list(_runs(*(_pieces(text, by_line=_is_long(before) or _is_long(after)) for text in (before, after))))


def _is_long(text: str) -> bool:
    return len(_WORDS.findall(text)) > _MOST_WORDS


def _pieces(text: str, *, by_line: bool) -> list[str]:
    return text.splitlines(keepends=True) if by_line else _WORDS.findall(text)


def _runs(before: list[str], after: list[str]) -> Iterator[Run]:
    for kind, old, old_end, new, new_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Run("same", "".join(before[old:old_end]))
            continue
        if old < old_end:
            yield Run("gone", "".join(before[old:old_end]))
        if new < new_end:
            yield Run("added", "".join(after[new:new_end]))
