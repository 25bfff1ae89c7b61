"""Files as people really send them: other alphabets, other separators, Excel's habits, and traps."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from crm.tables import MAX_BYTES, MAX_ROWS, Cell, Column, Table, Unreadable, read_table
from tests.support.tables import write_csv, write_excel

COLUMNS = (
    Column("name", "שם", ("שם מלא",)),
    Column("phone", "טלפון", ("נייד", "mobile")),
    Column("notes", "הערות"),
)
EVENING = datetime.fromisoformat("2026-11-24T18:00")  # a wall clock: Excel knows no zones
MIDNIGHT = datetime.fromisoformat("2026-11-24")
PLAIN = "שם,טלפון\nדנה לוי,052-000-0147\n"


def cells(table: Table) -> list[dict[str, str]]:
    return [dict(row.cells) for row in table.rows]


def excel(*lines: list[object], title: str = "גיליון") -> bytes:
    book = Workbook()
    book.active.title = title
    for line in lines:
        book.active.append(line)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def refusal(content: bytes, columns: tuple[Column, ...] = COLUMNS) -> str:
    with pytest.raises(Unreadable) as refused:
        read_table(content, columns)
    return str(refused.value)


# --- reading -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-be", "strict"),
        b"\xfe\xff" + PLAIN.encode("utf-16-be"),
        PLAIN.encode("cp1255"),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode("utf-16"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        ('"שם","טלפון"\n"דנה לוי","052-000-0147"').encode(),
        excel(["שם", "טלפון"], ["דנה לוי", "052-000-0147"]),
    ],
    ids=range(12),
)
def test_one_table_in_every_dress(content: bytes) -> None:
    assert cells(read_table(content, COLUMNS)) == [{"name": "דנה לוי", "phone": "052-000-0147"}]


@pytest.mark.parametrize(
    "heading", ["שם,טלפון", "שם מלא,נייד", "Name,Phone", "NAME,Mobile", " שם : , טלפון ", "שם_מלא,\u200fטלפון\u200f"]
)
def test_headings_in_hebrew_english_and_other_words(heading: str) -> None:
    assert cells(read_table(f"{heading}\nדנה,1".encode(), COLUMNS)) == [{"name": "דנה", "phone": "1"}]


def test_a_separator_within_quotes_parts_nothing() -> None:
    content = 'שם;"הערות, אם יש"\nדנה;"נעים, מאוד; ""כן"""'.encode()

    table = read_table(content, (COLUMNS[0], Column("notes", "הערות אם יש")))

    assert cells(table) == [{"name": "דנה", "notes": 'נעים, מאוד; "כן"'}]


def test_excels_own_hint_decides_the_separator() -> None:
    table = read_table("sep=;\nשם;טלפון\nדנה, הגדולה;1".encode(), COLUMNS)

    assert [(row.number, row.get("name")) for row in table.rows] == [(3, "דנה, הגדולה")]


@pytest.mark.parametrize(
    "content", [b"\n\nname\n\n\nDana\n\nRuth\n", excel([], [], ["name"], [], [], ["Dana"], [], ["Ruth"])]
)
def test_rows_are_numbered_as_the_spreadsheet_shows_them(content: bytes) -> None:
    assert [(row.number, row.get("name")) for row in read_table(content, COLUMNS).rows] == [(6, "Dana"), (8, "Ruth")]


def test_headings_nobody_knows_are_told_and_left_out() -> None:
    table = read_table("שם,צבע אהוב,\nדנה,ירוק,".encode(), COLUMNS)

    assert (table.ignored, cells(table)) == (("צבע אהוב",), [{"name": "דנה"}])


