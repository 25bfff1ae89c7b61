"""A customer's file, from wherever its provider keeps it."""

from __future__ import annotations

from typing import IO

import httpx2

from whatsapp.baileys.client import Bridge, Refused, Unreachable
from whatsapp.limits import LARGEST_FILE
from whatsapp.models import Channel, MessageMedia
from whatsapp.twilio import account

_SECONDS = 20.0  # between two pieces
_MOST_REDIRECTS = 3  # Twilio sends us on to where it stores files


class NotNow(Exception):
    """Later it may be otherwise."""


class Gone(Exception):
    """The provider does not have it any more."""


class TooLarge(Exception):
    def __init__(self, size: int) -> None:
        super().__init__("too large")
        self.size = size


def download(media: MessageMedia, into: IO[bytes]) -> int:
    """Write the file; how many bytes it has. Raises NotNow, Gone and TooLarge."""
    if media.message.provider == Channel.Provider.TWILIO:
        return _from_twilio(media.source, into)
    channel = Channel.objects.filter(provider=Channel.Provider.BAILEYS).first()
    if channel is None:
        raise Gone
    try:
        with Bridge().file(channel.session, media.source) as answer:
            return _written(answer, into)
    except Unreachable as trouble:
        raise NotNow from trouble
    except Refused as refusal:
        raise Gone if refusal.status in (404, 410) else NotNow from refusal


def _from_twilio(source: str, into: IO[bytes]) -> int:
    """`source` names message and file; the address that a webhook named is not asked. Other hosts get no password."""
    ours, (message, _, file) = account.here(), source.partition("/")
    address = ours.address(f"Messages/{message}/Media/{file}")
    try:
        with (
            ours.client(timeout=_SECONDS, follow_redirects=True, max_redirects=_MOST_REDIRECTS) as client,
            client.stream("GET", address) as answer,
        ):
            if answer.status_code in (404, 410):
                raise Gone
            if not answer.is_success:
                raise NotNow
            return _written(answer, into)
    except httpx2.HTTPError as error:
        raise NotNow from error


def _written(answer: httpx2.Response, into: IO[bytes]) -> int:
    declared = answer.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared) > LARGEST_FILE:
        raise TooLarge(int(declared))
    size = 0
    for piece in answer.iter_bytes():
        size += len(piece)
        if size > LARGEST_FILE:
            raise TooLarge(size)
        into.write(piece)
    if not size:
        raise NotNow
    into.seek(0)
    return size
