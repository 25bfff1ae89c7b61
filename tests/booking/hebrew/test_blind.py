"""Sentences written from the reading rules by people who had not seen the parser.

Items with an odd number may be looked at and are held one by one, as `development.jsonl` is. Those with an even number
are never looked at: together with `heldout.jsonl` they are held by their sums, which is how well sentences are
understood that nobody tuned for.
"""

import re

import pytest

from tests.booking.hebrew.readings import Case, Sums, assert_understood, sentences, sums

FILES = ("blind_a.jsonl", "blind_b.jsonl")


def blind(*, odd: bool) -> list[Case]:
    cases = [case for name in FILES for case in sentences(name)]
    return [case for case in cases if int(re.sub(r"\D", "", case["id"])) % 2 == odd]


@pytest.mark.parametrize("case", blind(odd=True), ids=lambda case: case["id"])
def test_sentence_that_may_be_looked_at_is_understood(case):
    assert_understood(case)


@pytest.fixture(scope="module")
def measured() -> Sums:
    return sums([*blind(odd=False), *sentences("heldout.jsonl")])


def test_dates_and_times_are_right(measured):
    assert measured.moment >= 0.90


def test_hardly_a_date_or_time_is_wrong_and_sure(measured):
    assert measured.harmful <= 0.02


def test_intents_are_right(measured):
    assert measured.intent >= 0.92


def test_phones_are_exact_and_never_made_up(measured):
    assert measured.phone >= 0.97
    assert measured.invented_phone == 0


def test_names_are_right_and_hardly_ever_made_up(measured):
    assert measured.name >= 0.90
    assert measured.invented_name <= 0.01
