"""What of a sentence speaks of the business as it is now; everything else is turned into strangers."""

from itertools import pairwise

from booking.hebrew.owner_rules.pieces import Piece
from booking.hebrew.owner_rules.prompt import Sentence
from booking.hebrew.owner_rules.words import FIRST_PERSON, SEASON
from booking.hebrew.phrases import words_in

HOURS = frozenset(("span", "until", "from"))
MATERIAL = frozenset(("days", "except", "span", "until", "from", "closed", "pause"))
_OPENING = frozenset(("open", "opens_one"))
_ANEW = frozenset(("open", "now", "we"))
# Said of a business as well, or by ourselves: "a barber in Haifa who works"; not so "the mall that is open".
_OUR_VERBS = words_in(
    "פתוח פתוחה פעיל פעילה פועל פועלת עובד עובדת מקבל מקבלת קובע קובעת זמין זמינה שעובד שעובדת שמקבל שמקבלת שקובעת"
)
_PLACES_ARE = words_in("פתוחים פתוחות")  # said of courts and halls, hardly of people


def spoken_of_us(said: Sentence, pieces: list[Piece]) -> list[Piece]:
    """The pieces in order. A word of the past, of a condition or of another house condemns its clause and what
    follows.

    What follows is heard again from a clause that begins with ourselves ("…, we open") or with now ("but today").
    """
    dead, spoken = False, list[Piece]()
    clause_start, approved, told = 0, False, False
    for at, piece in enumerate(pieces):
        told = told or (piece.kind in MATERIAL and (piece.days is None or piece.days.meaning != "holidays"))
        if piece.kind == "comma":
            clause_start, approved = len(spoken) + 1, False
            anew = pieces[at + 1].kind if at + 1 < len(pieces) else ""
            # "In summer, we open", "in summer (July) we open": what follows hangs on it.
            hangs = anew != "now" and (not told or said.key(piece.start) in ("(", ")"))
            dead = dead and (hangs or anew not in _ANEW)
            told = told and dead
        elif piece.kind == "now":
            dead, clause_start, approved = False, len(spoken) + 1, False
        elif piece.kind in ("unreal", "other"):
            dead = True
            if _is_only_a_season(said, pieces, at):
                clause_start = 0  # "…, in summer": of all that was said before
            spoken[clause_start:] = [_stranger(one) for one in spoken[clause_start:]]
            clause_start = len(spoken)
        elif piece.kind in ("days", "span") and not dead and not approved:
            dead = _is_about_a_stranger(said, spoken[clause_start:])
            approved = piece.kind == "span" and not dead
        spoken.append(_stranger(piece) if dead else piece)
    return spoken


def is_season(said: Sentence, piece: Piece) -> bool:
    """Whether the piece names a time of the year: a season, a month, a date."""
    token = said.at(piece.start)
    return piece.kind == "unreal" and (token.key in SEASON or token.is_a("month") or token.kind == "date")


def _is_only_a_season(said: Sentence, pieces: list[Piece], at: int) -> bool:
    """Whether the clause of this piece has a time of the year and nothing else."""
    first, last = said.clauses[pieces[at].start]
    clause = [piece for piece in pieces if first <= piece.start < last]
    return is_season(said, pieces[at]) and all(piece.kind in ("unreal", "only") for piece in clause)


def _stranger(piece: Piece) -> Piece:
    return Piece("stranger", piece.start, piece.end) if piece.kind in MATERIAL else piece


def _is_about_a_stranger(said: Sentence, before: list[Piece]) -> bool:
    """Unknown words lead to the days: somebody's or some service's hours, unless they are called our own."""
    strangers = [one for one in before if one.kind == "stranger"]
    if not strangers:
        return False
    kinds = {one.kind for one in before}
    first_person = any(one.kind == "we" and said.key(one.start) in FIRST_PERSON for one in before)
    for earlier, verb in pairwise(() if first_person else before):
        if verb.kind == "opens_one" and earlier.kind == "stranger" and said.key(verb.start) not in _OUR_VERBS:
            return True  # the other doctor comes, the mall that is open
    if "we" in kinds or kinds & HOURS:
        return "opens_one" in kinds and before[0].kind == "stranger"
    place = said.key(strangers[0].start) if strangers[0].end == strangers[-1].start + 1 else ""
    if place.startswith("ה") and place.endswith(("ימ", "ות")):
        return not any(one.kind == "open" and said.key(one.start) in _PLACES_ARE for one in before)
    return not ("ours" in kinds and kinds & _OPENING)
