"""Names: after a cue, in answer to the question, or as the whole of what was said."""

from booking.hebrew.booked_for import find_booked_for
from booking.hebrew.gazetteer import FIRST_NAMES, SURNAMES
from booking.hebrew.introductions import introduced, listed_segment
from booking.hebrew.name_shapes import LONGEST, Name, is_listed, may_be_name, name_end, quoted, take
from booking.hebrew.name_words import AROUND, CAUTIOUS, CUES_BY_WORD, FAMILY, LISTED_ONLY, NEVER, STOP_CUES, WEAK_ASKED
from booking.hebrew.tokens import Token, Utterance


def find_name(said: Utterance, *, asked: bool, wanted: bool) -> Name | None:
    """The caller's name, masked so that שני and יוני are nobody's dates."""
    found = _after_cue(said, asked=asked)
    if found is None and (asked or wanted):
        found = _bare(said, asked=asked)
    if found is None:
        found = introduced(said) or _booked_for(said)
    if found is not None:
        said.mask(found.start, found.end, "name")
    return found


def _booked_for(said: Utterance) -> Name | None:
    found = find_booked_for(said, lambda index: may_be_name(said, index, first=False))
    if found is None:
        return None
    start, end, glued = found
    return Name(said.quote(start, end)[glued:], start, end)


def _after_cue(said: Utterance, *, asked: bool) -> Name | None:
    found = None
    for index, token in enumerate(said.tokens):
        word = token.key if token.key in CUES_BY_WORD else token.key.removeprefix("ו")
        for cue in CUES_BY_WORD.get(word, ()):
            if (word, *(said.key(index + at) for at in range(1, len(cue)))) != cue or token.mask is not None:
                continue
            if cue[0] in ("משפחה", "והמשפחה") and (found is None or said.key(index - 1) in ("שמ", "השמ", "ושמ")):
                continue  # תמר, משפחה יוגב
            cautious = (cue[0] in LISTED_ONLY and len(cue) == 1) or cue[-1] in CAUTIOUS
            listed = not asked and cautious
            name = take(said, index + len(cue), listed=listed)
            if name is not None and found is not None and cue[-1] in ("משפחה", "המשפחה", "והמשפחה"):
                name = Name(f"{found.text} {name.text}", found.start, name.end)
            if name is not None and cue[0] in ("מדבר", "מדברת") and not asked and _goes_on_telling(said, name):
                break
            if name is not None:
                found = name if not _is_someone_elses_cue(said, index) else found
            break
        else:
            if asked and token.key in WEAK_ASKED and token.mask is None:
                found = take(said, index + 1, listed=False, plausible=True) or found
    return _corrected(said, found) if found is not None else None


def _corrected(said: Utterance, name: Name) -> Name:
    """השם מיה, סליחה, מאיה."""
    at = name.end
    while said.at(at).kind == "break" and at < len(said):
        at += 1
    if said.key(at) not in ("סליחה", "בעצמ", "תיקונ", "התכוונתי"):
        return name
    at += 1 + (said.at(at + 1).kind == "break")
    end = name_end(said, at)
    meant = end > at and end >= len(said) - 1 and is_listed(said, at, end)
    return quoted(said, at, end) if meant else name


def _goes_on_telling(said: Utterance, name: Name) -> bool:
    """מדבר איטי קצת: one unknown word and more of the sentence behind it."""
    unknown = name.end - name.start == 1 and not is_listed(said, name.start, name.end)
    return unknown and said.at(name.end).kind == "word" and said.at(name.end).entry is None


def _is_someone_elses_cue(said: Utterance, index: int) -> bool:
    """ "יש מישהו בשם…": asking after a person is not giving a name."""
    return any(said.key(at) in ("מישהו", "מישהי", "עובד", "עובדת", "לדבר", "אצל") for at in range(index - 2, index))


def _bare(said: Utterance, *, asked: bool) -> Name | None:
    """A name alone, or a name and then other facts behind a comma or a telephone number."""
    start, refused = _bare_start(said)
    end = name_end(said, start)
    if end == start or end - start > LONGEST:
        return listed_segment(said, asked=True) if asked else None
    rest = said.tokens[end:]
    if not asked:
        if end - start == 1 and said.at(start).entry is not None:
            return None  # "שבת" alone is a day as long as no name was asked for
        clean = all(token.kind == "break" or token.key in AROUND for token in rest)
        return quoted(said, start, end) if clean and is_listed(said, start, end) else None
    if rest and rest[0].kind == "break" and (better := _behind_the_comma(said, start, end, refused=refused)):
        return better
    if is_listed(said, start, end):
        return quoted(said, start, end) if _ends_there(rest) else listed_segment(said, asked=True)
    told = said.key(start - 1) == "אני" and bool(rest) and rest[0].kind == "word"  # אני יושבת באוטו
    doubtful = refused or told or not _ends_there(rest) or _looks_verbal(said.at(start))
    elsewhere = listed_segment(said, asked=True) if rest or doubtful else None
    if elsewhere is not None or doubtful or (end - start == 1 and len(rest) > 2):
        return elsewhere
    return quoted(said, start, end)


def _bare_start(said: Utterance) -> tuple[int, bool]:
    """Where the name begins, behind what is said around one, and whether a "no" stands before it."""
    start = 0
    for index, token in enumerate(said.tokens):
        if token.key in ("סליחה", "בעצמ", "התכוונתי") and index:
            start = index + 1
    refused = False
    while start < len(said):
        around = said.key(start) in AROUND | FAMILY and not _is_full_name(said, start)
        if not (around or said.at(start).kind == "break" or said.key(start) == "לא"):
            break
        refused = refused or said.key(start) == "לא"
        start += 1
    return start, refused


def _behind_the_comma(said: Utterance, start: int, end: int, *, refused: bool) -> Name | None:
    """What follows a name and a comma and is the better name: לא אביגיל, אביטל; דנה. כהן; לוי, יוסי לוי."""
    instead = name_end(said, end + 1)
    if refused and instead > end + 1:
        return quoted(said, end + 1, instead)
    surname = said.key(end + 1) in SURNAMES and end + 1 - start == 2 and said.at(end + 2).kind == "break"
    if surname and said.key(start) in FIRST_NAMES and end + 2 >= len(said) - 1:
        return Name(f"{said.quote(start, end)} {said.quote(end + 1, end + 2)}", start, end + 2)
    repeated = {said.key(at) for at in range(end + 1, instead)} & {said.key(at) for at in range(start, end)}
    return quoted(said, end + 1, instead) if repeated and instead - end - 1 > end - start else None


def _is_full_name(said: Utterance, start: int) -> bool:
    """שלום כהן, with nothing between and nothing behind."""
    return said.key(start) in FIRST_NAMES and said.key(start + 1) in SURNAMES and start + 2 >= len(said)


def _ends_there(rest: list[Token]) -> bool:
    """Whether what follows the words cannot go on with the name."""
    if not rest:
        return True
    token = rest[0]
    closed = (
        token.kind in ("break", "digits")
        or len(token.key) == 1
        or token.key[1:] in FIRST_NAMES
        or token.mask is not None
        or token.entry is not None
    )
    return closed or token.key in AROUND or token.key in NEVER or token.key in STOP_CUES


def _looks_verbal(token: Token) -> bool:
    """Infinitives and second person: לחשוב, תגידי."""
    return token.kind == "word" and len(token.key) >= 5 and token.key[0] == "ל" and token.key not in FIRST_NAMES
