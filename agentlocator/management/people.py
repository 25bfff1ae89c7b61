"""The person and the business that a command is about."""

from __future__ import annotations

from django.core.management import CommandError

from crm.models import Business
from crm.phones import normalize_phone


def business_of(slug: str) -> Business:
    """The business of this short name, or a refusal that says so."""
    business = Business.objects.filter(slug=slug).first()
    if business is None:
        raise CommandError(f"There is no business with the short name {slug!r}.")
    return business


def number_of(text: str) -> str:
    """The number in E.164. A refusal does not repeat it: what commands print is kept in logs."""
    number = normalize_phone(text)
    if number is None:
        raise CommandError("This is no telephone number. Write it with its country code, such as +972521234567.")
    return number
