"""Tables that people keep in files: CSV and Excel, read into rows of text and written so that they open well.

A file is read whole or refused with `Unreadable`, whose text tells its owner what is wrong and what helps. What a
row means is for the importers.
"""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 60
MAX_UNPACKED_BYTES = 64 * 1024 * 1024  # an Excel file is a ZIP; a small one may hide a huge one

Cell = str | datetime | date | time | int | float | None
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_INVISIBLE = re.compile(r"[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_DELIMITERS = (",", ";", "\t")
_EXCEL_ROWS = 200_000  # empty ones included; a sheet may claim any number
# What openpyxl and what it is built on raise over damaged files; SyntaxError is their XML parser's.
_BROKEN_EXCEL = (
    *(BadZipFile, InvalidFileException, zlib.error, OSError, EOFError, RuntimeError),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError, OverflowError),
)


class Unreadable(ValueError):
    """The file as a whole cannot be used. The text is for the person who sent it."""


@dataclass(frozen=True)
class Column:
    """One column: its key in the code, the heading it is written with, and what else people call it."""

    key: str
    heading: str
    aliases: tuple[str, ...] = ()
    is_required: bool = False


@dataclass(frozen=True)
class Row:
    """One row of text. `number` is the one that a spreadsheet shows beside it."""

    number: int
    cells: Mapping[str, str]  # by the columns' keys; columns that the file does not have are missing
    surplus: tuple[str, ...] = ()  # what stands under no heading: nobody could say what it means

    def get(self, key: str) -> str:
        return self.cells.get(key, "")


@dataclass(frozen=True)
class Table:
    rows: tuple[Row, ...]
    ignored: tuple[str, ...]  # headings that mean nothing here


# --- reading -----------------------------------------------------------------------------------------
Line = tuple[int, list[str]]  # the number that a spreadsheet shows beside it, and its cells


def read_lines(content: bytes, *, max_rows: int = MAX_ROWS) -> list[Line]:
    """The filled lines of a CSV or Excel file, first the one with the headings; empty ones count but are left out."""
    if len(content) > MAX_BYTES:
        raise Unreadable(_("The file is larger than 5 MB. Split it into several files."))
    if content.startswith(_OLD_EXCEL):
        raise Unreadable(_("This is a file of an old Excel. In Excel: save as .xlsx or as CSV, and choose that file."))
    lines = _excel_lines(content) if content.startswith(_ZIP) else _csv_lines(_decoded(content))
    filled = ((number, [_tidy(cell) for cell in line]) for number, line in enumerate(lines, start=1))
    rows = list(islice(((number, line) for number, line in filled if any(line)), max_rows + 2))
    if not rows:
        raise Unreadable(_("The file is empty."))
    if len(rows) > max_rows + 1:
        too_many = _("The file has more than %(count)s rows. Split it into several files.")
        raise Unreadable(too_many % {"count": f"{max_rows:,}"})
    return rows


def read_table(content: bytes, columns: Sequence[Column], *, max_rows: int = MAX_ROWS) -> Table:
    """The rows under the headings that are known here; every other column is named as ignored."""
    rows = read_lines(content, max_rows=max_rows)
    headings = rows[0][1]
    places, ignored = _match_headings(headings, columns)
    found = (Row(number, _cells(line, places), _surplus(line, headings)) for number, line in rows[1:])
    return Table(tuple(found), ignored)


