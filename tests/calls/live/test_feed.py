"""What a call tells, and what it costs the call."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from redis.commands.core import AsyncScript

from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.live.board import MOST_WAITING, Board
from calls.live.feed import MOST_EVENTS, CallFeed
from calls.live.requests import Request
from tests.support.scripted_call import ScriptedCall


class Noted:
    """A board that only notes."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.partials: list[tuple[str, str] | None] = []
        self.answers: list[tuple[str, str, str]] = []
        self.is_open = False

    def open(self, feed: CallFeed) -> None:
        self.is_open = True

    def close(self, feed: CallFeed) -> None:
        self.is_open = False

    def put(self, feed: CallFeed, event: dict[str, Any] | None) -> None:
        if event is None:
            self.partials.append(feed.partial)
        else:
            self.events.append(event)

    def answer(self, channel: str, request_id: str, answer: str, name: str) -> None:
        self.answers.append((request_id, answer, name))

    def kinds(self) -> list[str]:
        return [event["kind"] for event in self.events]


class Told:
    """A scripted call that tells a board."""

    def __init__(self, **facts: object) -> None:
        self.call = ScriptedCall(**facts)
        self.board = Noted()
        self.put: list[ev.AnyEvent] = []
        setup: Any = SimpleNamespace(
            business=SimpleNamespace(pk=7), call_sid="CA1", part=0, facts=SimpleNamespace(resumed="")
        )
        self.feed = CallFeed(setup, now_ms=lambda: self.call.now, put=self.put.append, to=self.board)  # type: ignore[arg-type]
        happens = self.call.happens

        def told(event: ev.AnyEvent) -> list[do.Action]:
            actions = happens(event)
            for action in actions:
                if isinstance(action, do.SaveTurn):
                    self.feed.line(action)
                elif isinstance(action, do.AnswerStaff):
                    self.feed.answered(action)
            self.feed.happened(event, self.call.conversation)
            return actions

        self.call.happens = told  # type: ignore[method-assign]

    def asks(self, what: str, request: str = "r", **facts: Any) -> None:
        self.feed.ask(Request(request, 7, "CA1", what, "page", **facts))
        for event in self.put:
            self.call.happens(event)
        self.put.clear()


def test_a_call_tells_its_beginning_states_lines_and_end():
    told = Told()
    told.call.greeted()
    told.call.caller_says("אני רוצה תור מחר בשש", intent="book", day="2026-11-23", hour="18:00")
    told.feed.close(outcome="abandoned", to="")

    assert told.board.kinds()[0] == "began"
    assert {"state", "line", "known", "ended"} <= set(told.board.kinds())
    assert not told.board.is_open
    assert told.feed.now.last == "אני רוצה תור מחר בשש"


def test_what_is_heard_many_times_a_second_is_not_told():
    told = Told()
    told.call.greeted()
    before = len(told.board.events)
    for _ in range(500):
        told.call.happens(ev.AudioSent(told.call.now, "item", 60))
        told.call.happens(ev.CallerLoud(told.call.now))
    assert len(told.board.events) == before


def test_words_that_are_being_said_are_told_only_to_somebody_who_looks():
    told = Told()
    told.call.greeted()
    told.call.caller_starts()
    assert told.board.partials == []
    told.feed.is_watched = True
    told.call.happens(ev.TranscriptStarted(told.call.now, "user_1", "אני רוצה"))
    assert told.board.partials == [("caller", "אני רוצה")]


def test_a_line_ends_what_was_being_said():
    told = Told()
    told.call.greeted()
    told.feed.is_watched = True
    told.call.caller_utters("אני רוצה תור")
    assert told.feed.partial is None


def test_a_call_that_goes_on_elsewhere_says_where():
    told = Told()
    told.feed.close(outcome="", to="voicemail")
    told.feed.close(outcome="failed", to="")  # nothing follows an end
    assert [event for event in told.board.events if event["kind"] in ("left", "ended")] == [
        {"kind": "left", "at_ms": 0, "to": "voicemail", "name": ""}
    ]


def test_whoever_takes_over_first_is_rung():
    told = Told()
    told.call.greeted()
    told.asks("take_over", "t1", by_name="נועה", user_id=3, number="+972521110000")
    told.asks("take_over", "t2", by_name="דנה", user_id=4, number="+972521119999")

    assert told.board.answers == [("t1", "done", ""), ("t2", "in_hand", "נועה")]
    assert told.feed.taker is not None
    assert (told.feed.taker.user_id, told.feed.taker.number) == (3, "+972521110000")


def test_a_request_that_the_call_could_not_take_any_more_is_answered():
    told = Told()
    told.call.greeted()
    told.feed.ask(Request("r1", 7, "CA1", "whisper", "page", text="שלום"))
    told.feed.close(outcome="answered", to="")
    told.feed.ask(Request("r2", 7, "CA1", "end", "page"))

    assert told.board.answers == [("r1", "over", ""), ("r2", "over", "")]


def test_a_call_that_tells_too_much_is_cut_short_and_still_ends():
    told = Told()
    for index in range(MOST_EVENTS + 50):
        told.feed.line(do.SaveTurn(index, "caller", "מילה", 1.0, 0))
    told.feed.close(outcome="answered", to="")
    assert told.board.kinds().count("line") < MOST_EVENTS
    assert told.board.kinds()[-1] == "ended"


def test_a_board_that_nothing_takes_from_stays_small(monkeypatch: pytest.MonkeyPatch):
    board = Board()
    monkeypatch.setattr(board, "_soon", lambda *work: None)
    feed: Any = SimpleNamespace()
    for number in range(MOST_WAITING + 10):
        board.put(feed, {"kind": "line", "number": number})
    assert len(board._queue) == MOST_WAITING


class Crossing(deque[Any]):
    """A queue into which two threads put something at the same moment: neither goes on before both have."""

    def __init__(self) -> None:
        super().__init__()
        self.together = threading.Barrier(2)

    def append(self, item: Any) -> None:
        super().append(item)
        self.together.wait(10)


class Heard(Board):
    """A board that needs no broker."""

    def __init__(self) -> None:
        super().__init__()
        self._queue = Crossing()
        self.numbers: set[int] = set()
        self.heard_all = threading.Event()

    async def _send(self, keep: AsyncScript, batch: Iterable[Any]) -> None:
        self.numbers |= {event["number"] for _, event in batch}
        if len(self.numbers) % 2 == 0 and self.numbers:
            self.heard_all.set()


def test_what_two_threads_tell_at_the_same_moment_is_heard():
    board = Heard()
    board.run()
    feed: Any = SimpleNamespace(is_watched=True, now=SimpleNamespace(seq=1))
    for first in (0, 2, 4):
        tellers = [threading.Thread(target=board.put, args=(feed, {"number": first + each})) for each in (0, 1)]
        for teller in tellers:
            teller.start()
        assert board.heard_all.wait(10), f"nothing was heard after {first}"
        board.heard_all.clear()
    assert board.numbers == set(range(6))
