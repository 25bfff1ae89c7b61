"""The lexical matcher: how often it is right on questions that nobody tuned it on, and the rules it keeps."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from faq.matching import Found, Index, Item, Level, is_wish, subjects_of
from faq.matching.words import words_of

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Score:
    questions: int
    right: int
    false: int  # an answer where none was right, or another entry's

    @property
    def right_share(self) -> float:
        return self.right / self.questions

    @property
    def false_share(self) -> float:
        return self.false / self.questions


def lines_of(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def score_of(name: str) -> Score:
    lines = lines_of(name)
    entries: defaultdict[str, list[Item]] = defaultdict(list)
    for line in lines:
        if line["type"] == "entry":
            entries[line["business"]].append(Item(line["id"], line["question"], line["answer"]))
    indexes = {business: Index.of(items) for business, items in entries.items()}
    asked = [line for line in lines if line["type"] == "query"]
    found = [(line["expected"], indexes[line["business"]].find(line["text"]).id) for line in asked]
    right = sum(expected == given for expected, given in found)
    false = sum(given is not None and expected != given for expected, given in found)
    return Score(len(asked), right, false)


def test_it_is_right_on_questions_that_it_was_not_tuned_on() -> None:
    """Three businesses, two hundred questions, a quarter of them without an answer. The first look found 165 and 12."""
    score = score_of("held_out.jsonl")

    assert score.questions == 200
    assert score.right_share >= 0.65
    assert score.false_share <= 0.10


def test_it_is_right_on_the_questions_that_its_weights_were_chosen_on() -> None:
    score = score_of("development.jsonl")

    assert score.right_share >= 0.85
    assert score.false_share <= 0.06


def test_the_two_sets_share_no_business_and_no_question() -> None:
    held, tuned = lines_of("held_out.jsonl"), lines_of("development.jsonl")

    assert not {line["business"] for line in held} & {line["business"] for line in tuned}
    texts = [{line["text"] for line in lines if line["type"] == "query"} for lines in (held, tuned)]
    assert len(texts[0] & texts[1]) <= 4  # plain questions such as "מה הכתובת?" are asked of everybody


# --- its rules ---------------------------------------------------------------------------------------
SALON = Index.of(
    [
        Item("parking", "יש חניה?", "יש חניון בתשלום ממול."),
        Item("address", "איפה אתם נמצאים?", "ברחוב דיזנגוף 3, תל אביב."),
        Item("cut", "כמה עולה תספורת?", "תספורת עולה 80 ש״ח."),
        Item("cancelling", "מה מדיניות הביטולים?", "אפשר לבטל עד 24 שעות לפני."),
        Item("keratin", "אתם עושים החלקה?", "כן, קראטין מ-400 ש״ח.", ("יש אצלכם יישור שיער?",)),
    ]
)


def found(text: str) -> Found:
    return SALON.find(text)


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("איפה אפשר להחנות את האוטו?", "parking"),
        ("חנייה יש?", "parking"),
        ("\u200fיש חֲנָיָה?\u200e", "parking"),  # nikud and marks that nobody sees
        ("מה הכתובת שלכם", "address"),
        ("איך מגיעים אליכם?", "address"),
        ("בכמה תספורת", "cut"),
        ("מה המחיר של תיספורת?", "cut"),  # misspelt
        ("עד מתי אפשר לבטל?", "cancelling"),
        ("עושים יישור שיער?", "keratin"),  # by a further wording
        ("כמה עולה קראטין?", "keratin"),  # by what only the answer says
    ],
)
def test_paraphrases_find_their_entry(text: str, entry: str) -> None:
    assert found(text).id == entry


@pytest.mark.parametrize(
    "text",
    ["יש לכם בריכה?", "איך קוראים לבעלים?", "אתם מוכרים נעליים?", "", "?!", "😀😀", "א", "שלום", "12345", "כן לא אולי"],
)
def test_what_no_entry_explains_gets_no_answer(text: str) -> None:
    assert found(text).id is None


@pytest.mark.parametrize(
    "text",
    [
        "אפשר תור לתספורת מחר בארבע?",
        "אני רוצה לקבוע החלקה",
        "לבטל את התור שלי בבקשה",
        "להעביר את התור ליום שלישי",
        "מתי התור שלי?",
        "הרכב שלי כבר מוכן?",
    ],
)
def test_a_wish_is_no_question_however_well_its_words_fit(text: str) -> None:
    assert is_wish(text)
    assert (found(text).id, found(text).wish) == (None, True)


@pytest.mark.parametrize(
    "text", ["כמה עולה תספורת?", "עד מתי אפשר לבטל?", "אפשר להגיע עם תינוק?", "הבת שלי בת 15, זה מתאים?"]
)
def test_a_question_is_no_wish(text: str) -> None:
    assert not is_wish(text)


def test_of_two_that_fit_alike_neither_is_taken() -> None:
    twice = Index.of([Item("a", "כמה עולה תספורת גבר?", "80"), Item("b", "כמה עולה תספורת גבר?", "90")])

    answer = twice.find("כמה עולה תספורת גבר?")

    assert (answer.id, answer.level) == (None, Level.LOW)
    assert {answer.best, answer.next_best} == {"a", "b"}


def test_it_says_what_spoke_for_the_entry() -> None:
    answer = found("כמה עולה תספורת אצלכם?")

    assert (answer.best, answer.level) == ("cut", Level.HIGH)
    assert "תספורת" in answer.words
    assert answer.phrasing == "כמה עולה תספורת?"
    assert answer.score > answer.next_score


def test_without_entries_there_is_no_answer() -> None:
    assert Index.of([]).find("יש חניה?") == Found(None, None, 0.0)


def test_a_wall_of_text_is_survived() -> None:
    assert found("חניה " * 800).best == "parking"
    assert found("ב" * 4096).id is None


def test_the_subject_of_a_question() -> None:
    assert subjects_of("כמה זה עולה?") == {"price"}
    assert subjects_of("אתם פתוחים בשישי?") == {"hours"}
    assert words_of("וייפיי") == words_of("ויפי")
