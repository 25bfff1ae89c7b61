"""Answers carried in and out as files."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from crm.models import Business, PendingImport
from crm.tables import Cell, csv_into, excel_into, read_table
from crm.tenancy import for_business
from faq.file_rows import FAQ_COLUMNS, entry_cells, import_entries
from faq.models import FaqEntry
from tests.support.factories import FaqEntryFactory
from tests.support.pages import text_of

pytestmark = pytest.mark.django_db
HEADINGS = ["שאלה", "תשובה", "ניסוחים נוספים", "בתוקף עד", "פעילה", "סתם"]


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    file = io.BytesIO()
    csv_into(file, headings, rows)
    return file.getvalue()


def sent(dana: Client, content: bytes, name: str = "faq.csv") -> HttpResponse:
    return dana.post("/faq/import/", {"file": SimpleUploadedFile(name, content)}, follow=True)


def entries(salon: Business) -> list[FaqEntry]:
    with for_business(salon):
        return list(FaqEntry.objects.all())


def test_a_file_is_shown_before_it_is_written(salon: Business, dana: Client) -> None:
    known = FaqEntryFactory(business=salon, question="יש חניה?", answer="ממול.")
    content = write_csv(
        HEADINGS,
        [
            ["יש חניה", "בחצר.", "איפה חונים? | יש חניון?", "31/12/2026", "כן", "x"],
            ["איפה אתם?", "הרצל 3", "", "", "", ""],
            ["", "בלי שאלה", "", "", "", ""],
            ["כמה עולה?", "", "", "", "", ""],
            ["איפה אתם", "שוב", "", "", "", ""],
            ["מתי?", "עכשיו", "", "31/02/2026", "אולי", ""],
        ],
    )

    preview = sent(dana, content)

    text = text_of(preview)
    assert "2 שורות תקינות" in text or "שתי שורות תקינות" in text
    assert "שאלה: השדה ריק." in text
    assert "תשובה: השדה ריק." in text
    assert "כבר בשורה 3" in text or "שורה 3" in text
    assert "בתוקף עד: " in text
    assert "פעילה: יש לכתוב כן או לא." in text
    assert "סתם" in text
    assert [entry.answer for entry in entries(salon)] == ["ממול."]

    done = dana.post(preview.redirect_chain[-1][0], follow=True)

    assert "2 תשובות יובאו." in text_of(done)
    [parking, address] = entries(salon)
    assert (parking.pk, parking.answer) == (known.pk, "בחצר.")
    assert (parking.phrasings, parking.valid_until) == (["איפה חונים?", "יש חניון?"], date(2026, 12, 31))
    assert address.question == "איפה אתם?"


def test_a_file_is_imported_once(salon: Business, dana: Client) -> None:
    preview = sent(dana, write_csv(["שאלה", "תשובה"], [["יש חניה?", "כן"]]))
    address = preview.redirect_chain[-1][0]
    dana.post(address)

    assert "כבר יובא" in text_of(dana.post(address, follow=True))
    assert len(entries(salon)) == 1


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "ריק"),
        (write_csv(["שאלה"], [["יש?"]]), "תשובה"),
        (b"PK\x03\x04 broken", "Excel"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(salon: Business, dana: Client, content: bytes, complaint: str) -> None:
    answer = sent(dana, content)

    assert answer.status_code == 422
    assert complaint in text_of(answer)
    with for_business(salon):
        assert not PendingImport.objects.exists()


def test_another_s_file_is_not_there(salon: Business, dana: Client, ruth: Client) -> None:
    address = sent(dana, write_csv(["שאלה", "תשובה"], [["יש חניה?", "כן"]])).redirect_chain[-1][0]

    assert "לבחור" in text_of(ruth.get(address, follow=True))
    assert not entries(salon)


def test_what_is_exported_changes_nothing_when_it_comes_back(salon: Business, dana: Client) -> None:
    FaqEntryFactory(business=salon, question="=1+1?", phrasings=["א?", "ב?"], valid_from=date(2026, 1, 1))
    FaqEntryFactory(business=salon, question="ישנה?", is_active=False)

    for kind in ("", "?format=xlsx"):
        answer = dana.get(f"/faq/export/{kind}")
        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]  # it streams
        rows = read_table(content, FAQ_COLUMNS).rows
        report = import_entries(rows, business=salon)
        assert report.counts() == {"created": 0, "updated": 0, "unchanged": 2, "error": 0}


def test_a_heading_alone_is_no_row(salon: Business) -> None:
    file = io.BytesIO()
    excel_into(file, "x", ["question", "answer"], entry_cells([]))

    assert read_table(file.getvalue(), FAQ_COLUMNS).rows == ()
