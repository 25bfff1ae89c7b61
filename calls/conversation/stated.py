"""Prices and opening hours as the assistant states them, held against what the business states. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal

from booking.hebrew.claims import Claim, days_of, moments_in
from booking.hebrew.lexicon import FORMS
from booking.hebrew.normalize import fold, normalize
from booking.hebrew.owner_rules import DAYS_NOT_NAMED, read_rules
from booking.hebrew.resolve import weekday_of
from booking.hebrew.stated import stated_numbers
from calls.conversation import corrections
from calls.conversation.events import CallFacts

_WORD = re.compile(r"[א-ת]+")
_PREFIXES = ("", "ה", "ל", "ב", "ו", "וה", "ש", "של")
_ROUND_THE_CLOCK = re.compile("24/7|24 שעות|מסביב לשעון|עשרים וארבע שעות|בכל שעה")
_OPENS = frozenset(fold(word) for word in ("נפתח", "נפתחים", "פותחים", "נפתחת", "החל"))
_EVERY_DAY = ("כל יומ", "בכל יומ", "כל השבוע", "כל ימות השבוע")


class Prices:
    """Every price the business states, and further numbers of its own words."""

    def __init__(self, facts: CallFacts) -> None:
        self._names = {ident: _words(name) for ident, name in facts.services}
        self._prices = {ident: _sum(price) for ident, price in facts.known.prices if price}
        self._stated = {*self._prices.values(), *map(_sum, facts.known.numbers)}

    def state(self, text: str) -> None:
        """Numbers in what the server says are stated as well."""
        self._stated |= {_sum(number) for number in stated_numbers(text)}

    def correction(self, claim: Claim) -> str | None:
        """The truth, if the claim is not it."""
        named = self._named(claim.words)
        own = {self._prices[ident] for ident in named if ident in self._prices}
        said = [_sum(amount) for amount in claim.amounts]
        if all(amount in self._stated for amount in said) and (not own or own & set(said)):
            return None
        if len(own) == 1:
            return corrections.price(f"{own.pop():f}")
        known = set(self._prices.values())
        return corrections.price(f"{known.pop():f}") if len(known) == 1 else corrections.PRICE_UNKNOWN

    def _named(self, text: str) -> list[str]:
        """The services whose names stand in the words; not "haircut" where "children's haircut" does."""
        words = set(_words(text))
        found = {
            ident: set(name)
            for ident, name in self._names.items()
            if name and all(any(prefix + part in words for prefix in _PREFIXES) for part in name)
        }
        return [ident for ident, name in found.items() if not any(name < other for other in found.values())]


def _words(text: str) -> list[str]:
    return [fold(word) for word in _WORD.findall(normalize(text).text)]


def _sum(text: str) -> Decimal:
    return Decimal(text).normalize()


class Hours:
    """The business's week. `is_known` is false where it states none."""

    def __init__(self, facts: CallFacts) -> None:
        self._always = facts.known.open_24_7
        self._week = facts.known.hours
        self.is_known = self._always or len(self._week) == 7

    def closed_on(self, day: date) -> bool:
        """By the ordinary week; what is special about that day is not known here."""
        return self.is_known and not self._always and not self._week[weekday_of(day)]

    def closed_at(self, start: datetime) -> bool:
        """Whether the ordinary week has no such hour."""
        return self.is_known and not self._always and not self._holds(weekday_of(start.date()), start.time())

    def correction(self, claim: Claim, today: date) -> str | None:
        """The truth, if the claim is not it. Closed on a day that is open may be a holiday: that is for the caller."""
        if not self.is_known:
            return None
        days = [] if _ROUND_THE_CLOCK.search(claim.words) else _days_named(claim.words, today)
        if self._always:
            wrong = claim.negated or not self._is_round_the_clock(claim.words)
            return corrections.ALWAYS_OPEN if wrong else None
        if self._agrees(claim, days):
            return None
        return corrections.opening_hours(self._week, days)

    def _is_round_the_clock(self, words: str) -> bool:
        windows = [window for rule in (read_rules(words).get("opening_hours"),) if rule for window in rule.value]
        return bool(_ROUND_THE_CLOCK.search(words)) or not (windows or _clocks(words))

    def _agrees(self, claim: Claim, days: list[int]) -> bool:
        if _ROUND_THE_CLOCK.search(claim.words):
            return False
        rule = read_rules(claim.words).get("opening_hours")
        if claim.negated:
            return self._is_closed(days, _clocks(claim.words))
        if rule is not None and any(rule.value.values()):
            return all(self._has_windows(day, windows) for day, windows in rule.value.items())
        clocks = _clocks(claim.words)
        if clocks:
            return any(self._has_bound(day, clocks, claim.words) for day in days or range(7))
        return all(self._week[day] for day in days)

    def _is_closed(self, days: list[int], clocks: list[time]) -> bool:
        if clocks:
            each = days or range(7)
            return any(not self._holds(day, clock) for day in each for at in clocks for clock in _halves(at))
        return not any(self._week[day] for day in days)

    def _has_windows(self, day: int, windows: Iterable[tuple[time, time]]) -> bool:
        days = range(7) if day == DAYS_NOT_NAMED else (day,)
        return any(all(self._has_window(each, *window) for window in windows) for each in days)

    def _has_window(self, day: int, opens: time, closes: time) -> bool:
        return any(_same(opens, first) and _same(closes, last) for first, last in self._week[day])

    def _has_bound(self, day: int, clocks: list[time], words: str) -> bool:
        """Open until eight, from nine, at six."""
        folded = _words(words)
        if any(word in _OPENS for word in folded):
            return any(_same(clocks[0], opens) for opens, _ in self._week[day])
        if "עד" in folded or any(word.startswith(("סוגר", "נסגר")) for word in folded):
            return any(_same(clocks[-1], closes) for _, closes in self._week[day])
        return any(self._holds(day, clock) for clock in _halves(clocks[0]))

    def _holds(self, day: int, clock: time) -> bool:
        said = f"{clock:%H:%M}"
        for opens, closes in self._week[day]:
            if (opens <= said < closes) if opens < closes else (said >= opens or said < closes):
                return True
        return False


def _same(said: time, stated: str) -> bool:
    """The same hour on a clock's face."""
    hour, minute = int(stated[:2]), int(stated[3:])
    return (said.hour % 12, said.minute) == (hour % 12, minute)


def _halves(clock: time) -> tuple[time, time]:
    return clock, clock.replace(hour=(clock.hour + 12) % 24)


def _clocks(words: str) -> list[time]:
    found = []
    for moment in moments_in(words):
        for parts in (moment.clock, moment.until):
            if parts is not None and parts.hour is not None:
                late = parts.day_part in ("evening", "afternoon") and parts.hour < 12
                found.append(time((parts.hour + 12 * late) % 24, parts.minute or 0))
    return found


def _days_named(words: str, today: date) -> list[int]:
    """Weekdays (Sunday 0) that the words name, lists and "from … to …" included."""
    folded = _words(words)
    if any(phrase in " ".join(folded) for phrase in _EVERY_DAY):
        return list(range(7))
    found: list[int] = []
    span = False
    for word in folded:
        form = FORMS.get(word)
        if form is not None and form.entry.kind == "weekday":
            first = found[-1] + 1 if span and found and found[-1] < form.entry.value else form.entry.value
            found += range(first, form.entry.value + 1)
            span = False
        span = word == "עד" or span
    if not found:
        found = [weekday_of(day) for moment in moments_in(words) for day in days_of(moment, today)][:1]
    return found
