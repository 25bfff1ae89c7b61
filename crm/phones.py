"""Telephone numbers: E.164 from the border inwards, national digits for people.

Source: reference/twilio-whatsapp.md, section 8.
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

_ISRAEL = 972
_INVISIBLE = re.compile(r"[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SCHEME = re.compile(r"(?:whatsapp|tel):", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s()\[\]./_\-\u2010-\u2015\u2212\u05be]")
_LOOKS_DIALLED = re.compile(r"[\d\s()+.\-\u2010-\u2015\u2212\u05be]+")
_FEWEST_DIGITS = 3  # of a part that is looked for; the trigram indexes know no shorter ones
_NUMBER = re.compile(r"\+?[0-9]+")
# The library knows only ranges that were assigned when it was made; callers have numbers of newer ones.
_ISRAELI = re.compile(r"5\d{8}|[23489]\d{7}|7\d{8}")
_MOBILE = re.compile(r"[57]\d{8}")
_LANDLINE = re.compile(r"[23489]\d{7}")

_WITHHELD_WORDS = frozenset(("", "anonymous", "restricted", "unavailable", "unknown", "blocked", "private", "withheld"))
# The same words as a telephone's keys spell them; Twilio sends them in place of a number.
_WITHHELD_KEYED = frozenset(("+266696687", "+7378742833", "+86282452253", "+8656696", "+2562533"))


def normalize_phone(raw: str | None, region: str = "IL") -> str | None:
    """The E.164 form of a number as people, keypads and carriers write it; None if it cannot be called.

    None also for star codes, emergency numbers, withheld callers and addresses such as `sip:`. A number
    without `+` is read as dialled in `region`, so whoever knows it to be E.164 digits puts the `+` first.
    """
    if is_withheld(raw):
        return None
    plain = _SEPARATORS.sub("", _ascii_digits(_bare(raw or ""))).rstrip("#")
    if not _NUMBER.fullmatch(plain):
        return None
    try:
        number = phonenumbers.parse(plain, region)
    except NumberParseException:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if _is_callable(number) else None


def is_withheld(raw: str | None) -> bool:
    """Whether the caller hid the number, in any of the ways a carrier says so."""
    bare = _bare(raw or "").lower()
    if bare.startswith("sip:"):
        bare = bare.removeprefix("sip:").partition("@")[0]
    return bare in _WITHHELD_WORDS or bare in _WITHHELD_KEYED


def national(e164: str) -> str:
    """The number as it is dialled and read out at home: 052-000-0147. Foreign ones keep their country code."""
    digits = e164.removeprefix(f"+{_ISRAEL}")
    if digits != e164 and _MOBILE.fullmatch(digits):
        return f"0{digits[:2]}-{digits[2:5]}-{digits[5:]}"
    if digits != e164 and _LANDLINE.fullmatch(digits):
        return f"0{digits[0]}-{digits[1:4]}-{digits[4:]}"
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return e164
    at_home = number.country_code == _ISRAEL
    return phonenumbers.format_number(
        number, PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    )


def numbers_like(term: str) -> list[str]:
    """A number, or a part of one, as it may stand in the columns; none if the term is no such thing."""
    digits = "".join(str(int(sign)) for sign in term if sign.isdecimal())
    if not _LOOKS_DIALLED.fullmatch(term) or len(digits) < _FEWEST_DIGITS:
        return []
    if number := normalize_phone(term):
        return [number]
    at_home = [f"+{_ISRAEL}{digits[1:]}"] if digits.startswith("0") else []  # as it begins where it is dialled
    return [*at_home, digits]


def _bare(raw: str) -> str:
    """Without what cannot be seen, and without the scheme and parameters of an address."""
    visible = _INVISIBLE.sub("", raw).strip()
    return _SCHEME.sub("", visible, count=1).partition(";")[0].strip() if _SCHEME.match(visible) else visible


def _ascii_digits(text: str) -> str:
    """Arabic and other digits as 0-9; the wide plus of East Asian keyboards as `+`."""
    return "".join(str(int(char)) if char.isdecimal() else char for char in text).replace("＋", "+")


def _is_callable(number: PhoneNumber) -> bool:
    subscriber = phonenumbers.national_significant_number(number)
    if number.country_code == _ISRAEL and not subscriber.startswith("1"):
        return bool(_ISRAELI.fullmatch(subscriber))
    return phonenumbers.is_valid_number(number)
