"""Numbers that stand in an owner's text."""

from __future__ import annotations

import pytest

from booking.hebrew import stated_numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", ()),
        ('תספורת 80 ש"ח, ילד ב־79.90', ("80", "79.90")),
        ("החלקה 1,200 ₪", ("1200",)),
        ("טלפון 03-555-1234 או 052-1234567", ("035551234", "0521234567")),
        ("פתוח 10:00–20:00", ("10", "00", "20")),
        ("צבע עולה שלוש מאות ועשרים שקלים\nפן במאה שקל", ("320", "100")),
        ("אלף ומאתיים ש״ח", ("1200",)),
        ("שני ספרים, אחת העמדות", ()),
        ("80 ₪ או שמונים שקל", ("80",)),
    ],
)
def test_the_numbers_of(text: str, numbers: tuple[str, ...]) -> None:
    assert stated_numbers(text) == numbers
