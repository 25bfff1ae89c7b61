"""Dana moves in with the appointments of her old diary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.imports import COLUMNS, HEADINGS, appointment_cells, import_appointments
from booking.models import Appointment, AppointmentChange, OpeningHours, Resource, Service
from booking.services import cancel_appointment, create_appointment
from crm.imports import Outcome, Report
from crm.models import Business, BusinessSettings, Lead, Medium, OutboxEvent, Role
from crm.tables import Row, read_table
from crm.tenancy import for_business
from tests.booking.conftest import make_salon
from tests.support.factories import MembershipFactory, ResourceFactory, ServiceFactory
from tests.support.pages import fields_of, signed_in, text_of
from tests.support.tables import write_csv, write_excel

ISRAEL = ZoneInfo("Asia/Jerusalem")
HEADING = "תאריך,שעה,שם,טלפון,שירות,אצל,מצב"
SIX = "22/11/2026,18:00,דנה לוי,052-000-0147,,,"


@pytest.fixture
def dana(salon: Business) -> User:
    user: User = MembershipFactory(business=salon, role=Role.OWNER).user
    return user


def file_of(*lines: str, heading: str = HEADING) -> tuple[Row, ...]:
    return read_table("\n".join([heading, *lines]).encode(), COLUMNS).rows


class Importer:
    def __init__(self, salon: Business, dana: User, now: datetime) -> None:
        self.salon, self.dana, self.now = salon, dana, now

    def __call__(self, *lines: str, heading: str = HEADING, **choices: bool) -> Report:
        rows = file_of(*lines, heading=heading)
        return import_appointments(rows, business=self.salon, by=self.dana, now=self.now, **choices)

    def problem(self, line: str, **choices: bool) -> str:
        """The one problem of a file of one line."""
        report = self(line, **choices)
        assert not report.is_written
        [problem] = report.rows[0].details
        return problem


@pytest.fixture
def bring(salon: Business, dana: User, now: datetime) -> Importer:
    return Importer(salon, dana, now)


def appointments(salon: Business) -> list[Appointment]:
    with for_business(salon):
        return list(Appointment.objects.select_related("service", "resource", "business").order_by("starts_at", "pk"))


def outcomes(report: Report) -> list[str]:
    return [str(row.outcome) for row in report.rows]


def test_a_row_becomes_an_appointment_made_by_the_staff(salon: Business, dana: User, bring: Importer):
    ServiceFactory(business=salon, slug="color", name="צבע", duration_min=120)
    report = bring("22/11/2026,18:00,דנה לוי,052-000-0147,צבע,נועה,")

    assert (report.is_written, outcomes(report)) == (True, ["created"])
    assert report.rows[0].subject == "דנה לוי, 22/11/2026 18:00"
    [row] = appointments(salon)
    assert (row.starts_at, row.ends_at) == (
        datetime(2026, 11, 22, 18, tzinfo=ISRAEL),
        datetime(2026, 11, 22, 20, tzinfo=ISRAEL),
    )
    assert (row.customer_name, row.customer_phone, row.medium) == ("דנה לוי", "+972520000147", Medium.STAFF)
    with for_business(salon):
        [change] = AppointmentChange.objects.all()
        assert (change.kind, change.by, change.overrode) == ("created", dana, "")
        assert Lead.objects.get().name == "דנה לוי"


@pytest.mark.parametrize(
    ("heading", "line"),
    [
        (HEADING, "22.11.2026,18:00:00,דנה לוי,052-000-0147,,,"),
        (HEADING, "22/11/26,6:00 PM,דנה לוי,052-000-0147,,,"),
        (HEADING, "2026-11-22,18.00,דנה לוי,052-000-0147,,,"),
        ("מועד,לקוח,נייד", "22/11/2026 18:00,דנה לוי,0520000147"),
        ("Date;Time;Name;Phone;Service;With", "22-11-2026;18:00;דנה לוי;+972520000147;;noa"),
    ],
)
def test_dates_and_hours_as_people_write_them(salon: Business, bring: Importer, heading: str, line: str):
    assert outcomes(bring(line, heading=heading)) == ["created"]
    assert appointments(salon)[0].starts_at == datetime(2026, 11, 22, 18, tzinfo=ISRAEL)


# --- every rule holds ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("31.6.2026,18:00,דנה,0520000147,,,", "תאריך: אין תאריך כזה. כותבים כך: 24/11/2026."),
        ("מחר,18:00,דנה,0520000147,,,", "תאריך: אין תאריך כזה. כותבים כך: 24/11/2026."),
        (",18:00,דנה,0520000147,,,", "תאריך: אין תאריך כזה. כותבים כך: 24/11/2026."),
        ("22/11/2026,25:00,דנה,0520000147,,,", "שעה: אין שעה כזאת. כותבים כך: 18:00."),
        ("22/11/2026,,דנה,0520000147,,,", "שעה: אין שעה כזאת. כותבים כך: 18:00."),
        ("22/11/2026,13:00 pm,דנה,0520000147,,,", "שעה: אין שעה כזאת. כותבים כך: 18:00."),
        ("26/03/2027,02:30,דנה,0520000147,,,", "שעה: השעון מדלג על השעה הזאת באותו יום. צריך לבחור שעה אחרת."),
        ("22/11/2026,18:00,דנה,0520000147,פן,,", "שירות: ״פן״ לא מוכר. המוכרים: תספורת."),
        ("22/11/2026,18:00,דנה,0520000147,,רון,", "אצל: ״רון״ לא מוכר. המוכרים: נועה."),
        ("22/11/2026,18:00,דנה,0520000147,,,אולי", "מצב: ״אולי״ לא מוכר. המוכרים: "),
        ("22/11/2026,18:00,דנה,12,,,", "טלפון: מספר הטלפון קצר מדי. כותבים אותו עם הקידומת."),
        ("22/11/2026,18:00,,0520000147,,,", "שם: חסר שם."),
        ("22/11/2026,18:00,דנה,,,,", "טלפון: חסר מספר טלפון."),
        (
            "22/11/2026,18:15,דנה,0520000147,,,",
            "שעה: לא בשעה שנקבעים בה תורים (כל 60 דקות). מועדים קרובים: 22/11/2026 18:00, 22/11/2026 19:00.",
        ),
        ("22/11/2026,09:00,דנה,0520000147,,,", "שעה: מחוץ לשעות הפתיחה (10:00–20:00). מועדים קרובים: "),
        ("20/11/2026,18:00,דנה,0520000147,,,", "שעה: המועד כבר עבר. מועדים קרובים: "),
        ("22/11/2027,18:00,דנה,0520000147,,,", "שעה: רחוק מדי: אפשר לקבוע עד 21/12/2026."),
    ],
)
def test_what_is_wrong_is_told_with_the_column_and_the_remedy(
    salon: Business, bring: Importer, line: str, problem: str
):
    ServiceFactory(business=salon, slug="haircut", name="תספורת")

    assert bring.problem(line).startswith(problem)
    assert appointments(salon) == []


def test_a_taken_time_is_refused_with_near_ones(salon: Business, bring: Importer):
    bring(SIX)

    assert bring.problem("22/11/2026,18:00,רון כהן,0520000148,,,") == (
        "שעה: המועד נתפס. מועדים קרובים: 22/11/2026 17:00, 22/11/2026 19:00."
    )


def test_two_rows_of_one_file_do_not_share_a_chair(salon: Business, bring: Importer):
    report = bring(SIX, "22/11/2026,18:00,רון כהן,0520000148,,,")

    assert outcomes(report) == ["created", "error"]
    assert appointments(salon) == []

    ResourceFactory(business=salon, slug="ron", name="רון")
    assert outcomes(bring(SIX, "22/11/2026,18:00,רון כהן,0520000148,,,")) == ["created", "created"]


def test_bad_rows_are_left_out_only_on_request(salon: Business, bring: Importer):
    lines = (SIX, "22/11/2026,09:00,רון,0520000148,,,")

    assert not bring(*lines).is_written
    assert bring(*lines, skip_errors=True).counts() == {"created": 1, "updated": 0, "unchanged": 0, "error": 1}
    assert len(appointments(salon)) == 1


# --- the owner's word ------------------------------------------------------------------------------------
def test_the_owner_may_bring_in_what_the_rules_would_refuse(salon: Business, dana: User, bring: Importer):
    report = bring("20/11/2026,08:10,דנה לוי,0520000147,,,", SIX, outside_rules=True)

    assert outcomes(report) == ["created", "created"]
    with for_business(salon):
        changes = AppointmentChange.objects.order_by("new_starts_at").values_list("overrode", "reason", "by")
        assert list(changes) == [("past", "ייבוא", dana.pk), ("", "", dana.pk)]


def test_not_even_the_owner_books_a_taken_time(salon: Business, bring: Importer):
    bring(SIX)

    assert "המועד נתפס." in bring.problem("22/11/2026,18:00,רון,0520000148,,,", outside_rules=True)


def test_staff_may_not_override_even_if_it_asks(salon: Business, now: datetime):
    noa = MembershipFactory(business=salon, role=Role.STAFF).user
    rows = file_of("22/11/2026,09:00,דנה,0520000147,,,")

    report = import_appointments(rows, business=salon, by=noa, now=now, outside_rules=True)

    assert outcomes(report) == ["error"]


@pytest.mark.parametrize(("label", "status"), [("התקיים", "completed"), ("אי־הגעה", "no_show"), ("no_show", "no_show")])
def test_the_past_comes_in_as_it_ended(salon: Business, bring: Importer, label: str, status: str):
    report = bring(f"20/11/2026,18:00,דנה,0520000147,,,{label}", outside_rules=True)

    assert outcomes(report) == ["created"]
    assert [row.status for row in appointments(salon)] == [status]


def test_what_has_not_begun_cannot_have_taken_place(salon: Business, bring: Importer):
    lines = ("22/11/2026,18:00,דנה,0520000147,,,completed", "22/11/2026,19:00,רון,0520000148,,,")

    assert bring(lines[0]).rows[0].details == ("מצב: התור עוד לא התחיל.",)
    assert outcomes(bring(*lines, skip_errors=True)) == ["error", "created"]
    assert [row.customer_name for row in appointments(salon)] == ["רון"]


def test_a_cancelled_row_is_not_brought_back(salon: Business, bring: Importer):
    assert bring.problem("22/11/2026,18:00,דנה,0520000147,,,בוטל").startswith("מצב: מייבאים רק תורים שלא בוטלו.")


# --- once is enough ----------------------------------------------------------------------------------------
def test_the_same_file_twice_changes_nothing(salon: Business, bring: Importer):
    lines = (SIX, "22/11/2026,19:00,רון,0520000148,,נועה,")
    bring(*lines)
    before = [(row.pk, row.status) for row in appointments(salon)]

    report = bring(*lines)

    assert outcomes(report) == ["unchanged", "unchanged"]
    assert [(row.pk, row.status) for row in appointments(salon)] == before
    with for_business(salon):
        assert AppointmentChange.objects.count() == 2


def test_what_was_cancelled_since_stays_cancelled(salon: Business, bring: Importer, now: datetime):
    bring(SIX)
    [row] = appointments(salon)
    cancel_appointment(business=salon, appointment_id=row.pk, now=now, medium=Medium.STAFF)

    assert outcomes(bring(SIX)) == ["unchanged"]
    assert [row.status for row in appointments(salon)] == ["cancelled"]


def test_what_a_caller_booked_already_is_known(salon: Business, bring: Importer, now: datetime):
    create_appointment(
        business=salon,
        start_iso=datetime(2026, 11, 22, 18, tzinfo=ISRAEL),
        customer_name="דנה",
        customer_phone="0520000147",
        medium=Medium.PHONE,
        now=now,
    )

    assert outcomes(bring(SIX)) == ["unchanged"]


def test_a_row_written_twice_is_told(salon: Business, bring: Importer):
    assert [row.details for row in bring(SIX, SIX).rows] == [
        (),
        ("תאריך: כבר מופיע בשורה 2. אפשר להשאיר אחת מהשתיים.",),
    ]


def test_without_phones_names_tell_people_apart(salon: Business, bring: Importer):
    with for_business(salon):
        BusinessSettings.objects.update(require_phone_before_booking=False)
    lines = ("22/11/2026,18:00,דנה,,,,", "22/11/2026,19:00,רון,,,,")

    assert outcomes(bring(*lines)) == ["created", "created"]
    assert outcomes(bring(*lines)) == ["unchanged", "unchanged"]


# --- rehearsing ----------------------------------------------------------------------------------------
def test_a_rehearsal_tells_everything_and_leaves_nothing(salon: Business, bring: Importer):
    report = bring(SIX, "22/11/2026,18:00,רון,0520000148,,,", is_rehearsal=True)

    assert (outcomes(report), report.is_written) == (["created", "error"], False)
    assert appointments(salon) == []
    with for_business(salon):
        assert (Lead.objects.count(), OutboxEvent.objects.count()) == (0, 0)


@pytest.fixture
def _never_closes(salon: Business) -> None:
    with for_business(salon):
        BusinessSettings.objects.update(allow_24_7=True)
    ServiceFactory(business=salon, slug="night", name="לילה", duration_min=120, buffer_after_min=30)
    ServiceFactory(business=salon, slug="early", name="בוקר", duration_min=60, buffer_before_min=60)


LATE = "22/11/2026,23:00,דנה,0520000147,לילה,,"


@pytest.mark.usefixtures("_never_closes")
@pytest.mark.parametrize(
    "next_day",
    [
        "23/11/2026,00:00,רון,0520000148,לילה,,",  # the night runs into it
        "23/11/2026,01:00,רון,0520000148,לילה,,",  # … with the time that is kept free after it
        "23/11/2026,02:00,רון,0520000148,בוקר,,",  # … and with the one that is kept free before the next
    ],
)
@pytest.mark.parametrize("is_in_order", [True, False])
def test_two_days_that_meet_at_midnight_are_refused_before_anything_is_written(
    salon: Business, bring: Importer, next_day: str, is_in_order: bool
):
    lines = (LATE, next_day) if is_in_order else (next_day, LATE)

    preview = bring(*lines, is_rehearsal=True)
    report = bring(*lines)

    assert outcomes(preview) == outcomes(report) == ["created", "error"]
    assert "המועד" in report.rows[1].details[0]
    assert not report.is_written
    assert appointments(salon) == []


@pytest.mark.usefixtures("_never_closes")
def test_what_only_touches_across_midnight_comes_in(salon: Business, bring: Importer):
    lines = (LATE, "23/11/2026,02:00,רון,0520000148,לילה,,", "23/11/2026,23:00,מיה,0520000149,לילה,,")

    assert outcomes(bring(*lines, is_rehearsal=True)) == ["created"] * 3
    assert bring(*lines).is_written
    assert len(appointments(salon)) == 3


@pytest.mark.usefixtures("_never_closes")
def test_a_second_chair_is_free_across_midnight(salon: Business, bring: Importer):
    ResourceFactory(business=salon, slug="ron", name="רון")
    both = (LATE, "23/11/2026,00:00,רון,0520000148,לילה,,")

    assert outcomes(bring(*both, is_rehearsal=True)) == ["created", "created"]
    assert outcomes(bring(*both, "23/11/2026,00:00,מיה,0520000149,לילה,,")) == ["created", "created", "error"]
    assert appointments(salon) == []
    assert bring(*both).is_written
    assert [row.resource.slug for row in appointments(salon)] == ["noa", "ron"]


@pytest.mark.usefixtures("_never_closes")
def test_who_never_came_is_in_nobodys_way_after_midnight(salon: Business, bring: Importer):
    lines = ("19/11/2026,23:00,דנה,0520000147,לילה,,no_show", "20/11/2026,00:00,רון,0520000148,לילה,,no_show")

    assert outcomes(bring(*lines, is_rehearsal=True, outside_rules=True)) == ["created", "created"]
    assert bring(*lines, outside_rules=True).is_written


@pytest.mark.usefixtures("_never_closes")
@given(st.data())
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_import_does_what_the_rehearsal_foretold(salon: Business, bring: Importer, data: st.DataObject):
    """Also where days come in any order and every night is a crowd."""
    hours = st.tuples(
        st.integers(22, 24), st.sampled_from([0, 1, 2, 21, 22, 23]), st.sampled_from(["לילה", "בוקר", ""])
    )
    wishes = data.draw(st.lists(hours, min_size=2, max_size=8, unique_by=lambda wish: wish[:2]))
    lines = [f"{d}/11/2026,{h}:00,מהיומן,05{20000000 + d * 24 + h},{what},," for d, h, what in wishes]
    with transaction.atomic():
        preview = bring(*lines, is_rehearsal=True)
        assert appointments(salon) == []
        assert outcomes(bring(*lines, skip_errors=True)) == outcomes(preview)
        assert len(appointments(salon)) == preview.count(Outcome.CREATED)
        transaction.set_rollback(True)


@pytest.mark.usefixtures("_never_closes")
def test_callers_wait_for_a_day_at_most_however_the_nights_hang_together(bring: Importer):
    lines = [f"{day}/11/2026,23:00,מהיומן,05{20000000 + day},לילה,," for day in range(22, 27)]

    with CaptureQueriesContext(connection) as queries:
        bring(*lines, is_rehearsal=True)

    begun = [query["sql"].startswith("SAVEPOINT") for query in queries]
    in_line = [
        number
        for number, query in enumerate(queries)
        if '"crm_business"' in query["sql"] and "FOR NO KEY" in query["sql"]
    ]
    assert len(in_line) == len(lines)
    assert all(
        begun[number - 1] and queries[number - 2]["sql"].startswith(("RELEASE", "ROLLBACK")) for number in in_line[1:]
    )


@pytest.mark.django_db(transaction=True)
def test_callers_book_while_a_file_comes_in_and_nobody_is_booked_twice(now: datetime):
    salon = make_salon("dana")
    dana = MembershipFactory(business=salon, role=Role.OWNER).user
    starts = [datetime(2026, 11, day, hour, tzinfo=ISRAEL) for day in range(22, 28) for hour in range(10, 20)]
    lines = [f"{at:%d/%m/%Y},{at:%H:%M},מהיומן,05{20000000 + n},,," for n, at in enumerate(starts)]
    rows = file_of(*lines)
    barrier = Barrier(3)

    def at_once(work: Callable[[], object]) -> object:
        try:
            barrier.wait()
            return work()
        finally:
            connection.close()

    def bring_in() -> Report:
        return import_appointments(rows, business=salon, by=dana, now=now, skip_errors=True)

    def call() -> int:
        wish = {"customer_name": "מתקשרת", "customer_phone": "0530000147", "medium": Medium.PHONE, "now": now}
        return sum(create_appointment(business=salon, start_iso=at, **wish).ok for at in reversed(starts))  # type: ignore[arg-type]

    with ThreadPoolExecutor(3) as pool:
        first, second, called = pool.map(at_once, [bring_in, bring_in, call])

    booked = first.count(Outcome.CREATED) + second.count(Outcome.CREATED)  # type: ignore[attr-defined]
    assert booked + called == len(appointments(salon)) == len(starts)  # type: ignore[operator]
    assert first.count(Outcome.ERROR) == second.count(Outcome.ERROR) == called  # type: ignore[attr-defined]


# --- tenancy -------------------------------------------------------------------------------------------
def test_names_of_another_business_mean_nothing_here(salon: Business, other_salon: Business, bring: Importer):
    ServiceFactory(business=other_salon, slug="color", name="צבע של רות")

    assert bring.problem("22/11/2026,18:00,דנה,0520000147,צבע של רות,,").startswith("שירות: ״צבע של רות״ לא מוכר.")
    bring(SIX)
    assert appointments(other_salon) == []


# --- out and in again ----------------------------------------------------------------------------------
@pytest.mark.parametrize("is_excel", [True, False])
def test_what_was_taken_out_comes_in_again_unchanged(salon: Business, bring: Importer, now: datetime, is_excel: bool):
    ServiceFactory(business=salon, slug="color", name="צבע")
    bring("22/11/2026,18:00,דנה לוי,0520000147,צבע,,", "23/11/2026,10:00,=רון,0520000148,,,")
    bring("20/11/2026,10:00,מיה,0520000149,,,התקיים", outside_rules=True)
    cancel_appointment(business=salon, appointment_id=appointments(salon)[2].pk, now=now, medium=Medium.STAFF)
    with for_business(salon):
        Service.objects.update(is_active=False)
    cells = list(appointment_cells(appointments(salon)))

    content = write_excel("תורים", HEADINGS, cells) if is_excel else write_csv(HEADINGS, cells)
    table = read_table(content, COLUMNS)
    report = import_appointments(table.rows, business=salon, by=bring.dana, now=now)

    assert table.ignored == ("משך (דקות)", "אמצעי קשר", "נקבע ביום")
    assert outcomes(report) == ["unchanged"] * 3


def test_cells_are_dates_and_hours_of_the_businesss_clock(salon: Business, bring: Importer):
    bring(SIX)

    [cells] = appointment_cells(appointments(salon))

    assert cells == [
        date(2026, 11, 22),
        time(18),
        "דנה לוי",
        "052-000-0147",
        "",
        "נועה",
        "נקבע",
        60,
        "ידני",
        date(2026, 11, 21),
    ]


def test_hundreds_of_rows_come_in_together(salon: Business, bring: Importer, now: datetime):
    with for_business(salon):
        OpeningHours.objects.update(opens=time(0), closes=time(23))
        Resource.objects.update(daily_limit=None)
    start = datetime(2026, 11, 22, tzinfo=ISRAEL)
    moments = [start + timedelta(hours=number % 23, days=number // 23) for number in range(200)]
    lines = [f"{at:%d/%m/%Y},{at:%H:%M},לקוחה {n},05{20000000 + n},,," for n, at in enumerate(moments)]

    assert bring(*lines).count(Outcome.CREATED) == 200
    assert bring(*lines).count(Outcome.UNCHANGED) == 200


# --- the owner's pages -----------------------------------------------------------------------------------
IMPORT = "/admin/booking/appointment/import/"


@pytest.fixture
def _saturday(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


def upload(client: Client, *lines: str, **more: str) -> HttpResponse:
    content = "\n".join([HEADING, *lines]).encode("cp1255")
    return client.post(IMPORT, {"file": SimpleUploadedFile("diary.csv", content)} | more)


@pytest.mark.usefixtures("_saturday")
def test_dana_looks_and_then_books_her_old_diary(salon: Business):
    dana = signed_in(salon, Role.OWNER)

    preview = upload(dana, SIX, "22/11/2026,09:00,רון,0520000148,,,")
    page = text_of(preview)
    assert "שורה חדשה אחת" in page
    assert "שורה 3 רון, 22/11/2026 09:00 שעה: מחוץ לשעות הפתיחה ( 10:00–20:00 )." in page
    assert appointments(salon) == []

    dana.post(IMPORT, fields_of(preview) | {"skip": "on"})
    assert [(row.customer_name, row.medium) for row in appointments(salon)] == [("דנה לוי", "staff")]


def test_a_cell_under_no_heading_is_an_error(salon: Business, bring: Importer):
    assert bring.problem(f"{SIX},עוד משהו").startswith("״עוד משהו״ נמצא מתחת לעמודה בלי כותרת.")
    assert appointments(salon) == []


@pytest.mark.usefixtures("_saturday")
def test_the_choice_to_go_outside_the_rules_lasts_to_the_confirmation(salon: Business):
    dana = signed_in(salon, Role.OWNER)

    preview = upload(dana, "20/11/2026,09:00,רון,0520000148,,,", outside_rules="on")
    assert "שורה חדשה אחת" in text_of(preview)
    dana.post(IMPORT, fields_of(preview))

    with for_business(salon):
        [change] = AppointmentChange.objects.all()
    assert (change.overrode, change.by) == ("past", salon.memberships.get().user)


def test_no_more_rows_than_callers_can_wait_for(salon: Business):
    page = text_of(upload(signed_in(salon, Role.OWNER), *[SIX] * 1001))

    assert "בקובץ יותר מ־1,000 שורות. אפשר לחלק אותו לכמה קבצים." in page


@pytest.mark.parametrize("what", ["import", "export-csv", "export-excel"])
def test_carrying_appointments_is_the_owners(salon: Business, what: str):
    assert signed_in(salon, Role.STAFF).get(f"/admin/booking/appointment/{what}/").status_code == 403


@pytest.mark.usefixtures("_saturday")
def test_the_export_is_what_the_list_is_narrowed_to(salon: Business, other_salon: Business, bring: Importer):
    bring(SIX, "23/11/2026,10:00,רון,0520000148,,,")
    bring("20/11/2026,10:00,מיה,0520000149,,,", outside_rules=True)
    dana = signed_in(salon, Role.OWNER)

    response = dana.get("/admin/booking/appointment/export-excel/?when=coming")

    rows = read_table(response.getvalue(), COLUMNS).rows
    assert [(row.get("date"), row.get("time"), row.get("name")) for row in rows] == [
        ("23/11/2026", "10:00", "רון"),
        ("22/11/2026", "18:00", "דנה לוי"),
    ]
    ruth = signed_in(other_salon, Role.OWNER)
    assert len(ruth.get("/admin/booking/appointment/export-csv/").getvalue().splitlines()) == 1


def test_a_time_in_the_hour_that_the_clock_repeats_is_known_again(salon: Business, bring: Importer):
    with for_business(salon):
        BusinessSettings.objects.update(allow_24_7=True, booking_window_days=400, slot_size_min=30)
        OpeningHours.objects.all().delete()
    line = "31/10/2027,01:30,דנה לוי,052-000-0147,,נועה,"
    assert outcomes(bring(line)) == ["created"]
    assert outcomes(bring(line)) == ["unchanged"]
