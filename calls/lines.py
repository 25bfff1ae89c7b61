"""Which number rings where, and how that is known.

Anybody who opens a business may write a number on its page. Calls to it are signed by the telephony account that owns
it: where that is the business's own account, the signature shows whose number it is. Where it is the installation's,
it shows nothing about businesses, and those who run the installation have to say so; until then nobody has the number.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls.models import PhoneLine, TwilioAccount
from crm.models import Business
from crm.tenancy import for_business, for_everyone

REMEDY = _(
    "Calls to it are not answered yet. Whoever runs this installation confirms whose number it is; or the telephony "
    "account that owns the number is entered on the business's page."
)


def line_of(number: str) -> PhoneLine | None:
    """Whose number was called; None where nobody has it, or nobody is known to."""
    with for_everyone("the called number decides whose call it is"):
        line = PhoneLine.objects.select_related("business").filter(number=number).first()
        return line if line is not None and is_trusted(line) else None


def is_trusted(line: PhoneLine) -> bool:
    """Whether calls to it are answered, as far as its ownership goes. Without any token there is nothing to check."""
    if line.verified_at or not settings.TWILIO_AUTH_TOKEN:
        return True
    with for_business(line.business_id):
        return any(account.auth_token for account in TwilioAccount.objects.all())


@dataclass(frozen=True)
class Numbers:
    """Of one business: those that are answered, and those whose ownership is yet to be shown."""

    answered: list[str]
    unverified: list[str]


def numbers_of(business: Business | int) -> Numbers:
    """In the order in which they were entered; two queries at most, whatever their number."""
    with for_business(business):
        rows = list(PhoneLine.objects.order_by("pk"))
        doubted = [line for line in rows if not line.verified_at]
        if not doubted or is_trusted(doubted[0]):
            doubted = []
        return Numbers([line.number for line in rows if line not in doubted], [line.number for line in doubted])


def vouch_for(business: Business) -> None:
    """Whoever runs the installation says that all numbers of the business are its own."""
    with for_business(business):
        PhoneLine.objects.filter(verified_at=None).update(verified_at=timezone.now())
