"""Spoken or typed Hebrew brought to one spelling, with the way back to the original.

Transcripts come with nikud, bidi marks around digits, five kinds of dash and four of quote. Matching happens on the
normalised text; names are quoted from the original, so every character keeps its offset.
"""

import re
import unicodedata
from dataclasses import dataclass

FINALS = str.maketrans("םןץףך", "מנצפכ")

_SINGLE = "'"
_DOUBLE = '"'
_SAME_LENGTH = str.maketrans(
    {
        "׳": _SINGLE, "‘": _SINGLE, "’": _SINGLE, "`": _SINGLE, "´": _SINGLE, "‛": _SINGLE,
        "״": _DOUBLE, "“": _DOUBLE, "”": _DOUBLE, "„": _DOUBLE,
        "־": "-", "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
        **{chr(first + digit): str(digit) for first in (0x660, 0x6F0) for digit in range(10)},
        "\u00a0": " ", "\t": " ", "\n": ".", "\r": " ", "…": ".",
    }
)  # fmt: skip  # one group per line reads better than one entry per line
_PLAIN = re.compile(r"[א-תA-Za-z0-9 .,;:?!'\"()/+*#%₪@&=_-]*")
# Nikud and cantillation, bidi controls, zero-width characters, the byte order mark.
_DROPPED = re.compile(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


@dataclass(frozen=True, slots=True)
class Normalized:
    """Text as the matchers read it; `offsets[i]` is where character i stood in the original."""

    original: str
    text: str
    offsets: tuple[int, ...] | None  # None: nothing moved

    def quote(self, start: int, end: int) -> str:
        """The original characters behind a stretch of normalised ones, without marks nobody sees."""
        if self.offsets is not None:
            start, end = self.offsets[start], self.offsets[end - 1] + 1
        return _DROPPED.sub("", self.original[start:end])


def fold(word: str) -> str:
    """Final letters written as ordinary ones; for matching only."""
    return word.translate(FINALS)


def normalize(text: str) -> Normalized:
    """One hyphen, one kind of quote, no marks, compatibility forms resolved."""
    swapped = text.translate(_SAME_LENGTH)
    if _PLAIN.fullmatch(swapped):
        return Normalized(text, swapped, None)
    letters: list[str] = []
    offsets: list[int] = []
    for index, char in enumerate(swapped):
        if _DROPPED.match(char):
            continue
        for letter in unicodedata.normalize("NFKC", char).translate(_SAME_LENGTH):
            if not _DROPPED.match(letter):
                letters.append(letter)
                offsets.append(index)
    return Normalized(text, "".join(letters), tuple(offsets))