@pytest.mark.parametrize(
    "content",
    [
        "שם,טלפון,\nדנה,1,,לוי\nרות,2,,\n".encode(),
        excel(["שם", "טלפון"], ["דנה", "1", None, "לוי"], ["רות", "2"]),
    ],
)
def test_what_stands_under_no_heading_is_kept_apart(content: bytes) -> None:
    table = read_table(content, COLUMNS)

    assert [row.surplus for row in table.rows] == [("לוי",), ()]
    assert cells(table)[0] == {"name": "דנה", "phone": "1"}


def test_short_lines_are_filled_up() -> None:
    assert read_table("שם,טלפון,הערות\nדנה".encode(), COLUMNS).rows[0].get("notes") == ""


def test_marks_that_cannot_be_seen_are_dropped() -> None:
    table = read_table("name,phone\n\u202bדנה\u00a0לוי\u202c,\u2066052-000-0147\u2069".encode(), COLUMNS)

    assert cells(table) == [{"name": "דנה לוי", "phone": "052-000-0147"}]


def test_excels_numbers_and_dates_read_as_people_write_them() -> None:
    columns = tuple(Column(key, key) for key in ("phone", "day", "hour", "both", "price", "none"))
    content = excel(
        ["phone", "day", "hour", "both", "price", "none"],
        [520000147.0, date(2026, 11, 24), time(9, 30), EVENING, 80.5, None],
    )

    assert list(cells(read_table(content, columns))[0].values()) == [
        "520000147",
        "24/11/2026",
        "09:30",
        "24/11/2026 18:00",
        "80.5",
        "",
    ]


def test_the_first_sheet_that_is_shown_is_read() -> None:
    book = Workbook()
    book.active.append(["name"])
    book.active.sheet_state = "hidden"
    shown = book.create_sheet("shown")
    shown.append(["name"])
    shown.append(["Dana"])
    content = io.BytesIO()
    book.save(content)

    assert cells(read_table(content.getvalue(), COLUMNS)) == [{"name": "Dana"}]


# --- refusing ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "הקובץ ריק."),
        (b"\n \n,,\n", "הקובץ ריק."),
        (excel(), "הקובץ ריק."),
        (b"x" * (MAX_BYTES + 1), "הקובץ גדול מ־5 MB. אפשר לחלק אותו לכמה קבצים."),
        (b"name\n" + b"Dana\n" * (MAX_ROWS + 1), "בקובץ יותר מ־20,000 שורות. אפשר לחלק אותו לכמה קבצים."),
        (b"\xd0\xcf\x11\xe0rest", "זה קובץ של Excel ישן. ב־Excel: שמירה בשם כקובץ xlsx או כ־CSV, ואז לבחור אותו."),
        (b"\x81\x8d,\xfb", "לא ניתן לקרוא את הקובץ. אפשר לשמור אותו כ־xlsx או כ־CSV UTF-8, ולבחור אותו שוב."),
        (b"PK\x03\x04broken", "לא ניתן לקרוא את קובץ ה־Excel. אפשר לשמור אותו שוב כ־xlsx או כ־CSV UTF-8, ולבחור אותו."),
        ("צבע,גודל\nירוק,1".encode(), "בשורה הראשונה צריכות להיות הכותרות. חסר: שם, טלפון, הערות."),
        ("שם,שם מלא\nא,ב".encode(), "שתי עמודות נקראות ״שם״. אפשר להשאיר אחת."),
        (b'name\nDana\n"Ruth', "לא ניתן לקרוא את שורה 3: יש בה מירכאות שלא נסגרו."),
    ],
    ids=range(11),
)
def test_what_cannot_be_used_is_refused_with_the_remedy(content: bytes, sentence: str) -> None:
    assert refusal(content) == sentence


def test_a_required_heading_is_missed_by_name() -> None:
    columns = (COLUMNS[0], Column("date", "תאריך", is_required=True))

    assert refusal(b"name\nDana", columns) == "בשורה הראשונה צריכות להיות הכותרות. חסר: תאריך."


def test_the_most_rows_allowed_are_read() -> None:
    assert len(read_table(b"name\n" + b"Dana\n" * MAX_ROWS, COLUMNS).rows) == MAX_ROWS


