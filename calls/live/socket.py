"""The staff's socket: the calls of one business, one of them in full, and what is asked of them.

It shows what the store has; what comes over the channel layer only says when to look. So nothing is missed that
happened while page, socket or broker were away, and nothing comes twice or out of order.

The loop may be that of the audio: what takes templates is drawn in a thread, a little at a time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import parse_qs

import redis
import redis.asyncio
from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import timezone, translation

from calls.live import commands, store
from calls.live.commands import Answer, Colleague
from calls.live.reading import on_the_line
from calls.live.requests import OVER
from calls.live.shown import Shown, latest
from calls.live.words import answer_in_words
from crm.sockets import NOT_A_MEMBER, MemberSocket

logger = logging.getLogger(__name__)

BEAT_SECONDS = 10.0
BEATS_PER_LOOK = 2  # at the member: whether they are one still
SLICE = 200  # events in one message
DRAWN = 20  # lines or calls that are drawn before the loop has its turn

_T = TypeVar("_T")
_drawing = ThreadPoolExecutor(1, thread_name_prefix="live-pages")  # one: more would only wait for one another


class LiveSocket(MemberSocket):
    """Opened by the pages for live calls and for practice."""

    async def connect(self) -> None:
        await self.accept()
        self._ticker: asyncio.Task[None] | None = None
        self._broker: redis.asyncio.Redis | None = None
        self._language = self._chosen_language()
        self._watching, self._after = "", 0
        self._filling, self._listing = asyncio.Lock(), asyncio.Lock()
        self._listed: set[str] = set()
        self._unlisted: set[str] = set()  # calls that are told of and belong in no list, such as practice
        self._waiting: dict[str, str] = {}  # request -> what it asks
        self._timers: set[asyncio.Task[None]] = set()
        business = await self._business()
        if business is None:
            await self.close(NOT_A_MEMBER)
            return
        self._business_of_page, self._shown = business, Shown(business)
        self._broker = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=5)
        await self.channel_layer.group_add(store.group_of(business.pk), self.channel_name)
        await self._note_watched()
        await self._show_calls()
        self._ticker = asyncio.create_task(self._tick())

    async def disconnect(self, code: int) -> None:
        if self._ticker is None or self._broker is None:
            return
        for task in (self._ticker, *self._timers):
            task.cancel()
        with suppress(redis.RedisError, OSError):
            await self.channel_layer.group_discard(store.group_of(self._business_of_page.pk), self.channel_name)
            await self._broker.aclose()

    def _chosen_language(self) -> str:
        asked = parse_qs(self.scope["query_string"].decode(errors="replace")).get("language", [""])[0]
        return asked if asked in dict(settings.LANGUAGES) else str(settings.LANGUAGE_CODE)

    async def _tick(self) -> None:
        """Whatever the channel layer may have lost is found within a beat."""
        beats = 0
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            beats += 1
            if beats % BEATS_PER_LOOK == 0 and not await self._is_still_here():
                return
            await self.send_json({"type": "beat"})
            await self._note_watched()
            await self._show_calls()
            await self._fill()

    async def _note_watched(self) -> None:
        key = store.watched_key(self._business_of_page.pk)
        await self._asked(lambda broker: broker.set(key, 1, ex=store.WATCHED_SECONDS))

    async def _asked(self, question: Any) -> Any:
        """The broker's answer; None while it does not answer: the next beat asks again."""
        try:
            return await question(self._broker)
        except (redis.RedisError, OSError) as error:
            logger.warning("A page of live calls could not be kept up", extra={"error": type(error).__name__})
            return None

    # --- what is shown --------------------------------------------------------------------------------------
    async def _show_calls(self) -> None:
        """The whole list. What is told of one of its calls meanwhile waits until it is sent."""
        async with self._listing:
            calls = await database_sync_to_async(on_the_line)(self._business_of_page, now=timezone.now())
            self._listed = {call.sid for call in calls}
            listed = await self._drawn(self._shown.calls, calls)
            self._shown.forget_others(self._listed)
            await self.send_json({"type": "calls", "calls": listed})

    async def _drawn(self, draw: Callable[[Sequence[_T]], Iterable[Any]], items: Sequence[_T]) -> list[Any]:
        """Templates filled in the viewer's language and the business's time, off the loop."""

        def some(part: Sequence[_T]) -> list[Any]:
            with translation.override(self._language), timezone.override(self._business_of_page.timezone):
                return list(draw(part))

        drawn: list[Any] = []
        for start in range(0, len(items), DRAWN):
            part = items[start : start + DRAWN]
            drawn += await asyncio.get_running_loop().run_in_executor(_drawing, some, part)
        return drawn

    async def live_told(self, message: dict[str, Any]) -> None:
        """Calls of the business have gone on."""
        sids = {news["sid"] for news in message["calls"]}
        if any(news["is_new"] or news["is_over"] for news in message["calls"]) or sids - self._listed - self._unlisted:
            await self._show_calls()
            self._unlisted = (self._unlisted | sids) - self._listed
        for news in message["calls"]:
            if news["sid"] in self._listed and not news["is_over"]:
                with translation.override(self._language):
                    shown = self._shown.news(news)
                async with self._listing:
                    await self.send_json({"type": "call"} | shown)
            if news["sid"] == self._watching:
                await self._fill()
                if "partial" in news:
                    speaker, text = news["partial"]
                    await self.send_json({"type": "partial", "sid": news["sid"], "speaker": speaker, "text": text})

    async def _fill(self) -> None:
        """Everything that the store has of the watched call and the page has not."""
        async with self._filling:
            sid = self._watching
            if not sid:
                return
            key = store.events_key(self._business_of_page.pk, sid)
            length = await self._asked(lambda broker: broker.llen(key))
            if length is None or length == self._after:
                return
            again = length < self._after  # the store began anew
            after = 0 if again else self._after
            stored = await self._asked(lambda broker: broker.lrange(key, after, length - 1)) or []
            events = store.events(stored, after)
            for start in range(0, len(events), SLICE):
                part = events[start : start + SLICE]
                shown = await self._drawn(self._shown.events, latest(part))
                seq = part[-1]["seq"]
                await self.send_json({"type": "events", "sid": sid, "seq": seq, "again": again, "events": shown})
                self._after, again = seq, False

    # --- what a page says -----------------------------------------------------------------------------------
    async def _said(self, content: dict[str, Any]) -> None:
        if self._ticker is None:
            return
        match content:
            case {"type": "watch", "sid": str(sid), **rest} if store.SID.fullmatch(sid):
                if not await self._is_still_here():
                    return
                after = rest.get("after")
                async with self._filling:
                    self._watching, self._after = sid, max(0, after) if isinstance(after, int) else 0
                await self._fill()
            case {"type": "leave"}:
                self._watching = ""
            case {"type": "command", "id": str(request_id), "sid": str(sid), "what": str(what), **rest}:
                if what in commands.WHATS and len(request_id) <= 64 and store.SID.fullmatch(sid):
                    await self._command(request_id, sid, what, str(rest.get("text") or ""))
            case _:
                pass

    # --- requests -------------------------------------------------------------------------------------------
    async def _command(self, request_id: str, sid: str, what: str, text: str) -> None:
        if not await self._is_still_here():
            return
        by = await database_sync_to_async(commands.colleague)(self._user, self._business_of_page.pk)
        request = await self._prepared(by, request_id, sid, what, text)
        self._waiting[request_id] = what
        if isinstance(request, Answer):
            await self._answer(request_id, request)
            return
        try:
            await commands.send(replace(request, reply_to=self.channel_name))
        except (redis.RedisError, OSError):
            await self._answer(request_id, Answer("unsent"))
            return
        timer = asyncio.create_task(self._give_up(request_id, sid))
        self._timers.add(timer)
        timer.add_done_callback(self._timers.discard)

    async def _prepared(self, by: Colleague, request_id: str, sid: str, what: str, text: str) -> Any:
        prepare = database_sync_to_async(commands.prepare)
        return await prepare(by, request_id=request_id, sid=sid, what=what, text=text)

    async def _give_up(self, request_id: str, sid: str) -> None:
        await asyncio.sleep(commands.ANSWER_SECONDS)
        if request_id in self._waiting:
            found = database_sync_to_async(commands.unanswered)
            await self._answer(request_id, await found(self._business_of_page.pk, sid))

    async def live_answer(self, message: dict[str, Any]) -> None:
        """The call's process has answered."""
        await self._answer(message["id"], Answer(message["answer"], message["name"]))

    async def _answer(self, request_id: str, answer: Answer) -> None:
        what = self._waiting.pop(request_id, None)
        if what is None:
            return
        with translation.override(self._language):
            text = answer_in_words(what, answer.what, answer.name)
        reply = {"type": "answer", "id": request_id, "ok": answer.is_done, "text": text, "over": answer.what == OVER}
        await self.send_json(reply | {"unsure": answer.what in ("unanswered", "unsent")})
