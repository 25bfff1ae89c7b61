"""Names in passing: מיכל מדברת, זה איל שוב, …, יוסי כהן, …; without a cue only listed names count."""

from booking.hebrew.gazetteer import FIRST_NAMES, ORDINARY_WORDS, SURNAMES
from booking.hebrew.name_shapes import Name, is_listed, may_be_name, quoted, says_where_from, take
from booking.hebrew.name_words import CLOSING, ENDEARING, FAMILY, NEVER, PRESENTING, WISHING
from booking.hebrew.tokens import Utterance
from booking.hebrew.verbs import ALL_VERBS


def introduced(said: Utterance) -> Name | None:
    """ "שלום, אני דנה כהן", "מיכל מדברת", "…, יוסי כהן, …"."""
    for index, token in enumerate(said.tokens):
        found = None
        if token.key in PRESENTING:
            found = _presented(said, index)
        if found is None and token.key in CLOSING:
            found = _closed(said, index)
        if found is not None:
            return found
    name = listed_segment(said) or _half_listed_segment(said)
    if name is None or said.key(name.start) not in FIRST_NAMES:
        return None
    if said.key(name.end - 1) == "שלומ" and len(said) > name.end + 1:
        return None  # דנה שלום, אפשר תור?
    rest = (*said.tokens[: name.start], *said.tokens[name.end :])
    with_phone = any(token.mask == "phone" for token in rest)
    only = all(token.mask == "phone" or token.kind == "break" for token in rest)
    return name if name.end - name.start == 2 or (only and with_phone) else None


def _presented(said: Utterance, index: int) -> Name | None:
    """The name behind אני, זה or כאן."""
    comma = said.at(index + 1).kind == "break" and index + 3 >= len(said)
    opens = index < (6 if said.key(index) == "אני" else 3) or said.at(index - 1).kind == "break"
    begins = index + 1 + comma
    if opens and said.key(index) in ("אני", "זה", "זאת") and said.key(begins) in FIRST_NAMES:
        name = take(said, begins, listed=True)
        if name is not None and (name.end - name.start > 1 or _ends_there_plainly(said, name)):
            return name
    if _is_strange_with_surname(said, index + 1):
        return quoted(said, index + 1, index + 3)
    titled = said.key(index + 1) in FAMILY and said.key(index + 2) in SURNAMES
    return take(said, index + 2, listed=False) if titled else None


def _closed(said: Utterance, index: int) -> Name | None:
    """The name before מדברת, כאן or על הקו."""
    key = said.key(index)
    if key in ("מדבר", "מדברת"):
        start = _presented_from(said, index) if index <= 4 else None
        return quoted(said, start, index) if start is not None else None
    at = index - 1 - (key == "הקו")
    if said.key(at) not in FIRST_NAMES or (key == "הקו" and said.key(at + 1) != "על"):
        return None
    alone = said.at(at - 1).kind == "break" and said.at(index + 1).kind == "break"
    return quoted(said, at, at + 1) if alone or key == "הקו" else None


def listed_segment(said: Utterance, *, asked: bool = False) -> Name | None:
    """A stretch between commas that is nothing but listed names: "אמרתי כבר, דנה"."""
    start = 0
    for index in range(len(said) + 1):
        if index < len(said) and said.at(index).kind != "break" and said.at(index).mask != "phone":
            continue
        words = range(start, index)
        names = 1 <= len(words) <= 3 and said.at(start).entry is None and _are_names(said, words, asked=asked)
        if names and not _greets(said, words):
            return quoted(said, start, index)
        start = index + 1
    return None


def _greets(said: Utterance, words: range) -> bool:
    """שלום, אני רוצה תור; שלום שלום. Alone, or at the end, it may be somebody's name."""
    followed = any(said.at(at).kind != "break" for at in range(words.stop, len(said)))
    return all(said.key(at) == "שלומ" for at in words) and (followed or len(words) > 1)


def _half_listed_segment(said: Utterance) -> Name | None:
    """ "…, מיכל אופנהיימר, …": a listed first name and one unknown word, alone between commas."""
    for index in range(len(said) - 1):
        if said.key(index) not in FIRST_NAMES - ORDINARY_WORDS or said.at(index - 1).kind != "break":
            continue
        after = said.at(index + 2)
        ends = after.kind == "break" and (index > 0 or len(said) > index + 3)
        word = said.key(index + 1)
        strange = said.at(index + 1).entry is None and word not in ALL_VERBS | ENDEARING and word[:1] != "ה"
        if ends and strange and said.at(index + 1).kind == "word" and may_be_name(said, index + 1, first=False):
            return quoted(said, index, index + 2)
    return None


def _are_names(said: Utterance, words: range, *, asked: bool) -> bool:
    """All of them listed; where a name was asked for, a listed one leads any other."""
    if all(is_listed(said, at, at + 1) and said.at(at).entry is None for at in words):
        return True
    begins = asked and said.key(words[0]) in FIRST_NAMES - ORDINARY_WORDS
    return begins and all(may_be_name(said, at, first=False) for at in words[1:])


def _is_strange_with_surname(said: Utterance, start: int) -> bool:
    """The בנצי כהן of "אני בנצי כהן": an unlisted name before a surname that is nothing else."""
    strange = may_be_name(said, start, first=True) and said.at(start).entry is None
    surname = said.key(start + 1) in SURNAMES - ORDINARY_WORDS and said.at(start + 1).entry is None
    return strange and surname and said.key(start) not in FIRST_NAMES


def _presented_from(said: Utterance, index: int) -> int | None:
    """Where the name of "הדסה פרנקל מדברת" begins."""
    if said.key(index - 2) in FIRST_NAMES and may_be_name(said, index - 1, first=False):
        return index - 2
    return index - 1 if said.key(index - 1) in FIRST_NAMES | SURNAMES else None


def _ends_there_plainly(said: Utterance, name: Name) -> bool:
    """Whether a single name is over: זה איל שוב; not זה דוד שלי."""
    after = said.at(name.end)
    if after.kind == "break" or after.mask == "phone" or (after.kind == "word" and says_where_from(after.key, "")):
        return True
    wishes = after.key in WISHING
    plainly = after.key in NEVER and not after.key.startswith("של") and said.key(name.start) not in ORDINARY_WORDS
    return wishes or plainly
