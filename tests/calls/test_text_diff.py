"""What changed between two texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from calls.text_diff import Run, differences

TEXTS = st.text(alphabet="אבג \n.", max_size=40)


def test_a_changed_word_stands_between_the_same_ones() -> None:
    assert differences("דברו לאט מאוד", "דברו מהר מאוד") == [
        Run("same", "דברו "),
        Run("gone", "לאט"),
        Run("added", "מהר"),
        Run("same", " מאוד"),
    ]


def test_a_very_long_text_is_compared_by_lines() -> None:
    long = "מילה אחת ועוד אחת\n" * 1500

    assert differences(long, long + "סוף") == [Run("same", long), Run("added", "סוף")]


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_off_the_runs(before: str, after: str) -> None:
    runs = differences(before, after)

    assert "".join(run.text for run in runs if run.kind != "added") == before
    assert "".join(run.text for run in runs if run.kind != "gone") == after
