"""Where the stand-ins of `simulator/` meet the product: practice mode and the carrier's REST side.

Without a provider key one provider stand-in per process is started on loopback when the first call needs it.
Unless the carrier is real, its REST stand-in answers under `/simulator/carrier/`.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from django.conf import settings

from calls.provider import ProviderAddress, register_practice_provider
from simulator.carrier_rest import CarrierRest
from simulator.provider_options import ProviderOptions

if TYPE_CHECKING:
    from simulator.provider import Served

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

CARRIER_PATH = "/simulator/carrier/"


class _PracticeProvider:
    """The stand-in of this process. A second event loop, as tests have, gets its own."""

    def __init__(self) -> None:
        self._key = secrets.token_urlsafe(16)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting: asyncio.Task[Served] | None = None

    async def address(self) -> ProviderAddress:
        from simulator.provider import serve_provider  # noqa: PLC0415 -- see install()

        loop = asyncio.get_running_loop()
        if self._starting is None or self._loop is not loop:
            # Times in the middle of what the real provider takes, so that practice feels like a call.
            options = ProviderOptions(api_key=self._key, transcription_delay_s=0.4, first_audio_delay_s=0.7)
            self._loop, self._starting = loop, loop.create_task(serve_provider(options=options))
        served = await asyncio.shield(self._starting)  # one caller who hangs up does not stop it for the others
        return ProviderAddress(served.base_url, self._key)


_provider = _PracticeProvider()
_carrier = CarrierRest()


def install() -> None:
    """Let calls find the stand-in where there is no key. With one the provider is never simulated.

    The stand-in brings the `openai` package along, half a second and 60 MB: it is loaded here, at start-up, so that
    the first caller does not wait for it, and not at all where a key makes it useless.
    """
    if settings.PRACTICE_MODE:
        import simulator.provider  # noqa: F401, PLC0415 -- as said above
    register_practice_provider(provider_address if settings.PRACTICE_MODE else None)


async def provider_address() -> ProviderAddress:
    """Where this process's provider stand-in listens; it is started if need be."""
    return await _provider.address()


def carrier_is_real() -> bool:
    """Somebody else's telephone network: a token to show, and no other address for it."""
    return bool(settings.TWILIO_AUTH_TOKEN) and not settings.TWILIO_API_BASE_URL


def with_carrier_stand_in(application: Any) -> Any:
    """The application, with the carrier's REST stand-in beside it on a developer's machine."""
    if carrier_is_real() or not settings.DEBUG:
        return application

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = _carrier if str(scope.get("path", "")).startswith(CARRIER_PATH) else application
        await chosen(scope, receive, send)

    return either
