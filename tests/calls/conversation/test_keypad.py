"""Keys during a call."""

from __future__ import annotations

import pytest

from calls.conversation.keypad import Keyed, Keypad
from calls.conversation.moves import Note, OpenMenu, Say
from tests.support.talk import DANA, Talk


def pressed(pad: Keypad, keys: str, *, number_asked: bool = False) -> list[Keyed]:
    return [pad.press(key, number_asked=number_asked) for key in keys]


def test_a_number_commits_by_pound() -> None:
    pad = Keypad()
    assert pressed(pad, "0521234567#")[-2:] == [Keyed.COMPLETE, Keyed.COMMITTED]
    assert pad.take() == "0521234567"
    assert not pad.busy


def test_star_clears_and_on_an_empty_pad_reads_the_menu() -> None:
    pad = Keypad()
    assert pressed(pad, "05*")[-1] is Keyed.CLEARED
    assert pad.digits == ""
    assert pad.press("*") is Keyed.MENU


@pytest.mark.parametrize("key", ["0", "1", "2"])
def test_a_key_of_the_menu_alone_is_a_choice_unless_a_number_is_asked_for(key: str) -> None:
    assert Keypad().press(key) is Keyed.CHOICE
    assert Keypad().press(key, number_asked=True) is Keyed.COLLECTING
    assert pressed(Keypad(), f"{key}5")[-1] is Keyed.COLLECTING


def test_pound_alone_and_unknown_keys_mean_nothing() -> None:
    assert pressed(Keypad(), "#A٥") == [Keyed.IGNORED] * 3


def test_forty_digits_are_one_impossible_number_refused_once() -> None:
    pad, call = Keypad(), Talk()
    assert set(pressed(pad, "1234567890" * 4, number_asked=True)) == {Keyed.COLLECTING}
    assert len(pad.digits) == 16
    assert call.keys(pad.take()).told == ["need_phone; reason=invalid_phone"]


def test_forty_digits_that_begin_like_a_number_are_no_number() -> None:
    pad, call = Keypad(), Talk(caller_phone=DANA)
    pressed(pad, "0521234567" * 4)
    assert call.keys(pad.take()).told == ["need_phone; reason=invalid_phone"]


# --- what the dialog makes of them -------------------------------------------------------------------
def test_a_single_key_opens_the_menu_while_no_number_is_asked_for() -> None:
    assert Talk().keys("1").moves == [OpenMenu("1")]
    assert Talk().keys("7").moves == [OpenMenu()]


def test_while_a_number_is_asked_for_a_single_key_is_part_of_none() -> None:
    call = Talk().says("book", name="דנה")
    assert call.told == ["need_phone"]
    assert call.keys("1").told == ["need_phone; reason=invalid_phone"]


def test_a_number_nobody_asked_for_is_taken() -> None:
    call = Talk().keys("0521234567")
    assert call.moves == [Note("[SERVER] phone_captured: 052-123-4567"), Say()]
    assert call.dialog.phone == DANA
