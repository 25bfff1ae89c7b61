"""English that callers mix in, brought to the order and the words in which Hebrew says it."""

from booking.hebrew.lexicon import ENGLISH, ENGLISH_PREFIXES

_ENDINGS = frozenset(("th", "st", "nd", "rd"))
_ONE_WORD = {"tonight": "הערב", "weekend": "סופש", "midnight": "חצות"}
_QUALIFIERS = {"next": "הבא", "this": "הקרוב", "coming": "הקרוב"}
_FRACTIONS = {"half": "חצי", "quarter": "רבע"}
Word = tuple[str, str, int, int]  # kind, key, start, end


def settle_english(words: list[Word]) -> list[Word]:
    """next week → שבוע הבא, half past five → five וחצי, july 5th → 5 july, tonight → הערב, p.m. → pm."""
    settled: list[Word] = []
    index = 0
    while index < len(words):
        replaced, index = _settle(words, index)
        settled.extend(replaced)
    return settled


def _settle(words: list[Word], index: int) -> tuple[list[Word], int]:
    kind, key, start, end = words[index]
    following = words[index + 1] if index + 1 < len(words) else ("break", "", end, end)
    if kind != "latin":
        of = index + 2 if following[1] == "of" and kind == "digits" else index + 1
        return [words[index]], of
    if key.replace(".", "") in ("am", "pm"):
        return [(kind, key.replace(".", ""), start, end)], index + 1
    if key in _ENDINGS and index and words[index - 1][0] == "digits":
        return [], index + 1 + (following[1] == "of")
    if key == "o'clock":
        return [], index + 1
    if key in _ONE_WORD:
        return [("word", _ONE_WORD[key], start, end)], index + 1
    if key in _QUALIFIERS and following[0] == "latin":
        named = _named_time(following)
        return ([named, ("word", _QUALIFIERS[key], start, end)], index + 2) if named else ([words[index]], index + 1)
    if key in ENGLISH and ENGLISH[key].kind == "month" and following[0] == "digits":
        return [following, words[index]], index + 2
    if key in _FRACTIONS and following[1] in ("past", "to") and index + 2 < len(words):
        fraction = ("word", _FRACTIONS[key], start, end)
        if following[1] == "to":
            return [fraction], index + 1
        return [words[index + 2], ("word", "ו" + _FRACTIONS[key], start, end)], index + 3
    return [words[index]], index + 1


def _named_time(word: Word) -> Word | None:
    """A weekday stays as it is; week and month take their Hebrew words."""
    kind, key, start, end = word
    if key in ("week", "month", "weekend"):
        return ("word", {"week": "שבוע", "month": "חודש", "weekend": "סופש"}[key], start, end)
    known = ENGLISH.get(key)
    return word if known is not None and known.kind == "weekday" and key not in ENGLISH_PREFIXES else None
