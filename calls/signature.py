"""Whether a webhook really comes from the carrier."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, QueryDict

from calls.lines import line_of
from calls.models import CallSession, TwilioAccount
from calls.numbers import number_of
from crm.tenancy import for_business, for_everyone

logger = logging.getLogger(__name__)


_SID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Sender:
    """Whose request this is. Without a business it is about a number or a call that nobody has."""

    business_id: int | None


@dataclass(frozen=True)
class _Account:
    sid: str  # empty where the installation does not name one
    token: str


def sender_of(request: HttpRequest, about: str = "CallSid") -> Sender | None:
    """Who sent this webhook; None if it is forged, or about another account than the one that signed it.

    `about` is the field that names the call. Where it is not the request's own call (somebody whom the carrier rang
    for it), the number dialled says nothing: it is that person's, and might be another business's.
    On a developer's machine without any token there is nothing to check against: everything is accepted.
    """
    business_id = _business_of(request.POST, about)
    return Sender(business_id) if is_genuine(request, business_id) else None


def is_genuine(request: HttpRequest, business_id: int | None) -> bool:
    """Whether the account of this business signed it. For requests whose business is known by something else."""
    accounts = _accounts_of(business_id, request.POST.get("AccountSid", ""))
    if not accounts:
        return _nothing_to_check()
    signature = request.headers.get("X-Twilio-Signature", "")
    return any(_speaks_for(account, request, signature) for account in accounts)


def _speaks_for(account: _Account, request: HttpRequest, signature: str) -> bool:
    """It was signed with the account's token, and names this account."""
    if account.sid and request.POST.get("AccountSid") != account.sid:
        return False
    return any(
        hmac.compare_digest(expected(account.token, url, request.POST).encode(), signature.encode())
        for url in _signed_urls(request)
    )


def _business_of(form: QueryDict, about: str) -> int | None:
    """Whose number was called, or whose call this is; never read from the unproven AccountSid."""
    with for_everyone("the request decides whose it is"):
        number = number_of(form.get("To", "")) if about == "CallSid" else ""
        if number:
            line = line_of(number)
            if line is not None:
                return line.business_id
        call_sid = form.get(about, "")
        call = CallSession.objects.filter(call_sid=call_sid).first() if _SID.fullmatch(call_sid) else None
        return call.business_id if call else None


def _accounts_of(business_id: int | None, posted_sid: str) -> list[_Account]:
    """Who may have signed: the business's own account, else the installation's.

    About a number or a call that nobody has, also the stored account that the request names. The name is unproven,
    but the signature proves it, and nothing comes of such a request but the answer that nobody has it.
    """
    own: list[TwilioAccount] = []
    if business_id is not None:
        with for_business(business_id):
            own = list(TwilioAccount.objects.all())
    elif posted_sid and _SID.fullmatch(posted_sid):
        with for_everyone("a number that no business has, called through some business's account"):
            own = list(TwilioAccount.objects.filter(account_sid=posted_sid))
    accounts = [_Account(account.account_sid, account.auth_token) for account in own if account.auth_token]
    if settings.TWILIO_AUTH_TOKEN and (business_id is None or not accounts):
        accounts.append(_Account(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN))
    return accounts


def _nothing_to_check() -> bool:
    with for_everyone("is there any token to check with"):
        configured = TwilioAccount.objects.exists()
    if configured or not settings.DEBUG:
        return False
    _warn_once()
    return True


@cache
def _warn_once() -> None:
    logger.warning("No auth token of the telephony provider is configured; its webhooks are accepted unchecked")


def expected(token: str, url: str, form: QueryDict) -> str:
    """The signature of a form POST. Source: Twilio, "Webhooks security"."""
    fields = (name + value for name in sorted(form) for value in sorted(set(form.getlist(name))))
    digest = hmac.new(token.encode(), (url + "".join(fields)).encode(), hashlib.sha1)
    return base64.b64encode(digest.digest()).decode()


def _signed_urls(request: HttpRequest) -> list[str]:
    """What the carrier may have signed: our public address with path and query exactly as they came over the wire.

    Carriers add the default port to an address, or leave it out.
    """
    scope = getattr(request, "scope", None) or {}
    if raw_path := scope.get("raw_path"):
        query = scope.get("query_string", b"").decode("latin-1")
        path = raw_path.decode("latin-1") + (f"?{query}" if query else "")
    else:
        path = request.get_full_path()
    public = str(settings.PUBLIC_URL)
    parts = urlsplit(public)
    default = {"http": 80, "https": 443}[parts.scheme]
    if parts.port is None:
        return [public + path, f"{public}:{default}{path}"]
    return [public + path] + ([public.removesuffix(f":{default}") + path] if parts.port == default else [])
