"""What a setting may be is the same wherever it is written."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from agentlocator.admin import SettingsForm
from agentlocator.business_files.errors import BadBusinessFile
from agentlocator.business_files.schema import parse
from booking.admin.fields import IntervalField
from booking.wording import UNUSABLE
from crm.limits import DAILY_LIMITS, NOTICE_MIN, SLOT_SIZES_MIN, WINDOW_DAYS
from crm.models import BusinessSettings

RANGES = {
    "slot_size_min": SLOT_SIZES_MIN,
    "booking_window_days": WINDOW_DAYS,
    "min_notice_min": NOTICE_MIN,
    "cancel_notice_min": NOTICE_MIN,
    "daily_limit": DAILY_LIMITS,
}


def model_admits(field: str, value: int) -> bool:
    try:
        BusinessSettings(**{field: value}).clean_fields(exclude={"business"})
    except ValidationError:
        return False
    return True


def file_admits(field: str, value: int) -> bool:
    try:
        parse(f"business: {{slug: dana, name: Dana}}\nsettings: {{{field}: {value}}}")
    except BadBusinessFile:
        return False
    return True


def form_admits(value: int) -> bool:
    try:
        IntervalField().clean(str(value))
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("field", RANGES)
def test_model_and_file_admit_the_same_numbers(field: str):
    numbers = RANGES[field]
    low, high = numbers[0], numbers[-1]
    for value in (low - 1, low, low + 1, low + 2, low + 5, high - 5, high - 1, high, high + 1, high + 5):
        assert model_admits(field, value) == file_admits(field, value) == (value in numbers), value


def test_an_interval_is_a_multiple_of_five_from_5_to_480_to_the_model_the_file_and_the_form():
    for value in range(-5, 500):
        expected = 5 <= value <= 480 and value % 5 == 0
        assert model_admits("slot_size_min", value) == form_admits(value) == expected, value
        assert file_admits("slot_size_min", value) == expected, value


def test_the_sentences_name_the_limits():
    assert UNUSABLE == {
        "slot_size_min": "מרווח בין תורים הוא כפולה של 5 דקות, מ־5 עד 480.",
        "window_days": "אפשר לפתוח את היומן מיום אחד עד 730 ימים קדימה.",
        "min_notice_min": "התראה מראש היא עד 60 ימים.",
    }
    assert str(IntervalField.MISTAKEN) == "מרווח בין תורים הוא כפולה של 5 דקות, מ־5 עד 480: למשל 15, 30 או 60."
    assert str(SettingsForm.base_fields["slot_size_min"].help_text) == "כפולה של 5, מ־5 עד 480."
