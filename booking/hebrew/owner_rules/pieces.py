"""A sentence as the pieces that opening hours are made of, with everything else between them marked as such."""

from dataclasses import dataclass
from typing import Literal

from booking.hebrew.owner_rules.days import DayGroup, days_at
from booking.hebrew.owner_rules.prompt import Sentence
from booking.hebrew.owner_rules.statements import is_unreal
from booking.hebrew.owner_rules.windows import Clock, Span, clock_at, is_counted, span_at
from booking.hebrew.owner_rules.words import (
    ALSO,
    APPOINTMENTS,
    BUSINESS,
    CLOSED,
    CLOSES,
    CORRECTION,
    EXCEPT,
    MONEY,
    NOT,
    NOW,
    ONLY,
    OPEN_MANY,
    OPEN_ONE,
    OPENING_NOUNS,
    OPENS,
    OTHERS,
    OURS,
    PAUSE,
    PLAIN,
    SEASON,
    SERVICES,
    UNREAL,
    WE,
)
from booking.hebrew.phrases import words_in

Kind = Literal[
    "days", "except", "span", "until", "from", "closed", "pause",  # what hours are made of
    "open", "opens_one", "appointments", "we", "ours", "only", "also", "not", "fix", "now",
    "comma",  # what bears on them
    "unreal", "other", "stranger",  # what forbids them
]  # fmt: skip  # three groups

# What "no" in front makes a closed day of: no work, no appointments.
_REFUSED = OPEN_MANY | OPEN_ONE | APPOINTMENTS | OPENING_NOUNS | frozenset(("לקבוע", "קהל", "נקבעימ"))
_WORDS: dict[str, Kind] = {}
for _kind, _words in (
    ("we", BUSINESS), ("ours", OURS), ("appointments", APPOINTMENTS), ("open", OPEN_MANY), ("opens_one", OPEN_ONE),
    ("we", WE), ("only", ONLY), ("also", ALSO), ("fix", CORRECTION), ("now", NOW), ("pause", PAUSE), ("closed", CLOSED),
    ("not", NOT), ("other", OTHERS), ("unreal", UNREAL), ("unreal", SEASON),
):  # fmt: skip  # a table
    _WORDS |= dict.fromkeys(_words, _kind)  # type: ignore[arg-type]  # the table's words are Kind's
_THIS_WEEK = words_in("השבוע החודש")
_EACH_WEEK = words_in("כל בכל ימי בימי הימי ימות בימות אמצע באמצע סוף בסוף תחילת בתחילת")
_WEEKS = words_in("שבוע בשבוע לשבוע משבוע מהשבוע חודש בחודש מחודש מהחודש יום ביום")
_COMING = words_in("הבא הקרוב זה הזה שעבר")
_NUMERIC = frozenset(("digits", "clock"))


@dataclass(slots=True)
class Piece:
    """One piece and its tokens; the values are set according to the kind."""

    kind: Kind
    start: int
    end: int
    days: DayGroup | None = None
    span: Span | None = None
    clock: Clock | None = None


def pieces_of(said: Sentence) -> list[Piece]:
    """The sentence in order; words that change nothing are left out, a run of unknown words is one stranger."""
    pieces: list[Piece] = []
    index = 0
    while index < len(said):
        piece = _piece_at(said, index, pieces)
        if piece is None:
            index += 1
            continue
        index = piece.end
        if piece.kind == "stranger" and pieces and pieces[-1].kind == "stranger":
            pieces[-1].end = piece.end
        else:
            pieces.append(piece)
    return pieces


def _piece_at(said: Sentence, index: int, before: list[Piece]) -> Piece | None:
    token = said.tokens[index]
    if token.kind == "comma":
        return Piece("comma", index, index + 1)
    if token.kind in ("dash", "colon"):
        return None
    if token.base == "חצי" and said.at(index + 1).base == "יומ":
        return None  # a short Friday
    if token.kind == "date" or (token.is_a("month") and token.kind == "word"):
        return Piece("unreal", index, index + 1)
    found = _refusal_at(said, index, before) or _days_piece(said, index, before) or _hours_piece(said, index)
    if found is not None:
        return found
    key = token.key
    kind = _WORDS.get(key, "unreal" if key.startswith("כש") and is_unreal(said, index) else None)
    if (
        key in ("שעות", "בשעות", "השעות", "ושעות", "זמני", "ימי", "בימי", "hours")
        and said.key(index + 1) in OPENING_NOUNS
    ):
        return Piece("open", index, index + 2)
    if key in ("שעות", "השעות") and said.at(index + 1).kind == "colon":
        return Piece("open", index, index + 2)
    if key in ("קבלת", "קבלה") and said.key(index + 1) in ("קהל", "לקוחות"):
        return Piece("open", index, index + 2)
    if _is_one_week(said, index):
        return Piece("unreal", index, index + 1)
    if kind is not None:
        return None if _is_harmless(said, index) else Piece(kind, index, index + 1)
    if key in PLAIN or key in SERVICES or token.is_a("part") or token.kind == "sign" and key not in MONEY:
        return None
    return Piece("stranger", index, index + 1)


