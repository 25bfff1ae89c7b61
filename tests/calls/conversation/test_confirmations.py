"""Whatever callers, keys and the calendar do: nothing is booked, moved or cancelled unasked, and nothing twice."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from calls.conversation.dialog import Dialog
from calls.conversation.events import CallFacts, KnownAppointment, Reading, SlotAnswer
from calls.conversation.menu import HEARD_ENOUGH, Menu
from calls.conversation.moves import Book, Cancel, Check, Find, FindSlots, Move, Note, Reschedule, Say, Speak
from calls.conversation.wanted import after_preposition
from tests.support.talk import DANA, STARTED_AT, THURSDAY_TEN, TODAY, TUESDAY_SIX

DAYS = st.sampled_from([None, None, "2026-11-23", "2026-11-24", "2026-11-26"])
HOURS = st.sampled_from([None, None, "10:00", "17:00", "18:00"])
PLAIN = st.builds(Reading, intent=st.sampled_from(["yes", "yes", "no", "cancel", "reschedule"]))
A_TIME = st.builds(
    Reading,
    intent=st.sampled_from(["none", "yes", "reschedule", "book"]),
    day=st.sampled_from(["2026-11-23", "2026-11-24"]),
    hour=st.sampled_from(["10:00", "17:00"]),
    name=st.just("דנה"),
)
ANYTHING = st.builds(
    Reading,
    intent=st.sampled_from(["none", "yes", "yes", "no", "cancel", "reschedule", "book", "question"]),
    day=DAYS,
    hour=HOURS,
    name=st.sampled_from([None, "דנה"]),
    phone=st.sampled_from([None, None, None, "0521234567", "12"]),
    ambiguous=st.booleans(),
    alternatives=st.sampled_from([(), (("2026-11-24", "10:00"),)]),
    from_day=DAYS,
    from_hour=HOURS,
    no_day=st.sampled_from(["", "", "", "past"]),
    choice=st.sampled_from(["", "", "first", "later"]),
    wants_wait=st.sampled_from([False, False, False, True]),
)
READINGS = st.one_of(PLAIN, PLAIN, A_TIME, ANYTHING)
FREE = ("2026-11-23 17:00", "2026-11-24 10:00", "2026-11-26 18:00")
OFFERS = st.lists(st.sampled_from(FREE), max_size=2, unique=True).map(tuple)
Writing = Book | Cancel | Reschedule


class Confirmed(RuleBasedStateMachine):
    """A caller who says anything at all, and a calendar that answers as it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.calls()

    def calls(self) -> None:
        self.dialog = Dialog(CallFacts(started_at=STARTED_AT, caller_phone=DANA, require_phone=False))
        self.starts = {7: TUESDAY_SIX.start, 8: THURSDAY_TEN.start}
        self.cancelled: set[int] = set()
        self.pending: Move | None = None  # a question to the calendar
        self.writing: Writing | None = None
        self.late = False
        self.asked = ""  # the `[SERVER]` item that was said last
        self.said = Reading()
        self.asking = False
        self.named: set[str] = set()  # hours that the caller named or took, in no question, since the last change
        self.offered: tuple[str, ...] = ()
        self.writings = 0

    # --- what happens
    @precondition(lambda self: self.writing is None or self.late)
    @rule(reading=READINGS, asking=st.sampled_from([False, False, True]), behind=st.sampled_from([0, 0, 0, 1]))
    def speaks(self, reading: Reading, asking: bool, behind: int) -> None:
        self.pending = None
        self.said, self.asking = reading, asking
        if not asking:
            self.named |= {hour for _, hour in [(None, reading.hour), *reading.alternatives] if hour}
            if reading.choice or reading.intent == "yes":
                self.named |= {offer[11:] for offer in self.offered}
        question = self.dialog.question - behind
        asked = self.asked
        moves = self.dialog.read(reading, today=TODAY, is_question=asking, question=question)
        for move in moves:
            if isinstance(move, Cancel):
                when = after_preposition(self.starts[move.appointment_id], TODAY)
                assert asked == f"[SERVER] confirm: לבטל את התור של {when}?"
                assert reading.intent in ("yes", "cancel")
                assert not asking
                assert not behind
        self.follow(moves, asked)

    @precondition(lambda self: isinstance(self.pending, Find))
    @rule(found=st.sampled_from([[7], [8], [7, 8], [7, 8], []]), ok=st.sampled_from([True, True, True, True, False]))
    def finds(self, found: list[int], ok: bool) -> None:
        standing = tuple(KnownAppointment(one, self.starts[one]) for one in found if one not in self.cancelled)
        self.follow(self.dialog.appointments_found(standing, ok=ok, today=TODAY), self.asked)

    @precondition(lambda self: isinstance(self.pending, Check))
    @rule(offers=OFFERS, free=st.booleans())
    def checks(self, offers: tuple[str, ...], free: bool) -> None:
        asked = self.asked
        self.offered = () if free else offers
        answer = SlotAnswer(ok=free, error="" if free else "slot_taken", suggestions=self.offered)
        self.follow(self.dialog.slot_checked(answer, today=TODAY), asked)

    @precondition(lambda self: self.writing is not None)
    @rule(error=st.sampled_from(["", "", "slot_taken", "failure", "too_late"]), offers=OFFERS)
    def writes(self, error: str, offers: tuple[str, ...]) -> None:
        writing, self.writing, self.late = self.writing, None, False
        if error:
            self.offered = offers
            answer = SlotAnswer(ok=False, error=error, suggestions=offers)
        else:
            answer = self.written(writing)
        self.follow(self.dialog.booking_answered(answer, today=TODAY), self.asked)

    def written(self, writing: Writing | None) -> SlotAnswer:
        match writing:
            case Book(start=start):
                number = 9 + self.writings
                self.starts[number] = start
            case Reschedule(appointment_id=number, start=start):
                self.starts[number] = start
            case Cancel(appointment_id=number):
                start = self.starts[number]
                self.cancelled.add(number)
        self.named = set()
        return SlotAnswer(True, "", (), number, f"{start.replace(' ', 'T')}:00+02:00", "דנה", "נעשה.")

    @precondition(lambda self: self.pending is not None or (self.writing is not None and not self.late))
    @rule(is_late=st.sampled_from([False, False, False, True]))
    def waits_too_long(self, is_late: bool) -> None:
        if is_late:
            self.pending, self.late = None, self.writing is not None
            self.follow(self.dialog.calendar_silent(), self.asked)

    @precondition(lambda self: self.dialog.number_asked and self.writing is None)
    @rule(digits=st.sampled_from(["0521234567", "12345", "0538127746"]))
    def keys(self, digits: str) -> None:
        self.pending = None
        self.follow(self.dialog.keys_committed(digits, today=TODAY), self.asked)

    @precondition(lambda self: self.writing is None and self.writings > 0)
    @rule()
    def calls_again(self) -> None:
        self.calls()

    # --- what must hold
    def follow(self, moves: list[Move], asked: str) -> None:
        for move in moves:
            match move:
                case Say(item=item) | Note(item=item):
                    self.asked = item or self.asked
                case Find() | Check():
                    self.pending = move
                case Cancel() | Reschedule() | Book():
                    assert self.writing is None, "two changes at once"
                    self.writing, self.pending = move, None
                    self.writings += 1
                    self.agreed_to(move, asked)
                case _:
                    pass

    def agreed_to(self, move: Writing, asked: str) -> None:
        if isinstance(move, Cancel):
            assert move.appointment_id not in self.cancelled, "cancelled twice"
            return
        if isinstance(move, Reschedule):
            assert move.appointment_id not in self.cancelled
            when = after_preposition(self.starts[move.appointment_id], TODAY)
            to = after_preposition(move.start, TODAY)
            said_yes = asked == f"[SERVER] confirm: להעביר את התור של {when} ל{to}?" and self.said.intent == "yes"
            said_so = (
                self.said.intent == "reschedule" and not self.asking and asked.startswith("[SERVER] confirm: להעביר")
            )
            assert said_yes or said_so or move.start[11:] in self.named

    @invariant()
    def only_one_appointment_is_made_at_a_time(self) -> None:
        assert len([number for number in self.starts if number >= 9 and number not in self.cancelled]) <= 1


