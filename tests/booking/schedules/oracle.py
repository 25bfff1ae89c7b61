"""Judges one finished schedule: what was acknowledged against what the database holds.

Told is what left a process before it went on; so the answer of a killed one is unknown, and its ask may or may not
have been carried out. Everything else must be exactly explained.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking import services
from booking.results import SlotsFound
from tests.booking.schedules import ledger
from tests.booking.schedules.asks import Ask, Told, What
from tests.booking.schedules.ledger import Stored
from tests.booking.schedules.places import DAY, NOW, WINDOW_DAYS, Chair, Place, Row

BY_THE_RULES = {"closed_day", "outside_hours", "off_grid"}
CHANGES = (What.MOVE, What.CANCEL)
HOLDS_ARE_OVER = timedelta(seconds=91)


@dataclass
class Oracle:
    place: Place
    day: date
    opening: Sequence[Told]
    contest: Sequence[Told]
    encore: Sequence[Told]
    is_race: bool

    def __post_init__(self) -> None:
        self.told = [*self.opening, *self.contest, *self.encore]
        self.rows = ledger.read(self.place, self.day, self.day)

    def judge(self) -> None:
        self._nobody_crashed()
        self._no_two_overlap()
        self._no_limit_is_passed()
        for row in self.rows.values():
            ledger.check_row(self.place, row)
            self._somebody_asked_for(row)
        for tag in {one.ask.tag for one in self.told}:
            self._one_request_one_answer([one for one in self.told if one.ask.tag == tag])
        for one in self.told:
            if one.answer and not one.answer["ok"]:
                self._refused_with_reason(one)
            elif one.answer and one.ask.what in CHANGES:
                assert one.appointment_id in self.rows, one
        if self.is_race:
            self._everybody_was_right_about_the_race()
        self._holds_hold()
        self._what_is_free_is_offered()

    # --- what is there, was asked for; what was acknowledged, is there ----------------------------------
    def _nobody_crashed(self) -> None:
        for one in self.told:
            assert "raised" not in (one.answer or {}), f"{one.ask}\n{(one.answer or {})['raised']}"

    def _no_two_overlap(self) -> None:
        live = [row for row in self.rows.values() if row.is_live]
        for number, one in enumerate(live):
            for other in live[:number]:
                apart = one.blocked_to <= other.blocked_from or other.blocked_to <= one.blocked_from
                assert one.chair != other.chair or apart, (one, other)

    def _no_limit_is_passed(self) -> None:
        taken = [row.chair for row in self.rows.values() if row.is_live and row.as_row().is_in_the_way(NOW)]
        assert self.place.limit is None or len(taken) <= self.place.limit, taken
        for chair in self.place.chairs:
            assert chair.limit is None or taken.count(chair.id) <= chair.limit, (chair, taken)

    def _somebody_asked_for(self, row: Stored) -> None:
        """Every change of the row has its acknowledgement, or an ask whose process died before it could tell."""
        if row.status == "held":
            return  # see `_holds_hold`
        asked = [one for one in self.told if one.ask.what is What.CREATE and one.ask.tag == row.name]
        assert asked, row
        assert row.starts("created") == [asked[0].ask.start], row
        assert row.service == asked[0].ask.service, row
        assert any(one.answer is None or one.appointment_id == row.id for one in asked), row
        moves = [one for one in self.told if one.ask.what is What.MOVE and one.appointment_id == row.id]
        cancels = [one for one in self.told if one.ask.what is What.CANCEL and one.appointment_id == row.id]
        lost = self._lost_changes()
        acknowledged: Counter[datetime | None] = Counter(
            _start(one) for one in moves if one.answer and one.answer["ok"]
        )
        moved = Counter(row.starts("rescheduled"))
        assert acknowledged.keys() <= {change.new for change in row.history}, (row, moves)
        assert moved - acknowledged <= Counter(ask.start for ask in lost if ask.what is What.MOVE), (row, moves)
        gone = any(one.answer and one.answer["ok"] for one in cancels)
        assert not gone or row.status == "cancelled", (row, cancels)
        assert row.status != "cancelled" or gone or any(ask.what is What.CANCEL for ask in lost), (row, cancels)
        [chair] = [chair for chair in self.place.chairs if chair.id == row.chair]
        assert self.place.keeps_hours(chair, row.service, row.start), row
        assert chair in self.place.chairs_for(row.service, None if moved else asked[0].ask.resource), row

    def _lost_changes(self) -> list[Ask]:
        return [one.ask for one in self.told if one.answer is None]

    def _one_request_one_answer(self, told: Sequence[Told]) -> None:
        """However often it was sent: one row at most, and the same answer under the same key.

        A call that asks again once its appointment was cancelled gets another one; one stands at most.
        """
        answers = [one.answer for one in told if one.answer]
        ask = told[0].ask
        if ask.what is not What.CREATE:
            return
        booked = {answer["appointment_id"] for answer in answers if answer["ok"]}
        named = [row for row in self.rows.values() if row.name == ask.tag]
        assert len([row for row in named if not ask.call_sid or row.is_live]) <= 1, named
        assert booked <= {row.id for row in named}, (told, named)
        for answer in answers:
            if answer["ok"]:
                start = datetime.fromisoformat(answer["start_iso"])
                ever = {change.new for row in named for change in row.history} if ask.call_sid else {ask.start}
                assert start in ever, told
            if ask.key:
                assert answer == answers[0], told

    # --- refusals ------------------------------------------------------------------------------------------
    def _refused_with_reason(self, one: Told) -> None:
        assert one.answer
        code = one.answer["error"]
        row = self.rows.get(one.appointment_id)
        if one.ask.what in CHANGES and row is None:
            assert code == "unknown_appointment", one
        elif code == "not_allowed":
            assert row is not None, one
            assert "cancelled" in row.kinds(), (one, row)
        elif code in BY_THE_RULES:
            assert not self.place.is_within_rules(*self._wish(one), _start(one)), one
        else:
            assert code == "slot_taken", one
            assert self._was_taken(one), (one, list(self.rows.values()))
            self._alternatives_are_true(one)

    def _wish(self, one: Told) -> tuple[str | None, str | None]:
        row = self.rows.get(one.appointment_id) if one.ask.what is What.MOVE else None
        return (row.service, None) if row else (one.ask.service, one.ask.resource)

    def _was_taken(self, one: Told) -> bool:
        """Whether all that ever stood in the way, taken together, leaves no chair free."""
        start, (service, resource) = _start(one), self._wish(one)
        return not any(
            self.place.keeps_hours(chair, service, start)
            and self.place.has_room(chair, service, start, list(self._ever(chair, one)))
            for chair in self.place.chairs_for(service, resource)
        )

    def _ever(self, chair: Chair, beside: Told) -> Iterator[Row]:
        """Every time any appointment or hold of this day has had that may have been with this chair."""
        own = beside.appointment_id if beside.ask.what is What.MOVE else 0
        for row in self.rows.values():
            for change in row.history:
                where = row.chair if row.kinds().count("rescheduled") == 0 else chair.id
                if change.new and row.id != own:
                    yield Row(row.id, where, change.new, *self.place.blocked(row.service, change.new))
        for one in self.told:
            held = one.ask.what is What.HOLD and (one.answer is None or one.answer["ok"])
            if held and one.ask.call_sid != beside.ask.call_sid:
                yield Row(0, chair.id, _start(one), *self.place.blocked(one.ask.service, _start(one)))

    def _alternatives_are_true(self, one: Told) -> None:
        """Two times, nearest first, that the rules allow and nothing that was there all the time rules out."""
        assert one.answer
        offered = [datetime.fromisoformat(slot["start_iso"]) for slot in one.answer["suggestions"]]
        wanted, (service, resource) = _start(one), self._wish(one)
        assert len(offered) == 2, one
        assert offered == sorted(set(offered) - {wanted}, key=lambda start: (abs(start - wanted), start)), one
        steady = [row for row in self._there_all_the_time() if row.id != one.appointment_id]
        for start in offered:
            assert self.place.is_bookable(service, resource, start, steady if one not in self.opening else [], NOW), one

    def _there_all_the_time(self) -> list[Row]:
        booked = {one.appointment_id for one in self.opening if one.ask.what is What.CREATE}
        return [row.as_row() for row in self.rows.values() if row.id in booked and row.kinds() == ["created"]]

    def _everybody_was_right_about_the_race(self) -> None:
        """Nothing changed after the time had been taken: the losers' alternatives are the nearest there are."""
        losers = [one for one in self.contest if one.answer and one.answer.get("error") == "slot_taken"]
        if not losers:
            return
        today = NOW.astimezone(self.place.zone).date()
        rows = ledger.read(self.place, today, today + WINDOW_DAYS * DAY).values()
        for one in losers:
            obstacles = [row.as_row() for row in rows if row.is_live and not _held_by(row, one.ask.call_sid)]
            wanted, wish = _start(one), (one.ask.service, one.ask.resource)
            expected = self.place.nearest(wanted, *wish, obstacles, NOW)
            assert one.answer
            assert [datetime.fromisoformat(slot["start_iso"]) for slot in one.answer["suggestions"]] == expected, one
            for start in expected:
                still = services.check_time(
                    business=self.place.business, start=start, service_id=wish[0], resource_id=wish[1], now=NOW
                )
                assert still.ok, (one, start)

    # --- holds -----------------------------------------------------------------------------------------------
    def _holds_hold(self) -> None:
        """A time that a call was told to have is there for it, and for nobody else, until it says otherwise."""
        held = {row.call_sid: row for row in self.rows.values() if row.status == "held"}
        for call_sid in {one.ask.call_sid for one in self.told if one.ask.call_sid}:
            known, expected = True, None
            for one in [one for one in self.told if one.ask.call_sid == call_sid]:
                if one.answer is None:
                    known = False
                elif one.ask.what is What.HOLD and one.answer["ok"]:
                    known, expected = True, one.ask
                elif one.ask.what is What.CREATE:
                    if known and expected and _is_same_wish(expected, one.ask):
                        assert one.answer["ok"], (one, expected)
                    if one.answer["ok"]:
                        known, expected = True, None
                elif one.ask.what is What.RELEASE:
                    known, expected = True, None
            row = held.pop(call_sid, None)
            if known and expected and expected.now == NOW:
                assert row, expected
                assert row.start == expected.start, (row, expected)
            if known and expected is None:
                assert row is None, row
        assert held == {}

    def _what_is_free_is_offered(self) -> None:
        """Nothing that died, expired or was cancelled is still in the way; not even a hold, in a while."""
        rows = [row.as_row() for row in self.rows.values() if row.is_live]
        for service in self.place.needs:
            for now in {NOW, NOW + HOLDS_ARE_OVER} if any(row.held_until for row in rows) else {NOW}:
                found = services.find_slots(business=self.place.business, date=self.day, service_id=service, now=now)
                assert isinstance(found, SlotsFound)
                expected = list(self.place.bookable_on(self.day, service, None, rows, now))
                assert [slot.start for slot in found.slots] == expected, (service, now)


def _start(one: Told) -> datetime:
    assert one.ask.start
    return one.ask.start


def _held_by(row: Stored, call_sid: str) -> bool:
    return row.status == "held" and row.call_sid == call_sid


def _is_same_wish(one: Ask, other: Ask) -> bool:
    return one.now == NOW and all(
        getattr(one, name) == getattr(other, name) for name in ("start", "service", "resource")
    )
