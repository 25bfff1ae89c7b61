"""The process's board of running calls: a thread that carries what calls tell to the broker, and requests to the calls.

It has an event loop of its own, so that neither the broker's sockets nor its silence touch the loop of the audio. What
calls put into its queue costs them an append; it is sent in batches, at most four a second, and one a second while
nobody looks at any of the calls: then it is only kept.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import redis
import redis.asyncio
from django.conf import settings

from calls.live import store
from calls.live.requests import request_of
from calls.measures import measures

if TYPE_CHECKING:
    from redis.commands.core import AsyncScript

    from calls.live.feed import Aside, CallFeed

logger = logging.getLogger(__name__)

MOST_WAITING = 10_000  # events, while the broker is away
GATHER_S, QUIET_S = 0.25, 1.0  # between batches: while somebody looks, or a call is new; else
BEAT_S = 15.0
AGAIN_S = (0.5, 1.0, 2.0, 5.0)  # after a failure, and the next ones

_Told = tuple["CallFeed | Aside", dict[str, Any] | None]


class Board:
    """`open`, `put`, `answer` and `close` are for calls, in whatever loop they live; the rest is the thread's own."""

    def __init__(self) -> None:
        self._queue: deque[_Told] = deque()
        self._feeds: dict[str, tuple[CallFeed, asyncio.AbstractEventLoop]] = {}
        self._start = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awake = asyncio.Event()
        self._is_roused = False  # since the thread looked last; whoever puts something rouses it but once
        self._listener: asyncio.Task[None] | None = None
        self._replies: set[asyncio.Task[None]] = set()
        self._beaten_at = 0.0  # when it was said last that all of the calls live

    # --- what calls may do ------------------------------------------------------------------------------
    def open(self, feed: CallFeed) -> None:
        """From now on requests reach this call. Called within its loop."""
        self.run()
        self._feeds[feed.sid] = feed, asyncio.get_running_loop()
        self._soon(self._listen_while_there_are_calls)

    def close(self, feed: CallFeed) -> None:
        held = self._feeds.get(feed.sid)
        if held is not None and held[0] is feed:  # else a further stream of the call has its place
            del self._feeds[feed.sid]
        self._soon(self._listen_while_there_are_calls)

    def put(self, feed: CallFeed | Aside, event: dict[str, Any] | None) -> None:
        """An event; or None: how the call stands, or what is being said, has changed."""
        if len(self._queue) >= MOST_WAITING:
            measures.dropped("live")
            return
        self._queue.append((feed, event))  # first: the thread looks at the queue after it has taken the mark away
        if not self._is_roused:
            self._is_roused = True
            self._soon(self._awake.set)

    def answer(self, channel: str, request_id: str, answer: str, name: str) -> None:
        """To whoever asked something of a call; it does not wait for a batch."""
        reply = {"type": "live.answer", "id": request_id, "answer": answer, "name": name}
        self._soon(self._reply, channel, reply)

    # --- the thread -------------------------------------------------------------------------------------
    def run(self) -> None:
        """Start the thread, if it does not run yet."""
        with self._start:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._run, args=(self._loop,), name="live-board", daemon=True).start()

    def _soon(self, work: Callable[..., object], *args: Any) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(work, *args)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(self._carry())

    async def _carry(self) -> None:
        """Batch after batch to the broker; one that did not get there is sent again, before what came since."""
        broker = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=5)
        keep = broker.register_script(store.KEEP)
        batch: list[_Told] = []
        failures = 0
        while True:
            if not batch:
                await self._something()
                batch = self._collected()
            try:
                await self._send(keep, batch)
                batch, failures = [], 0
            except (redis.RedisError, OSError) as error:
                await self._failed(error, failures)
                failures += 1
            except Exception:  # the thread's outermost door: it outlives whatever one batch runs into
                logger.exception("What calls do could not be told", extra={"events": len(batch)})
                batch = []

    async def _something(self) -> None:
        """Until a call has told something and had time to tell more, or it is time to say that the calls live."""
        self._awake.clear()
        self._is_roused = False
        if not self._queue:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await self._awake.wait()
        await asyncio.sleep(GATHER_S)
        if not any(feed.is_watched or not feed.now.seq for feed, _ in tuple(self._queue)):
            await asyncio.sleep(QUIET_S - GATHER_S)

    def _collected(self) -> list[_Told]:
        told = [self._queue.popleft() for _ in range(len(self._queue))]
        now = asyncio.get_running_loop().time()
        if now - self._beaten_at >= BEAT_S:  # however much the others tell, those that are quiet live as well
            self._beaten_at = now
            told += [(feed, None) for feed, _ in list(self._feeds.values())]
        return told

    async def _send(self, keep: AsyncScript, batch: Iterable[_Told]) -> None:
        """One question to the broker, whatever the number of calls and events: all of it is kept, or nothing."""
        by_call: dict[CallFeed | Aside, list[dict[str, Any]]] = {}
        for feed, event in batch:
            of_call = by_call.setdefault(feed, [])
            if event is not None:
                of_call.append(event)
        if not by_call:
            return
        keys: list[str] = []
        said: list[bytes | int] = [len(by_call)]
        for feed, told in by_call.items():
            keys += (store.events_key(feed.business_id, feed.sid), store.now_key(feed.business_id, feed.sid))
            kept_s = store.KEPT_SECONDS if feed.is_over and not feed.goes_on else store.LONGEST_SECONDS
            said += (kept_s, b"" if feed.is_over else store.encode(feed.now), len(told), *map(store.encode, told))
        businesses = list({feed.business_id for feed in by_call})
        answers = await keep([*keys, *map(store.watched_key, businesses)], said)
        is_watched = dict(zip(businesses, map(bool, answers[len(by_call) :]), strict=True))
        for feed, length in zip(by_call, answers, strict=False):
            feed.now.seq, feed.is_watched = length, is_watched[feed.business_id]
        for business_id in filter(is_watched.__getitem__, businesses):
            calls = [_news(feed, told) for feed, told in by_call.items() if feed.business_id == business_id]
            await _sent(store.group_of(business_id), {"type": "live.told", "calls": calls}, to_group=True)

    async def _failed(self, error: Exception, failures: int) -> None:
        extra = {"error": type(error).__name__, "waiting": len(self._queue)}
        logger.warning("What calls do could not be told", extra=extra)
        await asyncio.sleep(AGAIN_S[min(failures, len(AGAIN_S) - 1)])

    # --- requests ---------------------------------------------------------------------------------------
    def _listen_while_there_are_calls(self) -> None:
        if self._feeds and self._listener is None:
            self._listener = asyncio.ensure_future(self._listen())
        elif not self._feeds and self._listener is not None:
            self._listener.cancel()
            self._listener = None

    async def _listen(self) -> None:
        """Requests to any call of any process; those that are not for one of ours are not our business."""
        layer, failures = store.layer(), 0
        while True:
            try:
                channel = await layer.new_channel()
                await layer.group_add(store.DESK, channel)
                try:
                    while True:
                        self._hand_on(await layer.receive(channel))
                finally:
                    await layer.group_discard(store.DESK, channel)
            except (redis.RedisError, OSError) as error:
                await self._failed(error, failures)
                failures += 1

    def _hand_on(self, message: dict[str, Any]) -> None:
        held = self._feeds.get(message["sid"])
        if held is None or held[0].business_id != message["business_id"]:
            return
        feed, loop = held
        with suppress(RuntimeError):  # its loop is closed: so is the call
            loop.call_soon_threadsafe(feed.ask, request_of(message))

    def _reply(self, channel: str, message: dict[str, Any]) -> None:
        task = asyncio.ensure_future(_answered(channel, message))
        self._replies.add(task)
        task.add_done_callback(self._replies.discard)


