"""How lists of words and phrases are written down in this package: one string, folded once."""

from booking.hebrew.normalize import fold


def words_in(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split())


def phrases(*phrases: str) -> tuple[str, ...]:
    return tuple(f" {fold(phrase)} " for phrase in phrases)
