"""Dana brings her customers in a file, and takes them out in one."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier, Event
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agentlocator.logs import LineFormatter
from crm.imports import Outcome, Report, RowReport
from crm.lead_imports import LEAD_COLUMNS, LEAD_HEADINGS, import_leads, lead_cells
from crm.models import Business, Lead, Medium, PendingImport, Role
from crm.pending_imports import forget_stale_imports
from crm.services import upsert_lead
from crm.tables import Row, read_table
from crm.tenancy import for_business, for_everyone
from tests.support.factories import BusinessFactory, LeadFactory, LeadIdentityFactory
from tests.support.pages import fields_of, platform_admin, signed_in, text_of
from tests.support.tables import write_csv, write_excel

NOW = datetime(2026, 11, 21, 8, tzinfo=ZoneInfo("Asia/Jerusalem"))


@pytest.fixture
def salon(db: None) -> Business:
    business: Business = BusinessFactory(slug="dana")
    return business


def file_of(*lines: str, headings: str = "שם,טלפון,שלב,הערות") -> tuple[Row, ...]:
    return read_table("\n".join([headings, *lines]).encode(), LEAD_COLUMNS).rows


def bring(salon: Business, *lines: str, **choices: bool) -> Report:
    return import_leads(file_of(*lines), business=salon, now=NOW, **choices)


def customers(salon: Business) -> list[tuple[str, str, str, str]]:
    with for_business(salon):
        return list(Lead.objects.order_by("pk").values_list("name", "phone", "status", "notes"))


def outcomes(report: Report) -> list[str]:
    return [str(row.outcome) for row in report.rows]


def test_new_customers_come_in_with_their_numbers_in_one_form(salon: Business) -> None:
    report = bring(salon, "דנה לוי,052-000 0147,קבוע,אוהבת תה", "רון כהן,+972 3 555 0100,,", "מיה,520000999,booked,")

    assert report.is_written
    assert outcomes(report) == ["created"] * 3
    assert customers(salon) == [
        ("דנה לוי", "+972520000147", "regular", "אוהבת תה"),
        ("רון כהן", "+97235550100", "new", ""),
        ("מיה", "+972520000999", "booked", ""),
    ]
    with for_business(salon):
        lead = Lead.objects.earliest("pk")
    assert (lead.source, lead.created_at, lead.last_contact_at) == (Medium.STAFF, NOW, None)


def test_the_same_file_twice_changes_nothing(salon: Business) -> None:
    lines = ("דנה לוי,052-000-0147,קבוע,אוהבת תה", "בלי מספר,,חדש,")
    bring(salon, *lines)
    before = customers(salon)

    report = bring(salon, *lines)

    assert outcomes(report) == ["unchanged", "unchanged"]
    assert customers(salon) == before


def test_a_known_customer_is_updated_and_the_report_says_what_changes(salon: Business) -> None:
    LeadFactory(business=salon, name="דנה", phone="+972520000147", notes="ישן")

    report = bring(salon, "דנה לוי,0520000147,בטיפול,חדש")

    assert report.rows == (
        RowReport(2, Outcome.UPDATED, "דנה לוי", ("שלב: בטיפול במקום חדש", "שם: דנה לוי במקום דנה", "הערות: הוחלפו")),
    )
    assert customers(salon) == [("דנה לוי", "+972520000147", "in_progress", "חדש")]


def test_an_empty_cell_or_a_missing_column_changes_nothing(salon: Business) -> None:
    LeadFactory(business=salon, name="דנה לוי", phone="+972520000147", notes="אוהבת תה", status="regular")
    before = customers(salon)

    assert outcomes(bring(salon, ",0520000147,,")) == ["unchanged"]
    rows = file_of("0520000147", headings="נייד")
    assert outcomes(import_leads(rows, business=salon, now=NOW)) == ["unchanged"]
    assert customers(salon) == before


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("דנה,12,,", "טלפון: מספר הטלפון קצר מדי. כותבים אותו עם הקידומת."),
        ("דנה,0000000000,,", "טלפון: זה לא מספר טלפון. כותבים אותו עם הקידומת, למשל 052-000-0147."),
        ("דנה,5.2E+08,,", "טלפון: המספר קוצר ב־Excel. אפשר לעצב את העמודה כטקסט ולכתוב אותו שוב."),
        ("דנה,,אולי,", "שלב: אין שלב כזה. השלבים: חדש, בטיפול, נקבע תור, קבוע, לא רלוונטי."),
        (",,,סתם", "חסרים שם וטלפון. צריך למלא אחד מהם."),
        ("ד" * 121 + ",,,", "שם: ארוך מ־120 תווים. אפשר לקצר."),
    ],
)
def test_a_bad_row_is_told_with_its_column_and_the_remedy(salon: Business, line: str, problem: str) -> None:
    report = bring(salon, "רון,052-000-0148,,", line)

    assert [(row.number, row.outcome, row.details) for row in report.rows[1:]] == [(3, Outcome.ERROR, (problem,))]
    assert not report.is_written
    assert customers(salon) == []


def test_all_that_is_wrong_with_a_row_is_told_at_once(salon: Business) -> None:
    assert len(bring(salon, "דנה,12,אולי,").rows[0].details) == 2


def test_bad_rows_are_left_out_only_on_request(salon: Business) -> None:
    lines = ("רון,052-000-0148,,", "דנה,12,,")

    assert not bring(salon, *lines).is_written
    assert customers(salon) == []

    report = bring(salon, *lines, skip_errors=True)
    assert report.is_written
    assert report.counts() == {"created": 1, "updated": 0, "unchanged": 0, "error": 1}
    assert [name for name, *_rest in customers(salon)] == ["רון"]


def test_a_number_twice_in_the_file_is_told(salon: Business) -> None:
    report = bring(salon, "רון,052-000-0148,,", "רונית,+972520000148,,", "מיה,,,", "מיה,,,")

    assert [(row.number, row.details) for row in report.rows if row.outcome is Outcome.ERROR] == [
        (3, ("טלפון: כבר מופיע בשורה 2. אפשר להשאיר אחת מהשתיים.",)),
        (5, ("שם: כבר מופיע בשורה 4. אפשר להשאיר אחת מהשתיים.",)),
    ]


def test_nobody_becomes_new_again(salon: Business) -> None:
    LeadFactory(business=salon, name="דנה", phone="+972520000147", status="regular")

    report = bring(salon, "דנה,0520000147,חדש,")

    assert report.rows[0].details == ("שלב: מ״קבוע״ לא עוברים ל״חדש״.",)


def test_a_rehearsal_tells_everything_and_writes_nothing(salon: Business) -> None:
    LeadFactory(business=salon, name="דנה", phone="+972520000147", status="new")
    before = customers(salon)

    report = bring(salon, "דנה לוי,0520000147,בטיפול,", "רון,0520000148,,", is_rehearsal=True)

    assert outcomes(report) == ["updated", "created"]
    assert not report.is_written
    assert customers(salon) == before


def test_a_number_of_another_business_is_nobodys_here(salon: Business) -> None:
    garage = BusinessFactory(slug="garage")
    LeadFactory(business=garage, name="דנה", phone="+972520000147", notes="של המוסך")

    assert outcomes(bring(salon, "דנה לוי,0520000147,קבוע,שלי")) == ["created"]

    assert customers(garage) == [("דנה", "+972520000147", "new", "של המוסך")]


@pytest.mark.django_db(transaction=True)
def test_one_file_sent_several_times_while_its_customers_call_makes_each_of_them_once() -> None:
    salon = BusinessFactory(slug="dana")
    lines = [f"לקוחה {number},0520000{number:03d},," for number in range(100, 140)]
    barrier = Barrier(4)

    def at_once(work: Callable[[], object]) -> None:
        try:
            barrier.wait()
            work()
        finally:
            connection.close()

    def ring() -> None:
        with for_business(salon):
            for number in range(139, 99, -1):
                phone = f"+972520000{number}"
                upsert_lead(business=salon, phone=phone, name="מתקשרת", source=Medium.PHONE, now=NOW)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(at_once, [lambda: bring(salon, *lines)] * 3 + [ring]))

    assert sorted(phone for _name, phone, *_rest in customers(salon)) == [
        f"+972520000{number}" for number in range(100, 140)
    ]


def test_thousands_of_customers_take_few_queries(salon: Business, django_assert_max_num_queries: object) -> None:
    lines = [f"לקוחה {number},05{20000000 + number}," for number in range(1000)]
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert bring(salon, *lines).is_written
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert set(outcomes(bring(salon, *lines))) == {"unchanged"}


@pytest.mark.parametrize("is_excel", [True, False])
def test_what_was_taken_out_comes_in_again_unchanged(salon: Business, is_excel: bool) -> None:
    LeadFactory(business=salon, name="דנה לוי", phone="+972520000147", notes="=אוהבת, תה\nחם", status="booked")
    LeadFactory(business=salon, name="John", phone="+442079460018", last_contact_at=NOW - timedelta(days=1))
    LeadFactory(business=salon, name="בלי מספר", phone="")
    before = customers(salon)
    with for_business(salon):
        rows = list(lead_cells(Lead.objects.order_by("pk")))

    content = write_excel("לקוחות", LEAD_HEADINGS, rows) if is_excel else write_csv(LEAD_HEADINGS, rows)
    table = read_table(content, LEAD_COLUMNS)
    report = import_leads(table.rows, business=salon, now=NOW)

    assert table.ignored == ("אמצעי קשר", "נוצר", "קשר אחרון")
    assert outcomes(report) == ["unchanged"] * 3
    assert customers(salon) == before


def test_numbers_are_written_as_they_are_dialled(salon: Business) -> None:
    LeadFactory(business=salon, name="דנה", phone="+972520000147", created_at=NOW)
    with for_everyone("one business only"):
        [cells] = lead_cells(Lead.objects.all())

    assert cells[:6] == ["דנה", "052-000-0147", "חדש", "", "", "שיחה"]
    assert cells[6] == datetime.fromisoformat("2026-11-21T08:00")


# --- the owner's pages ---------------------------------------------------------------------------------
IMPORT = "/admin/crm/lead/import/"
LINES = "שם,טלפון,שלב,הערות,מזל\nדנה לוי,0520000147,,,טלה\nרון,12,,,\n"


@pytest.fixture
def dana(salon: Business) -> Client:
    return signed_in(salon, Role.OWNER)


def upload(client: Client, text: str | bytes = LINES, **more: str) -> HttpResponse:
    content = text.encode() if isinstance(text, str) else text
    return client.post(IMPORT, {"file": SimpleUploadedFile("customers.csv", content)} | more)


def test_dana_sees_first_what_would_happen(salon: Business, dana: Client) -> None:
    page = text_of(upload(dana))

    assert "שורה חדשה אחת" in page
    assert "שורה אחת עם שגיאה" in page
    assert "עמודות שלא נקראות: מזל" in page
    assert "שורה 3 רון טלפון: מספר הטלפון קצר מדי. כותבים אותו עם הקידומת." in page
    assert "שורה 2 דנה לוי חדש" in page
    assert customers(salon) == []


def test_errors_stop_the_import_until_dana_leaves_them_out(salon: Business, dana: Client) -> None:
    fields = fields_of(upload(dana))

    refused = dana.post(IMPORT, fields)
    assert "שום דבר לא יובא" in text_of(refused)
    assert customers(salon) == []

    done = dana.post(IMPORT, fields | {"skip": "on"})
    assert done["Location"] == "/admin/crm/lead/"
    assert [name for name, *_rest in customers(salon)] == ["דנה לוי"]
    page = text_of(dana.get("/admin/crm/lead/"))
    assert "שורה אחת יובאה." in page
    assert "שורות שלא יובאו: 3." in page
    with for_business(salon):
        assert PendingImport.objects.count() == 0


def test_a_cell_under_no_heading_is_an_error_to_the_end(salon: Business, dana: Client) -> None:
    preview = upload(dana, "שם,הערות\nדנה,תה, בלי סוכר\nרון,")
    assert "שורה 2 דנה ״בלי סוכר״ נמצא מתחת לעמודה בלי כותרת." in text_of(preview)

    dana.post(IMPORT, fields_of(preview))
    assert customers(salon) == []

    dana.post(IMPORT, fields_of(preview) | {"skip": "on"})
    assert [name for name, *_rest in customers(salon)] == ["רון"]


def test_confirming_twice_imports_once(salon: Business, dana: Client) -> None:
    fields = fields_of(upload(dana, "שם\nדנה"))
    dana.post(IMPORT, fields)

    again = dana.post(IMPORT, fields, follow=True)

    assert "הקובץ כבר יובא, או שעברה שעה. אפשר לבחור אותו שוב." in text_of(again)
    assert len(customers(salon)) == 1


def test_an_hour_later_the_rows_are_forgotten(salon: Business, dana: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        fields = fields_of(upload(dana, "שם\nדנה"))
    with time_machine.travel(NOW + timedelta(minutes=59), tick=False):
        assert forget_stale_imports(NOW + timedelta(minutes=59)) == 0
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        dana.post(IMPORT, fields)

    assert customers(salon) == []
    assert forget_stale_imports(NOW + timedelta(hours=1)) == 1


def test_a_file_that_cannot_be_used_stays_on_the_form(dana: Client) -> None:
    assert "הקובץ שנשלח ריק." in text_of(upload(dana, ""))
    assert "בשורה הראשונה צריכות להיות הכותרות." in text_of(upload(dana, "צבע\nירוק"))
    assert "חובה" in text_of(dana.post(IMPORT, {}))


def test_nothing_new_offers_nothing_to_confirm(salon: Business, dana: Client) -> None:
    LeadFactory(business=salon, name="דנה", phone="+972520000147")

    response = upload(dana, "שם,טלפון\nדנה,0520000147")

    assert "כל מה שבקובץ כבר כאן." in text_of(response)
    assert "pending" not in fields_of(response)


@pytest.mark.parametrize("pending", ["0", "x", "99999999999999999999", "٣"])
def test_a_made_up_preview_imports_nothing(dana: Client, pending: str) -> None:
    assert dana.post(IMPORT, {"pending": pending}).status_code == 302


def test_only_the_one_who_sent_the_file_confirms_it(salon: Business, dana: Client) -> None:
    fields = fields_of(upload(dana, "שם\nדנה"))
    garage = BusinessFactory()

    for stranger in (signed_in(salon, Role.OWNER), signed_in(garage, Role.OWNER)):
        stranger.post(IMPORT, fields)

    assert customers(salon) == customers(garage) == []


PAGES = (IMPORT, "/admin/crm/lead/export-csv/", "/admin/crm/lead/export-excel/")


@pytest.mark.parametrize("page", PAGES)
def test_carrying_is_the_owners(salon: Business, page: str) -> None:
    noa = signed_in(salon, Role.STAFF)

    assert noa.get(page).status_code == 403
    assert page not in noa.get("/admin/crm/lead/").content.decode()
    assert Client().get(page).status_code == 302
    assert platform_admin().get(page).status_code == 403  # enters a business first


def test_the_buttons_export_what_the_list_is_narrowed_to(salon: Business, dana: Client) -> None:
    LeadFactory(business=salon, name="דנה", phone="+972520000147", status="regular")
    LeadFactory(business=salon, name="רון", status="new")
    LeadFactory(business=BusinessFactory(), name="של המוסך", status="regular")

    page = dana.get("/admin/crm/lead/?status__exact=regular").content.decode()
    assert 'href="/admin/crm/lead/export-csv/?status__exact=regular"' in page

    response = dana.get("/admin/crm/lead/export-csv/?status__exact=regular")
    lines = list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))
    assert [line[0] for line in lines] == ["שם", "דנה"]
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Disposition"].startswith('attachment; filename="customers-20')


def test_excel_holds_the_same(salon: Business, dana: Client) -> None:
    LeadFactory(business=salon, name="דנה", phone="+972520000147")

    response = dana.get("/admin/crm/lead/export-excel/")

    rows = read_table(response.getvalue(), LEAD_COLUMNS).rows
    assert [(row.get("name"), row.get("phone")) for row in rows] == [("דנה", "052-000-0147")]


@pytest.mark.parametrize("kind", ["csv", "excel"])
def test_a_long_list_goes_out_row_by_row(salon: Business, dana: Client, kind: str) -> None:
    with for_business(salon):
        Lead.objects.bulk_create(Lead(business=salon, name=f"לקוח {n}") for n in range(2500))

    response = dana.get(f"/admin/crm/lead/export-{kind}/")

    assert response.streaming
    assert len(read_table(response.getvalue(), LEAD_COLUMNS).rows) == 2500
    assert LogEntry.objects.get().change_message == "ייצוא, מספר השורות: 2500"


def test_a_filter_that_does_not_exist_exports_nothing(dana: Client) -> None:
    assert dana.get("/admin/crm/lead/export-csv/?status__nonsense=1").status_code == 302


def test_who_carried_how_much_is_kept_but_never_whom(
    salon: Business, dana: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        dana.post(IMPORT, fields_of(upload(dana, "שם,טלפון\nדנה לוי,0520000147")))
        dana.get("/admin/crm/lead/export-csv/").getvalue()

    entries = list(LogEntry.objects.order_by("pk").values_list("change_message", "object_repr", "user__username"))
    user = salon.memberships.get().user.username
    assert entries == [("שורה אחת יובאה.", "dana", user), ("ייצוא, מספר השורות: 1", "dana", user)]
    formatter = LineFormatter()
    lines = [formatter.format(record) for record in caplog.records if record.name == "crm.carrying"]
    assert [line.partition(" kind=")[2] for line in lines] == [
        "customers rows_created=1 rows_updated=0 rows_unchanged=0 rows_error=0",
        "customers rows_exported=1",
    ]
    assert "דנה" not in caplog.text


# --- whoever calls meanwhile does not wait ----------------------------------------------------------------
def locks_of(queries: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in queries if "FOR UPDATE" in query["sql"] or "FOR NO KEY" in query["sql"]]


def test_a_preview_locks_nobody(salon: Business) -> None:
    LeadFactory(business=salon, name="דנה", phone="+972520000147")
    LeadFactory(business=salon, name="בלי מספר", phone="")

    with CaptureQueriesContext(connection) as queries:
        report = bring(salon, "דנה לוי,0520000147,,", "בלי מספר,,,חדש", is_rehearsal=True)

    assert outcomes(report) == ["updated", "updated"]
    assert locks_of(queries) == []


def test_an_import_locks_only_whom_it_changes(salon: Business) -> None:
    LeadFactory(business=salon, name="דנה", phone="+972520000147")
    same = LeadFactory(business=salon, name="רון", phone="+972520000148")
    LeadFactory(business=salon, name="אחרת", phone="")

    with CaptureQueriesContext(connection) as queries:
        report = bring(salon, "דנה לוי,0520000147,,", "רון,0520000148,,", "בלי מספר,,,")

    assert outcomes(report) == ["updated", "unchanged", "created"]
    business, leads = locks_of(queries)
    assert "crm_business" in business
    assert "crm_lead" in leads
    assert str(same.pk) not in leads.partition(" IN ")[2].partition(")")[0].strip("(").split(", ")


def test_people_without_a_number_are_looked_for_by_their_names(salon: Business) -> None:
    LeadFactory(business=salon, name="Dana Levi", phone="")
    LeadFactory(business=salon, name="אחרת", phone="")

    with CaptureQueriesContext(connection) as queries:
        report = bring(salon, "dana levi,,,חדש")

    assert outcomes(report) == ["updated"]
    assert not any("אחרת" in query["sql"] for query in queries)
    assert [name for name, *_rest in customers(salon)] == ["dana levi", "אחרת"]


def test_two_numbers_of_one_person_are_two_rows_about_one(salon: Business) -> None:
    lead = LeadFactory(business=salon, name="דנה", phone="+972520000147")
    LeadIdentityFactory(business=salon, lead=lead, channel="phone", external_id="+972520000148")

    report = bring(salon, "דנה לוי,0520000147,,", "דנה כהן,0520000148,,", skip_errors=True)

    assert outcomes(report) == ["updated", "error"]
    assert "כבר מופיע בשורה 2" in report.rows[1].details[0]
    assert customers(salon)[0][0] == "דנה לוי"


@pytest.mark.django_db(transaction=True)
def test_what_a_colleague_saves_during_the_import_is_not_overwritten() -> None:
    salon = BusinessFactory(slug="dana")
    lead = LeadFactory(business=salon, name="דנה", phone="+972520000147", notes="ישן")
    held = Event()

    def edit() -> None:
        try:
            with for_business(salon), transaction.atomic():
                Lead.objects.filter(pk=lead.pk).update(notes="מהיומן")
                held.set()
                _wait_until_somebody_waits()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        edited = pool.submit(edit)
        held.wait(10)
        report = import_leads(file_of("דנה לוי,0520000147,,"), business=salon, now=NOW)
        edited.result()

    assert outcomes(report) == ["updated"]
    assert customers(salon) == [("דנה לוי", "+972520000147", "new", "מהיומן")]


def _wait_until_somebody_waits() -> None:
    """Until another connection waits for a lock of ours."""
    with connection.cursor() as cursor:
        for _try in range(10_000):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone() != (0,):
                return
    raise AssertionError("Nobody waited for the row.")
