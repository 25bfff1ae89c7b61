"""The matcher's numbers, chosen on `tests/faq/data/development.jsonl` and the samples; nothing else may tune them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """What each kind of evidence weighs against a whole word, and how sure is sure enough."""

    pieces: float = 0.5  # of a word, all of them together
    root: float = 0.7
    subject: float = 1.2
    modifier: float = 0.8  # of a subject that only narrows another one down
    weak: float = 0.75  # of a subject that only a word such as מתי or איפה points to
    topic: float = 0.9
    light: float = 0.35  # of a deed that nearly every question may be put with
    strange: float = 0.8  # how telling a word is that no entry has
    enough: float = 0.7  # evidence in a question, below which a match is worth less
    pointing: float = 0.3  # of the letters of a word that points to a subject
    answer: float = 0.7  # of what only the answer says
    likeness: float = 0.5  # of the wording; the rest is how much of the question is accounted for
    least: float = 0.33
    margin: float = 0.04
    high: float = 0.60
    speaks: float = 0.3  # how much of a word must be known to be shown as a reason


WEIGHTS = Weights()
