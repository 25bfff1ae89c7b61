"""A new business: everything the house expects of one, made together."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.text import slugify

from booking.facts import DEFAULT_RESOURCE
from booking.models import Resource
from calls.prompts import follow_settings
from crm.models import Business, BusinessSettings, Membership, Role
from crm.tenancy import for_business

_SLUG_LENGTH = 40
_LATIN = {
    **dict(zip("אבגדהוזחטיכלמנסעפקרתךםןף", "abgdhvzhtyklmnsapkrtkmnp", strict=True)),
    **dict.fromkeys("צץ", "ts"),
    "ש": "sh",
}


def open_business(*, owner: User, name: str) -> Business:
    """The business with its settings, somebody who serves, a first version of the instructions, and its owner.

    It answers no calls yet: going live is the owner's last step, once everything is set.
    """
    with transaction.atomic():
        business = _named(name)
        with for_business(business):
            BusinessSettings.objects.create(business=business)
            Resource.objects.create(business=business, slug=DEFAULT_RESOURCE, name=name[:80])
        follow_settings(business, by=owner)
        Membership.objects.create(user=owner, business=business, role=Role.OWNER)
    return business


def _named(name: str) -> Business:
    """Of two that ask for a slug at once one gets it; the other gets the next."""
    for slug in _slugs(name):
        business, is_new = Business.objects.get_or_create(slug=slug, defaults={"name": name, "is_active": False})
        if is_new:
            business.refresh_from_db()  # the zone's name has become a zone
            return business
    raise AssertionError("slugs never end")


def _slugs(name: str) -> Iterator[str]:
    """The name in Latin letters; then the same with something random behind it, until one is free."""
    base = slugify("".join(_LATIN.get(letter, letter) for letter in name))[:_SLUG_LENGTH].strip("-") or "business"
    yield base
    while True:
        yield f"{base}-{secrets.token_hex(2)}"
