"""What one call tells those who watch it. It costs a few comparisons an event, and nothing a frame of audio."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.machine import Conversation
from calls.conversation.staff import DONE
from calls.live import requests
from calls.live.board import Board, board
from calls.live.requests import Request, Taker
from calls.live.store import Now
from calls.services import CallSetup

MOST_EVENTS = 4000  # of one stream; a conversation of an hour has a third of them
LONGEST_LAST = 120  # characters of a line in a list

_UNTOLD = (ev.AudioSent, ev.CallerLoud)  # several a second, and nothing is to be seen of them
_TEACHING = (ev.Understood, ev.SlotChecked, ev.BookingAnswered, ev.KeyPressed, ev.TimerFired, ev.CallAnswered)


class CallFeed:
    """Told by the call's own loop, and by nobody else, but for `ask`, which the loop is given by the board."""

    def __init__(
        self, setup: CallSetup, *, now_ms: Callable[[], int], put: Callable[[ev.AnyEvent], None], to: Board = board
    ) -> None:
        self.business_id, self.sid = setup.business.pk, setup.call_sid
        self.now = Now()
        self.is_watched = False  # as far as the board knows; only then anybody wants words that are being said
        self.is_over = False
        self.goes_on = False  # with somebody else, or in another stream
        self.partial: tuple[str, str] | None = None  # (speaker, words so far), for the board to take
        self.taker: Taker | None = None
        self._now_ms, self._put, self._board = now_ms, put, to
        self._told = 0
        self._known: tuple[str, ...] = ()
        self._measured: set[int] = set()
        self._words, self._speaking_item = "", ""
        self._requests: dict[str, Request] = {}
        self._waiting: set[str] = set()
        to.open(self)
        self._tell("began", part=setup.part, resumed=setup.facts.resumed)

    # --- what the call does -------------------------------------------------------------------------------
    def happened(self, event: ev.AnyEvent, conversation: Conversation) -> None:
        """After every event of the conversation."""
        if isinstance(event, _UNTOLD):
            return
        if (doing := conversation.doing) != self.now.state:
            self.now.state = doing
            self._tell("state", state=doing)
        if isinstance(event, _TEACHING) and (known := conversation.known) != self._known:
            self._known = known
            self._tell("known", facts=known)
        if self.is_watched:
            self._note_words(event)

    def line(self, turn: do.SaveTurn) -> None:
        """A line of the transcript, or a later version of it."""
        facts: dict[str, Any] = {"index": turn.index, "speaker": turn.speaker, "text": turn.text}
        if turn.speaker == "staff":
            facts |= {"by": turn.metrics.get("BY", ""), "deed": turn.metrics.get("DEED", "")}
        self._tell("line", **facts, heard=round(turn.heard_fraction, 3), line_ms=turn.started_ms)
        if turn.text and turn.speaker in ("caller", "assistant"):
            self.now.speaker, self.now.last = turn.speaker, turn.text[:LONGEST_LAST]
        if turn.speaker == "caller" and turn.metrics:
            if turn.index in self._measured:  # saved once when it was said, and again when the answer was heard
                self._tell("metrics", index=turn.index, metrics=turn.metrics)
            self._measured.add(turn.index)
        self.partial = None

    def close(self, *, outcome: str, to: str) -> None:
        """The stream is over. `to`: where the call goes on (transfer voicemail again); empty if it does not."""
        if self.is_over:
            return
        self.goes_on, self.is_over = bool(to), True
        if to:
            self._tell("left", to=to, name=self.taker.name if self.taker else "")
        else:
            self._tell("ended", outcome=outcome)
        for request_id in self._waiting:
            self._answer(self._requests[request_id], requests.OVER, "")
        self._board.close(self)

    # --- what the staff asks --------------------------------------------------------------------------------
    def ask(self, request: Request) -> None:
        """In the call's own loop."""
        if self.is_over:
            self._answer(request, requests.OVER, "")
            return
        self._requests[request.request_id] = request
        self._waiting.add(request.request_id)
        at_ms = self._now_ms()
        match request.what:
            case requests.WHISPER:
                self._put(ev.StaffWhispered(at_ms, request.request_id, request.text, request.by_name))
            case requests.TAKE_OVER:
                self._put(ev.StaffTakesOver(at_ms, request.request_id, request.by_name))
            case _:
                self._put(ev.StaffEnds(at_ms, request.request_id, request.by_name))

    def answered(self, answer: do.AnswerStaff) -> None:
        """The conversation has decided about a request."""
        request = self._requests.get(answer.request_id)
        if request is None:
            return
        self._waiting.discard(answer.request_id)
        if request.what == requests.TAKE_OVER and answer.answer == DONE and self.taker is None:
            self.taker = Taker(request.user_id, request.number, request.by_name)
        self._answer(request, answer.answer, answer.name)

    def _answer(self, request: Request, answer: str, name: str) -> None:
        self._board.answer(request.reply_to, request.request_id, answer, name)

    # --- on its way -----------------------------------------------------------------------------------------
    def _note_words(self, event: ev.AnyEvent) -> None:
        match event:
            case ev.SpeechStarted():
                self.partial = ("caller", "")
            case ev.TranscriptStarted(text=text):
                self.partial = ("caller", text)
            case ev.ReplyWords(item_id=item_id, text=text):
                self._words = self._words + text if item_id == self._speaking_item else text
                self._speaking_item = item_id
                self.partial = ("assistant", self._words)
            case _:
                return
        self._board.put(self, None)

    def _tell(self, kind: str, **facts: Any) -> None:
        self._told += 1
        if self._told <= MOST_EVENTS or kind in ("ended", "left"):
            self._board.put(self, {"kind": kind, "at_ms": self._now_ms()} | facts)


class Aside:
    """What is told of a call while no stream of it is there: a person is rung, or talks with the caller."""

    is_over, goes_on, is_watched = True, True, False
    partial = None

    def __init__(self, business_id: int, sid: str, state: str) -> None:
        self.business_id, self.sid = business_id, sid
        self.now = Now(state=state)


def tell_aside(business_id: int, sid: str, state: str, *, name: str = "", to: Board = board) -> None:
    """The call is in this state now."""
    to.run()
    to.put(Aside(business_id, sid, state), {"kind": "state", "at_ms": 0, "state": state, "name": name})
