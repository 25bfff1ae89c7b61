"""Each wording of the interval and of the needed telephone reads the example beside it."""

from enum import StrEnum

import pytest

from booking.hebrew.owner_rules import phone_needed, slot_size
from booking.hebrew.owner_rules.prompt import normal_form, sentences
from booking.hebrew.owner_rules.wordings import Shapes, Wording, found

PHONE_NEEDED = phone_needed.NOT_BEFORE + phone_needed.NEVER_WITHOUT + phone_needed.NEEDED + phone_needed.BOOKED_WITH
PHONE_ROWS = [(wording, True) for wording in PHONE_NEEDED] + [(wording, False) for wording in phone_needed.NOT_NEEDED]
SLOT_ROWS = [
    *zip(slot_size.INTERVALS, (30, 45, 45, 20, 15, 30, 15, 30, 30, 15, 30, 15), strict=True),
    (Wording("round_hour", "", "תורים בשעות עגולות"), 60),
    (Wording("half_past", "", "תורים בשעות עגולות וחצי"), 30),
]
ROWS = [(slot_size.worded, "slot_size_min", *row) for row in SLOT_ROWS] + [
    (phone_needed.worded, "require_phone", *row) for row in PHONE_ROWS
]


@pytest.mark.parametrize(("worded", "field", "wording", "value"), ROWS, ids=lambda value: getattr(value, "name", ""))
def test_example_is_read_by_its_own_row(worded, field, wording, value):
    read = [statement for said in sentences(normal_form(wording.example)) for statement in worded(said)]
    assert [(name, rule.field, rule.value, rule.quote) for name, rule in read] == [
        (wording.name, field, value, wording.example)
    ]


@pytest.mark.parametrize("rows", [SLOT_ROWS, PHONE_ROWS], ids=["interval", "phone"])
def test_names_and_examples_are_each_of_one_row(rows):
    assert len({wording.name for wording, _ in rows}) == len({wording.example for wording, _ in rows}) == len(rows)


class Kind(StrEnum):
    TEA = "t"
    TWO_CUPS = "2"
    DASH = "-"
    POT = "p"


def test_shape_is_written_in_names_of_kinds_and_short_names():
    shapes = Shapes(Kind, vessel="pot two_cups", much="tea{2}")
    pattern = shapes.first_of(
        Wording("served", "[vessel dash]{1,2} TEA", ""),
        Wording("steeped", "much (?! pot)", ""),
    )
    read = [(name, match.group(), match.group(name)) for name, match in found(pattern, "tt2-t tt ttp")]
    assert read == [("steeped", "tt", "tt"), ("served", "2-t", "t"), ("steeped", "tt", "tt")]
