"""Files as owners bring them, in memory."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from crm.tables import Cell, csv_into, excel_into


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    content = io.BytesIO()
    csv_into(content, headings, rows)
    return content.getvalue()


def write_excel(title: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    content = io.BytesIO()
    excel_into(content, title, headings, rows)
    return content.getvalue()
