"""Words by which people refuse messages."""

from __future__ import annotations

import pytest

from whatsapp.flows.consent import opts_in, opts_out


@pytest.mark.parametrize(
    "text",
    ["הסר", "הסר.", " הסירו ", "להסיר", "STOP", "Stop!", "unsubscribe", "נא להסיר", "תסירו אותי",
     "להסיר אותי מרשימת התפוצה", "תפסיקו לשלוח לי הודעות", "לא לשלוח יותר", "נא לא לשלוח לי הודעות", "די לשלוח",
     "stop texting me", "don't send me messages"],
)  # fmt: skip
def test_a_refusal_is_understood(text: str) -> None:
    assert opts_out(text)


@pytest.mark.parametrize(
    "text",
    ["אפשר להסיר שומה?", "כמה עולה הסרת שיער", "תפסיקו לשלוח לי את נועה, אני רוצה את דנה",
     "אל תשלחו לי חשבונית בדואר",
     "הסר את התור של מחר", "לא", "די", "", "👍", "stop by at noon", "לבטל"],
)  # fmt: skip
def test_other_wishes_are_for_the_assistant(text: str) -> None:
    assert not opts_out(text)


def test_who_wants_them_again_says_so() -> None:
    assert opts_in("התחל")
    assert opts_in(" start ")
    assert not opts_in("מתי התחיל התור?")
