"""Dana brings ten thousand customers in a file, sees first what would happen, and takes them out again."""

from __future__ import annotations

import csv
import io

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.lead_imports import LEAD_COLUMNS
from crm.models import Business, Lead, LeadTag, PendingImport
from crm.tables import read_table
from crm.tenancy import for_business
from tests.support.factories import NOW, LeadFactory, LeadIdentityFactory, LeadTagFactory, TagFactory
from tests.support.pages import fields_of, text_of
from tests.support.tables import write_excel

LINES = "שם מלא,נייד,תגיות,מזל\nדנה לוי,052-000-0147,כלה; VIP,טלה\nרון,12,,\n"


def upload(client: Client, content: str | bytes, name: str = "customers.csv") -> HttpResponse:
    """The preview of the file, or the form with what is wrong with it."""
    raw = content.encode() if isinstance(content, str) else content
    return client.post("/leads/import/", {"file": SimpleUploadedFile(name, raw)}, follow=True)


def address_of(preview: HttpResponse) -> str:
    return f"/leads/import/{preview.context['pending'].pk}/"


def confirm(client: Client, preview: HttpResponse, **changes: str) -> HttpResponse:
    return client.post(address_of(preview), fields_of(preview) | changes, follow=True)


def people(business: Business) -> list[tuple[str, str]]:
    with for_business(business):
        return list(Lead.objects.order_by("pk").values_list("name", "phone"))


def test_ten_thousand_rows_with_seventeen_bad_ones(salon: Business, dana: Client) -> None:
    bad = set(range(212, 9_000, 520))
    assert len(bad) == 17
    lines = ["שם,טלפון"]
    lines += [f"לקוח {row},{'12345' if row in bad else f'05{20_000_000 + row}'}" for row in range(2, 10_002)]

    preview = upload(dana, "\n".join(lines))
    text = text_of(preview)

    assert "9,983 שורות תקינות, 17 לא" in text
    for row in bad:
        assert f"שורה {row} לקוח {row} טלפון: מספר הטלפון קצר מדי." in text
    assert "ייבוא 9,983 לקוחות" in text
    assert people(salon) == []  # nothing before the confirmation

    with CaptureQueriesContext(connection) as asked:
        done = confirm(dana, preview)

    assert "יובאו 9983 לקוחות. 17 שורות הושמטו." in text_of(done)
    assert len(people(salon)) == 9_983
    assert len(asked) < 100
    with for_business(salon):
        assert not PendingImport.objects.exists()


def test_a_cell_under_no_heading_names_its_row(salon: Business, dana: Client) -> None:
    preview = upload(dana, "שם,טלפון\nדנה,0520000147\nלוי, רות,0530000226\n")

    assert "שורה אחת תקינה, 1 לא" in text_of(preview)
    assert "שורה 3 לוי ״0530000226״ נמצא מתחת לעמודה בלי כותרת." in text_of(preview)
    confirm(dana, preview)
    assert people(salon) == [("דנה", "+972520000147")]


def test_a_column_without_a_heading_is_shown_and_may_be_left_out(salon: Business, dana: Client) -> None:
    preview = upload(dana, "שם,טלפון,\nדנה,0520000147,בבוקר\n")

    assert "בבוקר" in text_of(preview)
    confirm(dana, preview)
    assert people(salon) == [("דנה", "+972520000147")]


