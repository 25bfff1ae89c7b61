"""The hours that a prompt states, gathered from its sentences: later words override, breaks are cut out."""

from datetime import time

from booking.hebrew.normalize import Normalized
from booking.hebrew.owner_rules.days import DayGroup
from booking.hebrew.owner_rules.values import DAYS_NOT_NAMED, Rule, Window
from booking.hebrew.owner_rules.windows import Clock, Span, until_after, window_of

Words = tuple[int, int]  # from and to in the normalised prompt: the clauses that a statement was read from
_Hours = list[tuple[int, int]]  # minutes from and until
_SABBATH_ENDS = 16 * 60  # never earlier
_EVERY = tuple(range(7))


class Timetable:
    """Windows by weekday in minutes; `None` days until it is known which the others are."""

    def __init__(self) -> None:
        self.only = False
        self.is_of_a_season = False  # the lines being read stand below "summer hours"
        self.is_doubtful = False  # an exception was said that no hours can be cut by
        self._days: dict[int, _Hours] = {}
        self._unnamed: set[int] = set()
        self._others: _Hours | None = None  # "the other days"; empty: closed
        self._dayless: _Hours | None = None
        self._last: _Hours | None = None  # what "until two" goes by
        self._pauses: list[tuple[tuple[int, ...] | None, tuple[int, int]]] = []
        self._waiting: list[tuple[DayGroup, Clock, Words]] = []
        self._words: list[Words] = []

    def open(self, group: DayGroup | None, spans: list[Span], words: Words, *, also: bool, by_night: bool) -> None:
        """Days and their windows; without days they are the business's hours in general."""
        hours: _Hours = []
        for span in spans:
            window = window_of(span, hours[-1][1] if hours else None, by_night=by_night)
            if window is None:
                return
            if group is not None and group.at_night and window[0] < _SABBATH_ENDS:
                return
            hours.append(window)
        if not hours or any(late < early_end for (_, early_end), (late, _) in zip(hours, hours[1:], strict=False)):
            return
        self._note(words)
        if group is None:
            self._dayless = self._last = hours
        elif group.meaning == "others":
            self._others = hours
        elif group.meaning != "holidays":
            self._last = hours
            for day in group.days:
                extended = also and day in self._days and self._days[day] and self._days[day][-1][1] <= hours[0][0]
                self._set(day, [*self._days[day], *hours] if extended else hours, named=group.meaning == "named")

    def bound(self, group: DayGroup, clock: Clock, *, opens: bool, words: Words) -> None:
        """ "Until two" on some days: the opening is that of the hours before; "from noon": the day's own closing."""
        if group.meaning == "holidays" or (group.meaning == "others" and self._last is None):
            return
        if opens:
            self._open_later(group, clock, words)
            return
        if self._last is None and self._dayless is None:
            self._waiting.append((group, clock, words))
            return
        for day in group.days:
            basis = self._days.get(day) or self._last or self._dayless or []
            kept = [window for window in basis if window[0] < (until_after(window[0], clock) or 0)]
            until = until_after(kept[0][0], clock) if kept else None
            if until is None:
                continue
            kept = [window for window in basis if window[0] < until]
            self._set(day, [*[(a, min(b, until)) for a, b in kept[:-1]], (kept[-1][0], until)], named=True)
            self._note(words)

    def _open_later(self, group: DayGroup, clock: Clock, words: Words) -> None:
        for day in group.days:
            hours = self._days.get(day)
            if hours and len(hours) == 1:
                closes = hours[0][1]
                start = clock.minute if clock.minute >= 7 * 60 or not clock.bare else clock.minute + 720
                if start < closes:
                    self._set(day, [(start, closes)], named=True)
                    self._note(words)

    def close(self, group: DayGroup, words: Words) -> None:
        """Days on which nothing is open."""
        if group.meaning == "others":
            self._others, self.only = [], True
            return
        for day in group.days:
            self._set(day, [], named=True)
        if group.days:
            self._note(words)

    def pause(self, span: Span, days: tuple[int, ...] | None, words: Words) -> None:
        """Hours in the middle that are closed."""
        window = window_of(span, None, by_night=False)
        if window is not None:
            self._pauses.append((days, window))
            self._note(words)

    def rule(self, prompt: Normalized) -> tuple[Rule | None, frozenset[int]]:
        """The opening hours, quoted from the prompt, and the weekdays meant without being named."""
        if self.is_doubtful:
            return None, frozenset()
        for group, clock, words in self._waiting:
            self._last = self._last or self._others
            if self._last:
                self.bound(group, clock, opens=False, words=words)
        days, unnamed = dict(self._days), set(self._unnamed)
        if self._others:
            unnamed |= set(_EVERY) - set(days)
            days |= {day: self._others for day in _EVERY if day not in days}
        value: dict[int, tuple[Window, ...]] = {day: self._windows(day, days[day]) for day in sorted(days)}
        if self._dayless and len(days) < 7:
            value[DAYS_NOT_NAMED] = self._windows(None, self._dayless)
        if not value:
            return None, frozenset()
        quote = " … ".join(prompt.quote(*words).strip() for words in _merged(self._words))
        return Rule("opening_hours", value, quote), frozenset(unnamed)

    def _set(self, day: int, hours: _Hours, *, named: bool) -> None:
        self._days[day] = hours
        if named:
            self._unnamed.discard(day)
        else:
            self._unnamed.add(day)

    def _note(self, words: Words) -> None:
        self._words.append(words)

    def _windows(self, day: int | None, hours: _Hours) -> tuple[Window, ...]:
        for days, (start, end) in self._pauses:
            if days is not None and day not in days:
                continue
            cut: _Hours = []
            for opens, closes in hours:
                inside = opens < start and end < closes
                cut += [(opens, start), (end, closes)] if inside else [(opens, closes)]
            hours = cut
        return tuple((_time(opens), _time(closes)) for opens, closes in hours)


def _time(minute: int) -> time:
    return time(minute % (24 * 60) // 60, minute % 60)


def _merged(words: list[Words]) -> list[Words]:
    """The clauses in the order of the prompt, each once; one that holds another swallows it."""
    kept: list[Words] = []
    for start, end in sorted(set(words), key=lambda one: (one[0], -one[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept
