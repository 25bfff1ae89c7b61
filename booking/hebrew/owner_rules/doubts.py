"""What makes hours doubtful: an exception that cuts no whole day, a heading that gives them to a season."""

from itertools import pairwise

from booking.hebrew.owner_rules.pieces import Piece
from booking.hebrew.owner_rules.prompt import Sentence
from booking.hebrew.owner_rules.relevance import HOURS, is_season
from booking.hebrew.owner_rules.words import EXCEPT, PAUSE, SEASON
from booking.hebrew.phrases import words_in

_UNSURE = words_in("זמנית בערך להודעה")
_DAYTIME = frozenset(("morning", "noon", "afternoon", "evening"))


def heads_a_season(said: Sentence, pieces: list[Piece]) -> bool:
    """Whether the line is a heading such as "summer hours"."""
    kinds = {piece.kind for piece in pieces}
    return kinds <= {"open", "unreal", "comma"} and any(is_season(said, piece) for piece in pieces)


def has_loose_exception(said: Sentence, pieces: list[Piece]) -> bool:
    """Whether something is closed that weekdays and hours do not tell: Friday evenings, the last Sunday of a month."""
    if any(token.key in EXCEPT and _excepts_a_part(said, at + 1) for at, token in enumerate(said.tokens)):
        return True
    if any(piece.kind == "span" for piece in pieces) and any(token.key in _UNSURE for token in said.tokens):
        return True
    bounds = [-1, *(at for at, piece in enumerate(pieces) if piece.kind == "comma"), len(pieces)]
    for first, last in pairwise(bounds):
        clause = pieces[first + 1 : last]
        kinds = [piece.kind for piece in clause]
        for at, piece in enumerate(clause):
            if piece.kind not in ("closed", "except"):
                continue
            led = "days" in kinds[:at] and "stranger" in kinds[kinds.index("days") : at]
            if led and not HOURS & set(kinds[:at]):
                return True
            start = clause[at - 1].end if at else said.clauses[piece.start][0]
            following = clause[at + 1] if at + 1 < len(clause) else None
            if following is not None and following.kind == "days" and not HOURS & set(kinds):
                following = clause[at + 2] if at + 2 < len(clause) else None
            end = following.start if following is not None else said.clauses[piece.start][1]
            timed = following is not None and following.kind in HOURS
            if not timed and any(_is_part_of_a_day(said, one, pieces) for one in range(start, end)):
                return True
    return False


def _excepts_a_part(said: Sentence, index: int) -> bool:
    """Whether "except" is followed by a part of day or a break: "but for noon"."""
    for at in range(index, index + 3):
        token = said.at(at)
        by_day = token.is_a("part") and token.entry is not None and token.entry.text in _DAYTIME
        if by_day or token.is_a("month") or token.key in SEASON or token.key.lstrip("מבה") in PAUSE:
            return True
    return False


def _is_part_of_a_day(said: Sentence, index: int, pieces: list[Piece]) -> bool:
    """A part of opening hours (no night) that belongs to no hour."""
    token = said.at(index)
    by_day = token.is_a("part") and token.entry is not None and token.entry.text in _DAYTIME
    return by_day and not any(piece.start <= index < piece.end for piece in pieces)
