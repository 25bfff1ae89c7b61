"""Moving appointments: dragged or by the form, refused with the reason, taken back, and two people at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from booking.models import Appointment
from booking.rearranging import Overtaken, rearrange_appointment, version_of
from booking.results import Refused, Rescheduled
from booking.services import confirm_attendance, create_appointment
from crm.models import Business, Medium, Role
from crm.tenancy import for_business
from tests.booking.pages.conftest import ISRAEL, NOW, again, at, book, make_salon, resource
from tests.support.factories import ClosureFactory, MembershipFactory, UserFactory
from tests.support.pages import text_of

JSON = {"Accept": "application/json"}


def drag(client: Client, row: Appointment, **wish: Any) -> tuple[int, dict[str, Any]]:
    """What a script is answered that drops the appointment somewhere."""
    answer = client.post(f"/calendar/{row.pk}/move/", {"version": version_of(row)} | wish, headers=JSON)
    return answer.status_code, json.loads(answer.content)


def test_dragging_moves_and_offers_the_way_back(salon: Business, noa: Client):
    row = book(salon, at(12))

    status, told = drag(noa, row, starts_at="2026-11-25T15:00:00")

    assert (status, told["ok"]) == (200, True)
    assert told["text"] == "התור של שירה כץ עבר למחר בשעה 15:00."
    assert told["event"]["start"] == "2026-11-25T15:00:00"
    assert again(salon, row.pk).starts_at == at(15, days=1)

    back = json.loads(noa.post(told["undo"], headers=JSON).content)
    assert back["text"] == "התור של שירה כץ חזר להיום בשעה 12:00."
    assert again(salon, row.pk).starts_at == at(12)


@pytest.mark.parametrize(
    "start", ["abc", "2027-03-26T02:30", "0001-01-01T00:00", "9999-12-31T23:59:59+00:00", "2026-02-31T10:00"]
)
def test_a_start_that_is_none_opens_the_form_as_it_is(salon: Business, noa: Client, start: str):
    row = book(salon, at(12))

    page = noa.get(f"/calendar/{row.pk}/move/", {"start": start})

    assert page.status_code == 200
    assert 'value="24/11/2026"' in page.content.decode()
    assert drag(noa, row, starts_at=start)[0] == 422


def test_a_refused_drag_says_why_and_leaves_it(salon: Business, noa: Client):
    row = book(salon, at(12))

    status, told = drag(noa, row, starts_at="2026-11-25T21:00:00")

    assert status == 422
    assert told["text"] == "מחוץ לשעות הפתיחה (10:00–20:00). התור נשאר במקומו."
    assert told["event"]["start"] == "2026-11-24T12:00:00"
    assert not told["insist"]
    assert again(salon, row.pk).starts_at == at(12)


def test_an_owner_is_shown_the_way_to_insist(salon: Business, dana: Client):
    row = book(salon, at(12))

    _, told = drag(dana, row, starts_at="2026-11-25T21:00:00")
    form = dana.get(told["insist"])
    assert "21:00" in text_of(form)
    wish = {"version": version_of(row), "date": "25/11/2026", "starts_at": at(21, days=1).isoformat()}
    assert "לקבוע בכל זאת" in text_of(dana.post(f"/calendar/{row.pk}/move/", wish))
    dana.post(f"/calendar/{row.pk}/move/", wish | {"_override": "1", "reason": "כלה"})

    assert again(salon, row.pk).starts_at == at(21, days=1)
    page = text_of(dana.get(f"/calendar/{row.pk}/"))
    assert "נקבע בכל זאת" in page
    assert "כלה" in page


def test_not_even_an_owner_is_offered_a_taken_time(salon: Business, dana: Client):
    row = book(salon, at(12))
    book(salon, at(15), "רונית לוי", customer_phone="0520000148")

    status, told = drag(dana, row, starts_at="2026-11-24T15:00:00", resource=row.resource_id)

    assert (status, told["insist"]) == (422, "")
    assert "המועד נתפס" in told["text"]


def test_dragging_to_another_column_changes_the_resource(salon: Business, noa: Client):
    row = book(salon, at(12))

    status, _ = drag(noa, row, starts_at="2026-11-24T12:00:00", resource=resource(salon, "ron").pk)

    assert status == 200
    moved = again(salon, row.pk)
    assert (moved.resource.slug, moved.starts_at) == ("ron", at(12))
    assert "אצל רון במקום נועה" in text_of(noa.get(f"/calendar/{row.pk}/"))


def test_a_resource_that_does_not_give_the_service_is_refused(salon: Business, noa: Client):
    row = book(salon, at(12), service_id="colour")

    status, told = drag(noa, row, starts_at="2026-11-24T12:00:00", resource=resource(salon, "ron").pk)

    assert status == 422
    assert "לא מוכר" in told["text"]


def test_stretching_keeps_the_start_and_is_in_the_history(salon: Business, noa: Client):
    row = book(salon, at(12))

    status, told = drag(noa, row, end="2026-11-24T13:30:00")

    assert status == 200
    assert told["text"] == "משך התור של שירה כץ שונה."
    stretched = again(salon, row.pk)
    assert (stretched.starts_at, stretched.ends_at) == (at(12), at(13, 30))
    assert stretched.during.upper == at(13, 30)
    assert "90 דקות במקום 30 דקות" in text_of(noa.get(f"/calendar/{row.pk}/"))

    noa.post(told["undo"], headers=JSON)
    assert again(salon, row.pk).ends_at == at(12, 30)


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("2026-11-24T13:30:00", "המועד נתפס"),
        ("2026-11-24T20:30:00", "אחרי הסגירה"),
        ("2026-11-24T12:01:00", "תור נמשך בין 5 דקות ל־24 שעות"),
        ("2026-11-24T11:00:00", "תור נמשך בין 5 דקות ל־24 שעות"),
        ("no time", "חסרה שעה"),
    ],
)
def test_a_length_that_cannot_be_is_refused(salon: Business, noa: Client, end: str, reason: str):
    row = book(salon, at(12))
    book(salon, at(13), "רונית לוי", customer_phone="0520000148")

    status, told = drag(noa, row, end=end)

    assert status == 422
    assert reason in told["text"]
    assert again(salon, row.pk).ends_at == at(12, 30)


def test_it_does_not_stretch_past_closing(salon: Business, noa: Client):
    row = book(salon, at(19, 30))

    status, told = drag(noa, row, end="2026-11-24T20:30:00")

    assert status == 422
    assert "אחרי הסגירה" in told["text"]


def test_one_that_has_begun_may_take_longer(salon: Business, noa: Client):
    row = book(salon, at(11))

    with time_machine.travel(at(11, 20), tick=False):
        status, _ = drag(noa, row, end="2026-11-24T12:00:00")

    assert status == 200


def test_shorter_is_allowed_when_the_rules_have_changed(salon: Business, noa: Client):
    row = book(salon, at(12, days=1), service_id="colour")
    ClosureFactory(business=salon, on_date=at(0, days=1).date())

    assert drag(noa, row, end="2026-11-25T12:30:00")[0] == 200
    assert drag(noa, again(salon, row.pk), end="2026-11-25T13:30:00")[0] == 422


def test_what_was_moved_meanwhile_is_not_moved_again(salon: Business, dana: Client, noa: Client):
    seen = book(salon, at(12))
    drag(noa, seen, starts_at="2026-11-24T16:00:00")

    status, told = drag(dana, seen, starts_at="2026-11-24T17:00:00")

    assert status == 409
    assert told["text"] == "התור הוזז בינתיים להיום בשעה 16:00, על ידי נועה."
    assert told["event"]["start"] == "2026-11-24T16:00:00"
    assert again(salon, seen.pk).starts_at == at(16)


def test_a_stale_form_warns_and_keeps_what_was_chosen(salon: Business, dana: Client, noa: Client):
    seen = book(salon, at(12))
    drag(noa, seen, starts_at="2026-11-24T16:00:00")
    wish = {"version": version_of(seen), "date": "25/11/2026", "starts_at": at(17, days=1).isoformat()}

    page = dana.post(f"/calendar/{seen.pk}/move/", wish)

    assert page.status_code == 409
    assert "התור הוזז בינתיים" in text_of(page)
    assert 'value="25/11/2026"' in page.content.decode()


def test_the_form_of_a_person_without_scripts(salon: Business, noa: Client):
    row = book(salon, at(12))
    address = f"/calendar/{row.pk}/move/"
    assert "12:00" in text_of(noa.get(address))

    wish = {"version": version_of(row), "date": "25/11/2026", "starts_at": at(15, days=1).isoformat()}
    answer = noa.post(address, wish)

    assert answer["Location"] == "/calendar/?date=2026-11-25"
    page = noa.get(answer["Location"]).content.decode()
    assert f'action="/calendar/{row.pk}/undo/"' in page  # the toast's way back
    noa.post(f"/calendar/{row.pk}/undo/")
    assert again(salon, row.pk).starts_at == at(12)


def test_only_who_moved_it_takes_it_back_and_only_for_a_while(salon: Business, dana: Client, noa: Client):
    row = book(salon, at(12))
    drag(noa, row, starts_at="2026-11-25T15:00:00")

    assert dana.post(f"/calendar/{row.pk}/undo/", headers=JSON).status_code == 409
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        assert noa.post(f"/calendar/{row.pk}/undo/", headers=JSON).status_code == 409
    assert again(salon, row.pk).starts_at == at(15, days=1)


def test_it_does_not_go_back_to_a_time_that_is_taken_by_now(salon: Business, noa: Client):
    row = book(salon, at(12))
    drag(noa, row, starts_at="2026-11-25T15:00:00")
    book(salon, at(12), "רונית לוי", customer_phone="0520000148")

    answer = noa.post(f"/calendar/{row.pk}/undo/", headers=JSON)

    assert answer.status_code == 422
    assert "המועד נתפס" in json.loads(answer.content)["text"]
    assert again(salon, row.pk).starts_at == at(15, days=1)


def test_going_back_brings_the_confirmed_attendance_back(salon: Business, noa: Client):
    row = book(salon, at(12))
    confirm_attendance(business=salon, appointment_id=row.pk, now=NOW, medium=Medium.PHONE)
    drag(noa, again(salon, row.pk), starts_at="2026-11-25T15:00:00")
    assert again(salon, row.pk).attendance_confirmed_at is None

    noa.post(f"/calendar/{row.pk}/undo/", headers=JSON)

    assert again(salon, row.pk).attendance_confirmed_at == NOW


def test_it_goes_back_even_where_the_rules_would_not_book_it_now(salon: Business, noa: Client):
    """It was about to begin; moved by mistake, it belongs where it was."""
    row = book(salon, at(12))
    with time_machine.travel(at(12, 5), tick=False):
        drag(noa, row, starts_at="2026-11-25T15:00:00")
        assert noa.post(f"/calendar/{row.pk}/undo/", headers=JSON).status_code == 200

    assert again(salon, row.pk).starts_at == at(12)


# --- when the clock changes --------------------------------------------------------------------------
def test_dragging_across_the_autumn_change_keeps_hour_and_length(noa_in_october: tuple[Business, Client, datetime]):
    salon, noa, now = noa_in_october
    row = book_then(salon, datetime(2026, 10, 22, 12, tzinfo=ISRAEL), now)

    status, told = drag(noa, row, starts_at="2026-10-26T12:00:00")

    assert status == 200
    assert told["event"]["start"] == "2026-10-26T12:00:00"
    moved = again(salon, row.pk)
    assert moved.starts_at.utcoffset() == timedelta(0)
    assert moved.starts_at.hour == 10  # in UTC: two hours before Israel by then, three before the change
    assert moved.ends_at - moved.starts_at == timedelta(minutes=30)


def test_dragging_into_the_hour_that_the_clock_skips_is_refused(salon: Business, noa: Client):
    with for_business(salon):
        salon.settings.booking_window_days = 200  # type: ignore[attr-defined]  # made by the factory
        salon.settings.allow_24_7 = True  # type: ignore[attr-defined]  # as above
        salon.settings.save()  # type: ignore[attr-defined]  # as above
    row = book(salon, at(12))

    status, told = drag(noa, row, starts_at="2027-03-26T02:30:00")

    assert status == 422
    assert "02:30" in told["text"]
    assert "03:00" in told["text"]
    assert drag(noa, row, starts_at="2027-03-26T03:00:00")[0] == 200
    assert again(salon, row.pk).starts_at == datetime(2027, 3, 26, 3, tzinfo=ISRAEL)


def test_in_the_hour_that_the_clock_repeats_a_stretched_one_stays_in_its_round(
    noa_in_october: tuple[Business, Client, datetime],
):
    salon, noa, now = noa_in_october
    with for_business(salon):
        salon.settings.allow_24_7 = True  # type: ignore[attr-defined]  # made by the factory
        salon.settings.save()  # type: ignore[attr-defined]  # as above
    second_round = datetime(2026, 10, 25, 1, 30, tzinfo=ISRAEL, fold=1)
    row = book_then(salon, second_round, now)

    assert drag(noa, row, starts_at="2026-10-25T01:30:00", resource=resource(salon, "ron").pk)[0] == 200
    assert again(salon, row.pk).starts_at == second_round.astimezone(again(salon, row.pk).starts_at.tzinfo)


@pytest.fixture
def noa_in_october(salon: Business, noa: Client) -> Any:
    now = datetime(2026, 10, 20, 10, tzinfo=ISRAEL)
    with time_machine.travel(now, tick=False):
        noa.force_login(noa_of(salon))
        yield salon, noa, now


def noa_of(salon: Business) -> Any:
    user = UserFactory(first_name="נועה")
    MembershipFactory(user=user, business=salon, role=Role.STAFF)
    return user


def book_then(salon: Business, start: datetime, now: datetime) -> Appointment:

    answer = create_appointment(
        business=salon,
        start_iso=start,
        customer_name="שירה כץ",
        customer_phone="0520000147",
        service_id="cut",
        resource_id="noa",
        medium=Medium.PHONE,
        now=now,
    )
    return again(salon, answer.appointment_id)  # type: ignore[union-attr]  # a free time


# --- two at once -------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_of_two_moves_to_one_time_one_wins(transactional_db: None):
    salon = make_salon("dana", "המספרה של דנה")
    user = noa_of(salon)
    rows = [book(salon, at(12)), book(salon, at(13), "רונית לוי", customer_phone="0520000148")]

    def move(row: Appointment) -> Callable[[], Any]:
        return lambda: rearrange_appointment(
            business=salon,
            appointment_id=row.pk,
            version=version_of(row),
            start=at(16),
            resource_id="noa",
            now=NOW,
            by=user,
        )

    answers = at_once(*(move(row) for row in rows))

    assert sorted(type(answer).__name__ for answer in answers) == ["Refused", "Rescheduled"]
    assert next(answer for answer in answers if isinstance(answer, Refused)).code == "slot_taken"
    assert max(again(salon, row.pk).starts_at for row in rows) == at(16)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_move_the_same_one_the_second_is_told(transactional_db: None):
    salon = make_salon("dana", "המספרה של דנה")
    user, row = noa_of(salon), book(salon, at(12))

    def move(hour: int) -> Callable[[], Any]:
        return lambda: rearrange_appointment(
            business=salon, appointment_id=row.pk, version=version_of(row), start=at(hour), now=NOW, by=user
        )

    answers = at_once(move(15), move(16))

    assert {type(answer) for answer in answers} == {Rescheduled, Overtaken}
    with for_business(salon):
        assert row.changes.count() == 2  # booked, and moved once


def at_once(*works: Callable[[], Any]) -> list[Any]:
    barrier = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
