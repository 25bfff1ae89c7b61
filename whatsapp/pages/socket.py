"""The socket of the inbox and the console: it says that something is new, and who of the staff is writing.

It carries ids and the names of colleagues only. What is new the page asks for itself, with its own session, so nothing
is shown that its user may not see, and nothing is missed that happened while the socket was away.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

import redis
from channels.db import database_sync_to_async
from django.contrib.auth.models import User

from crm.names import name_of
from crm.sockets import NOT_A_MEMBER, MemberSocket
from whatsapp.live import group

logger = logging.getLogger(__name__)

BEAT_SECONDS = 10.0
BEATS_PER_LOOK = 2  # at the member: whether they are one still
TYPING_SECONDS = 2.0  # at least, between two words that somebody is writing


class InboxSocket(MemberSocket):
    """Opened by the inbox and the console."""

    async def connect(self) -> None:
        await self.accept()
        self._ticker: asyncio.Task[None] | None = None
        self._names: dict[int, str] = {}
        self._typed_at = 0.0
        business = await self._business()
        if business is None:
            await self.close(NOT_A_MEMBER)
            return
        self._business_of_page = business
        await self.channel_layer.group_add(group(business.pk), self.channel_name)
        await self.send_json({"type": "hello"})
        self._ticker = asyncio.create_task(self._tick())

    async def disconnect(self, code: int) -> None:
        if self._ticker is None:
            return
        self._ticker.cancel()
        with suppress(redis.RedisError, OSError):
            await self.channel_layer.group_discard(group(self._business_of_page.pk), self.channel_name)

    async def _tick(self) -> None:
        beats = 0
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            beats += 1
            if beats % BEATS_PER_LOOK == 0 and not await self._is_still_here():
                return
            await self.send_json({"type": "beat"})

    # --- what is told ---------------------------------------------------------------------------------------
    async def messages_news(self, message: dict[str, Any]) -> None:
        """Something of the business is new."""
        await self.send_json({"type": "news", "conversation": message["conversation"], "run": message["run"]})

    async def messages_typing(self, message: dict[str, Any]) -> None:
        """A colleague is writing."""
        user_id: int = message["user"]
        if user_id == self._user.pk:
            return
        if user_id not in self._names:
            self._names[user_id] = await database_sync_to_async(_name_of)(user_id)
        await self.send_json({"type": "typing", "conversation": message["conversation"], "name": self._names[user_id]})

    # --- what a page says -----------------------------------------------------------------------------------
    async def _said(self, content: dict[str, Any]) -> None:
        match content:
            case {"type": "typing", "conversation": int(conversation)} if self._ticker is not None:
                now = asyncio.get_running_loop().time()
                if now - self._typed_at < TYPING_SECONDS or not await self._is_still_here():
                    return
                self._typed_at = now
                told = {"type": "messages.typing", "conversation": conversation, "user": self._user.pk}
                try:
                    await self.channel_layer.group_send(group(self._business_of_page.pk), told)
                except (redis.RedisError, OSError) as error:
                    logger.warning("Colleagues were not told who is writing", extra={"error": type(error).__name__})
            case _:
                pass


def _name_of(user_id: int) -> str:
    user = User.objects.filter(pk=user_id).first()
    return name_of(user) if user else ""