def repacked(content: bytes, **changes: bytes) -> bytes:
    """The Excel file with parts of it exchanged."""
    packed = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(packed, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name.rpartition("/")[2].removesuffix(".xml"), old.read(name)))
    return packed.getvalue()


def test_a_small_file_that_unpacks_into_a_huge_one_is_refused() -> None:
    bomb = repacked(excel(["name"], ["Dana"]), sheet1=b"<a>" + b" " * (70 * 1024 * 1024) + b"</a>")

    assert len(bomb) < MAX_BYTES
    assert refusal(bomb) == "קובץ ה־Excel גדול מדי מבפנים. אפשר להשאיר בו רק את הטבלה, ולבחור אותו שוב."


@pytest.mark.parametrize(
    "sheet",
    [
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><worksheet/>',
        b"<worksheet><sheetData><row",
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="s"><v>99</v></c></row></sheetData></worksheet>',
    ],
)
def test_a_damaged_or_malicious_sheet_is_refused(sheet: bytes) -> None:
    content = repacked(excel(["name"], ["Dana"]), sheet1=sheet)

    assert refusal(content).startswith("לא ניתן לקרוא את קובץ ה־Excel.")


def test_a_row_number_beyond_any_sheet_ends_the_reading() -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'
        b'<row r="2"><c r="A2" t="inlineStr"><is><t>Dana</t></is></c></row>'
        b'<row r="999999999999"><c r="A999999999999" t="inlineStr"><is><t>Ruth</t></is></c></row>'
        b"</sheetData></worksheet>"
    )

    assert cells(read_table(repacked(excel(["name"], ["Dana"]), sheet1=sheet), COLUMNS)) == [{"name": "Dana"}]


# --- writing -----------------------------------------------------------------------------------------
HEADINGS = ("שם", "טלפון", "הערות")
NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=x", '=HYPERLINK("http://x")']


def test_csv_opens_in_hebrew_and_calculates_nothing() -> None:
    content = write_csv(HEADINGS, [[text, "052-000-0147", ""] for text in NASTY])

    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert lines[0] == list(HEADINGS)
    assert [line[0] for line in lines[1:]] == [f"'{text}" for text in NASTY]
    assert {line[1] for line in lines[1:]} == {"052-000-0147"}


def test_excel_runs_from_right_to_left_with_real_dates_and_no_formulas() -> None:
    row: list[Cell] = ["=1+1", EVENING, date(2026, 11, 24), time(18), 60, None]
    book = load_workbook(io.BytesIO(write_excel("לקוחות", [*"abcdef"], [row])))
    sheet = book["לקוחות"]

    assert sheet.sheet_view.rightToLeft
    filled = list(sheet.iter_rows(min_row=2))[0]
    assert [cell.data_type for cell in filled] == ["s", "d", "d", "d", "n", "n"]
    assert [cell.value for cell in filled] == [
        "=1+1",
        EVENING,
        MIDNIGHT,
        time(18),
        60,
        None,
    ]
    assert [cell.number_format for cell in filled[1:4]] == ["dd/mm/yyyy hh:mm", "dd/mm/yyyy", "hh:mm"]


@pytest.mark.parametrize("write", [write_csv, lambda headings, rows: write_excel("x", headings, rows)])
def test_what_was_written_reads_the_same(write: object) -> None:
    rows = [['דנה "הגדולה", לוי', "052-000-0147", "שורה\nועוד שורה"], ["=רות", "+44 20 7946 0018", "-"]]

    table = read_table(write(HEADINGS, rows), COLUMNS)  # type: ignore[operator]

    assert [list(row.cells.values()) for row in table.rows] == rows


def test_control_characters_do_not_break_an_excel_file() -> None:
    assert cells(read_table(write_excel("x", ["name"], [["ד\x0bנה\x00"]]), COLUMNS)) == [{"name": "דנה"}]
