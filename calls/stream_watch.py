"""A stream that has gone silent is dead: it must keep neither its place nor the provider's session."""

from __future__ import annotations

from collections.abc import Callable

from calls.clock import Clock
from calls.inbound import Inbound
from calls.sessions import Sessions

STALL_LOOK_SECONDS = 0.25  # how often a stream that has stopped in mid-word is looked after
STREAM_DEAD_SECONDS = 20.0  # without a frame, of which a living stream brings fifty a second


async def silent(
    *, frames: Callable[[], int], now_ms: Callable[[], int], clock: Clock, inbound: Inbound, sessions: Sessions
) -> None:
    """Returns once the carrier has sent nothing for too long; `frames` counts what has come.

    Until then the provider hears silence where frames have stopped in mid-word.
    """
    heard, heard_ms = frames(), now_ms()
    while (now_ms() - heard_ms) / 1000 < STREAM_DEAD_SECONDS:
        await clock.sleep(STALL_LOOK_SECONDS)
        if frames() != heard:
            heard, heard_ms = frames(), now_ms()
        for payload in inbound.stalled(now_ms(), sessions.caller_speaking):
            sessions.append(payload)
