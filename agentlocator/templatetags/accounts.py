"""What pages about signing in need to know, and who to turn to."""

from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.conf import settings
from django.http import HttpRequest

from crm.models import Membership, Role
from crm.names import name_of
from crm.roles import current_business, role_of

register = template.Library()


@register.simple_tag
def sign_up_is_open() -> bool:
    return bool(settings.SIGN_UP_OPEN)


@register.simple_tag
def mail_is_sent() -> bool:
    """Whether this installation has a mail server at all."""
    return bool(settings.EMAIL_READY)


@dataclass(frozen=True)
class Contact:
    """`address`: what a link opens to reach them; empty if neither e-mail nor number is known."""

    name: str
    address: str


@register.simple_tag(takes_context=True)
def owners_to_ask(context: template.Context) -> list[Contact]:
    """The owners of the business in which this user is staff; nobody for strangers and for owners themselves."""
    request: HttpRequest | None = context.get("request")
    if request is None or role_of(request) is not Role.STAFF:
        return []
    owners = Membership.objects.filter(business=current_business(request), role=Role.OWNER).select_related("user")
    return [_contact(owner) for owner in owners.order_by("pk")]


def _contact(owner: Membership) -> Contact:
    user = owner.user
    address = f"mailto:{user.email}" if user.email else f"tel:{owner.phone}" if owner.phone else ""
    return Contact(name_of(user), address)
