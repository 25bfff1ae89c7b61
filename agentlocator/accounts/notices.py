"""Letters about a change of how somebody signs in: whoever did not make it learns of it, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import User
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agentlocator.accounts.languages import chosen_by
from agentlocator.accounts.mails import deliver, on_our_address

# What allauth calls the change -> what is said of it.
WORDS: Mapping[str, str | Promise] = {
    "account/email/password_changed": _("The password was changed"),
    "account/email/password_set": _("The password was changed"),
    "account/email/password_reset": _("The password was changed by the link for lost passwords"),
    "account/email/email_changed": _("The e-mail address was changed"),
    "account/email/email_deleted": _("An e-mail address was removed"),
    "mfa/email/totp_activated": _("Two-factor authentication was turned on"),
    "mfa/email/totp_deactivated": _("Two-factor authentication was turned off"),
    "mfa/email/recovery_codes_generated": _("New recovery codes were made"),
}


def tell_of(change: str, user: User, *, at: datetime, to: str = "") -> None:
    """One letter, in the user's language; `to` is another address than their own: the one they had until now.

    Nothing is said on the page where it cannot be sent: what the user did is done.
    """
    address = to or EmailAddress.objects.get_primary_email(user) or user.email
    if not address or change not in WORDS:
        return
    context = {"what": WORDS[change], "at": at, "link": on_our_address("/accounts/password/reset/"), "user": user}
    deliver("account/email/notice", to=address, language=chosen_by(user) or settings.LANGUAGE_CODE, context=context)
