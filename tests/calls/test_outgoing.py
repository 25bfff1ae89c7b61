"""The assistant's voice leaves in time, never far ahead, and what was not heard can be said again."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from calls.carrier import Writer
from calls.clock import Clock
from calls.outgoing import AHEAD_MS, REPLY_CAP_MS, Outgoing


class SteppedClock(Clock):
    """Time passes only where somebody sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 0.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += max(0.0, seconds)
        await asyncio.sleep(0)


@dataclass
class Wire:
    """What reached the carrier, with the carrier's own idea of how much of it waits to be played."""

    clock: SteppedClock
    sent: list[str] = field(default_factory=list)  # m<ms>, clear, or a mark's name
    ahead_ms: list[float] = field(default_factory=list)
    told: list[tuple[str, int]] = field(default_factory=list)
    on_media: Callable[[], None] = lambda: None
    _until: float = 0.0

    async def send(self, text: str) -> None:
        message = json.loads(text)
        if message["event"] == "media":
            ms = len(base64.b64decode(message["media"]["payload"])) / 8
            self._until = max(self._until, self.clock.at * 1000) + ms
            self.ahead_ms.append(self._until - self.clock.at * 1000)
            self.sent.append(f"m{ms:g}")
            self.on_media()
        elif message["event"] == "mark":
            self.sent.append(message["mark"]["name"])
        else:
            self._until = 0.0
            self.sent.append("clear")

    @property
    def marks(self) -> list[str]:
        return [entry for entry in self.sent if entry.startswith("g")]

    @property
    def media_ms(self) -> float:
        return sum(float(entry[1:]) for entry in self.sent if entry.startswith("m"))


class Stage:
    def __init__(self) -> None:
        self.clock = SteppedClock()
        self.wire = Wire(self.clock)
        self.outgoing = Outgoing(
            clock=self.clock,
            writer=Writer("MZ1"),
            send=self.wire.send,
            on_sent=lambda item, ms: self.wire.told.append((item, ms)),
        )

    async def plays(self, until: Callable[[], bool] = lambda: False) -> None:
        """Let it send until it has nothing to do, or until something is true."""
        task = asyncio.ensure_future(self.outgoing.run())
        for _ in range(5000):
            await asyncio.sleep(0)
            if until() or task.done():
                break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def speech(ms: float) -> str:
    return base64.b64encode(b"\x7f" * int(ms * 8)).decode()


async def test_audio_never_leaves_more_than_300_ms_ahead_of_its_play_out(stage: Stage) -> None:
    for _ in range(20):
        stage.outgoing.add("item", speech(200))
    await stage.plays()

    assert stage.wire.media_ms == 4000
    assert max(stage.wire.ahead_ms) <= AHEAD_MS
    assert min(stage.wire.ahead_ms[5:]) > 0  # and the caller hears no gap


async def test_marks_name_generation_item_and_position_and_the_end_is_marked(stage: Stage) -> None:
    stage.outgoing.add("item", speech(400))
    stage.outgoing.finish("item")
    await stage.plays()

    assert stage.wire.sent == [
        "m60",
        "m60",
        "m60",
        "g0:item:180",
        "m60",
        "m60",
        "m60",
        "g0:item:360",
        "m40",
        "g0:item:400",
    ]
    assert stage.wire.told == [("item", 60), ("item", 180), ("item", 360), ("item", 400)]


async def test_the_end_of_an_item_is_not_marked_before_it_is_known(stage: Stage) -> None:
    stage.outgoing.add("item", speech(100))
    await stage.plays()
    assert stage.wire.marks == []

    stage.outgoing.finish("item")
    await stage.plays()
    assert stage.wire.marks == ["g0:item:100"]


async def test_a_following_item_ends_the_one_before(stage: Stage) -> None:
    stage.outgoing.add("first", speech(100))
    stage.outgoing.add("second", speech(100))
    await stage.plays()

    assert stage.wire.marks == ["g0:first:100"]


async def test_a_pause_clears_the_carrier_and_a_resume_says_again_what_was_not_heard(stage: Stage) -> None:
    stage.outgoing.add("item", speech(1200))
    await stage.plays(until=lambda: stage.wire.media_ms >= 600)
    await stage.outgoing.pause(1)
    stage.outgoing.add("item", speech(60))  # what arrives meanwhile waits
    stage.outgoing.finish("item")
    await stage.plays()
    assert stage.wire.sent[-1] == "clear"

    stage.wire.sent.clear()
    stage.outgoing.resume(1, "item", 400)
    await stage.plays()

    assert stage.wire.media_ms == 1260 - 360  # from the frame in which the caller stopped hearing
    assert stage.wire.marks[-1] == "g1:item:1260"


