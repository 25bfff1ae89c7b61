"""Which telephones of the staff may ring for a call: whoever enters one spends the business's money."""

from __future__ import annotations

import phonenumbers
from django.utils.translation import gettext as _
from phonenumbers import PhoneNumberType

from calls.models import PhoneLine

_HOME = "IL"
_ORDINARY = (
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.VOIP,
)


def why_not_ring(number: str) -> str:
    """Why calls are not handed to this E.164 number; empty if they may be. In the scope of the business.

    Countries count by region, not by code: behind +1 there are twenty-five, and some are dear.
    """
    telephone = phonenumbers.parse(number)
    region = phonenumbers.region_code_for_number(telephone)
    kind = phonenumbers.number_type(telephone)
    # The library knows ranges of Israel's only as of when it was made; numbers that begin with 1 are special there.
    is_new_here = region in (_HOME, None) and telephone.country_code == phonenumbers.country_code_for_region(_HOME)
    is_unknown = kind == PhoneNumberType.UNKNOWN and not str(telephone.national_number).startswith("1")
    if is_new_here and is_unknown:
        return ""
    if kind not in _ORDINARY:
        return _("Calls are not handed to premium and other special numbers.")
    if region == _HOME or region in _regions_of_lines():
        return ""
    return _("Calls are handed to numbers in Israel, or in a country in which the business has a number of its own.")


def _regions_of_lines() -> set[str | None]:
    lines = PhoneLine.objects.values_list("number", flat=True)
    return {phonenumbers.region_code_for_number(phonenumbers.parse(number)) for number in lines}
