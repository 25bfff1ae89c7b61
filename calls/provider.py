"""Where the voice provider is, and who we are to it.

With a key it is the address of the settings. Without one the installation is in practice mode, and whoever
wires the product together registers a stand-in here; this app never knows what answers.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from django.conf import settings


class NoProvider(RuntimeError):
    """There is no key, and no stand-in was registered."""


@dataclass(frozen=True)
class ProviderAddress:
    """`base_url` is the provider's REST base, such as https://api.openai.com/v1."""

    base_url: str
    api_key: str = field(repr=False)

    def realtime_url(self, model: str) -> str:
        """The voice socket follows the REST base: http://h:p/v1 -> ws://h:p/v1/realtime?model=…"""
        parts = urlsplit(self.base_url)
        scheme = {"http": "ws", "https": "wss"}[parts.scheme]
        return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}/realtime?model={quote(model)}"


_practice_provider: Callable[[], Awaitable[ProviderAddress]] | None = None


def register_practice_provider(start: Callable[[], Awaitable[ProviderAddress]] | None) -> None:
    """`start` brings a stand-in up on first use and says where it listens; later calls answer the same."""
    global _practice_provider
    _practice_provider = start


async def provider_address() -> ProviderAddress:
    """Where to connect. Raises NoProvider in practice mode without a stand-in."""
    if settings.OPENAI_API_KEY:
        return ProviderAddress(settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY)
    if _practice_provider is None:
        raise NoProvider("OPENAI_API_KEY is not set and no stand-in is registered")
    return await _practice_provider()


def safety_identifier(caller: str) -> str:
    """A stable pseudonym of the caller for the provider's abuse monitoring; not reversible without our secret."""
    return hmac.new(settings.SECRET_KEY.encode(), caller.encode(), hashlib.sha256).hexdigest()[:32]
