"""Each wording of notice and of the booking window reads the example beside it."""

import pytest

from booking.hebrew.owner_rules.lead_time import NOTICES, WINDOWS, worded
from booking.hebrew.owner_rules.prompt import normal_form, sentences

ROWS = [("window_days", wording) for wording in WINDOWS] + [("min_notice_min", wording) for wording in NOTICES]


@pytest.mark.parametrize(("field", "wording"), ROWS, ids=lambda value: getattr(value, "name", value))
def test_example_is_read_by_its_own_row(field, wording):
    read = [found for said in sentences(normal_form(wording.example)) for found in worded(said)]
    assert [(name, rule.field, rule.quote) for name, rule in read] == [(wording.name, field, wording.example)]


def test_names_and_examples_are_each_of_one_row():
    assert len({wording.name for _, wording in ROWS}) == len({wording.example for _, wording in ROWS}) == len(ROWS)
