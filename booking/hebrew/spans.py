"""Whether a language model's answer was really said: every span in the transcript, every digit spoken."""

from collections.abc import Iterable

from booking.hebrew.phones import national, spoken_digits
from booking.hebrew.resolve import Parts
from booking.hebrew.tokens import Utterance

_VALUES = ("weekday", "day", "month", "year", "relative_days", "relative_minutes", "hour", "minute", "day_part",
           "relative_months")  # fmt: skip  # a list


def verify_spans(answer: Parts | Iterable[str], text: str, *, phone: str | None = None) -> bool:
    """Whether each literal span occurs in the transcript, both normalised, and the phone's digits were spoken.

    Parts that carry a value must carry the words it was read from; values without any span were invented.
    """
    if isinstance(answer, Parts):
        spans: tuple[str, ...] = answer.spans
        if not spans and any(getattr(answer, name) is not None for name in _VALUES):
            return False
    else:
        spans = tuple(answer)
    heard = f" {' '.join(_pieces(text))} "
    if not all(pieces and f" {' '.join(pieces)} " in heard for pieces in map(_pieces, spans)):
        return False
    if phone is None:
        return True
    wanted = national("".join(char for char in phone if char.isdigit()))
    return wanted is not None and wanted in _numbers(text)


def _pieces(text: str) -> list[str]:
    """Folded words and digit groups; prefixes stay, punctuation goes."""
    return [token.prefix + token.key if token.kind == "digits" else token.key for token in Utterance(text).tokens
            if token.kind != "break"]  # fmt: skip  # one comprehension


def _numbers(text: str) -> set[str]:
    return {number for digits in spoken_digits(Utterance(text)) if (number := national(digits)) is not None}
