"""The assistant's voice on its way to the caller: paced, marked, and still ours until it was heard.

Audio arrives much faster than it is spoken. Whatever has left is beyond recall except by `clear`, so no
more than 300 ms leaves ahead of its play-out, and what may not have been heard is kept for a resume.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from calls.carrier import Writer
from calls.clock import Clock
from calls.conversation.playback import mark_name

FRAME_CHARS = 640  # base64 of 480 bytes, 60 ms; a multiple of four, so cutting needs no decoding
AHEAD_MS = 300
MARK_EVERY_MS = 180
KEEP_MS = 5000  # what left longer ago than this was heard
REPLY_CAP_MS = 10 * 60 * 1000  # the carrier's own buffer holds no more
_BYTES_PER_MS = 8


class _Item:
    """One spoken item: its frames with the byte at which each ends, and how far it has been sent."""

    def __init__(self, item_id: str) -> None:
        self.item_id = item_id
        self.frames: list[tuple[str, int]] = []
        self.size = 0
        self.next = 0
        self.marked_ms = 0
        self.complete = False
        self.left_ms = 0  # clock time at which its last frame left

    @property
    def total_ms(self) -> int:
        return self.size // _BYTES_PER_MS

    @property
    def sent_ms(self) -> int:
        return self.frames[self.next - 1][1] // _BYTES_PER_MS if self.next else 0

    @property
    def all_sent(self) -> bool:
        return self.next >= len(self.frames)

    def take_back_tail(self) -> str:
        """Its last frame, if that is short, has not left, and base64 can be joined to it; else nothing."""
        if self.all_sent or len(self.frames[-1][0]) == FRAME_CHARS or self.frames[-1][0].endswith("="):
            return ""
        tail, _ = self.frames.pop()
        self.size = self.frames[-1][1] if self.frames else 0
        return tail

    def rewind(self, from_ms: int) -> None:
        """Send again from the frame that holds this millisecond."""
        ends = from_ms * _BYTES_PER_MS
        self.next = next((i for i, (_, end) in enumerate(self.frames) if end > ends), len(self.frames))
        self.marked_ms = self.sent_ms


class Outgoing:
    """The paced queue towards the carrier. `run` sends; everything else only changes what it finds to send."""

    def __init__(
        self,
        *,
        clock: Clock,
        writer: Writer,
        send: Callable[[str], Awaitable[None]],
        on_sent: Callable[[str, int], None],
    ) -> None:
        self._clock = clock
        self._writer = writer
        self._send = send
        self._on_sent = on_sent
        self._items: list[_Item] = []
        self._generation = 0
        self._paused = False
        self._plays_until_ms = 0.0  # when the carrier runs dry, on our clock
        self._wake = asyncio.Event()
        self.refused_frames = 0  # over the cap

    # --- from the provider ---------------------------------------------------------------------------
    def add(self, item_id: str, delta: str, *, aside: bool = False) -> None:
        """Queue a piece of an item's audio, base64 µ-law. `aside`: more of the item before it may still come."""
        item = self._item(item_id, aside=aside)
        if item.total_ms >= REPLY_CAP_MS:
            self.refused_frames += 1
            return
        delta = item.take_back_tail() + delta
        for start in range(0, len(delta), FRAME_CHARS):
            piece = delta[start : start + FRAME_CHARS]
            item.size += len(piece) * 3 // 4 - piece.count("=", -2)
            item.frames.append((piece, item.size))
        self._wake.set()

    def finish(self, item_id: str) -> None:
        """No more audio of this item: its end is marked when it has been sent."""
        for item in self._items:
            if item.item_id == item_id:
                item.complete = True
                self._wake.set()

    def finish_all(self) -> None:
        """The response is over, and with it every item of it: not every provider says so of each."""
        for item in self._items:
            item.complete = True
        self._wake.set()

    # --- from the conversation -----------------------------------------------------------------------
    async def pause(self, generation: int) -> None:
        """Stop at once and take back what the carrier has not played; nothing is forgotten."""
        self._generation = generation
        self._paused = True
        self._plays_until_ms = 0.0
        await self._send(self._writer.clear)

    def resume(self, generation: int, item_id: str, from_ms: int) -> None:
        """Go on from this millisecond of the item; what came before it is over. Without an id, with what comes next."""
        self._generation = generation
        at = next((i for i, item in enumerate(self._items) if item.item_id == item_id), None)
        if at is not None:
            del self._items[:at]
            self._items[0].rewind(from_ms)
            for later in self._items[1:]:
                later.rewind(0)
        self._paused = False
        self._wake.set()

    async def stop(self, generation: int) -> None:
        """Stop at once and forget everything."""
        self._generation = generation
        self._items.clear()
        self._paused = False
        self._plays_until_ms = 0.0
        await self._send(self._writer.clear)

    # --- towards the carrier -------------------------------------------------------------------------
    async def run(self) -> None:
        """Send for as long as the call lasts."""
        while True:
            item = None if self._paused else self._current()
            if item is None:
                self._wake.clear()
                await self._wake.wait()
            elif item.all_sent:
                await self._mark(item)
            else:
                await self._send_next(item)

    def _item(self, item_id: str, *, aside: bool) -> _Item:
        for item in reversed(self._items):  # a line of our own may have come between two pieces of a reply
            if item.item_id == item_id and not item.complete:
                return item
        if not self._paused:
            heard_before = self._clock.now_ms() - KEEP_MS
            self._items = [i for i in self._items if not (i.all_sent and i.left_ms < heard_before)]
        if self._items and not aside:
            self._items[-1].complete = True
        self._items.append(_Item(item_id))
        return self._items[-1]

    def _current(self) -> _Item | None:
        """The item with something to do: a frame to send, or its end to mark."""
        for item in self._items:
            if not item.all_sent or (item.complete and item.marked_ms < item.total_ms):
                return item
        return None

    async def _send_next(self, item: _Item) -> None:
        payload, end = frame = item.frames[item.next]
        begin = item.frames[item.next - 1][1] if item.next else 0
        frame_ms = (end - begin) / _BYTES_PER_MS
        generation = self._generation
        now = self._clock.now_ms()
        early = self._plays_until_ms + frame_ms - AHEAD_MS - now
        if early > 0:
            await self._clock.sleep(early / 1000)
            if generation != self._generation or item.frames[item.next] is not frame:
                return  # taken back, or grown meanwhile
            now = self._clock.now_ms()
            if self._plays_until_ms + frame_ms - AHEAD_MS > now:
                return  # a sleep may end a little early; the bound is kept, not approached
        self._plays_until_ms = max(self._plays_until_ms, now) + frame_ms
        item.next += 1
        item.left_ms = now
        await self._send(self._writer.media(payload))
        if generation != self._generation:
            return
        if item.sent_ms - item.marked_ms >= MARK_EVERY_MS:
            await self._mark(item)
        elif item.next == 1:
            self._on_sent(item.item_id, item.sent_ms)

    async def _mark(self, item: _Item) -> None:
        """Ask the carrier to tell when everything up to here has been played."""
        item.marked_ms = item.sent_ms
        self._on_sent(item.item_id, item.sent_ms)
        await self._send(self._writer.mark(mark_name(self._generation, item.item_id, item.sent_ms)))
