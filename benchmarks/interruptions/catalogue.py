"""The set: every interruption, and what a good receptionist would do about it. Always the same, in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, product

RESUME, HONOUR = "resume", "honour"

BACKCHANNELS = (
    *("כן", "אהה", "אוקיי", "בסדר", "הממ", "נכון", "הבנתי", "יופי", "אהא", "ממ", "כן כן", "אה אוקיי", "טוב"),
    *("בסדר גמור", "סבבה", "כן, נכון", "אוקיי, הבנתי", "אה, הבנתי", "יופי, בסדר"),
)
REAL = (
    *("רגע", "לא", "סליחה", "רגע רגע", "לא לא", "שנייה", "מה?", "סליחה, לא שמעתי", "לא, זה לא מתאים לי"),
    *("רגע, יש לי שאלה", "אני רוצה ביום שלישי", "אפשר לדבר עם מישהו?", "כמה זה עולה?", "לא הבנתי, אפשר שוב?"),
    *("כן, אבל אני רוצה בבוקר", "בסדר, ומה לגבי מחר בעשר?", "אוקיי, רק שאלה אחת", "סליחה, התבלבלתי"),
    *("עצור", "אני צריכה לבטל את התור", "לא ביקשתי את זה", "חכי רגע בבקשה"),
)
QUESTION_AT_MS = (900, 1500)  # a "yes" this early answers nothing: the question is not out yet
ANSWERS = ("כן", "כן, בבקשה", "בסדר", "כן כן", "אוקיי", "לא", "לא תודה", "כן, מעולה")


@dataclass(frozen=True)
class Interruption:
    """A sound made while the assistant can be heard.

    `kind`: words, cough, click, echo (of the assistant itself) or television. `loudness` is a share of a normal
    voice. `at_ms`: how much of the reply has been heard when it begins. `into_question`: the reply is the question
    whether to book, else a statement; `at_ms` below zero counts from its end.
    """

    number: int
    kind: str
    expected: str
    at_ms: int
    loudness: float
    words: str = ""
    length_ms: int = 0
    into_question: bool = False

    def __str__(self) -> str:
        what = self.words or f"{self.length_ms} ms"
        where = "question" if self.into_question else "statement"
        return f"#{self.number} {self.kind} {what}, {self.loudness:.0%} loud, {self.at_ms} ms into a {where}"


def interruptions() -> list[Interruption]:
    """All of them."""
    return [
        Interruption(number, kind, expected, at_ms, loudness, words, length_ms, into_question)
        for number, (kind, expected, at_ms, loudness, words, length_ms, into_question) in enumerate(_all(), 1)
    ]


_Row = tuple[str, str, int, float, str, int, bool]


def _all() -> Iterator[_Row]:
    yield from _spoken(BACKCHANNELS, RESUME, moments=(500, 1300, 2600, 3900), levels=(1.0, 0.6, 0.35))
    yield from _spoken(REAL, HONOUR, moments=(400, 1000, 2200, 3700), levels=(1.0, 0.6, 0.35))
    yield from _sounds("cough", RESUME, lengths=(100, 180, 260, 340, 450, 600), levels=(1.0, 0.5, 0.25))
    yield from _sounds("click", RESUME, lengths=(20, 40), levels=(1.0, 0.6, 0.3))
    yield from _sounds("echo", RESUME, lengths=(300, 700, 1500), levels=(0.04, 0.08, 0.12))
    yield from _sounds("echo", RESUME, lengths=(200, 400), levels=(0.2, 0.3))
    yield from _sounds("television", RESUME, lengths=(1000, 2500), levels=(0.03, 0.06, 0.1, 0.12))
    yield from (("words", HONOUR, -150, 1.0, words, 0, True) for words in ANSWERS)
    yield from (("words", RESUME, at_ms, 1.0, "כן", 0, True) for at_ms in QUESTION_AT_MS)


def _spoken(
    sentences: tuple[str, ...], expected: str, *, moments: tuple[int, ...], levels: tuple[float, ...]
) -> Iterator[_Row]:
    """Each sentence at each moment, the levels in turn."""
    level = cycle(levels)
    for at_ms, words in product(moments, sentences):
        yield "words", expected, at_ms, next(level), words, 0, False


def _sounds(kind: str, expected: str, *, lengths: tuple[int, ...], levels: tuple[float, ...]) -> Iterator[_Row]:
    """Each length at each level, at moments in turn."""
    moment = cycle((600, 1400, 2500, 3600))
    for length_ms, loudness in product(lengths, levels):
        yield kind, expected, next(moment), loudness, "", length_ms, False
