"""Questions to our own workers: at most one question to the calendar is awaited, and never two writings at once."""

from __future__ import annotations

from calls.conversation.actions import AnyAction, StartTimer, StopTimer

CALENDAR_TIMER = "calendar"
CALENDAR_WITHIN_MS = 3_500  # no caller waits longer without a word


class Errands:
    """Request ids of what is on its way.

    A question is dropped by a newer one; a writing never, since its row may exist.
    """

    def __init__(self) -> None:
        self._requests = 0
        self.question: str | None = None
        self.asked_about = ""  # the start that the question is about, if it is about one
        self.writing: str | None = None
        self.late = False  # the caller was told that the calendar does not answer

    @property
    def busy(self) -> bool:
        """The caller waits for the calendar."""
        return self.question is not None or (self.writing is not None and not self.late)

    @property
    def blocked(self) -> bool:
        """What was said must wait until an appointment is written."""
        return self.writing is not None and not self.late

    def request(self, kind: str) -> str:
        self._requests += 1
        return f"{kind}{self._requests}"

    def ask(self, about: str = "") -> tuple[str, list[AnyAction]]:
        """A new question to the calendar: its request id, and the timer that watches over it."""
        self.question, self.asked_about, self.late = self.request("s"), about, False
        return self.question, [StartTimer(CALENDAR_TIMER, CALENDAR_WITHIN_MS)]

    def write(self) -> tuple[str, list[AnyAction]]:
        """An appointment is about to be made or changed."""
        self.writing, self.late = self.request("b"), False
        return self.writing, [StartTimer(CALENDAR_TIMER, CALENDAR_WITHIN_MS)]

    def drop_question(self) -> None:
        """Its answer would be to what was said before."""
        self.question = None

    def answered(self, request_id: str) -> list[AnyAction] | None:
        """The answer to the question came; None if it is not awaited."""
        if request_id != self.question:
            return None
        self.question = None
        return self._rest()

    def written(self, request_id: str) -> list[AnyAction] | None:
        """The answer to a writing came; None if it is not awaited."""
        if request_id != self.writing:
            return None
        self.writing = None
        return self._rest()

    def overdue(self) -> bool:
        """No answer in time. False if none is awaited. A writing is still waited for."""
        if self.question is None and (self.writing is None or self.late):
            return False
        self.question, self.late = None, True
        return True

    def _rest(self) -> list[AnyAction]:
        return [] if self.question or self.writing else [StopTimer(CALENDAR_TIMER)]