class ByKeys(RuleBasedStateMachine):
    """A caller who presses anything at all."""

    def __init__(self) -> None:
        super().__init__()
        self.calls(DANA)

    def calls(self, caller_phone: str) -> None:
        facts = CallFacts(started_at=STARTED_AT, caller_phone=caller_phone, can_transfer=True, open_ms=((0, 1),))
        self.dialog = Dialog(facts)
        self.menu = Menu(facts, self.dialog)
        self.line: Speak | None = None  # that was spoken last
        self.offer = ""  # the time that was offered last
        self.looking = False
        self.booking: Book | None = None
        self.booked = 0
        self.over = False
        self.follow(self.menu.open(0))

    @precondition(lambda self: not self.over and not self.menu.wants_number)
    @rule(key=st.sampled_from("1111111122*#70"), heard=st.sampled_from([0.0, 0.5, 1.0, 1.0]))
    def presses(self, key: str, heard: float) -> None:
        line = self.line
        moves = self.menu.key_pressed(key, at_ms=5, heard=heard)
        for move in moves:
            if isinstance(move, Book):
                assert key == "1"
                assert heard >= HEARD_ENOUGH
                assert line is not None
                assert line.key in ("offline_slots", "offline_next_slot", "phone_readback")
                assert move.start == self.offer
        self.follow(moves)

    @precondition(lambda self: not self.over and self.menu.wants_number)
    @rule(digits=st.sampled_from(["0521234567", "123", "", "0" * 16]))
    def keys_a_number(self, digits: str) -> None:
        self.follow(self.menu.number_keyed(digits))

    @precondition(lambda self: not self.over and self.looking)
    @rule(starts=st.lists(st.sampled_from(FREE), unique=True), ok=st.sampled_from([True, True, True, False]))
    def finds(self, starts: list[str], ok: bool) -> None:
        self.looking = False
        self.follow(self.menu.slots_found(sorted(starts), ok=ok, at_ms=5))

    @precondition(lambda self: not self.over and self.booking is not None)
    @rule(error=st.sampled_from(["", "slot_taken", "need_phone", "failure"]))
    def answers(self, error: str) -> None:
        assert self.booking is not None
        start_iso = f"{self.booking.start.replace(' ', 'T')}:00+02:00"
        self.booking = None
        self.booked += not error
        answer = SlotAnswer(not error, error, (), 7, start_iso, "הזמנה טלפונית", "נקבע.")
        self.follow(self.menu.booking_answered(answer, today=TODAY, at_ms=5))
        assert bool(self.dialog.booked) == bool(self.booked)

    @precondition(lambda self: self.over)
    @rule(key=st.sampled_from("0112*#79"), caller_phone=st.sampled_from(["", DANA]))
    def calls_again(self, key: str, caller_phone: str) -> None:
        assert self.menu.key_pressed(key, at_ms=5, heard=1.0) == []  # after the end
        self.calls(caller_phone)

    @precondition(lambda self: not self.over)
    @rule(again=st.sampled_from([False, False, True]))
    def is_silent(self, again: bool) -> None:
        if again:
            self.follow(self.menu.silent(5))

    def follow(self, moves: list[Move]) -> None:
        assert not self.over or not moves
        for move in moves:
            match move:
                case Speak():
                    self.line = move
                    self.offer = move.values.get("start", self.offer)
                case FindSlots():
                    self.looking = True
                case Book():
                    assert self.booking is None
                    self.booking = move
                case _:
                    self.over = True  # handed over, or ended

    @invariant()
    def nobody_books_twice(self) -> None:
        assert self.booked <= 1


TestConfirmed = Confirmed.TestCase
TestConfirmed.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
TestByKeys = ByKeys.TestCase
TestByKeys.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)
