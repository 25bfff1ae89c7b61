"""Sums of money on quotes and invoice drafts. Pure; amounts are whole agorot, quantities have two decimals at most."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

_WHOLE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    quantity: Decimal
    unit: int  # agorot, as the owner states prices

    @property
    def amount(self) -> int:
        return _round(self.quantity * self.unit)


@dataclass(frozen=True, slots=True)
class Totals:
    before_vat: int
    vat: int
    total: int


def totals(lines: Iterable[Line], *, vat_percent: Decimal, includes_vat: bool) -> Totals:
    """The sums under the lines. VAT is rounded once, on the sum; prices may have it in them or not."""
    whole = sum(line.amount for line in lines)
    if includes_vat:
        vat = _round(whole * vat_percent / (100 + vat_percent))
        return Totals(whole - vat, vat, whole)
    vat = _round(whole * vat_percent / 100)
    return Totals(whole, vat, whole + vat)


def shekels(agorot: int) -> str:
    """1,180.50 ₪"""
    return f"{Decimal(agorot) / 100:,.2f} ₪"


def _round(amount: Decimal) -> int:
    return int(amount.quantize(_WHOLE, ROUND_HALF_UP))
