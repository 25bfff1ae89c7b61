"""Numbers as people write them, keypads send them and carriers report them (twilio-whatsapp.md, section 8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.phones import is_withheld, national, normalize_phone


@pytest.mark.parametrize(
    "raw",
    [
        "050-1234567",
        "0501234567",
        "501234567",
        "972501234567",
        "00972501234567",
        "+972-50-123-4567",
        "+972 (0)50 1234567",
        "+9720501234567",
        "whatsapp:+972501234567",
        "tel:+972-50-123-4567;ext=2",
        "\u202a+972 50‑123‑4567\u202c",
        "٠٥٠١٢٣٤٥٦٧",
        "050־1234567",
        "0501234567#",
    ],
)
def test_every_spelling_of_a_mobile_number_is_one_number(raw):
    assert normalize_phone(raw) == "+972501234567"


@pytest.mark.parametrize(
    ("raw", "e164"),
    [
        ("0520000147", "+972520000147"),
        ("03-6123456", "+97236123456"),
        ("36123456", "+97236123456"),
        ("077-2345678", "+972772345678"),
        ("1-700-500500", "+9721700500500"),
        ("1-800-123456", "+9721800123456"),
        ("0599123456", "+972599123456"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+1 (202) 555-0123", "+12025550123"),
    ],
)
def test_landlines_voip_special_and_foreign_numbers_are_kept(raw, e164):
    assert normalize_phone(raw) == e164


@pytest.mark.parametrize(
    "raw",
    [
        "*2200", "*1234", "100", "101", "112", "144", "050123456", "05012345", "05012345678", "abc",
        "sip:dana@example.com", "client:dana", "1-800-FLOWERS", "052-1234567 054-1234567", "15551234567", "+", "#",
        "++972521234567", "0" * 500, "+999123456789", "²",
    ],
)  # fmt: skip  # a list
def test_what_cannot_be_called_is_no_number(raw):
    assert normalize_phone(raw) is None


@pytest.mark.parametrize(
    "raw",
    [None, "", "  ", "anonymous", "Anonymous", "RESTRICTED", "unavailable", "sip:anonymous@anonymous.invalid",
     "+266696687", "+7378742833", "+86282452253", "+8656696", "+2562533"],
)  # fmt: skip  # a list
def test_a_withheld_caller_has_no_number(raw):
    assert is_withheld(raw)
    assert normalize_phone(raw) is None


@pytest.mark.parametrize("raw", ["0501234567", "*2200", "sip:dana@example.com", "+12025550123"])
def test_a_caller_with_an_odd_address_did_not_withhold_it(raw):
    assert not is_withheld(raw)


def test_a_number_without_a_plus_is_read_as_dialled_in_the_region():
    assert normalize_phone("(202) 555-0123", region="US") == "+12025550123"
    assert normalize_phone("(202) 555-0123") is None


@pytest.mark.parametrize(
    ("e164", "spoken"),
    [
        ("+972520000147", "052-000-0147"),
        ("+97236123456", "03-612-3456"),
        ("+972772345678", "077-234-5678"),
        ("+9721700500500", "1-700-500-500"),
        ("+12025550123", "+1 202-555-0123"),
        ("", ""),
        ("anonymous", "anonymous"),
    ],
)
def test_a_number_is_shown_as_it_is_dialled_at_home(e164, spoken):
    assert national(e164) == spoken


@given(st.one_of(st.text(max_size=40), st.text("0123456789+*# -()", max_size=20)))
def test_any_text_gives_a_number_or_none_and_a_number_stays_itself(raw):
    number = normalize_phone(raw)
    if number is not None:
        assert number.startswith("+")
        assert normalize_phone(number) == number
        assert normalize_phone(national(number)) == number