def _is_one_week(said: Sentence, index: int) -> bool:
    """השבוע, בשבוע הבא, החודש, היום פתוחים: of one week or day, not of each."""
    key, before, following = said.key(index), said.key(index - 1), said.key(index + 1)
    if key in _THIS_WEEK:
        return before not in _EACH_WEEK
    if key == "היומ" and (following in OPEN_MANY or following in OPEN_ONE):
        return days_at(said, index + 2) is None
    return key in _WEEKS and following in _COMING


def _is_harmless(said: Sentence, index: int) -> bool:
    """אף פעם speaks of no past, ללא הפסקה of no break."""
    key, before = said.key(index), said.key(index - 1)
    if key in UNREAL or key.startswith("כש"):
        return not is_unreal(said, index)
    return key in NOT and said.key(index + 1) in PAUSE or key in PAUSE and before in NOT


def _refusal_at(said: Sentence, index: int, before: list[Piece]) -> Piece | None:
    """לא עובדים, אין תורים, a bare לא behind its day; חוץ מ and its days."""
    key = said.tokens[index].key
    if key in NOT:
        following = said.at(index + 1)
        if following.key == "כולל" and (days := days_at(said, index + 2)) is not None:
            return Piece("except", index, days.end, days=days)
        if following.key in _REFUSED:
            end = index + 2
            while said.key(end) in _REFUSED:
                end += 1
            return Piece("closed", index, end)
        ends = following.kind in ("comma", "break", "dash") or following.key == "אלא"
        if before and before[-1].kind == "days" and ends and key in ("לא", "אינ"):
            return Piece("closed", index, index + 1)
        return None
    if key in EXCEPT:
        for at in (index + 1, index + 2):
            if (days := days_at(said, at)) is not None:
                return Piece("except", index, days.end, days=days)
    return None


def _days_piece(said: Sentence, index: int, before: list[Piece]) -> Piece | None:
    days = days_at(said, index)
    if days is None:
        return None
    if days.meaning == "unclear":
        return Piece("stranger", index, days.end)
    if days.weak:  # bare letters are days only where hours follow, at the beginning of something
        follows = not before or before[-1].kind in ("comma", "span", "closed", "until", "only", "open", "opens_one")
        dash = said.at(days.end)
        if said.key(index) == "ב" and dash.kind == "dash" and dash.start == said.at(index).end:
            return None  # ב- 9-17
        opened = said.at(days.end).key == "("
        span_start = days.end + opened + (said.at(days.end).kind in ("colon", "dash"))
        if said.at(span_start).kind not in _NUMERIC and said.key(span_start) not in ("עד", "סגור", "בינ"):
            return None
        if not follows or _joins_windows(said, days, span_start, before):
            return None
        if before and before[-1].kind in ("open", "opens_one") and said.key(index) in ("ב", "ה", "ו"):
            return None
    return Piece("days", index, days.end, days=days)


def _joins_windows(said: Sentence, days: DayGroup, span_start: int, before: list[Piece]) -> bool:
    """The ו of "8-12 ו 16-19" is no Friday."""
    if days.days != (5,) or not before or before[-1].span is None:
        return False
    following = clock_at(said, span_start)
    return following is not None and following.minute >= before[-1].span.closes.minute


def _hours_piece(said: Sentence, index: int) -> Piece | None:
    token = said.tokens[index]
    verb = token.key in OPENS or token.key in CLOSES
    until = token.key in ("עד", "ועד", "until", "till")
    if not (verb or until or token.kind in _NUMERIC or token.entry is not None):
        return None
    if not (verb or until):
        span = span_at(said, index)
        if span is not None:
            if span.opens.plain and span.closes.plain and _is_noun_behind(said, span.end):
                return Piece("stranger", index, span.end)
            return Piece("span", index, span.end, span=span)
        clock = clock_at(said, index)
        if clock is not None and clock.prefix in ("מ", "ומ") and not _is_amount(said, clock):
            return Piece("from", index, clock.end, clock=clock)
        return Piece("stranger", index, clock.end) if clock is not None and token.kind in _NUMERIC else None
    clock = clock_at(said, index + 1 + (verb and said.key(index + 1) == "לעבוד"))
    noun = token.key.endswith(("פתיחה", "סגירה"))
    if clock is None or _is_amount(said, clock) or (verb and not noun and clock.prefix not in ("ב", "מ")):
        return None
    if verb and clock.prefix == "מ" and token.key in CLOSES:
        return None
    return Piece("from" if token.key in OPENS else "until", index, clock.end, clock=clock)


def _is_amount(said: Sentence, clock: Clock) -> bool:
    return is_counted(said, clock.end, clock) or (clock.plain and _is_noun_behind(said, clock.end))


def _is_noun_behind(said: Sentence, index: int) -> bool:
    """A plural behind a bare number: what it counts."""
    token = said.at(index)
    known = (
        token.key in PLAIN or token.key in SERVICES or token.key in _WORDS or token.key in OPENS or token.key in CLOSES
    )
    return (
        token.kind == "word"
        and token.entry is None
        and not known
        and len(token.key) > 3  # a word as short as מים or אות is none
        and token.key.endswith(("ימ", "ות"))
    )
