"""A quote or a draft as a Hebrew page, right to left, in the house's own letters."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from crm.amounts import shekels
from crm.models import SalesDocument
from crm.phones import national

_FONTS = Path(__file__).parent / "fonts"
_TITLES = {
    SalesDocument.Kind.QUOTE: "הצעת מחיר",
    SalesDocument.Kind.INVOICE_DRAFT: "טיוטת חשבונית",
}
NO_TAX_INVOICE = "מסמך זה אינו חשבונית מס. חשבונית מס מופקת בתוכנה רשומה בלבד."
_COLUMNS = (25, 25, 20, 110)  # millimetres, from the left: sum, price, quantity, text
_HEADS = ("סכום", "מחיר", "כמות", "פירוט")


def render(document: SalesDocument, *, now: datetime) -> bytes:
    """The PDF of an approved document; everything in it comes from the row."""
    page = _page()
    _line(page, document.business.name, size=13, bold=True)
    _line(page, f"{_TITLES[SalesDocument.Kind(document.kind)]} {document.number}", size=20, bold=True, gap=12)
    if document.kind == SalesDocument.Kind.INVOICE_DRAFT:
        _line(page, "אינה חשבונית מס", size=13, bold=True)
    local = now.astimezone(document.business.timezone)
    _line(page, f"תאריך: {local:%d/%m/%Y}")
    if document.customer_name:
        _line(page, f"לכבוד: {document.customer_name}")
    if document.lead.phone:
        _line(page, f"טלפון: {national(document.lead.phone)}")
    page.ln(4)
    with page.table(col_widths=_COLUMNS, text_align="RIGHT", width=sum(_COLUMNS), line_height=7) as table:
        table.row(_HEADS)
        for line in document.rows:
            table.row((shekels(line.amount), shekels(line.unit), f"{line.quantity.normalize():f}", line.text))
    page.ln(4)
    sums = document.totals
    _line(page, f"לפני מע״מ: {shekels(sums.before_vat)}")
    _line(page, f"מע״מ {document.vat_percent.normalize():f}%: {shekels(sums.vat)}")
    _line(page, f"סך הכול: {shekels(sums.total)}", size=13, bold=True)
    page.ln(4)
    if document.valid_until:
        _line(page, f"בתוקף עד: {document.valid_until:%d/%m/%Y}")
    if document.note:
        _line(page, document.note)
    if document.payment_link:
        _line(page, "לתשלום:")
        page.set_text_shaping(False)
        page.multi_cell(
            0, 7, document.payment_link, align="R", link=document.payment_link, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        _right_to_left(page)
    return bytes(page.output())


class _Page(FPDF):
    """Each page says what it is not, also where the lines take several."""

    def footer(self) -> None:
        self.set_y(-15)
        _line(self, NO_TAX_INVOICE, size=9)


def _page() -> FPDF:
    page = _Page(format="A4")
    page.set_margin(15)
    page.add_font("Heebo", "", _FONTS / "Heebo-400.ttf")
    page.add_font("Heebo", "B", _FONTS / "Heebo-600.ttf")
    page.add_page()
    _right_to_left(page)
    page.set_font("Heebo", "", 11)
    return page


def _right_to_left(page: FPDF) -> None:
    page.set_text_shaping(True, direction="rtl", script="hebr", language="heb")


def _line(page: FPDF, text: str, *, size: int = 11, bold: bool = False, gap: int = 7) -> None:
    page.set_font("Heebo", "B" if bold else "", size)
    page.multi_cell(0, gap, text, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_font("Heebo", "", 11)
