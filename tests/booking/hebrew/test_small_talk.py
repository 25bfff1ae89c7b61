"""Listening, waiting, parting, and what silence is transcribed to."""

import pytest

from booking.hebrew import is_backchannel, is_farewell, is_ghost, is_wait


@pytest.mark.parametrize("text", ["כן", "אהה", "אוקיי", "בסדר", "כן כן", "אה הבנתי", "ממ"])
def test_listening_words_are_backchannel(text):
    assert is_backchannel(text)


@pytest.mark.parametrize("text", ["רגע", "לא", "סליחה", "כן אבל מחר", "", "בסדר אז מחר בחמש"])
def test_real_words_are_not_backchannel(text):
    assert not is_backchannel(text)


@pytest.mark.parametrize("text", ["ביי", "תודה רבה, להתראות", "יום טוב", "זהו, תודה", "תודה לילה טוב", "יאללה ביי"])
def test_parting_is_heard(text):
    assert is_farewell(text)


@pytest.mark.parametrize("text", ["תודה", "שלום", "ערב טוב", "היי יום טוב", "להתראות מחר בחמש, תקבע לי", "שבת שלום"])
def test_thanks_and_greetings_do_not_end_the_call(text):
    assert not is_farewell(text)


@pytest.mark.parametrize("text", ["תודה רבה תודה רבה", "תודה שצפיתם", "תודה רבה על הצפייה", "כתוביות על ידי Amara.org"])
def test_lines_invented_over_silence_are_ghosts(text):
    assert is_ghost(text)


@pytest.mark.parametrize("text", ["תודה רבה", "כן", "תודה רבה, מחר בחמש", ""])
def test_what_people_say_is_no_ghost(text):
    assert not is_ghost(text)


@pytest.mark.parametrize("text", ["רגע", "שנייה אחת", "תמתין בבקשה", "רגע אני בודקת ביומן"])
def test_asking_for_a_moment_is_heard(text):
    assert is_wait(text)


@pytest.mark.parametrize("text", ["פגישה שנייה", "רגע, התכוונתי למחר", "מחר"])
def test_the_second_one_is_no_moment(text):
    assert not is_wait(text)