def test_the_columns_are_shown_and_can_be_changed(salon: Business, dana: Client) -> None:
    preview = upload(dana, "מי,איפה,מזל\nדנה לוי,0520000147,טלה\n")
    assert "צריך לבחור באיזו עמודה נמצא השם או הטלפון." in text_of(preview)
    assert "דנה לוי" in text_of(preview)

    changed = dana.post(address_of(preview), {"column0": "name", "column1": "phone", "refresh": "1"})
    assert "ייבוא לקוח אחד" in text_of(changed)
    assert people(salon) == []

    twice = dana.post(address_of(preview), {"column0": "name", "column1": "name", "refresh": "1"})
    assert "שתי עמודות סומנו כ״שם״. אפשר להשאיר אחת." in text_of(twice)
    assert dana.post(address_of(preview), {"column0": "name", "column1": "name"}).status_code == 200
    assert people(salon) == []

    dana.post(address_of(preview), {"column0": "name", "column1": "phone"})
    assert people(salon) == [("דנה לוי", "+972520000147")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1255", "iso-8859-8", "utf-16", "utf-16-le"])
def test_every_hebrew_encoding_is_read(salon: Business, dana: Client, encoding: str) -> None:
    confirm(dana, upload(dana, LINES.encode(encoding)))

    assert people(salon) == [("דנה לוי", "+972520000147")]


def test_only_iso_8859_8_has_this_sign(salon: Business, dana: Client) -> None:
    confirm(dana, upload(dana, "שם\nדנה ‗ לוי\n".encode("iso-8859-8")))

    assert people(salon) == [("דנה ‗ לוי", "")]


def test_an_excel_file_is_read(salon: Business, dana: Client) -> None:
    content = write_excel("לקוחות", ["שם", "טלפון"], [["דנה לוי", "052-000-0147"]])
    confirm(dana, upload(dana, content, "customers.xlsx"))

    assert people(salon) == [("דנה לוי", "+972520000147")]


def test_tags_and_stages_come_along(salon: Business, dana: Client) -> None:
    TagFactory(business=salon, name="vip")
    LeadFactory(business=salon, name="רון", phone="+972540000001")

    preview = upload(
        dana, "שם,טלפון,שלב,תגיות\nדנה לוי,0520000147,קבועים,\nמיה,0530000226,קבוע,כלה; VIP\nרון,0540000001,,כלה"
    )
    assert "שלב: אין שלב כזה." in text_of(preview)  # the stage's name, not the column's on the board
    assert "תגיות: נוספו: כלה" in text_of(preview)
    confirm(dana, preview)

    with for_business(salon):
        links = LeadTag.objects.order_by("lead__name", "tag__name").values_list("lead__name", "tag__name")
        assert list(links) == [("מיה", "vip"), ("מיה", "כלה"), ("רון", "כלה")]
        assert Lead.objects.get(name="מיה").status == "regular"


@pytest.mark.parametrize(
    ("existing", "kept"),
    [
        ("fill", ("דנה", "new", "הערה חדשה")),
        ("replace", ("דנה לוי", "regular", "הערה חדשה")),
        ("skip", ("דנה", "new", "")),
    ],
)
def test_what_happens_to_whom_is_here_already_is_dana_s_choice(
    salon: Business, dana: Client, existing: str, kept: tuple[str, str, str]
) -> None:
    LeadFactory(business=salon, name="דנה", phone="+972520000147")
    preview = upload(dana, "שם,טלפון,שלב,הערות\nדנה לוי,0520000147,קבוע,הערה חדשה\nרון,0540000001,,")
    assert "השלמת מה שחסר בכרטיס" in text_of(preview)

    confirm(dana, preview, existing=existing)

    with for_business(salon):
        assert Lead.objects.values_list("name", "status", "notes").get(phone="+972520000147") == kept
        assert Lead.objects.count() == 2


def test_a_further_number_of_somebody_is_this_somebody(salon: Business, dana: Client) -> None:
    lead = LeadFactory(business=salon, name="דנה לוי", phone="+972520000147")
    LeadIdentityFactory(business=salon, lead=lead, channel="phone", external_id="+972530000226")

    preview = upload(dana, "שם,טלפון\nדנה לוי,0530000226\n")

    assert "כל מה שבקובץ כבר כאן." in text_of(preview)


def test_a_number_twice_in_the_file_is_named(dana: Client) -> None:
    preview = upload(dana, "שם,טלפון\nדנה,0520000147\nדנה לוי,+972520000147")

    assert "שורה 3 דנה לוי טלפון: כבר מופיע בשורה 2." in text_of(preview)


def test_confirming_twice_imports_once(salon: Business, dana: Client) -> None:
    preview = upload(dana, LINES)
    confirm(dana, preview)

    assert "הקובץ כבר יובא, או שעברה שעה." in text_of(confirm(dana, preview))
    assert len(people(salon)) == 1


def test_an_hour_later_the_file_is_chosen_again(salon: Business, dana: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        preview = upload(dana, LINES)
    with time_machine.travel(NOW.replace(hour=9), tick=False):
        assert "הקובץ כבר יובא, או שעברה שעה." in text_of(dana.get(address_of(preview), follow=True))


@pytest.mark.parametrize(
    ("content", "told"),
    [("", "הקובץ שנשלח ריק."), ("PK\x03\x04junk", "לא ניתן לקרוא את קובץ ה־Excel."), ("\n\n", "הקובץ ריק.")],
)
def test_a_file_that_cannot_be_used_says_why(dana: Client, content: str, told: str) -> None:
    answer = upload(dana, content)

    assert answer.status_code == 422
    assert told in text_of(answer)


def test_a_script_in_a_file_stays_text(salon: Business, dana: Client) -> None:
    preview = upload(dana, '"<script>alert(1)</script>",טלפון\n<b>x</b>,12\n')

    assert "<script>alert" not in preview.content.decode()
    assert "<b>x" not in preview.content.decode()


# --- out --------------------------------------------------------------------------------------------------
def exported(client: Client, query: str = "") -> list[list[str]]:
    answer = client.get(f"/leads/export/?format=csv{query}")
    assert answer["Cache-Control"] == "no-store, private"
    content = b"".join(answer.streaming_content)
    assert len(content) == int(answer["Content-Length"])
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_what_the_list_is_narrowed_to_goes_out(salon: Business, garage: Business, dana: Client) -> None:
    LeadFactory(business=salon, name="רון", status="regular")
    lead = LeadFactory(business=salon, name="=דנה", phone="+972520000147")
    for name in ("כלה", "VIP"):
        LeadTagFactory(business=salon, lead=lead, tag=TagFactory(business=salon, name=name))
    LeadFactory(business=garage, name="של המוסך")

    headings, *rows = exported(dana)
    assert headings == ["שם", "טלפון", "שלב", "הערות", "תגיות", "אמצעי קשר", "נוצר", "קשר אחרון"]
    assert rows[0][:5] == ["'=דנה", "052-000-0147", "חדש", "", "VIP, כלה"]
    assert [row[0] for row in rows] == ["'=דנה", "רון"]
    assert [row[0] for row in exported(dana, "&stage=regular")[1:]] == ["רון"]
    assert LogEntry.objects.order_by("pk").values_list("change_message", flat=True)[0] == "ייצוא, מספר השורות: 2"


def test_excel_holds_the_same(salon: Business, dana: Client) -> None:
    LeadFactory(business=salon, name="=דנה", phone="+972520000147")

    content = b"".join(dana.get("/leads/export/?format=xlsx").streaming_content)

    [row] = read_table(content, LEAD_COLUMNS).rows
    assert (row.get("name"), row.get("phone")) == ("=דנה", "052-000-0147")


def test_a_thousand_go_out_in_few_queries(salon: Business, dana: Client) -> None:
    with for_business(salon):
        Lead.objects.bulk_create(Lead(business=salon, name=f"לקוח {number}") for number in range(3000))
    exported(dana)

    with CaptureQueriesContext(connection) as asked:
        assert len(exported(dana)) == 3001
    assert len(asked) < 25
