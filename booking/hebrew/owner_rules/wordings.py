"""Wordings as tables: a clause is one letter a word, by the word's kind; a wording is a shape over the kinds' names."""

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple, TypeVar

from booking.hebrew.owner_rules.durations import Duration, duration_at
from booking.hebrew.owner_rules.prompt import Sentence

KindT = TypeVar("KindT", bound=StrEnum)


class Wording(NamedTuple):
    """One way to say it.

    The shape is a regular expression over words. A lower-case name is one word of that kind, or what a short name of
    the `Shapes` stands for; names in brackets are one word of any of them. An upper-case name is the word that is
    read, the whole wording where there is none. The numbers of words between are bounded, as what stands farther apart
    belongs to something else.
    """

    name: str
    shape: str
    example: str


class Shapes:
    """Makes patterns of letters out of shapes in the names of the kinds, and of shapes with a short name."""

    def __init__(self, kinds: type[StrEnum], **short: str) -> None:
        self._letters = {kind.name.lower(): re.escape(kind.value) for kind in kinds}
        for name, shape in short.items():
            self._letters[name] = self._spelled(shape)

    def pattern(self, shape: str) -> re.Pattern[str]:
        """The pattern of one shape that reads nothing."""
        return re.compile(self._spelled(shape))

    def first_of(self, *wordings: Wording) -> re.Pattern[str]:
        """All wordings as one pattern, the first that fits counts; its name is the group of what it reads."""
        return re.compile("|".join(self._named(wording) for wording in wordings))

    def _named(self, wording: Wording) -> str:
        spelled = self._spelled(wording.shape, wording.name)
        return spelled if f"(?P<{wording.name}>" in spelled else f"(?P<{wording.name}>{spelled})"

    def _spelled(self, shape: str, name: str = "") -> str:
        def letters(word: re.Match[str]) -> str:
            spelled = self._letters[word.group().lower()]
            return f"(?P<{name}>{spelled})" if word.group().isupper() else spelled

        return re.sub("[A-Za-z_]+", letters, shape).replace(" ", "")


def name_of(match: re.Match[str]) -> str:
    """The name of the wording that matched."""
    assert match.lastgroup is not None  # each wording has a group
    return match.lastgroup


def found(pattern: re.Pattern[str], letters: str) -> Iterator[tuple[str, re.Match[str]]]:
    """Where the clause has one of the wordings, with its name."""
    for match in pattern.finditer(letters):
        yield name_of(match), match


def letters_of(
    said: Sentence,
    start: int,
    end: int,
    kind_of: Callable[[Sentence, int], KindT | None],
    kind_of_length: Callable[[Sentence, int, Duration], KindT | None],
) -> tuple[str, dict[int, Duration]]:
    """The clause as letters of kinds; the lengths of time by their places among the letters.

    A word of no kind is left out, a length of no kind is read word by word.
    """
    kinds: list[KindT] = []
    lengths: dict[int, Duration] = {}
    index = start
    while index < end:
        length = duration_at(said, index)
        if length is not None and length.end <= end and (kind := kind_of_length(said, index, length)) is not None:
            lengths[len(kinds)] = length
            kinds.append(kind)
            index = length.end
            continue
        if (kind := kind_of(said, index)) is not None:
            kinds.append(kind)
        index += 1
    return "".join(kinds), lengths
