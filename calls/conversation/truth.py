"""What the assistant may say: each sentence is held against what this call did, and what the business states. Pure.

`Guard` keeps the books of the call and judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from booking.hebrew.claims import Claim, Moment, agrees, claims_in, days_of, moments_in
from booking.hebrew.phrases import words_in
from calls.conversation import corrections
from calls.conversation.clauses import all_agree, clauses, destination, is_named, is_timely, own_words
from calls.conversation.events import CallFacts
from calls.conversation.spoken import Sentences
from calls.conversation.stated import Hours, Prices

__all__ = ["Guard", "Sentences", "Verdict"]

_SWEEPING = words_in("שום השבוע החודש בכלל כלום מלאים הכל הכול לגמרי")  # of no single time
_REMINDER_SET = "[SERVER] reminder_set"
_ORDER = ("booked", "moved", "cancelled", "sent", "free", "price", "hours", "call_back")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A false claim, and the truth to be told; call_back has none: it is made true instead."""

    kind: str
    correction: str


@dataclass(frozen=True, slots=True)
class _Standing:
    start: datetime
    name: str


class Guard:
    """The ledger of one call. Starts are local "YYYY-MM-DD HH:MM"."""

    def __init__(self, facts: CallFacts) -> None:
        self._prices = Prices(facts)
        self._hours = Hours(facts)
        self._standing: list[_Standing] = []  # appointments that are there, as far as this call knows
        self._known: set[datetime] = set()  # which of them this call found there, and did not touch
        self._moved: list[datetime] = []
        self._cancelled: list[datetime] = []
        self._slots: dict[datetime, bool] = {}  # whether a time was found free
        self._last_free: bool | None = None  # of the time that was checked last
        self._will_call_back = False
        self._reminder = False  # one will be sent before the appointment
        self._said: list[frozenset[tuple[str, ...]]] = []  # clauses of each text of the server
        self.said_by_server(facts.greeting)

    # --- the books --------------------------------------------------------------------------------------
    def booked(self, start: str, name: str = "") -> None:
        """This appointment was made, in this call or in an earlier stream of it."""
        self._standing.append(_Standing(_start(start), name))

    def knows(self, start: str, name: str = "") -> None:
        """This appointment was there before the call."""
        found = _Standing(_start(start), name)
        if found in self._standing:
            return
        if all(each.start != found.start for each in self._standing):
            self._known.add(found.start)
        self._standing.append(found)

    def moved(self, start: str, was: str | None = None) -> None:
        """An appointment is at this time now. Without `was`, it is the only one that is known."""
        self._said.clear()
        left = _start(was) if was else self._standing[0].start if len(self._standing) == 1 else None
        name = next((each.name for each in self._standing if each.start == left), "")
        self._standing = [each for each in self._standing if each.start != left]
        self._standing.append(_Standing(_start(start), name))
        self._known = {each for each in self._known if each not in (left, _start(start))}
        self._moved.append(_start(start))

    def cancelled(self, start: str) -> None:
        """The appointment at this time is no more."""
        self._said.clear()
        self._standing = [each for each in self._standing if each.start != _start(start)]
        self._moved = [each for each in self._moved if each != _start(start)]
        self._cancelled.append(_start(start))

    def checked(self, start: str, free: bool) -> None:
        """The calendar was asked about this time."""
        if not start:
            return
        self._slots[_start(start)] = self._last_free = free

    def offered(self, starts: tuple[str, ...] | list[str]) -> None:
        """The calendar named these times as free."""
        self._slots |= {_start(start): True for start in starts}

    def will_call_back(self) -> None:
        """A person will get back to the caller."""
        self._will_call_back = True

    def said_by_server(self, text: str) -> None:
        """Words that the server worded, or a whole `[SERVER]` item: true when repeated."""
        self._reminder = self._reminder or text.startswith(_REMINDER_SET)
        words = own_words(text)
        if not words:
            return
        self._said.append(frozenset(clauses(words)))
        self._prices.state(words)

    @property
    def stands(self) -> str:
        """The start of the appointment that the caller has, as a correction names it; empty without one."""
        return f"{self._standing[-1].start:%Y-%m-%d %H:%M}" if self._standing else ""

    def stated_by_staff(self, text: str) -> None:
        """A note of the staff's to the assistant: its sums may be named, but it did nothing in the calendar."""
        self._prices.state(text)

    def done_here(self, today: date) -> str:
        """Where the appointment stands that was made, or set anew, in this call; empty if there is none."""
        done = self._done_here()
        return corrections.registered(done[-1].start, today) if done else ""

    # --- judging ----------------------------------------------------------------------------------------
    def doubts(self, words: str, today: date) -> bool:
        """Whether an unfinished sentence claims already what nothing in the ledger could back."""
        if self._begins_as_said(words):
            return False  # the server's own sentence, which is the usual case, and the cheap one
        claims = claims_in(words)
        return any(not self._may_be(claim) for claim in claims)

    def judge(self, sentence: str, today: date) -> Verdict | None:
        """None if the sentence claims nothing, or nothing false. The gravest false claim otherwise."""
        claims = claims_in(sentence)
        if not claims or self._repeats(sentence, claims):
            return None
        for claim in sorted(claims, key=lambda claim: _ORDER.index(claim.kind)):
            if (verdict := self._judge(claim, today)) is not None:
                return verdict
        return None

    def _judge(self, claim: Claim, today: date) -> Verdict | None:
        match claim.kind:
            case "booked" | "moved" | "cancelled":
                correction = self._deed(claim, today)
            case "sent":
                correction = None if claim.reminder and self._reminder else corrections.NOT_SENT
            case "free":
                correction = self._availability(claim, today)
            case "price":
                correction = self._prices.correction(claim)
            case "hours":
                correction = self._opening(claim, today)
            case "call_back":
                correction = None if self._will_call_back else ""
        return None if correction is None else Verdict(claim.kind, correction)

    def _may_be(self, claim: Claim) -> bool:
        """Whether the form alone can be true; what it is about may not have been said yet."""
        match claim.kind:
            case "booked":
                return bool(self._done_here() if claim.done else self._standing)
            case "moved":
                return bool(self._moved)
            case "cancelled":
                return bool(self._cancelled)
            case "sent":
                return self._reminder and claim.future
            case "free":
                if self._sweeps_aside(claim):
                    return False
                return (not claim.negated) in self._slots.values() or (claim.negated and self._hours.is_known)
        return True

    # --- deeds ------------------------------------------------------------------------------------------
    def _deed(self, claim: Claim, today: date) -> str | None:
        """The correction of a claim that something was booked, moved or cancelled; None if it was, as said."""
        moments = destination(moments_in(claim.words)) if claim.kind == "moved" else list(moments_in(claim.words))
        if claim.kind == "cancelled":
            if any(all_agree(moments, start, today) for start in self._cancelled):
                return None
            return corrections.cancelled(self._cancelled[-1], today) if self._cancelled else corrections.NOT_CANCELLED
        effects = [each for each in self._standing if claim.kind == "booked" or each.start in self._moved]
        if claim.done and claim.kind == "booked" and not moments:
            effects = self._done_here()  # "booked!" is news; one that was there is named by its time
        if not effects:
            return self._nothing_of(claim, today)
        agreeing = [each for each in effects if all_agree(moments, each.start, today)]
        if not agreeing:
            return corrections.registered(effects[-1].start, today)
        if any(is_named(claim.words, each.name) for each in agreeing):
            return None
        return corrections.registered(agreeing[-1].start, today, agreeing[-1].name)

    def _done_here(self) -> list[_Standing]:
        """What was made, or set anew, in this call."""
        return [each for each in self._standing if each.start not in self._known]

    def _nothing_of(self, claim: Claim, today: date) -> str:
        if self._standing:
            return corrections.registered(self._standing[-1].start, today)
        return corrections.NOT_BOOKED if claim.kind == "booked" else corrections.NOT_MOVED

    # --- free and taken ---------------------------------------------------------------------------------
    def _availability(self, claim: Claim, today: date) -> str | None:
        moments = moments_in(claim.words)
        free = not claim.negated
        if not moments:
            last = self._last_free
            if last is False and self._sweeps_aside(claim):
                return corrections.IS_TAKEN
            if last is None and self._slots and free:
                return None  # times were offered unasked
            if last is free:
                return None
            return corrections.NOT_CHECKED if last is None else corrections.IS_FREE if last else corrections.IS_TAKEN
        for moment in moments:
            if not self._was_found(moment, free=free, today=today):
                return self._as_found(moment, today)
        return None

    def _sweeps_aside(self, claim: Claim) -> bool:
        """Nothing at all is free, it says, though the calendar found something."""
        if not claim.negated or True not in self._slots.values() or moments_in(claim.words):
            return False
        return any(not _SWEEPING.isdisjoint(clause) for clause in clauses(claim.words))

    def _was_found(self, moment: Moment, *, free: bool, today: date) -> bool:
        answers = [is_free for start, is_free in self._slots.items() if agrees(moment, start, today)]
        if free and any(agrees(moment, each.start, today) for each in self._standing):
            return True  # their own appointment "stays" there
        if free or False in answers:
            whole_day = moment.clock is None and not free
            return free in answers and not (whole_day and True in answers)  # one that is taken does not fill a day
        return not answers and self._follows_from_hours(moment, today)

    def _follows_from_hours(self, moment: Moment, today: date) -> bool:
        """Whether the business has no such hours on that day anyway."""
        days = days_of(moment, today)
        if moment.clock is None or moment.clock.hour is None:
            return any(self._hours.closed_on(day) for day in days)
        hour, minute = moment.clock.hour % 12, moment.clock.minute or 0
        starts = [datetime.combine(day, time(at, minute)) for day in days for at in (hour, hour + 12)]
        meant = [start for start in starts if agrees(moment, start, today)]
        return bool(meant) and all(map(self._hours.closed_at, meant))

    def _as_found(self, moment: Moment, today: date) -> str:
        """What the calendar said of that time."""
        answers = [is_free for start, is_free in self._slots.items() if agrees(moment, start, today)]
        if not answers or moment.clock is None:
            return corrections.NOT_CHECKED
        return corrections.IS_FREE if answers[-1] else corrections.IS_TAKEN

    def _opening(self, claim: Claim, today: date) -> str | None:
        correction = self._hours.correction(claim, today)
        if correction is None or not claim.negated:
            return correction
        moments = [moment for moment in moments_in(claim.words) if moment.day is not None]
        if not moments and self._last_free is False:
            return None  # "that day is closed", of the time that was refused
        refused = [start for start, is_free in self._slots.items() if not is_free]
        known = moments and all(any(agrees(each, start, today) for start in refused) for each in moments)
        return None if known else correction

    # --- what the server said ---------------------------------------------------------------------------
    def _repeats(self, sentence: str, claims: tuple[Claim, ...]) -> bool:
        """Whether all that claims, and all that says when, are clauses of one text of the server."""
        telling = [clause for clause in clauses(sentence) if claims_in(" ".join(clause)) or is_timely(clause)]
        return bool(telling) and any(said.issuperset(telling) for said in self._said)

    def _begins_as_said(self, words: str) -> bool:
        """Whether every clause so far is the server's, the last one as far as it goes."""
        *whole, last = clauses(words) or [()]
        return any(
            said.issuperset(whole) and any(clause[: len(last) - 1] == last[:-1] for clause in said if last)
            for said in self._said
        )


def _start(text: str) -> datetime:
    return datetime.strptime(text[:16].replace("T", " "), "%Y-%m-%d %H:%M")  # noqa: DTZ007  # local wall time
