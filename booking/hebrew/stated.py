"""The numbers that stand in a longer text, such as an owner's instructions."""

from __future__ import annotations

import re

from booking.hebrew.numbers import number_at
from booking.hebrew.tokens import Utterance

_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_TELEPHONE = re.compile(r"(?<!\d)0\d{1,2}[-\s]\d{3}[-\s]?\d{4}(?!\d)")
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_SHEKELS = frozenset(('ש"ח', "שח", "₪", "שקל", "שקלימ"))


def stated_numbers(text: str) -> tuple[str, ...]:
    """Every number of the text as digits ("80", "79.90", "1200"), each once, in order.

    Telephone numbers count as a whole, without hyphens. A number in words counts where it is a sum in shekels.
    """
    found: dict[str, None] = {}
    rest = text
    for pattern in (_TELEPHONE, _THOUSANDS):
        found |= {re.sub(r"\D", "", match): None for match in pattern.findall(rest)}
        rest = pattern.sub(" ", rest)
    found |= dict.fromkeys(_DIGITS.findall(rest))
    return (*found, *(sum_ for sum_ in _sums_in_words(text) if sum_ not in found))


def _sums_in_words(text: str) -> list[str]:
    sums: dict[str, None] = {}
    for line in text.splitlines():
        said, index = Utterance(line), 0
        while index < len(said):
            number = number_at(said, index)
            if number is not None and not number.digits and said.key(number.end) in _SHEKELS:
                sums[str(number.value)] = None
            index = number.end if number is not None else index + 1
    return list(sums)
