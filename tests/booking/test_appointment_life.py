"""The life of an appointment, lived at random over the real services. A model in plain Python foretells all of it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from booking import services
from booking.models import Appointment, AppointmentChange
from booking.results import Booked, SlotsFound
from crm.models import Business, Role
from crm.tenancy import for_business
from tests.booking.foretold import (
    CLOSES,
    CUT_OFF,
    DAY,
    HOLDS_LAST,
    HOUR,
    MINUTE,
    NOTICE,
    OPENS,
    WINDOW,
    Known,
    Salon,
)
from tests.support.factories import (
    BusinessFactory,
    BusinessSettingsFactory,
    MembershipFactory,
    OpeningHoursFactory,
    ResourceFactory,
    UserFactory,
)

# Days from today, and an hour: few, so that they are contended for, and now and then one that a rule is against.
starts = st.sampled_from(
    [(1, time(10)), (1, time(11)), (0, time(10)), (0, time(11)), (2, time(10)), (0, time(13))] * 3
    + [(3, time(12)), (1, time(10, 30)), (1, time(9)), (1, time(14)), (WINDOW + 1, time(10)), (-1, time(10))]
)
media = st.sampled_from(["phone", "whatsapp", "staff"])
lengths = st.sampled_from([HOLDS_LAST, HOLDS_LAST - timedelta(seconds=1), HOLDS_LAST, 2 * HOUR, DAY])


class LifeOfAnAppointment(RuleBasedStateMachine):
    calls = Bundle("calls")
    appointments = Bundle("appointments")

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.calls_so_far = 0
        self.offered: dict[str, datetime] = {}  # call -> the time it was last offered
        self.told: dict[str, dict[str, Any]] = {}  # call or key -> the answer it will always get

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @initialize(slugs=st.sampled_from([("noa",), ("noa", "ron")]))
    def a_salon_opens(self, slugs: tuple[str, ...]) -> None:
        self.model = Salon(slugs)
        self.salon: Business = BusinessFactory(slug="dana")
        self.elsewhere: Business = BusinessFactory(slug="ruth")
        BusinessSettingsFactory(
            business=self.salon,
            booking_window_days=WINDOW,
            min_notice_min=NOTICE // MINUTE,
            cancel_notice_min=CUT_OFF // MINUTE,
        )
        for weekday in range(5):
            OpeningHoursFactory(business=self.salon, weekday=weekday, opens=OPENS, closes=CLOSES)
        self.chairs = {ResourceFactory(business=self.salon, slug=slug).pk: slug for slug in slugs}
        self.owner, self.noa = UserFactory(), UserFactory()
        MembershipFactory(user=self.owner, business=self.salon, role=Role.OWNER)
        MembershipFactory(user=self.noa, business=self.salon, role=Role.STAFF)

    def chair_of(self, row_id: int) -> str:
        with for_business(self.salon):
            return self.chairs[Appointment.objects.get(pk=row_id).resource_id]

    def expect(self, answer: Any, code: str | None, *, but: int = 0, call_sid: str = "") -> bool:
        """The refusal foretold, or none; alternatives can be had by whoever asked."""
        assert (None if answer is None or answer.ok else answer.code) == code
        for slot in () if code is None else answer.suggestions:
            assert self.model.refusal(slot.start, but=but, call_sid=call_sid) is None
        return code is None

    # --- calls hold times ------------------------------------------------------------------------------------
    @rule(target=calls, start=starts)
    def a_new_call_is_offered_a_time(self, start: tuple[int, time]) -> str:
        self.calls_so_far += 1
        call_sid = f"CA{self.calls_so_far}"
        self.offer(call_sid, start)
        return call_sid

    @rule(call_sid=calls, start=starts)
    def a_call_is_offered_another_time(self, call_sid: str, start: tuple[int, time]) -> None:
        self.offer(call_sid, start)

    def offer(self, call_sid: str, start: tuple[int, time]) -> None:
        self.offered[call_sid] = wanted = self.model.at(start)
        answer = services.hold_time(business=self.salon, start=wanted, call_sid=call_sid, now=self.model.now)
        if not self.expect(answer, self.model.refusal(wanted, call_sid=call_sid), call_sid=call_sid):
            return
        with for_business(self.salon):
            row_id = Appointment.objects.get(call_sid=call_sid, status="held").pk
        chair = self.chair_of(row_id)
        assert chair in self.model.empty_chairs(wanted, call_sid=call_sid)
        if before := self.model.held_by(call_sid):
            del self.model.rows[before.id]
        until = self.model.now + HOLDS_LAST
        self.model.rows[row_id] = Known(row_id, wanted, chair, "held", until, call_sid=call_sid)

    @rule(call_sid=consumes(calls))
    def a_call_ends(self, call_sid: str) -> None:
        services.release_hold(business=self.salon, call_sid=call_sid)
        if held := self.model.held_by(call_sid):
            del self.model.rows[held.id]

    @rule(length=lengths, sweeps=st.booleans())
    def time_passes(self, length: timedelta, sweeps: bool) -> None:
        self.model.time_passes(length)
        if sweeps:
            services.release_expired_holds(now=self.model.now)
            with for_business(self.salon):
                assert not Appointment.objects.filter(status="held", held_until__lte=self.model.now).exists()

    @rule(row_id=appointments, before=st.sampled_from([MINUTE, CUT_OFF]))
    def it_is_nearly_time(self, row_id: int, before: timedelta) -> None:
        self.model.time_passes(self.model.rows[row_id].start - before - self.model.now)

    # --- booking ---------------------------------------------------------------------------------------------
    @rule(target=appointments, call_sid=calls)
    def a_caller_takes_what_was_offered(self, call_sid: str) -> Any:
        return self.book(self.offered[call_sid], name=call_sid, medium="phone", call_sid=call_sid)

    @rule(target=appointments, call_sid=calls)
    def somebody_else_wants_what_was_offered(self, call_sid: str) -> Any:
        """They get it as soon as the hold has expired."""
        return self.book(self.offered[call_sid], name="", medium="whatsapp", who=("רונית לוי", "054-000-0260"))

    @rule(target=appointments, start=starts, call_sid=calls)
    def a_caller_books_another_time(self, start: tuple[int, time], call_sid: str) -> Any:
        return self.book(self.model.at(start), name=call_sid, medium="phone", call_sid=call_sid)

    @rule(target=appointments, start=starts, key=st.sampled_from(["", "k1", "k2", "k3"]))
    def somebody_books_through_the_api(self, start: tuple[int, time], key: str) -> Any:
        return self.book(self.model.at(start), name=key, medium="api", key=key)

    def book(
        self,
        wanted: datetime,
        *,
        name: str,
        medium: str,
        call_sid: str = "",
        key: str = "",
        who: tuple[str, str] = ("דנה כהן", "052-000-0147"),
    ) -> Any:
        """A call has one appointment, as it stands now; a key gets its first answer, whatever it was."""
        answer = services.create_appointment(
            business=self.salon,
            start_iso=wanted,
            customer_name=who[0],
            customer_phone=who[1],
            medium=medium,
            now=self.model.now,
            call_sid=call_sid,
            idempotency_key=key,
        )
        if call_sid and (row := self.model.booked_by(call_sid)):
            assert isinstance(answer, Booked)
            assert (answer.appointment_id, answer.slot.start) == (row.id, row.start)
            return multiple()
        if not call_sid and name in self.told:
            assert answer.as_dict() == self.told[name]
            return multiple()
        is_booked = self.expect(answer, self.model.refusal(wanted, call_sid=call_sid), call_sid=call_sid)
        if name and not call_sid:
            self.told[name] = answer.as_dict()
        if not is_booked:
            return multiple()
        assert isinstance(answer, Booked)
        return self.booked(answer.appointment_id, wanted, medium, call_sid=call_sid)

    def booked(self, row_id: int, start: datetime, medium: str, *, call_sid: str = "", **told: Any) -> int:
        """Takes the new row into the model: its chair was empty, and a hold of the same call has become it."""
        chair = self.chair_of(row_id)
        assert chair in self.model.empty_chairs(start, call_sid=call_sid)
        if held := self.model.held_by(call_sid):
            assert row_id == held.id
        story = ("created", medium, told.get("by"), self.model.now, None, start, told.get("overrode", ""))
        self.model.rows[row_id] = Known(row_id, start, chair, call_sid=call_sid, story=[story])
        return row_id

    @rule(target=appointments, start=starts, is_owner=st.booleans())
    def staff_books_against_the_rules(self, start: tuple[int, time], is_owner: bool) -> Any:
        """The owner may, and it is kept; never against a time that is taken."""
        wanted, user = self.model.at(start), self.owner if is_owner else self.noa
        answer = services.create_appointment(
            business=self.salon,
            start_iso=wanted,
            customer_name="רות לוי",
            customer_phone="052-000-0148",
            medium="staff",
            now=self.model.now,
            by=user,
            override=services.Override(reason="לקוחה ותיקה"),
        )
        code = self.model.refusal(wanted)
        overrides = bool(code and is_owner and self.model.empty_chairs(wanted))
        if code and is_owner and not overrides:
            code = "slot_taken"
        if not self.expect(answer, None if overrides else code):
            return multiple()
        assert isinstance(answer, Booked)
        overrode = code if overrides else ""
        return self.booked(answer.appointment_id, wanted, "staff", by=user.pk, overrode=overrode)

    # --- what becomes of it --------------------------------------------------------------------------------
    @rule(row_id=appointments, start=starts, medium=media)
    def somebody_wants_it_moved(self, row_id: int, start: tuple[int, time], medium: str) -> None:
        self.move(row_id, self.model.at(start), medium)

    @rule(row_id=appointments, which=st.integers(0, 5))
    def it_is_moved_to_a_free_time(self, row_id: int, which: int) -> None:
        free = list(self.model.free_times())
        self.move(row_id, free[which % len(free)], "staff")

    def move(self, row_id: int, wanted: datetime, medium: str) -> None:
        row = self.model.rows[row_id]
        answer = services.reschedule_appointment(
            business=self.salon, appointment_id=row_id, start_iso=wanted, now=self.model.now, medium=medium
        )
        code = self.model.refusal_to_change(row, medium)
        if code is None and wanted != row.start:
            code = self.model.refusal(wanted, but=row_id)
        if self.expect(answer, code, but=row_id) and wanted != row.start:
            empty, chair = self.model.empty_chairs(wanted, but=row_id), self.chair_of(row_id)
            assert chair == (row.chair if row.chair in empty else empty[0])
            row.story.append(("rescheduled", medium, None, self.model.now, row.start, wanted, ""))
            row.start, row.chair, row.is_attendance_confirmed = wanted, chair, False

    @rule(row_id=appointments, medium=media)
    def attendance_is_confirmed(self, row_id: int, medium: str) -> None:
        row = self.model.rows[row_id]
        answer = services.confirm_attendance(
            business=self.salon, appointment_id=row_id, now=self.model.now, medium=medium
        )
        is_known = row.is_attendance_confirmed
        if self.expect(answer, None if row.status == "confirmed" else "not_allowed") and not is_known:
            row.is_attendance_confirmed = True
            row.story.append(("attendance", medium, None, self.model.now, None, row.start, ""))

    @rule(row_id=appointments, medium=media)
    def it_is_cancelled(self, row_id: int, medium: str) -> None:
        answer = services.cancel_appointment(
            business=self.salon, appointment_id=row_id, now=self.model.now, medium=medium
        )
        self.it_ends(self.model.rows[row_id], "cancelled", answer, medium)

    @rule(row_id=appointments, came=st.booleans(), waits=st.booleans())
    def somebody_notes_who_came(self, row_id: int, came: bool, waits: bool) -> None:
        if waits:
            self.model.time_passes(self.model.rows[row_id].start - self.model.now)
        note = services.complete_appointment if came else services.record_no_show
        answer = note(business=self.salon, appointment_id=row_id, now=self.model.now, medium="staff")
        self.it_ends(self.model.rows[row_id], "completed" if came else "no_show", answer, "staff")

    def it_ends(self, row: Known, status: str, answer: Any, medium: str) -> None:
        if row.status == status:
            assert self.expect(answer, None)
        elif self.expect(answer, self.model.refusal_to_end(row, status, medium)):
            row.status = status
            row.story.append((status, medium, None, self.model.now, None, row.start, ""))

    @rule(row_id=appointments, what=st.sampled_from(["cancel", "move", "confirm"]))
    def a_stranger_tries(self, row_id: int, what: str) -> None:
        asked: dict[str, Any] = {"business": self.elsewhere, "appointment_id": row_id, "now": self.model.now}
        match what:
            case "cancel":
                answer: Any = services.cancel_appointment(**asked, medium="staff")
            case "move":
                answer = services.reschedule_appointment(**asked, start_iso=self.model.now + DAY, medium="staff")
            case _:
                answer = services.confirm_attendance(**asked, medium="phone")
        self.expect(answer, "unknown_appointment")

    # --- always --------------------------------------------------------------------------------------------
    @invariant()
    def the_rows_are_as_foretold(self) -> None:
        """No two of the model overlap, so these do not either."""
        with for_business(self.salon):
            stored = Appointment.objects.exclude(status="held", held_until__lte=self.model.now).order_by("pk")
            rows = [
                Known(
                    row.pk,
                    row.starts_at,
                    self.chairs[row.resource_id],
                    row.status,
                    row.held_until,
                    row.call_sid,
                    row.attendance_confirmed_at is not None,
                    self.model.rows[row.pk].story if row.pk in self.model.rows else [],
                )
                for row in stored
            ]
        assert rows == sorted(self.model.rows.values(), key=lambda row: row.id)

    @invariant()
    def the_history_tells_all(self) -> None:
        told: dict[int, list[tuple[Any, ...]]] = {}
        with for_business(self.salon):
            changes = AppointmentChange.objects.order_by("pk").values_list(
                "appointment_id", "kind", "medium", "by", "at", "old_starts_at", "new_starts_at", "overrode"
            )
            for row_id, *change in changes:
                told.setdefault(row_id, []).append(tuple(change))
        assert told == {row.id: row.story for row in self.model.rows.values() if row.story}

    @invariant()
    def what_is_free_is_offered(self) -> None:
        """A hold is in the way for 90 seconds and no longer, swept or not."""
        now = self.model.now
        found = services.find_slots(business=self.salon, date=now.date(), days=WINDOW + 1, now=now)
        assert isinstance(found, SlotsFound)
        assert [slot.start for slot in found.slots] == list(self.model.free_times())


@pytest.mark.django_db
def test_whatever_happens_to_appointments_is_as_foretold():
    run_state_machine_as_test(
        LifeOfAnAppointment,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
