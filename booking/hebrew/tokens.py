"""An utterance as tokens: words with their prefixes understood, digits, and breaks."""

import re

from booking.hebrew.english import Word, settle_english
from booking.hebrew.lexicon import ENGLISH, ENGLISH_PREFIXES, FORMS, Entry, lookup
from booking.hebrew.misheard import restore
from booking.hebrew.normalize import Normalized, fold, normalize

_TOKEN = re.compile(
    r"""(?P<digits>\d+(?:[:./-]\d+)*)
      | (?P<word>[א-ת]+(?:(?:"|''?)[א-ת]+)*'?)
      | (?P<latin>[aApP]\.[mM]\b\.?|[A-Za-z]+(?:'[a-z]+)?)
      | (?P<sign>[₪%+*\#@])
      | (?P<break>[.,;:?!()]+|(?<=\s)-+(?=\s))""",
    re.VERBOSE,
)
_DIGIT_PREFIXES = frozenset(("ב", "ל", "מ", "ה", "כ", "ו", "ש", "שב", "וב", "ול", "מה", "לה", "בה", "של", "וה", "עד"))
_LONG_WORD = 6
_RUN_TOGETHER = frozenset(("relative", "weekday", "part", "unit", "number"))
_NO_SQUEEZE = frozenset(("number", "tens", "teen", "large"))


class Token:
    """One token. `mask` names what claimed it, so that nothing later reads it as a date or an hour."""

    __slots__ = ("base", "end", "entry", "key", "kind", "mask", "prefix", "repaired", "start")

    def __init__(self, kind: str, key: str, start: int, end: int) -> None:
        self.kind = kind  # word, digits, latin, sign, break
        self.key = key  # folded, whole
        self.start = start
        self.end = end
        self.prefix = ""
        self.base = key
        self.entry: Entry | None = None
        self.mask: str | None = None
        self.repaired = False  # a guess at a misheard word: needs evidence beside it
        if kind == "word" and (form := lookup(key)) is not None:
            self.prefix, self.base, self.entry = form.prefix, form.base, form.entry
            self.repaired = key not in FORMS
        elif kind == "latin":
            self.entry = ENGLISH.get(key)

    def is_a(self, kind: str) -> bool:
        """Whether the word's leading sense is of this kind and nothing claimed it."""
        return self.entry is not None and self.entry.kind == kind and self.mask is None

    @property
    def value(self) -> int:
        """The number behind the entry; zero where there is none."""
        return self.entry.value if self.entry is not None else 0


class Utterance:
    """The tokens of one sentence, with safe access beyond both ends."""

    __slots__ = ("normal", "tokens")

    def __init__(self, text: str) -> None:
        self.normal: Normalized = normalize(text)
        self.tokens = _squeeze(_mend(_attach_prefixes(_tokens(self.normal.text))))

    def at(self, index: int) -> Token:
        """The token, or a break outside the sentence."""
        return self.tokens[index] if 0 <= index < len(self.tokens) else _OUTSIDE

    def key(self, index: int) -> str:
        """The token's folded text; empty for breaks, outside, and masked tokens."""
        token = self.at(index)
        return "" if token.kind == "break" or token.mask is not None else token.key

    def keys(self) -> list[str]:
        """All folded words, breaks left out."""
        return [token.key for token in self.tokens if token.kind != "break"]

    def mask(self, start: int, end: int, reason: str) -> None:
        """Claims tokens; the first claim stays."""
        for token in self.tokens[start:end]:
            token.mask = token.mask or reason

    def __len__(self) -> int:
        return len(self.tokens)

    def quote(self, start: int, end: int) -> str:
        """The caller's own characters from one token to another."""
        return self.normal.quote(self.tokens[start].start, self.tokens[end - 1].end)


_OUTSIDE = Token("break", "", 0, 0)


def _tokens(text: str) -> list[Token]:
    words: list[Word] = []
    has_latin = False
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "break"
        key = match.group()
        if kind == "word":
            key = fold(key).replace("''", '"')
            key = key if key in FORMS else restore(key)
        elif kind == "latin":
            key, has_latin = key.lower(), True
        words.append((kind, key, match.start(), match.end()))
    return [Token(*word) for word in (settle_english(words) if has_latin else words)]


def _attach_prefixes(tokens: list[Token]) -> list[Token]:
    """ב + 17:30, ב-17:30, ב 9 30 and ב-שבע become one token with a prefix."""
    if not any(token.key in _DIGIT_PREFIXES or token.key in ENGLISH_PREFIXES for token in tokens[:-1]):
        return tokens
    joined: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        following = tokens[index + 1] if index + 1 < len(tokens) else _OUTSIDE
        index += 1
        if token.kind == "word" and token.key in _DIGIT_PREFIXES and token.key != "עד":
            if following.kind == "digits" and token.key != "של":
                following.prefix = token.key
                following.start = token.start
                continue
            if following.kind == "word" and following.start - token.end <= 1 and token.key + following.key in FORMS:
                following = Token("word", token.key + following.key, token.start, following.end)
                tokens[index] = following
                continue
        if token.key in ENGLISH_PREFIXES and (following.kind == "digits" or following.entry is not None):
            following.prefix = following.prefix or ENGLISH_PREFIXES[token.key]
            continue
        joined.append(token)
    return joined


def _mend(tokens: list[Token]) -> list[Token]:
    """Words that recognition tore apart or ran together: מחר תיים, רבי עי, ביומשלישי."""
    index = 0
    while index < len(tokens):
        first = tokens[index]
        second = tokens[index + 1] if index + 1 < len(tokens) else _OUTSIDE
        if (
            first.kind == second.kind == "word"
            and (second.entry is None or first.entry is None)
            and len(second.key) > 1
            and (form := FORMS.get(first.key + second.key)) is not None
            and len(first.key) > len(form.prefix)  # the tear goes through the word, not behind its prefix
        ):
            tokens[index : index + 2] = [Token("word", first.key + second.key, first.start, second.end)]
        elif first.kind == "word" and first.entry is None and len(first.key) >= _LONG_WORD:
            tokens[index : index + 1] = _cut(first)
        index += 1
    return tokens


def _cut(token: Token) -> list[Token]:
    """Two words of time written as one; anything else stays whole."""
    for at in range(3, len(token.key) - 2):
        first, second = FORMS.get(token.key[:at]), FORMS.get(token.key[at:])
        if first and second and first.entry.kind in _RUN_TOGETHER and second.entry.kind in _RUN_TOGETHER:
            middle = token.start + at
            return [
                Token("word", token.key[:at], token.start, middle),
                Token("word", token.key[at:], middle, token.end),
            ]
    return [token]


def _squeeze(tokens: list[Token]) -> list[Token]:
    """Stuttered words once; digits and numbers may well repeat in a telephone number."""
    kept: list[Token] = []
    for token in tokens:
        previous = kept[-1] if kept else _OUTSIDE
        repeats = token.kind == "word" and token.key == previous.key
        if repeats and not (token.entry is not None and token.entry.kind in _NO_SQUEEZE):
            continue
        kept.append(token)
    return kept
