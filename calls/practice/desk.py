"""The booking desk of a practice call: the answers of `calls.desk`, by the same rules, over a diary of its own.

The real calendar is read and never written. Each call begins with an empty practice diary; what it has booked blocks
its time for the rest of the call and is nobody else's concern. The daily limit counts real appointments only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from psycopg.types.range import TimestamptzRange

from booking import wording
from booking.availability import Wish, judge, local_slot, read_wished_start, refusal, refused
from booking.availability import wish as wish_for
from booking.diary import Diary, open_diary
from booking.facts import Facts, load
from booking.intervals import Interval
from booking.results import Available, Booked, Cancelled, Refused, Rescheduled, Slot
from booking.slots import Chair
from calls.conversation.actions import (
    BookAppointment,
    CancelAppointment,
    CheckSlot,
    FindAppointments,
    FindSlots,
    MoveAppointment,
)
from calls.conversation.events import AppointmentsFound, KnownAppointment, SlotAnswer, SlotsFound
from calls.desk import (
    DAYS_AT_ONCE,
    FAILURE,
    MOST_APPOINTMENTS,
    UNKNOWN_APPOINTMENT,
    answer_of,
    at_the_desk,
    instant,
)
from calls.practice.models import PracticeAppointment
from calls.practice.trial import Trial
from calls.services import CallSetup
from crm.phones import normalize_phone
from crm.tenancy import for_business

_LONG_AGO = 0  # seconds since 1970: before anything that blocks a calendar
Status = PracticeAppointment.Status


def check_slot(setup: CallSetup, question: CheckSlot) -> SlotAnswer:
    """May this time be booked, or may the practice appointment `moving` go there?"""
    return at_the_desk(setup, lambda: _Desk(setup).check(question), FAILURE)


def book(setup: CallSetup, wish: BookAppointment) -> SlotAnswer:
    """Write it into the practice diary. Asked twice in one call, it books once."""
    return at_the_desk(setup, lambda: _Desk(setup).book(wish), FAILURE)


def find_appointments(setup: CallSetup, question: FindAppointments) -> AppointmentsFound:
    """What this call has booked under this number and stands ahead."""
    unknown = AppointmentsFound(0, question.request_id, ok=False)
    return at_the_desk(setup, lambda: _Desk(setup).standing(question), unknown)


def move(setup: CallSetup, wish: MoveAppointment) -> SlotAnswer:
    return at_the_desk(setup, lambda: _Desk(setup).move(wish), FAILURE)


def cancel(setup: CallSetup, wish: CancelAppointment) -> SlotAnswer:
    return at_the_desk(setup, lambda: _Desk(setup).cancel(wish), FAILURE)


def find_slots(setup: CallSetup, question: FindSlots) -> SlotsFound:
    """The next free times after the given one, soonest first."""
    unknown = SlotsFound(0, question.request_id, ok=False)
    return at_the_desk(setup, lambda: _Desk(setup).next_free(question), unknown)


@dataclass(frozen=True)
class _PracticeWish(Wish):
    """A wish that finds the practice appointments of its call in the way, beside the real ones."""

    own: tuple[tuple[int, Interval], ...] = ()  # (resource id, what is blocked)

    def diary(self, first: date, last: date) -> Diary:
        book = open_diary(self.facts, self.resources, first=first, last=last, now=self.now)
        return replace(book, chairs=tuple(self._with_own(chair) for chair in book.chairs))

    def _with_own(self, chair: Chair) -> Chair:
        own = [span for resource_id, span in self.own if resource_id == chair.key]
        if not own:
            return chair
        real = (Interval(_second(start), _second(end)) for start, end in chair.blocks_after(_LONG_AGO))
        return Chair(chair.key, chair.hours, chair.closures, busy=(*real, *own), full_days=chair.full_days)


class _Desk:
    """The desk at one moment of a call's own time."""

    def __init__(self, setup: CallSetup) -> None:
        self._setup = setup
        self._business = setup.business
        self._trial = setup.trial or Trial()
        self._now = self._trial.moment(timezone.now())

    # --- questions ------------------------------------------------------------------------------------
    def check(self, question: CheckSlot) -> SlotAnswer:
        with for_business(self._business), transaction.atomic():
            row = None if question.moving is None else self._row(question.moving)
            if question.moving is not None and row is None:
                return UNKNOWN_APPOINTMENT
            facts = self._facts()
            if row is not None and (late := self._too_late(row, facts)):
                return answer_of(late)
            return answer_of(self._judged(self._read(question.start, question.service, facts, moving=row)))

    def standing(self, question: FindAppointments) -> AppointmentsFound:
        is_own = question.phone == normalize_phone(self._setup.facts.caller_phone)
        with for_business(self._business):
            rows = self._rows().filter(status=Status.CONFIRMED, starts_at__gt=self._now, customer_phone=question.phone)
            found = tuple(
                KnownAppointment(
                    row.pk,
                    f"{row.starts_at.astimezone(self._business.timezone):%Y-%m-%d %H:%M}",
                    row.service.name if row.service else "",
                    row.customer_name if is_own else "",
                )
                for row in rows.select_related("service")[:MOST_APPOINTMENTS]
            )
        return AppointmentsFound(0, question.request_id, found)

    def next_free(self, question: FindSlots) -> SlotsFound:
        today = self._now.astimezone(self._business.timezone).date()
        first = datetime.fromisoformat(question.after).date() if question.after else today
        starts: list[str] = []
        with for_business(self._business):
            facts = self._facts()
            wished = self._wish(facts, question.service)
            if isinstance(wished, Refused):
                return SlotsFound(0, question.request_id, ok=False)
            policy, end = facts.policy, facts.policy.last_date(self._now)
            for days in DAYS_AT_ONCE:
                last = min(end, first + timedelta(days=days - 1))
                listed = wished.listed(max(first, today), last) if first <= last else []
                local = (f"{policy.local(start):%Y-%m-%d %H:%M}" for start, _ in listed)
                starts = [start for start in local if start > question.after]
                if len(starts) >= question.count:
                    break
        return SlotsFound(0, question.request_id, tuple(starts[: question.count]))

    # --- deeds ----------------------------------------------------------------------------------------
    def book(self, wanted: BookAppointment) -> SlotAnswer:
        with for_business(self._business), transaction.atomic():
            facts = self._facts()
            read = self._read(wanted.start, wanted.service, facts)
            if isinstance(read, Refused):
                return answer_of(read)
            wished, start = read
            if standing := self._rows().filter(status=Status.CONFIRMED).first():  # a call makes one appointment
                return answer_of(self._booked(standing, facts)) if _is_wished(standing, wanted, start) else FAILURE
            phone = normalize_phone(wanted.phone) if wanted.phone else ""
            if phone is None:
                return answer_of(refused("invalid_phone"))
            if not wanted.name:
                return answer_of(refused("need_name"))
            if not phone and facts.policy.require_phone:
                return answer_of(refused("need_phone"))
            verdict = judge(wished, start)
            if verdict.obstacle:
                return answer_of(refusal(wished, start, verdict.obstacle))
            row = PracticeAppointment(call_id=self._setup.call_id, customer_name=wanted.name, customer_phone=phone)
            _place(row, wished, start, verdict.free)
            row.save()
            return answer_of(self._booked(row, facts))

    def move(self, wanted: MoveAppointment) -> SlotAnswer:
        with for_business(self._business), transaction.atomic():
            row = self._row(wanted.appointment_id)
            if row is None:
                return UNKNOWN_APPOINTMENT
            facts = self._facts()
            if late := self._too_late(row, facts):
                return answer_of(late)
            slug = row.service.slug if row.service else None
            read = self._read(wanted.start, slug, facts, moving=row)
            if isinstance(read, Refused):
                return answer_of(read)
            wished, start = read
            verdict = judge(wished, start)
            if verdict.obstacle and start != row.starts_at:
                return answer_of(refusal(wished, start, verdict.obstacle, no_news=row.starts_at))
            if start != row.starts_at:
                _place(row, wished, start, verdict.free)
                row.save()
            slot = self._slot(row, facts)
            say = wording.rescheduled_say(slot.start, today=self._today(facts))
            return answer_of(Rescheduled(row.pk, slot, row.customer_name, say))

    def cancel(self, wanted: CancelAppointment) -> SlotAnswer:
        with for_business(self._business), transaction.atomic():
            row = self._row(wanted.appointment_id)
            if row is None:
                return UNKNOWN_APPOINTMENT
            facts = self._facts()
            if row.status == Status.CONFIRMED and (late := self._too_late(row, facts)):
                return answer_of(late)
            row.status = Status.CANCELLED
            row.save(update_fields=["status"])
            slot = self._slot(row, facts)
            say = wording.cancelled_say(slot.start, today=self._today(facts))
            return answer_of(Cancelled(row.pk, slot, row.customer_name, say))

    # --- steps ----------------------------------------------------------------------------------------
    def _facts(self) -> Facts:
        facts = load(self._business, now=self._now)
        return replace(facts, policy=self._trial.applied_to(facts.policy))

    def _wish(
        self, facts: Facts, service_id: str | None, moving: PracticeAppointment | None = None
    ) -> _PracticeWish | Refused:
        plain = wish_for(facts, service_id=service_id, resource_id=None, now=self._now)
        if isinstance(plain, Refused):
            return plain
        rows = [row for row in self._rows().filter(status=Status.CONFIRMED) if row != moving]
        own = tuple((row.resource_id or 0, Interval(row.during.lower, row.during.upper)) for row in rows)
        return _PracticeWish(facts, plain.service, plain.resources, self._now, own=own)

    def _read(
        self, local: str, service_id: str | None, facts: Facts, *, moving: PracticeAppointment | None = None
    ) -> tuple[_PracticeWish, datetime] | Refused:
        start = read_wished_start(instant(self._business, local), facts)
        if isinstance(start, Refused):
            return start
        wished = self._wish(facts, service_id, moving)
        return wished if isinstance(wished, Refused) else (wished, start)

    def _judged(self, read: tuple[_PracticeWish, datetime] | Refused) -> Available | Refused:
        if isinstance(read, Refused):
            return read
        wished, start = read
        if obstacle := judge(wished, start).obstacle:
            return refusal(wished, start, obstacle)
        return Available(local_slot(wished.policy, Interval(start, start + wished.need.length)))

    def _too_late(self, row: PracticeAppointment, facts: Facts) -> Refused | None:
        if row.starts_at >= facts.policy.cut_off(self._now):
            return None
        return Refused("too_late", wording.too_late(facts.policy))

    def _booked(self, row: PracticeAppointment, facts: Facts) -> Booked:
        slot = self._slot(row, facts)
        service = facts.named(facts.service(row.service.slug) if row.service else None)
        say = wording.appointment_say(slot.start, name=row.customer_name, today=self._today(facts), service=service)
        return Booked(row.pk, slot, row.customer_name, say)

    def _rows(self) -> QuerySet[PracticeAppointment]:
        return PracticeAppointment.objects.filter(call_id=self._setup.call_id)

    def _row(self, pk: int) -> PracticeAppointment | None:
        return self._rows().select_for_update(of=("self",)).select_related("service").filter(pk=pk).first()

    def _slot(self, row: PracticeAppointment, facts: Facts) -> Slot:
        return local_slot(facts.policy, Interval(row.starts_at, row.ends_at))

    def _today(self, facts: Facts) -> date:
        return facts.policy.local(self._now).date()


def _is_wished(row: PracticeAppointment, wanted: BookAppointment, start: datetime) -> bool:
    return row.starts_at == start and bool(set(row.customer_name.split()) & set(wanted.name.split()))


def _place(row: PracticeAppointment, wished: Wish, start: datetime, free: tuple[Chair, ...]) -> None:
    """Give the row this time, with the resource it has if that one is free."""
    keys = [chair.key for chair in free]
    if row.resource_id not in keys:
        row.resource_id = keys[0]
    blocked = wished.need.blocked(start)
    row.service_id = wished.service.id if wished.service else None
    row.starts_at, row.ends_at = start, start + wished.need.length
    row.during = TimestamptzRange(blocked.start, blocked.end)


def _second(since_1970: int) -> datetime:
    return datetime.fromtimestamp(since_1970, UTC)
