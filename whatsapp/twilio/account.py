"""Whose Twilio account it is: the business's own, else the installation's, else that of the local stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from django.conf import settings

from calls import carrier_api
from calls.models import PhoneLine, TwilioAccount
from whatsapp.models import Channel

STAND_IN = "AC" + "0" * 32
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Account:
    sid: str
    token: str

    def address(self, path: str) -> str:
        return carrier_api.address(self.sid, self.token, path)

    @contextmanager
    def client(self, **options: Any) -> Iterator[httpx2.Client]:
        wanted = carrier_api.client_options(self.sid, self.token) | {"timeout": TIMEOUT_SECONDS} | options
        with httpx2.Client(**wanted) as client:
            yield client


def here() -> Account:
    """Of the current business."""
    own = TwilioAccount.objects.first()
    if own is not None:
        return Account(own.account_sid, own.auth_token)
    return Account(settings.TWILIO_ACCOUNT_SID or STAND_IN, settings.TWILIO_AUTH_TOKEN)


def is_trusted(channel: Channel) -> bool:
    """Whether the number is known to be this business's, as `calls.lines` asks it of numbers that are called.

    Anybody may write any number on their page. Of the business's own account the signature shows whose it is; of the
    installation's it does not, and those who run the installation have confirmed the number among the phone numbers.
    """
    if not settings.TWILIO_AUTH_TOKEN or any(own.auth_token for own in TwilioAccount.objects.all()):
        return True
    return PhoneLine.objects.filter(number=channel.number, verified_at__isnull=False).exists()
