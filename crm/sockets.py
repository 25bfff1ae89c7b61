"""What every socket of our pages is made of: whose business it is about, for how long, and what it takes."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast

from channels.auth import get_user
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest

from crm.middleware import business_of
from crm.models import Business

MOST_BYTES = 8_000  # of what a page sends
NOT_A_MEMBER, TOO_MUCH = 4403, 4400

_sessions = import_module(settings.SESSION_ENGINE).SessionStore


class MemberSocket(AsyncJsonWebsocketConsumer):
    """For members of the business that the page's session works in; `_business_of_page` is set once it is known."""

    _user: User
    _business_of_page: Business

    async def _business(self) -> Business | None:
        """The business that the session's user works in now, as pages have it; None for strangers."""
        session = _sessions(self.scope["cookies"].get(settings.SESSION_COOKIE_NAME))
        user = await get_user(cast(Any, {"session": session}))
        if not user.is_authenticated or not user.is_active:
            return None
        self._user = cast(User, user)
        request = cast(HttpRequest, SimpleNamespace(user=user, session=session))
        return await database_sync_to_async(business_of)(request)

    async def _is_still_here(self) -> bool:
        """Closes the socket of somebody who has left the business, or works in another one now."""
        business = await self._business()
        if business is not None and business.pk == self._business_of_page.pk:
            return True
        await self.close(NOT_A_MEMBER)
        return False

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Hands on what a page of ours may have sent; anything else closes the socket."""
        if text_data is None or len(text_data) > MOST_BYTES:
            await self.close(TOO_MUCH)
            return
        try:
            content = await self.decode_json(text_data)
        except (ValueError, RecursionError):
            await self.close(TOO_MUCH)
            return
        if isinstance(content, dict):
            await self._said(content)

    async def _said(self, content: dict[str, Any]) -> None:
        """What the page says; nothing makes sense by itself."""
