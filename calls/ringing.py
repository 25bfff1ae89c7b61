"""Which telephones of the staff may ring for a call: whoever enters one spends the business's money."""

from __future__ import annotations

import enum
from collections.abc import Collection

import phonenumbers
from django.utils.translation import gettext_lazy as _
from phonenumbers import PhoneNumberType

from calls.lines import numbers_of
from crm.tenancy import current_business_id

_HOME = "IL"
_ORDINARY = (
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.VOIP,
)


class Obstacle(enum.Enum):
    """Why calls are not handed to a number."""

    SPECIAL = "special"
    ABROAD = "abroad"


_WORDS = {
    Obstacle.SPECIAL: _("Calls are not handed to premium and other special numbers."),
    Obstacle.ABROAD: _(
        "Calls are handed to numbers in Israel, or in a country in which the business has a number of its own."
    ),
}


def why_not_ring(number: str, business_id: int | None = None) -> str:
    """Why calls of a business, else of the current one, are not handed to this E.164 number; empty if they may be.

    A number that somebody wrote on its page and nobody has shown to be its own says nothing about where it is.
    """
    business_id = business_id or current_business_id()
    obstacle = obstacle_to(number, ())
    if obstacle is Obstacle.ABROAD and business_id is not None:
        obstacle = obstacle_to(number, numbers_of(business_id).answered)
    return str(_WORDS[obstacle]) if obstacle else ""


def obstacle_to(number: str, lines: Collection[str]) -> Obstacle | None:
    """What stands against ringing this E.164 number. `lines`: numbers that are known to be the business's own.

    Countries count by region, not by code: behind +1 there are twenty-five, and some are dear.
    """
    telephone = phonenumbers.parse(number)
    region = phonenumbers.region_code_for_number(telephone)
    kind = phonenumbers.number_type(telephone)
    # The library knows ranges of Israel's only as of when it was made; numbers that begin with 1 are special there.
    is_new_here = region in (_HOME, None) and telephone.country_code == phonenumbers.country_code_for_region(_HOME)
    is_unknown = kind == PhoneNumberType.UNKNOWN and not str(telephone.national_number).startswith("1")
    if is_new_here and is_unknown:
        return None
    if kind not in _ORDINARY:
        return Obstacle.SPECIAL
    own = {_HOME, *(phonenumbers.region_code_for_number(phonenumbers.parse(line)) for line in lines)}
    return None if region in own else Obstacle.ABROAD
