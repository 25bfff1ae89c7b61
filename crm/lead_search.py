"""Finding people by what staff type: part of a name, or a number in any of its writings."""

from __future__ import annotations

from django.db.models import Q

from crm.models import LeadIdentity
from crm.phones import normalize_phone, numbers_like
from crm.services import FURTHER_PHONE

_INDEXED_FROM = 3  # letters; the trigram indexes know no shorter pieces, but they do know how words begin


def matching(term: str) -> Q:
    """The people whose name or phone has `term`; one or two letters must begin a word of the name."""
    term = " ".join(term.split())
    if len(term) < _INDEXED_FROM:
        return Q(name__istartswith=term) | Q(name__icontains=f" {term}")
    found = Q(name__icontains=term)
    numbers = numbers_like(term)
    if numbers and numbers == [normalize_phone(term)]:
        further = LeadIdentity.objects.filter(channel=FURTHER_PHONE, external_id__in=numbers)
        return found | Q(phone__in=numbers) | Q(pk__in=list(further.values_list("lead_id", flat=True)))
    for part in numbers:
        found |= Q(phone__icontains=part)
    return found
