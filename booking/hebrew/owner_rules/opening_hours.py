"""Opening hours in a prompt: which hours belong to which days, and what of it speaks of the business as it is now.

Precision first: hours count where a day or an opening word leads to them with nothing unknown in between, and nothing
in the sentence speaks of another time, another house or a condition.
"""

from dataclasses import dataclass, field

from booking.hebrew.owner_rules.days import DayGroup
from booking.hebrew.owner_rules.doubts import has_loose_exception, heads_a_season
from booking.hebrew.owner_rules.pieces import Piece, pieces_of
from booking.hebrew.owner_rules.prompt import Sentence
from booking.hebrew.owner_rules.relevance import HOURS, MATERIAL, spoken_of_us
from booking.hebrew.owner_rules.timetable import Timetable, Words
from booking.hebrew.owner_rules.windows import Span

# Hours behind one of these belong to no days before it.
_BARRIERS = frozenset(("stranger", "unreal", "other", "now"))
# Opening words: hours right behind one need no day.
_LEADS = frozenset(("open", "opens_one", "appointments"))


def read_hours(said: Sentence, timetable: Timetable) -> None:
    """Adds what this sentence says about opening hours."""
    pieces = pieces_of(said)
    if heads_a_season(said, pieces):
        timetable.is_of_a_season = True
        return
    if timetable.is_of_a_season and any(piece.kind in MATERIAL for piece in pieces):
        return
    timetable.is_of_a_season = False
    told = any(token.kind in ("digits", "clock") or token.entry is not None for token in said.tokens)
    if said.is_question or not told:
        return
    alive = spoken_of_us(said, pieces)
    timetable.is_doubtful |= has_loose_exception(said, alive)
    by_night = any(token.is_a("part") and token.base in ("לילה", "ערב") for token in said.tokens)
    for run in _runs(alive):
        _Run(said, run, timetable, by_night=by_night).read()


def _runs(pieces: list[Piece]) -> list[list[Piece]]:
    runs: list[list[Piece]] = [[]]
    for piece in pieces:
        if piece.kind in _BARRIERS:
            runs.append([])
        else:
            runs[-1].append(piece)
    return [run for run in runs if any(piece.kind in MATERIAL for piece in run)]


@dataclass(slots=True)
class _Unit:
    """A piece that hours are made of, with what stood before it since the last one."""

    piece: Piece
    comma: bool = False
    led: bool = False  # an opening word right before
    refused: bool = False  # לא right before
    fixed: bool = False  # a correction before
    also: bool = False
    only: bool = False
    used: bool = False
    at: int = 0  # its place in the run
    parts: list[DayGroup] = field(default_factory=list)  # a list of days, cut at its commas

    @property
    def kind(self) -> str:
        return self.piece.kind