async def _answered(channel: str, message: dict[str, Any]) -> None:
    """A page that asked by a form waits at a list, one with a socket at its channel."""
    if not channel.startswith(store.REPLY):
        await _sent(channel, message)
        return
    async with redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as broker:
        with suppress(redis.RedisError):
            pipe = broker.pipeline()
            pipe.rpush(channel, store.encode(message))
            pipe.expire(channel, store.REPLY_SECONDS)
            await pipe.execute()


async def _sent(to: str, message: dict[str, Any], *, to_group: bool = False) -> None:
    """What is lost here is found all the same: pages look for themselves from time to time, and people ask again."""
    layer = store.layer()
    try:
        await (layer.group_send if to_group else layer.send)(to, message)
    except (redis.RedisError, OSError) as error:
        logger.warning("A message of a running call was lost", extra={"error": type(error).__name__})


def _news(feed: CallFeed | Aside, told: list[dict[str, Any]]) -> dict[str, Any]:
    """What a page must know at once; the events themselves it reads where they are kept."""
    partial, feed.partial = feed.partial, None
    news: dict[str, Any] = {"sid": feed.sid, "seq": feed.now.seq, "state": feed.now.state, "is_over": feed.is_over}
    news |= {"speaker": feed.now.speaker, "last": feed.now.last, "is_new": any(e["kind"] == "began" for e in told)}
    return news | ({"partial": list(partial)} if partial else {})


board = Board()
