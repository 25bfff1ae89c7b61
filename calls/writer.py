"""Transcript lines on their way to the database, and one log line per turn; nobody in a call waits for either."""

from __future__ import annotations

import atexit
import logging
import logging.handlers
import queue
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db import DatabaseError, OperationalError, connections

from calls.conversation.actions import SaveTurn
from calls.models import Turn
from crm.tenancy import for_business

logger = logging.getLogger(__name__)
WAITING_LINES = 10_000
BATCH = 200
ATTEMPTS = 3


@dataclass(frozen=True)
class Line:
    business_id: int
    call_id: int
    turn: SaveTurn


class TurnWriter:
    """One thread that writes what calls have put into its bounded queue, in batches and in order."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Line | Future[None]] = queue.Queue(WAITING_LINES)
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None
        self.dropped = 0

    def put(self, line: Line) -> None:
        """Queue a line; a full queue drops and counts it rather than hold up a call."""
        self._ensure_running()
        try:
            self._queue.put_nowait(line)
        except queue.Full:
            self.dropped += 1

    def flush(self) -> Future[None]:
        """Done when everything put so far is written."""
        self._ensure_running()
        done: Future[None] = Future()
        try:
            self._queue.put_nowait(done)
        except queue.Full:
            done.set_result(None)
        return done

    def _ensure_running(self) -> None:
        with self._start:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="turn-writer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            batch = [self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get())
            try:
                self._write([entry for entry in batch if isinstance(entry, Line)])
            except Exception:  # the thread's outermost door: it outlives whatever one batch runs into
                logger.exception("Transcript lines were not written", extra={"lines": len(batch)})
            finally:
                connections.close_all()
                for entry in batch:
                    if isinstance(entry, Future):
                        entry.set_result(None)

    def _write(self, lines: Iterable[Line]) -> None:
        calls: dict[tuple[int, int], dict[int, SaveTurn]] = {}
        for line in lines:  # a later version of a line replaces the earlier one
            calls.setdefault((line.business_id, line.call_id), {})[line.turn.index] = line.turn
        for (business_id, call_id), turns in calls.items():
            try:
                self._upsert(business_id, call_id, turns.values())
            except DatabaseError as error:  # one call's trouble (its row was erased) is not the others'
                extra = {"call_id": call_id, "lines": len(turns), "error": type(error).__name__}
                logger.warning("Transcript lines were not written", extra=extra)

    def _upsert(self, business_id: int, call_id: int, turns: Iterable[SaveTurn]) -> None:
        rows = [
            Turn(
                business_id=business_id,
                call_id=call_id,
                index=turn.index,
                speaker=turn.speaker,
                text=turn.text,
                heard_fraction=turn.heard_fraction,
                at_ms=turn.started_ms,
                metrics=turn.metrics,
            )
            for turn in turns
        ]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with for_business(business_id):
                    Turn.objects.bulk_create(
                        rows,
                        update_conflicts=True,
                        unique_fields=["call", "index"],
                        update_fields=["speaker", "text", "heard_fraction", "at_ms", "metrics"],
                    )
                return
            except OperationalError:  # the connection was lost, as when the database restarts
                connections.close_all()
                if attempt == ATTEMPTS:
                    raise


turn_writer = TurnWriter()


@cache
def turn_log() -> logging.Logger:
    """The logger of turns. With ASYNC_LOG_QUEUE its lines are formatted and written in a thread of their own."""
    log = logging.getLogger("calls.turns")
    if settings.ASYNC_LOG_QUEUE:
        lines: queue.Queue[logging.LogRecord] = queue.Queue(WAITING_LINES)
        listener = logging.handlers.QueueListener(lines, *logging.getLogger().handlers, respect_handler_level=True)
        listener.start()
        atexit.register(listener.stop)
        log.addHandler(logging.handlers.QueueHandler(lines))
        log.propagate = False
    return log


def log_turn(call_sid: str, turn: SaveTurn) -> None:
    """One line per exchange, with its timings and none of its words."""
    turn_log().info("Turn", extra={"call_sid": call_sid, "turn": turn.index, **turn.metrics})
