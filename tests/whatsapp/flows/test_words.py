"""The owner's wording is filled in without gaps."""

from __future__ import annotations

from whatsapp.flows import words
from whatsapp.models import FlowRule


def test_values_are_filled_in() -> None:
    text = words.fill("שלום {name}, תזכורת לתור {when}.", {"name": "יוסי", "when": "ביום שלישי 24/11 בשעה 18:00"})
    assert text == "שלום יוסי, תזכורת לתור ביום שלישי 24/11 בשעה 18:00."


def test_an_unknown_name_leaves_no_gap() -> None:
    assert words.fill("שלום {name}, אפשר לעזור?", {"name": ""}) == "שלום, אפשר לעזור?"


def test_fields_that_nothing_is_known_for_are_named() -> None:
    assert words.unknown_fields("review", "{name} {price} {when}") == ["price", "when"]


def test_every_purpose_has_words_of_its_own_that_can_be_filled_in() -> None:
    assert set(words.DEFAULTS) == set(FlowRule.Purpose.values) == set(words.FIELDS)
    assert [words.unknown_fields(purpose, text) for purpose, text in words.DEFAULTS.items()] == [[]] * 7
