"""How a call ends: what its conversation decided, what became of its stream, and what those after it are told."""

from __future__ import annotations

from calls import carrier_api, people, services
from calls.conversation import actions as do
from calls.live.feed import CallFeed
from calls.services import CallSetup, Ending
from calls.threads import off_loop


class CallEnd:
    """Of one stream. The conversation says what it wants, the carrier's side what happened to it."""

    def __init__(self) -> None:
        self.finish: do.FinishCall | None = None
        self.hand_over: do.HandOver | None = None
        self.hangs_up = False  # the conversation asked for the call to be ended
        self._left = False  # the stream is dead: the carrier's fallback shall go on
        self._stalled = False
        self._stopped = False  # the carrier ended the stream itself
        self._lost = False  # it broke instead

    def stream_stopped(self) -> None:
        """The carrier said so: whoever was on the line has hung up."""
        self._stopped = True

    def stream_closed(self) -> None:
        """The socket is gone. Where the carrier did not say `stop` nobody hung up, and it will ask how to go on."""
        self._lost = not (self._stopped or self.hangs_up or self.hand_over)
        self._left = self._left or self._lost

    def stream_stalled(self) -> None:
        """Should the caller still be there, the carrier's fallback speaks."""
        self._left = self._stalled = True

    async def leave_carrier(self, setup: CallSetup, account_sid: str, feed: CallFeed | None) -> bool:
        """Tell the carrier how the call goes on: that it is over, or to whom the caller is given.

        False if it was not told and the stream's close shall say it: then it asks `after`, which decides alike.
        """
        if self.hand_over is not None:
            taker = feed.taker if feed is not None else None
            await off_loop(people.hand_over, setup, self.hand_over.to, self.hand_over.topic, taker)
            return await carrier_api.redirect(setup, account_sid)
        if self.hangs_up:
            await off_loop(services.mark_ended, setup)
            return await carrier_api.hang_up(setup, account_sid)
        return False

    def ending(self, failure: str | None) -> Ending:
        """What is stored. `failure`: what broke the call, if something did."""
        finish = self.finish or do.FinishCall("failed", failure or "unknown", 0)
        broken = "stream went silent" if self._stalled else "stream lost" if self._lost else ""
        return Ending(
            finish.outcome,
            failure or broken or finish.reason,
            finish.dead_air_ms,
            failure is None and not self._left and self.hand_over is None,
            call_back=finish.call_back,
            cost_microusd=finish.cost_microusd,
        )

    def tell(self, feed: CallFeed) -> None:
        """To those who watch: the conversation is over; the call may go on with somebody else, or in a new stream."""
        to = self.hand_over.to if self.hand_over is not None else ""
        if not to and (self.finish is None or self._left):
            to = "again"  # it broke, and the carrier asks how to go on
        feed.close(outcome=self.finish.outcome if self.finish else "failed", to=to)
