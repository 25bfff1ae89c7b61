"""The random choices of one schedule: what several processes ask for on one hot day of one business.

Three acts: an opening that fills the day a little, a contest, and an encore that repeats what was left unanswered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count
from random import Random

from tests.booking.schedules.asks import Ask, Death, Moment, Told, What
from tests.booking.schedules.places import NOW, Place

Work = list[list[Ask]]
PROCESSES = 4
PHONES = tuple(f"052-000-014{digit}" for digit in range(4))  # few: the customers' rows are contended for as well
DEATHS = {
    Moment.BEFORE_STATEMENT: range(1, 21),
    Moment.BEFORE_WRITE: range(1, 3),
    Moment.AFTER_WRITE: range(1, 3),
    Moment.BEFORE_ANSWER: range(1, 2),
}
LONG_AGO = timedelta(seconds=100)  # longer than any hold lasts


@dataclass
class Script:
    number: int
    seed: int
    place: Place
    day: date
    foreign: int  # an appointment of somebody else's business; 0 if there is none yet
    is_race: bool = field(init=False)

    def __post_init__(self) -> None:
        self._random = Random(f"{self.seed}:{self.number}")
        self._serial = count(1)
        self.is_race = self._maybe(0.3)

    def opening(self) -> Work:
        return [[self._opening_ask()] for _ in range(self._random.randint(1, PROCESSES))]

    def contest(self, opened: Sequence[Told]) -> tuple[Work, Mapping[int, int]]:
        """What each process asks, and which of them are killed from outside after how many answers."""
        return (self._race(opened), {}) if self.is_race else self._turmoil(opened)

    def encore(self, told: Sequence[Told]) -> Work:
        """Everything unanswered once more, now and then by two at once; and some keys that had their answer.

        A booking without a key is not sent again: nobody could tell it from a second wish for the same time.
        """
        ids = {one.ask.tag: one.appointment_id for one in told if one.answer}
        again = []
        for one in told:
            is_named = one.ask.what is not What.CREATE or one.ask.key or one.ask.call_sid
            if one.answer is None and is_named:
                again.append(replace(one.ask, death=None, target=_known(one.ask.target, ids)))
                again += again[-1:] * self._maybe(0.5)
            elif one.answer and one.ask.what is What.CREATE and is_named and self._maybe(0.2):
                again.append(replace(one.ask, death=None))
        return [again[process::PROCESSES] for process in range(PROCESSES) if again[process::PROCESSES]]

    # --- one ask -------------------------------------------------------------------------------------
    def _opening_ask(self) -> Ask:
        if self._maybe(0.6):
            return self._create()
        hold = self._hold()
        return replace(hold, now=hold.now - LONG_AGO) if self._maybe(0.4) else hold

    def _create(self) -> Ask:
        tag = self._tag()
        named = self._random.choice([{}, {"key": f"key-{tag}"}, {"key": f"key-{tag}"}, {"call_sid": f"CA{tag}"}])
        return self._wish(tag, What.CREATE, phone=self._random.choice(PHONES), **named)

    def _hold(self) -> Ask:
        tag = self._tag()
        return self._wish(tag, What.HOLD, call_sid=f"CA{tag}")

    def _wish(self, tag: str, what: What, **named: str) -> Ask:
        service = self._random.choice(list(self.place.needs))
        resource = None
        if self._maybe(0.3):
            resource = self._random.choice(self.place.chairs_for(service, None)).slug
        start = self._start()
        return Ask(what, tag, self.place.business.pk, NOW, start, service, resource, **named)  # type: ignore[arg-type]  # names of text fields only

    def _start(self) -> datetime:
        """Nearly always one of the hot starts; else one that no rule allows, or that only some chairs do."""
        minute = self._random.choice(self.place.hot)
        if self._maybe(0.05):
            minute += self._random.choice([7, -240, self.place.step // 2])
        return self.place.at(self.day, minute)

    def _tag(self) -> str:
        return f"{self.number}-{next(self._serial)}"

    def _maybe(self, chance: float) -> bool:
        return self._random.random() < chance

    # --- a race: one time, everybody at once -----------------------------------------------------------
    def _race(self, opened: Sequence[Told]) -> Work:
        first = self._create()
        holds = [one.ask for one in opened if one.ask.what is What.HOLD and one.answer and one.answer["ok"]]
        holds = [hold for hold in holds if hold.now == NOW]
        racers = []
        if holds and self._maybe(0.5):
            hold = self._random.choice(holds)
            first = replace(first, start=hold.start, service=hold.service, resource=hold.resource)
            if self._maybe(0.7):
                racers.append(replace(first, call_sid=hold.call_sid, key=""))
        while len(racers) < PROCESSES:
            twin = bool(racers and racers[-1].key and self._maybe(0.2))
            one = racers[-1] if twin else self._create()
            racers.append(replace(one, start=first.start, service=first.service, resource=first.resource))
        self._random.shuffle(racers)
        return [[racer] for racer in racers]

    # --- turmoil: everything at once ---------------------------------------------------------------------
    def _turmoil(self, opened: Sequence[Told]) -> tuple[Work, Mapping[int, int]]:
        booked = [one.appointment_id for one in opened if one.appointment_id]
        calls = [one.ask for one in opened if one.ask.what is What.HOLD and one.answer and one.answer["ok"]]
        self._random.shuffle(calls)
        work: Work = [[] for _ in range(self._random.randint(2, PROCESSES))]
        for asks in work:
            for _ in range(self._random.randint(1, 2)):
                asks += self._scene(asks, booked, calls)
        self._send_one_to_two(work)
        return self._kill_somebody(work)

    def _scene(self, before: Sequence[Ask], booked: Sequence[int], calls: list[Ask]) -> list[Ask]:
        """One ask, or a hold and what comes of it. A call that goes on belongs to one process."""
        dice = self._random.random()
        own = [ask.tag for ask in before if ask.what is What.CREATE]
        targets: list[int | str] = [*booked, *booked, *own]
        if dice < 0.3 and targets:
            return [self._change(self._random.choice(targets))]
        if dice < 0.33 and self.foreign:
            return [self._change(self.foreign)]
        if dice < 0.5 and calls:
            return [self._goes_on(calls.pop())]
        if dice < 0.65:
            return [hold := self._hold(), self._goes_on(hold)]
        return [self._create()]

    def _change(self, target: int | str) -> Ask:
        ask = replace(self._wish(self._tag(), What.MOVE), service=None, resource=None, target=target)
        return ask if self._maybe(0.6) else replace(ask, what=What.CANCEL)

    def _goes_on(self, hold: Ask) -> Ask:
        """The caller takes the time that is held, asks for another one, or wants none."""
        tag, dice = self._tag(), self._random.random()
        if dice < 0.6:
            return replace(hold, tag=tag, what=What.CREATE, now=NOW, phone=self._random.choice(PHONES))
        if dice < 0.8:
            return replace(hold, tag=tag, now=NOW, start=self._start())
        return replace(hold, tag=tag, what=What.RELEASE, now=NOW)

    def _send_one_to_two(self, work: Work) -> None:
        """A request that is sent again before it was answered."""
        one, other = self._random.sample(work, 2)
        keyed = [ask for ask in one if ask.what is What.CREATE and ask.key]
        if keyed and self._maybe(0.3):
            other.append(self._random.choice(keyed))

    def _kill_somebody(self, work: Work) -> tuple[Work, Mapping[int, int]]:
        if self._maybe(0.5):
            asks = self._random.choice(work)
            position, moment = self._random.randrange(len(asks)), self._random.choice(list(DEATHS))
            asks[position] = replace(asks[position], death=Death(moment, self._random.choice(DEATHS[moment])))
        if self._maybe(0.2):
            return work, {self._random.randrange(len(work)): self._random.randint(0, sum(map(len, work)) - 1)}
        return work, {}


def _known(target: int | str, ids: Mapping[str, int]) -> int:
    return ids.get(target, 0) if isinstance(target, str) else target