class _Run:
    """Pieces with nothing foreign between them: days find their hours here."""

    def __init__(self, said: Sentence, pieces: list[Piece], timetable: Timetable, *, by_night: bool) -> None:
        self.said = said
        self.timetable = timetable
        self.units = _joined(self._units(pieces))
        for at, unit in enumerate(self.units):
            unit.at = at
        self.by_night = by_night

    def _units(self, pieces: list[Piece]) -> list[_Unit]:
        units: list[_Unit] = []
        waiting = _Unit(pieces[0])  # gathers what stands before the next one; its piece is not known yet
        for piece in pieces:
            if piece.kind in MATERIAL:
                waiting.piece = piece
                if piece.days is not None:
                    waiting.parts = [piece.days]
                units.append(waiting)
                waiting = _Unit(piece)
            elif piece.kind == "comma":
                waiting.comma, waiting.led = True, False
            elif piece.kind in _LEADS:
                waiting.led = True
            else:
                waiting.refused |= piece.kind == "not"
                waiting.fixed |= piece.kind == "fix"
                waiting.also |= piece.kind == "also"
                waiting.only |= piece.kind == "only"
        self.trailing_only = waiting.only
        return units

    def read(self) -> None:
        """Binds in order: days and what follows them, hours and the days behind, what is closed; then the rest."""
        self._bind_leading_hours()
        for at, unit in enumerate(self.units):
            if unit.kind in ("days", "except") and not unit.used:
                self._bind(at)
        for at, unit in enumerate(self.units):
            if not unit.used:
                self._place_alone(at)

    def _unit(self, at: int) -> _Unit | None:
        return self.units[at] if 0 <= at < len(self.units) else None

    def _is(self, at: int, kinds: frozenset[str] | str, *, close: bool) -> bool:
        """Whether an unused unit of a kind stands there; `close`: no comma between it and the one before."""
        unit = self._unit(at)
        fits = (
            unit is not None
            and not unit.used
            and (unit.kind == kinds if isinstance(kinds, str) else unit.kind in kinds)
        )
        return fits and unit is not None and not (close and unit.comma)

    def _bind_leading_hours(self) -> None:
        """ "9-19 א-ה, 8-13 שישי": hours before their days, where no hours follow those without a comma."""
        for at, unit in enumerate(self.units):
            if unit.kind != "days" or unit.used or not self._is(at - 1, "span", close=False) or unit.comma:
                continue
            before = self._unit(at - 2)
            taken = before is not None and before.kind == "days" and not before.used and not self.units[at - 1].comma
            followed = self._is(at + 1, HOURS | {"closed"}, close=True) and not self._leads_on(at + 1)
            if taken or (followed and len(unit.parts) == 1):
                continue
            if followed:  # "9-17 א-ה, ו 9-13"
                self._state(_Unit(unit.piece, parts=unit.parts[:-1]), self._hours_before(at))
                unit.parts = unit.parts[-1:]
            else:
                self._state(unit, self._hours_before(at))

    def _bind(self, at: int) -> None:
        unit = self.units[at]
        following = at + 1
        while self._is(following, "except", close=False) and not self._is(following + 1, HOURS, close=True):
            following += 1
        while unit.kind == "days" and self._is(following, "except", close=False):
            following += 1
        if unit.kind == "except" and not self._is(following, HOURS, close=True):
            self._close(unit)
        elif self._is(following, HOURS, close=True):
            if len(unit.parts) > 1 and self._is(at - 1, "closed", close=False) and not unit.comma:
                self.units[at - 1].used = True  # "closed on Saturday, Friday 9-13"
                self._close(_Unit(unit.piece, parts=unit.parts[:-1]))
                unit.parts = unit.parts[-1:]
            elif self._is(at - 1, "closed", close=False) and not unit.comma:
                self._refuse(at, following)
                return
            self._state(unit, self._hours_from(following))
        elif self._is(following, "closed", close=True):
            self._close_with(unit, following)
        elif self._is(at - 1, "closed", close=False) and not unit.comma:
            self.units[at - 1].used = True
            self._close_with(unit, at - 1)
        elif self._is(following, "span", close=False):
            self._state(unit, self._hours_from(following))
        elif self._is(at - 1, "span", close=False):
            self._state(unit, self._hours_before(at))

    def _hours_before(self, at: int) -> list[_Unit]:
        """The hours that lead to these days: "9-13, 16-20 every day"."""
        first = at - 1
        while self._is(first - 1, "span", close=False):
            first -= 1
        return self.units[first:at]

    def _refuse(self, at: int, following: int) -> None:
        """ "Not open on Fridays 9-13": these hours, if any, are taken out."""
        self.units[at - 1].used = self.units[at].used = True
        if self.units[following].kind == "span":
            self._pause(following, self.units[at].parts)
        self.units[following].used = True

    def _leads_on(self, at: int) -> bool:
        """Whether the hours there belong to the days behind them, which have no others."""
        days = self._is(at, "span", close=False) and self._is(at + 1, "days", close=True)
        return days and not self._is(at + 2, HOURS | {"closed"}, close=True)

    def _hours_from(self, at: int) -> list[_Unit]:
        """The hours that begin here, as far as they belong to the same days."""
        hours = [self.units[at]]
        at += 1
        while hours[-1].kind == "span" and self._is(at, "span", close=False):
            if self._leads_on(at):
                break
            hours.append(self.units[at])
            at += 1
        return hours

    def _close_with(self, unit: _Unit, at: int) -> None:
        """Closed days; with hours beside the word, closed for these hours only."""
        self.units[at].used = unit.used = True
        span_at = max(at, unit.at) + 1
        if self._is(span_at, "span", close=True):
            self._pause(span_at, unit.parts)
        else:
            self._close(unit)

    def _close(self, unit: _Unit) -> None:
        unit.used = True
        for part in unit.parts:
            self.timetable.close(part, self._words(unit))

    def _pause(self, at: int, parts: list[DayGroup]) -> None:
        self.units[at].used = True
        span = self.units[at].piece.span
        days = tuple(day for part in parts for day in part.days)
        if span is not None:
            self.timetable.pause(span, days or None, self._words(self.units[at]))

    def _state(self, unit: _Unit, hours: list[_Unit]) -> None:
        unit.used = True
        for one in hours:
            one.used = True
        if unit.refused and not any(one.fixed for one in hours):
            return
        clock = hours[0].piece.clock
        words = (min(unit.piece.start, hours[0].piece.start), max(unit.piece.end, hours[-1].piece.end))
        only = (unit.only or self.units[0].only or self._ends_in_only(hours[-1])) and clock is None
        also = unit.also or hours[0].also
        every = [part for part in unit.parts if part.meaning == "every"]
        for part in every or unit.parts:
            if clock is not None:
                self.timetable.bound(part, clock, opens=hours[0].kind == "from", words=self._quote(*words))
            else:
                self.timetable.open(part, _kept(hours), self._quote(*words), also=also, by_night=self.by_night)
        self.timetable.only |= only

    def _ends_in_only(self, last: _Unit) -> bool:
        following = self._unit(last.at + 1)
        return self.trailing_only if following is None else following.only and not following.comma

    def _place_alone(self, at: int) -> None:
        """Hours without a day: a pause, a correction, or the hours of a business that names no days."""
        unit = self.units[at]
        if unit.kind in ("pause", "closed") and self._is(at + 1, "span", close=True):
            unit.used = True
            self._pause(at + 1, [])
        elif unit.kind == "span" and unit.piece.span is not None and not unit.refused:
            unit.used = True
            before = self._unit(at - 1)
            following = self._unit(at + 1)
            if unit.led or (following is not None and following.kind == "except"):
                hours = [unit, *self._hours_from(at)[1:]] if self._is(at + 1, "span", close=False) else [unit]
                for one in hours:
                    one.used = True
                words = self._quote(unit.piece.start, hours[-1].piece.end)
                self.timetable.open(None, _kept(hours), words, also=unit.also, by_night=self.by_night)
                self.timetable.only |= unit.only or self._ends_in_only(hours[-1])
            elif (before is not None and before.kind == "pause") or self._is(at + 1, "closed", close=True):
                self._pause(at, [])

    def _words(self, unit: _Unit) -> Words:
        return self._quote(unit.piece.start, unit.piece.end)

    def _quote(self, start: int, end: int) -> Words:
        first, last = self.said.clauses[start][0], self.said.clauses[end - 1][1]
        return self.said.tokens[first].start, self.said.tokens[last - 1].end


def _kept(hours: list[_Unit]) -> list[Span]:
    """The windows that stand: a correction takes back those before it, a refused one never counts."""
    kept: list[Span] = []
    for unit in hours:
        if unit.fixed:
            kept = []
        if unit.piece.span is not None and not unit.refused:
            kept.append(unit.piece.span)
    return kept


def _joined(units: list[_Unit]) -> list[_Unit]:
    """Lists of days as one unit; "from nine" and "until five" as one span."""
    joined: list[_Unit] = []
    for unit in units:
        last = joined[-1] if joined else None
        if last is not None and last.kind == unit.kind == "days" and not unit.refused and not unit.fixed:
            last.parts += unit.parts
            last.piece = Piece("days", last.piece.start, unit.piece.end, days=last.piece.days)
        elif last is not None and last.kind == "from" and unit.kind == "until":
            opens, closes = last.piece.clock, unit.piece.clock
            if opens is not None and closes is not None:
                span = Span(opens, closes, unit.piece.end, dashed=False)
                last.piece = Piece("span", last.piece.start, unit.piece.end, span=span)
                last.led = True  # "we open at nine" is an opening word of its own
        else:
            joined.append(unit)
    return joined
