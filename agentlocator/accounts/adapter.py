"""What allauth asks the house: who may sign up, how letters leave, and what the second factor is kept in."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.userkit import filter_users_by_email
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from agentlocator.accounts.languages import chosen_by
from agentlocator.accounts.mails import deliver, on_our_address
from agentlocator.accounts.notices import tell_of
from crm.secrets import seal, unseal


class HouseAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": gettext_lazy("Sign-in is locked for 15 minutes."),
        "rate_limited": gettext_lazy("Too many tries in a short while. It works again in a minute."),
        "username_password_mismatch": gettext_lazy("The name or the password is wrong."),
        "email_password_mismatch": gettext_lazy("The name or the password is wrong."),
        "email_taken": gettext_lazy("There is an account with this e-mail already: sign in, or reset its password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGN_UP_OPEN)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Says for how long the lock holds: until the oldest of the counted tries is old enough."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            minutes = _minutes_locked(request, self._get_login_attempts_cache_key(request, **credentials))
            text = ngettext("Sign-in is locked for one minute.", "Sign-in is locked for %(count)d minutes.", minutes)
            raise ValidationError(text % {"count": minutes}, code="too_many_login_attempts") from None

    def unlock(self, user: Any) -> None:
        """Forget the failed tries under any of the user's names: a new password has just been proven."""
        for login in {user.email.lower(), user.get_username().lower()} - {""}:
            key = self._get_login_attempts_cache_key(self.request, username=login)
            ratelimit.clear(self.request, app="allauth.account", action="login_failed", key=key)

    def save_user(self, request: HttpRequest, user: Any, form: BaseForm, commit: bool = True) -> Any:
        """What a user may do is decided by their roles alone, so everybody may open the settings (`is_staff`)."""
        user.is_staff = True
        return super().save_user(request, user, form, commit)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        user = context.get("user") or next(iter(filter_users_by_email(email)), None)
        language = chosen_by(user) or translation.get_language() or settings.LANGUAGE_CODE
        if not deliver(template_prefix, to=email, language=language, context=context):
            messages.error(self.request, _("The e-mail was not sent. Trying again in a few minutes may help."))

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Of a change of how one signs in; of a new address the former one is told."""
        tell_of(template_prefix, user, at=timezone.now(), to=email or "")

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return on_our_address(path.replace("UID-KEY", key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return on_our_address(reverse("account_confirm_email", args=[emailconfirmation.key]))


def _minutes_locked(request: HttpRequest, key: str) -> int:
    """Minutes, rounded up, until the fullest of the limits on failed sign-ins has room again."""
    waits = [1.0]
    for rate in ratelimit.get_rates(app="allauth.account", action="login_failed"):
        tries = cache.get(
            ratelimit.get_cache_key(request, app="allauth.account", action="login_failed", rate=rate, key=key), []
        )
        if len(tries) >= rate.amount:
            waits.append(tries[-1] + rate.duration - time.time())
    return max(1, -(-int(max(waits)) // 60))


class HouseMFAAdapter(DefaultMFAAdapter):
    """The second factor's secrets lie encrypted, as all secrets here do."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("The code is wrong or too old. The app shows a new one every 30 seconds."),
        "unverified_email": gettext_lazy(
            "First confirm your e-mail address, then two-factor authentication can be turned on."
        ),
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)
