"""What we ask of the carrier by REST."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import httpx2
from django.conf import settings

from calls.tls import tls_context

if TYPE_CHECKING:
    from calls.services import CallSetup

logger = logging.getLogger(__name__)

TWILIO = "https://api.twilio.com"
TIMEOUT_SECONDS = 3.0  # the caller sits in silence meanwhile


def _credentials(setup: CallSetup) -> tuple[str, str]:
    return setup.carrier_account or (settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN)


def base_url(token: str) -> str:
    """The configured address, else the real carrier if there is a token to show it, else our own stand-in."""
    if settings.TWILIO_API_BASE_URL:
        return str(settings.TWILIO_API_BASE_URL)
    return TWILIO if token else f"{settings.PUBLIC_URL}/simulator/carrier"


def address(account: str, token: str, path: str) -> str:
    """Where a resource of an account lies."""
    return f"{base_url(token)}/2010-04-01/Accounts/{account}/{path}"


def client_options(account: str, token: str) -> dict[str, Any]:
    """What every client for the carrier's REST side needs, waiting or not."""
    base = base_url(token)
    return {
        "timeout": TIMEOUT_SECONDS,
        "auth": (account, token),
        "verify": tls_context() if base.startswith("https:") else False,  # plain http has nothing to verify
        "trust_env": base == TWILIO,  # a proxy knows no stand-in on this machine
    }


async def hang_up(setup: CallSetup, account_sid: str) -> bool:
    """End the call at the carrier. False if it did not take the order; the caller of this closes the stream then."""
    return await _update(setup, account_sid, {"Status": "completed"})


async def redirect(setup: CallSetup, account_sid: str) -> bool:
    """Have the carrier ask at once what to do next; it closes the stream itself. False as in `hang_up`."""
    url = f"{settings.PUBLIC_URL}/webhook/twilio/voice/after"
    return await _update(setup, account_sid, {"Url": url, "Method": "POST"})


async def _update(setup: CallSetup, account_sid: str, form: dict[str, str]) -> bool:
    own_sid, token = _credentials(setup)
    account = own_sid or account_sid
    told = {"call_sid": setup.call_sid, "order": ", ".join(form)}
    try:
        async with httpx2.AsyncClient(**client_options(account, token)) as client:
            answer = await client.post(address(account, token, f"Calls/{setup.call_sid}.json"), data=form)
    except httpx2.HTTPError as error:
        logger.warning("The carrier could not be told what to do", extra=told | {"error": type(error).__name__})
        return False
    if answer.is_success:
        return True
    logger.warning("The carrier refused an order", extra=told | {"http_status": answer.status_code})
    return False
