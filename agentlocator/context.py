"""What every template knows: the business, the user's role, and what must not be overlooked."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from agentlocator.house import House
from booking.admin.holidays import year_waiting
from calls.models import TwilioAccount
from crm.roles import current_business, is_owner, is_platform_admin
from crm.strayed import key_of
from crm.tenancy import for_everyone


def product(request: HttpRequest) -> dict[str, Any]:
    """Context processor of all templates; what costs a query is looked up only where it is shown."""
    return {
        "house": SimpleLazyObject(lambda: House(request)),
        "house_bars": SimpleLazyObject(lambda: bars(request)),
        "business_key": SimpleLazyObject(lambda: key_of(request)),
        "current_business": SimpleLazyObject(lambda: current_business(request)),
        "is_owner": SimpleLazyObject(lambda: is_owner(request)),
        "holidays_waiting": SimpleLazyObject(lambda: holidays_waiting(request)),
    }


def holidays_waiting(request: HttpRequest) -> int:
    """The year whose holidays the signed-in owner has yet to approve; 0 if there is none."""
    business = current_business(request)
    if business is None or not is_owner(request):
        return 0
    return year_waiting(business, today=timezone.localdate()) or 0


def bars(request: HttpRequest) -> list[dict[str, str | SafeString]]:
    """The strips on top of every page, most important last; none of them can be dismissed."""
    found: list[dict[str, str | SafeString]] = []
    signed_in = request.user.is_authenticated
    business = current_business(request) if signed_in else None
    if business is not None and is_platform_admin(request):
        text = _("Viewing the business {} as platform administration")
        found.append({"tone": "", "text": format_html(text, format_html("<bdi>{}</bdi>", business.name))})
    if settings.PRACTICE_MODE:
        owner = _("Practice mode: no key for the voice provider is set, so a local stand-in answers.")
        staff = _("Practice mode: a local stand-in answers. Real calls are answered once the owner has set a key.")
        found.append({"tone": "", "text": staff if signed_in and not is_owner(request) else owner})
    if webhooks_are_unsigned():
        text = _("Calls are accepted without checking who sends them: no auth token of the telephony provider is set.")
        found.append({"tone": "bad", "text": text})
    return found


def webhooks_are_unsigned() -> bool:
    """Whether anyone could pretend to be the carrier; possible only while DEBUG is on."""
    if not settings.DEBUG or settings.TWILIO_AUTH_TOKEN:
        return False
    with for_everyone("one account anywhere turns signatures on everywhere"):
        return not TwilioAccount.objects.exists()


def business_name(request: HttpRequest) -> str:
    """The line under the product's name in the admin's side column."""
    business = current_business(request) if request.user.is_authenticated else None
    return business.name if business else ""
