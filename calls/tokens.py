"""The single-use token that lets one call open one media socket, within a minute of its webhook."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache

import msgspec
import redis
import redis.asyncio
from django.conf import settings

LIFETIME_SECONDS = 60


class Claim(msgspec.Struct, frozen=True):
    """What a token is good for."""

    call_sid: str
    business_id: int
    safety_id: str = ""  # the caller's pseudonym for the provider
    part: int = 0  # which media stream of the call it opens
    resumed: str = ""  # why there is a further one: transfer_failed stream_lost
    from_browser: bool = False  # the practice page opens it; there is no carrier behind it


_decoder = msgspec.json.Decoder(Claim)


def _key(token: str) -> str:
    """The broker holds a hash: reading it gives nobody a token."""
    return f"media-token:{hashlib.sha256(token.encode()).hexdigest()}"


@cache
def _broker(url: str) -> redis.Redis:
    return redis.Redis.from_url(url)


def mint(claim: Claim) -> str:
    """A new token, 256 bits, for this call."""
    token = secrets.token_urlsafe(32)
    _broker(settings.REDIS_URL).set(_key(token), msgspec.json.encode(claim), ex=LIFETIME_SECONDS)
    return token


async def redeem(token: str, call_sid: str) -> Claim | None:
    """Use a token up. None if it was never minted, is used, is too old, or belongs to another call."""
    if not token or len(token) > 100:
        return None
    async with redis.asyncio.Redis.from_url(settings.REDIS_URL) as broker:
        held = await broker.getdel(_key(token))
    if held is None:
        return None
    claim = _decoder.decode(held)
    return claim if secrets.compare_digest(claim.call_sid.encode(), call_sid.encode()) else None
