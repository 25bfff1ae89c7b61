"""Finding people by what staff type: part of a name, or a number in any of its writings."""

from __future__ import annotations

import re

from django.db.models import Q

from crm.models import LeadIdentity
from crm.phones import normalize_phone
from crm.services import FURTHER_PHONE

_PHONE_LIKE = re.compile(r"[\d\s()+.\-\u2010-\u2015\u2212\u05be]+")
_INDEXED_FROM = 3  # letters; the trigram indexes know no shorter pieces, but they do know how words begin


def matching(term: str) -> Q:
    """The people whose name or phone has `term`; one or two letters must begin a word of the name."""
    term = " ".join(term.split())
    if len(term) < _INDEXED_FROM:
        return Q(name__istartswith=term) | Q(name__icontains=f" {term}")
    found = Q(name__icontains=term)
    digits = "".join(str(int(sign)) for sign in term if sign.isdecimal())
    if not _PHONE_LIKE.fullmatch(term) or len(digits) < _INDEXED_FROM:
        return found
    if number := normalize_phone(term):
        further = LeadIdentity.objects.filter(channel=FURTHER_PHONE, external_id=number)
        return found | Q(phone=number) | Q(pk__in=list(further.values_list("lead_id", flat=True)))
    # A part of a number: at home it begins with 0, in the column with +972.
    part = Q(phone__icontains=digits)
    return found | part | Q(phone__icontains=f"+972{digits[1:]}") if digits.startswith("0") else found | part
