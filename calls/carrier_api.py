"""What we ask of the carrier by REST."""

from __future__ import annotations

import logging

import httpx2
from django.conf import settings

from calls.services import CallSetup
from calls.tls import tls_context

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


async def hang_up(setup: CallSetup, account_sid: str) -> bool:
    """End the call at the carrier. False if it did not take the order; the caller of this closes the stream then."""
    own_sid, token = _credentials(setup)
    account = own_sid or account_sid
    base = base_url(token)
    url = f"{base}/2010-04-01/Accounts/{account}/Calls/{setup.call_sid}.json"
    try:
        async with httpx2.AsyncClient(
            timeout=TIMEOUT_SECONDS,
            auth=(account, token),
            verify=tls_context() if base.startswith("https:") else False,  # plain http has nothing to verify
            trust_env=base == TWILIO,  # a proxy knows no stand-in on this machine
        ) as client:
            answer = await client.post(url, data={"Status": "completed"})
    except httpx2.HTTPError as error:
        logger.warning(
            "The carrier could not be asked to hang up",
            extra={"call_sid": setup.call_sid, "error": type(error).__name__},
        )
        return False
    if answer.is_success:
        return True
    logger.warning(
        "The carrier refused to hang up", extra={"call_sid": setup.call_sid, "http_status": answer.status_code}
    )
    return False
