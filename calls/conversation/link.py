"""The provider's session: on its way, there, or given up. A lost one is replaced once; its end is foreseen."""

from __future__ import annotations

from calls.conversation.actions import AnyAction, OpenSession, StartTimer, StopTimer

SESSION_TIMER, RENEWAL_TIMER = "session", "renewal"
FIRST_WITHIN_MS = 7_000  # from the ring; before that the caller hears the greeting, or that it takes a moment
NEXT_LATE_MS = 2_000  # after a loss; then a caller who waits hears a line of ours
NEXT_WITHIN_MS = 3_500  # after a loss; then the call goes on without the provider, before four seconds of nothing
RENEWED_WITHIN_MS = 6_000  # while the one before it serves
RENEW_BEFORE_MS = 5 * 60_000  # sessions end after an hour, and cannot be extended
RENEW_AGAIN_MS = 20_000  # where somebody was speaking
MAX_LOSSES = 1  # the second time, the call goes on without the provider


class Link:
    """Methods return what to do. `up`: a session is configured and was not lost."""

    def __init__(self) -> None:
        self.up = False
        self.given_up = False
        self.late = False  # the session that takes the place of a lost one
        self.renewing = False  # another session is on its way while this one serves
        self.sessions = 1
        self._losses = 0

    def answered(self) -> list[AnyAction]:
        """The call began; its first session is on its way."""
        return [] if self.up else [StartTimer(SESSION_TIMER, FIRST_WITHIN_MS)]

    def ready(self, expires_in_ms: int) -> list[AnyAction]:
        """A session is configured, and serves from now on."""
        self.up, self.renewing, self.late = True, False, False
        serves_ms = max(RENEW_AGAIN_MS, expires_in_ms - RENEW_BEFORE_MS)
        return [StopTimer(SESSION_TIMER), StartTimer(RENEWAL_TIMER, serves_ms)]

    def lost(self, *, fatal: bool) -> list[AnyAction]:
        """The session is gone. Another one is asked for, unless that is useless: then `given_up` is true."""
        if self.up and self.renewing:
            self.up = False
            return [StartTimer(SESSION_TIMER, NEXT_LATE_MS)]  # its successor is on its way
        self._losses += 1
        self.given_up = fatal or self._losses > MAX_LOSSES
        self.up = self.renewing = False
        if self.given_up:
            return [StopTimer(SESSION_TIMER), StopTimer(RENEWAL_TIMER)]
        return self._open(NEXT_LATE_MS)

    def renew(self, *, is_quiet: bool) -> list[AnyAction]:
        """The session will end soon: replace it while nobody speaks."""
        if not self.up or self.renewing:
            return []
        if not is_quiet:
            return [StartTimer(RENEWAL_TIMER, RENEW_AGAIN_MS)]
        self.renewing = True
        return self._open(RENEWED_WITHIN_MS)

    def overdue(self) -> list[AnyAction]:
        """No session came in time: first it is `late`, then it is given up.

        A renewal is tried again later, as long as the old session serves.
        """
        is_next = not self.up and self.sessions > 1
        if is_next and not self.late:
            self.late = True
            return [StartTimer(SESSION_TIMER, NEXT_WITHIN_MS - NEXT_LATE_MS)]
        self.late = False
        self.given_up = not self.up
        self.renewing = False
        return [] if self.given_up else [StartTimer(RENEWAL_TIMER, RENEW_AGAIN_MS)]

    def _open(self, within_ms: int) -> list[AnyAction]:
        self.sessions += 1
        return [OpenSession(self.sessions), StartTimer(SESSION_TIMER, within_ms)]
