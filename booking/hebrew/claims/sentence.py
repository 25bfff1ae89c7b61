"""One sentence as clauses of words, and which of them assert anything: no question, no condition."""

import re
from collections.abc import Iterator

from booking.hebrew.claims import words as w
from booking.hebrew.lexicon import FORMS
from booking.hebrew.normalize import fold

_WORD = re.compile(
    r"""(?P<word>[א-ת]+(?:["'][א-ת]+)*'?|\d+(?:[:./,]\d+)*|₪|[A-Za-z]+)
      | (?P<break>[,;:()]|(?<=\s)-+(?=\s))
      | (?P<end>[.!?]+(?!\d))""",
    re.VERBOSE,
)
_BREAKING = frozenset(("אבל", "אכ", "אלא"))
_TIMES = frozenset(
    ("relative", "weekday", "number", "teen", "tens", "part", "month", "saturday_night", "weekend", "midnight",
     "fraction")
)  # fmt: skip  # a list
_HOURS = frozenset(("number", "teen", "tens", "midnight"))
_DAY_NOUNS = frozenset(("יומ", "ביומ", "ליומ", "מיומ", "ויומ", "בשעה", "לשעה", "בעוד", "שבוע", "בשבוע", "לשבוע",
                        "השבוע", "החודש", "לחודש", "בחודש"))  # fmt: skip  # a list
_NOT_TIMES = frozenset(("אחד", "אחת", "שני", "שתי", "ראשונ", "מהיומ"))


class Clause:
    """Words of a sentence without a break among them. `asserted` is false in a question."""

    __slots__ = ("asserted", "begins", "condition", "ends", "starts", "words")

    def __init__(self, said: "_Words", *, asserted: bool) -> None:
        self.words = words = said.words
        self.begins = said.begins  # the first word's place among those of the whole text
        self.starts = said.starts  # where each word begins in the normalised text
        self.ends = said.ends  # where the clause ends there
        self.asserted = asserted
        self.condition = _condition(words) if asserted else len(words)  # from here on it is "if"

    def key(self, at: int) -> str:
        """The word there, or nothing."""
        return self.words[at] if 0 <= at < len(self.words) else ""

    def holds(self, at: int) -> bool:
        """Whether what is said there is said to be so: no question, no condition, nothing asked about."""
        return self.asserted and at < self.condition and not self.has_before(at, w.ASKING)

    def has_before(self, at: int, words: frozenset[str], within: int = 99) -> bool:
        return any(word in words for word in self.words[max(0, at - within) : at])

    def has_from(self, at: int, words: frozenset[str]) -> bool:
        return not words.isdisjoint(self.words[at:])

    def has(self, words: frozenset[str]) -> bool:
        return not words.isdisjoint(self.words)

    def denied(self, at: int, within: int = 3) -> bool:
        """A "no" shortly before."""
        return self.has_before(at, w.NO, within)


class _Words:
    """A clause being read."""

    __slots__ = ("begins", "ends", "starts", "words")

    def __init__(self, begins: int) -> None:
        self.words: list[str] = []
        self.starts: list[int] = []
        self.begins = begins
        self.ends = 0

    def cut(self, at: int) -> tuple["_Words", "_Words"]:
        """The clause as two."""
        first, second = _Words(self.begins), _Words(self.begins + at)
        first.words, second.words = self.words[:at], self.words[at:]
        first.starts, second.starts = self.starts[:at], self.starts[at:]
        first.ends, second.ends = self.starts[at] - 1, self.ends
        return first, second


def sentences(text: str) -> Iterator[list[Clause]]:
    """The sentences of a normalised text, each as its clauses."""
    clauses = [_Words(0)]
    place = 0
    for match in _WORD.finditer(text):
        word = fold(match.group()).lower() if match.lastgroup == "word" else ""
        if match.lastgroup == "break" or word in _BREAKING:
            if clauses[-1].words:
                clauses.append(_Words(place))
        elif match.lastgroup == "end" and clauses[0].words:
            yield _asserting(clauses, is_question="?" in match.group())
            clauses = [_Words(place)]
        if word:
            clauses[-1].words.append(word)
            clauses[-1].starts.append(match.start())
            clauses[-1].ends = match.end()
            place += 1
    if clauses[0].words:
        yield _asserting(clauses, is_question=False)


def _asserting(clauses: list[_Words], *, is_question: bool) -> list[Clause]:
    """A question mark makes a question of all that leads to it, unless its last clause is a question by itself."""
    if not clauses[-1].words:
        clauses = clauses[:-1]
    if not is_question:
        return [Clause(each, asserted=True) for each in clauses]
    last = clauses[-1].words
    own = len(clauses) > 1 and (last[0] in w.TAGS or last[0] in w.INFINITIVES)
    if last[-1] in w.CLOSING_TAGS and len(last) > 1:
        clauses = [*clauses[:-1], *clauses[-1].cut(len(last) - 1)]
        own = True
    return [Clause(each, asserted=own and each is not clauses[-1]) for each in clauses]


def _condition(words: list[str]) -> int:
    """Where an "if", "once", "after" begins; the length of the clause if it has none."""
    for at, word in enumerate(words):
        if word in w.IF:
            return at
        if word in w.BEFORE_THAT and at + 1 < len(words) and _is_that(words[at + 1]):
            return at
        if word.startswith(("כש", "וכש", "לכש", "משה")) and len(word) > 4 and word not in FORMS:
            return at
    return len(words)


def _is_that(word: str) -> bool:
    return len(word) > 2 and word[0] == "ש" and word not in FORMS


def is_time(word: str) -> bool:
    """Whether the word belongs to a day or an hour."""
    if word in _DAY_NOUNS:
        return True
    form = FORMS.get(word)
    if form is not None:
        return form.entry.kind in _TIMES and word not in _NOT_TIMES
    return word[:1].isdigit() or (word[:1] in "בל" and word[1:2].isdigit())


def is_hour(word: str) -> bool:
    """Whether the word can be the hour itself."""
    form = FORMS.get(word)
    if form is not None:
        return form.entry.kind in _HOURS
    return word[:1].isdigit()


def bare(word: str) -> str:
    """The word without the and or the that before it."""
    for prefix in ("וש", "ו", "ש"):
        if word.startswith(prefix) and len(word) > len(prefix) + 2:
            return word[len(prefix) :]
    return word