def guess_places(headings: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    """Where each column seems to stand, by its heading; what is unknown or said twice is left for a person to say."""
    known = _by_heading(columns)
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        if (column := known.get(_bare(heading))) is not None:
            places.setdefault(column.key, place)
    return places


def _by_heading(columns: Sequence[Column]) -> dict[str, Column]:
    return {_bare(name): column for column in columns for name in (column.key, column.heading, *column.aliases)}


def _cells(line: Sequence[str], places: Mapping[str, int]) -> dict[str, str]:
    return {key: line[place] if place < len(line) else "" for key, place in places.items()}


def _surplus(line: Sequence[str], headings: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell for place, cell in enumerate(line) if cell and not (place < len(headings) and headings[place]))


def _match_headings(line: Sequence[str], columns: Sequence[Column]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Where each known column stands, and the headings nobody knows."""
    known = _by_heading(columns)
    places: dict[str, int] = {}
    ignored = []
    for place, heading in enumerate(line):
        column = known.get(_bare(heading))
        if column is None:
            ignored += [heading] if heading else []
        elif column.key in places:
            raise Unreadable(_("Two columns are headed “%(heading)s”. Keep one.") % {"heading": column.heading})
        else:
            places[column.key] = place
    missing = [column for column in columns if column.is_required and column.key not in places]
    if missing or not places:
        wanted = ", ".join(column.heading for column in missing or columns)
        raise Unreadable(_("The first row must hold the headings. Missing: %(headings)s.") % {"headings": wanted})
    return places, tuple(ignored)


def _bare(heading: str) -> str:
    """A heading without case, punctuation and the spaces between words."""
    return re.sub(r"[\W_]+", "", heading).casefold()


def _tidy(cell: str) -> str:
    """One cell without what cannot be seen, and without the apostrophe that keeps spreadsheets from calculating."""
    text = _printable(_INVISIBLE.sub("", cell).replace("\xa0", " ")).strip()
    return text[1:] if text.startswith("'") and text[1:2] in _FORMULA else text


def _decoded(content: bytes) -> str:
    """The text of a CSV file as the usual programs save it in Israel."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in content[:200]:  # UTF-16 without its mark: every other byte of plain signs is zero
        is_little = content[1:200:2].count(0) >= content[:200:2].count(0)
        encodings = ["utf-16-le" if is_little else "utf-16-be"]
    else:
        encodings = ["utf-8-sig", "cp1255", "iso-8859-8"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Unreadable(_("The file cannot be read. Save it as .xlsx or as CSV UTF-8, and choose that file."))


def _csv_lines(text: str) -> Iterator[list[str]]:
    hinted = text[:4].lower() == "sep=" and text[4:5] in _DELIMITERS  # Excel's own hint; it fills the first row
    number, delimiter = 0, text[4] if hinted else _delimiter(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, line in enumerate(lines, start=1):
            yield [] if hinted and number == 1 else line[:MAX_COLUMNS]
    except csv.Error as error:
        message = _("Row %(row)d cannot be read: look for a quotation mark that is not closed.")
        raise Unreadable(message % {"row": number + 1}) from error


def _delimiter(text: str) -> str:
    """The sign that parts the headings."""
    heading = next((line for line in text.splitlines() if line.strip()), "")
    outside_quotes = re.sub(r'"[^"]*"', "", heading)
    return max(_DELIMITERS, key=outside_quotes.count)


def _excel_lines(content: bytes) -> Iterator[list[str]]:
    """The first sheet that is shown."""
    broken = _("The Excel file cannot be read. Save it again as .xlsx or as CSV UTF-8, and choose that file.")
    try:
        _look_inside(content, broken)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        try:
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            for sheet in sheets[:1]:
                sheet.reset_dimensions()  # programs write wrong ones
                for line in sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS, max_row=_EXCEL_ROWS):
                    yield [_excel_text(value) for value in line] if any(line) else []
        finally:
            book.close()
    except _BROKEN_EXCEL as error:
        raise error if isinstance(error, Unreadable) else Unreadable(broken) from error


def _look_inside(content: bytes, broken: str) -> None:
    """Refuse what would swell up when it is unpacked or parsed."""
    with ZipFile(io.BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > MAX_UNPACKED_BYTES:
            raise Unreadable(_("The Excel file is too large inside. Keep only the table, and choose it again."))
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")) and _declares_entities(parts.read(name)):
                raise Unreadable(broken)


def _declares_entities(part: bytes) -> bool:
    """Excel never does; whoever does wants the reader to unfold them."""
    return b"<!DOCTYPE" in part or b"<!ENTITY" in part


def _excel_text(value: object) -> str:
    """A cell as a person would type it."""
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y}" if value.time() == time(0) else f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


# --- writing -----------------------------------------------------------------------------------------
def csv_into(file: IO[bytes], headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """CSV that Excel opens in Hebrew, row by row into an open file; no cell of it is taken for a formula."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows([_csv_text(cell) for cell in row] for row in rows)
    text.detach()  # flushed, and the file stays open


def _csv_text(cell: Cell) -> str:
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    return _excel_text(cell)


def excel_into(file: IO[bytes], title: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """An Excel sheet that runs from right to left, with real dates; text stays text, whatever it begins with.

    The rows pass through a file of openpyxl's on the disk.
    """
    sheets_into(file, [Sheet(title, headings, rows)])


@dataclass(frozen=True)
class Sheet:
    """One table of a file that has several."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def sheets_into(file: IO[bytes], sheets: Iterable[Sheet]) -> None:
    """Several tables into one Excel file, each as `excel_into` writes one."""
    book = Workbook(write_only=True)
    for table in sheets:
        sheet = book.create_sheet(table.title)
        sheet.sheet_view.rightToLeft = True
        sheet.freeze_panes = "A2"
        for number in range(1, len(table.headings) + 1):
            sheet.column_dimensions[get_column_letter(number)].width = 20
        sheet.append(table.headings)
        for row in table.rows:
            sheet.append([_excel_cell(sheet, cell) for cell in row])
    book.save(file)


_FORMATS = {date: "dd/mm/yyyy", time: "hh:mm", datetime: "dd/mm/yyyy hh:mm"}


def _excel_cell(sheet: Any, value: Cell) -> Any:
    cell: Any = WriteOnlyCell(sheet)
    cell.value = _printable(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"  # a text that begins with = would be a formula
    elif type(value) in _FORMATS:
        cell.number_format = _FORMATS[type(value)]
    return cell


def _printable(text: str) -> str:
    """Without control characters but for those that shape a text."""
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")
