"""An owner's prompt as sentences of tokens.

Typed text, so hardly anything is repaired as in a transcript; a date, 24/7 and a telephone number are one token each.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from booking.hebrew.lexicon import ENGLISH, FORMS
from booking.hebrew.normalize import Normalized, fold, normalize
from booking.hebrew.owner_rules.spelling import form_of, respelled
from booking.hebrew.tokens import Token, Utterance

_TOKEN = re.compile(
    r"""(?P<phone>\+\d[\d-]{7,}|\b\d{1,4}(?:-\d{2,4}){2,4}\b|\b0\d{1,2}-?\d{3}-?\d{3,4}\b|\*\d{4}\b|\d{5,})
      | (?P<always>(?<![\d/.:])24\ ?[/\\xX×*-]\ ?7(?:\ ?/\ ?365)?(?![\d:/]|\.\d))
      | (?P<date>\d{1,2}[./]\d{1,2}[./]\d{2,4}(?!\d)|\d{1,2}/\d{1,2}(?!\d)|\d{1,2}\.(?:[1-9]|0[1-9]|1[0-2])(?![\d:]))
      | (?P<clock>\d{1,2}[:.]\d\d(?!\d))
      | (?P<digits>\d+)
      | (?P<word>[א-ת]+(?:["'][א-ת]+)*'?)
      | (?P<latin>[A-Za-z]+)
      | (?P<dash>-+)
      | (?P<colon>:)
      | (?P<sign>[₪$€%+*&/=])
      | (?P<comma>[,()])
      | (?P<end>[.;!?]+)""",
    re.VERBOSE,
)
# A line is a sentence, a bullet or a bar ends a clause; same length, so that quotes stay in place.
_LINES = str.maketrans("\n\v\f|•·", ";;;,,,")
_PREFIXES = frozenset(("ב", "ל", "מ", "ה", "כ", "ו", "ש", "וב", "ול", "ומ", "שב", "שמ"))
_SPACED_PREFIXES = frozenset(("ל", "מ", "ול", "ומ"))  # no day's letter among them: "ב 9-17" is a Monday
_NUMERIC = frozenset(("digits", "clock", "date", "always"))


class Sentence(Utterance):
    """The tokens of one sentence, and the clause (from, to) that each belongs to."""

    __slots__ = ("clauses", "is_first", "is_question")

    def __init__(self, normal: Normalized, tokens: list[Token], *, is_first: bool, is_question: bool) -> None:
        self.normal = normal
        self.tokens = tokens
        self.is_first = is_first
        self.is_question = is_question
        self.clauses = _clauses(tokens)

    def clause_quote(self, start: int, end: int) -> str:
        """The clauses that hold these tokens, as the owner wrote them."""
        first, last = self.clauses[start][0], self.clauses[end - 1][1]
        return self.quote(first, last).strip() if first < last else ""


def normal_form(text: str) -> Normalized:
    """The prompt as the readers see it, lines and bullets as punctuation."""
    return replace(normalize(text.translate(_LINES)), original=text)


def sentences(normal: Normalized) -> Iterator[Sentence]:
    """The prompt's sentences; a line that ends in a colon goes on in the next one."""
    held: list[Token] = []
    is_first = True
    for token in [*_attach_prefixes(_tokens(normal.text)), None]:
        if token is not None and token.kind != "end":
            held.append(token)
        elif held and (token is None or held[-1].kind != "colon"):
            yield Sentence(normal, held, is_first=is_first, is_question=token is not None and "?" in token.key)
            held, is_first = [], False


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        kind, key = match.lastgroup or "end", match.group()
        token = Token("", key, match.start(), match.end())
        token.kind = kind
        if kind == "word":
            token.key = token.base = respelled(fold(key))
            if (form := form_of(token.key)) is not None:
                token.prefix, token.base, token.entry = form.prefix, form.base, form.entry
        elif kind == "latin":
            token.key = key.lower()
            token.entry = ENGLISH.get(token.key)
        elif kind == "phone":
            token.mask = "phone"
        elif kind == "clock":
            token.key = key.replace(".", ":")
        yield token


def _attach_prefixes(tokens: Iterator[Token]) -> list[Token]:
    """ב-9, מ10 and ב-שבע become one token with a prefix."""
    joined: list[Token] = []
    for token in tokens:
        dashed = len(joined) > 1 and joined[-1].kind == "dash" and joined[-1].end == token.start
        before = joined[-2] if dashed else joined[-1] if joined else None
        if before is None or before.key not in _PREFIXES or before.kind != "word" or token.mask is not None:
            joined.append(token)
            continue
        touches = before.end == (joined[-1].start if dashed else token.start)
        after_letter = dashed and len(joined) > 2 and joined[-3].kind == "dash" and joined[-3].end == before.start
        if after_letter or not (touches or (before.key in _SPACED_PREFIXES and not dashed)):
            joined.append(token)
        elif token.kind in _NUMERIC:
            del joined[-2 if dashed else -1 :]
            token.prefix, token.start = before.key, before.start
            joined.append(token)
        elif dashed and token.kind == "word" and (form := FORMS.get(before.key + token.key)) is not None:
            del joined[-2:]
            token.key, token.start = before.key + token.key, before.start
            token.prefix, token.base, token.entry = form.prefix, form.base, form.entry
            joined.append(token)
        else:
            joined.append(token)
    return joined


def _clauses(tokens: list[Token]) -> list[tuple[int, int]]:
    bounds: list[tuple[int, int]] = []
    start = 0
    for index, token in enumerate(tokens):
        if token.kind == "comma":
            bounds += [(start, index)] * (index - start) + [(index, index)]
            start = index + 1
    return bounds + [(start, len(tokens))] * (len(tokens) - start)