async def test_a_resume_starts_later_items_from_their_beginning(stage: Stage) -> None:
    stage.outgoing.add("first", speech(120))
    stage.outgoing.add("second", speech(120))
    stage.outgoing.finish("second")
    await stage.plays()
    await stage.outgoing.pause(1)
    stage.wire.sent.clear()
    stage.outgoing.resume(1, "first", 60)
    await stage.plays()

    assert stage.wire.sent == ["m60", "g1:first:120", "m60", "m60", "g1:second:120"]


async def test_a_pause_after_the_last_word_does_not_hold_back_the_next_reply(stage: Stage) -> None:
    stage.outgoing.add("first", speech(60))
    stage.outgoing.finish("first")
    await stage.plays()
    await stage.outgoing.pause(1)
    stage.outgoing.resume(1, "", 0)
    stage.wire.sent.clear()
    stage.outgoing.add("second", speech(60))
    stage.outgoing.finish("second")
    await stage.plays()

    assert stage.wire.sent == ["m60", "g1:second:60"]


async def test_a_stop_forgets_everything(stage: Stage) -> None:
    stage.outgoing.add("item", speech(1200))
    await stage.plays(until=lambda: stage.wire.media_ms >= 300)
    await stage.outgoing.stop(1)
    stage.wire.sent.clear()
    stage.outgoing.add("next", speech(60))
    stage.outgoing.finish("next")
    await stage.plays()

    assert stage.wire.sent == ["m60", "g1:next:60"]


async def test_a_stop_while_it_waits_to_send_takes_effect_at_once(stage: Stage) -> None:
    stage.outgoing.add("item", speech(1200))
    stops: list[asyncio.Future[None]] = []

    def stop_after_five() -> None:
        if len(stage.wire.ahead_ms) == 5:  # the buffer is full: the next step is a sleep
            stops.append(asyncio.ensure_future(stage.outgoing.stop(1)))

    stage.wire.on_media = stop_after_five
    await stage.plays()

    assert stage.wire.sent[-1] == "clear"
    assert stage.wire.media_ms == 300


async def test_a_reply_without_end_is_cut_off_and_counted(stage: Stage) -> None:
    second = speech(1000)
    for _ in range(REPLY_CAP_MS // 1000 + 5):
        stage.outgoing.add("item", second)

    assert stage.outgoing.refused_frames == 5


async def test_tiny_pieces_leave_as_whole_frames(stage: Stage) -> None:
    for _ in range(100):
        stage.outgoing.add("item", speech(1.5))  # 12 bytes, no padding
    stage.outgoing.finish("item")
    await stage.plays()

    assert stage.wire.sent == ["m60", "m60", "m30", "g0:item:150"]


async def test_a_frame_that_grows_while_it_waits_to_leave_loses_nothing(stage: Stage) -> None:
    stage.outgoing.add("item", speech(330))
    late = [speech(15)] * 6

    def add_while_it_waits() -> None:
        if len(stage.wire.ahead_ms) >= 5 and late:  # the buffer is full: the next step is a sleep
            asyncio.get_running_loop().call_soon(stage.outgoing.add, "item", late.pop())

    stage.wire.on_media = add_while_it_waits
    await stage.plays()
    stage.outgoing.finish("item")
    await stage.plays()

    assert stage.wire.media_ms == 330 + 15 * (6 - len(late))
    assert len(late) < 6
    assert max(stage.wire.ahead_ms) <= AHEAD_MS


async def test_a_padded_piece_is_not_joined_to(stage: Stage) -> None:
    for _ in range(3):
        stage.outgoing.add("item", speech(1))  # 8 bytes: padded, so base64 cannot go on after it
    stage.outgoing.finish("item")
    await stage.plays()

    assert stage.wire.sent == ["m1", "m1", "m1", "g0:item:3"]


async def test_what_has_left_is_not_joined_to(stage: Stage) -> None:
    stage.outgoing.add("item", speech(30))
    await stage.plays()
    stage.outgoing.add("item", speech(30))
    stage.outgoing.finish("item")
    await stage.plays()

    assert stage.wire.sent == ["m30", "m30", "g0:item:60"]
