"""Transcript lines on their way to the database, and one log line per turn; nobody in a call waits for either."""

from __future__ import annotations

import atexit
import logging
import logging.handlers
import queue
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db import DatabaseError, OperationalError, connections

from calls.conversation.actions import SaveTurn
from calls.measures import measures
from calls.models import Turn
from crm.tenancy import for_business

logger = logging.getLogger(__name__)
WAITING_LINES = 10_000
BATCH = 200
LINGER_S = 0.25  # the lines of a turn come close together, and so do those of many calls; together they cost a fifth
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
            measures.dropped("transcript")

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
            batch = self._collected()
            try:
                self._write([entry for entry in batch if isinstance(entry, Line)])
            except Exception:  # the thread's outermost door: it outlives whatever one batch runs into
                logger.exception("Transcript lines were not written", extra={"lines": len(batch)})
            finally:
                connections.close_all()
                for entry in batch:
                    if isinstance(entry, Future):
                        entry.set_result(None)

    def _collected(self) -> list[Line | Future[None]]:
        """What came within a short while of the first; somebody who waits for it makes the while end."""
        batch = [self._queue.get()]
        until = time.monotonic() + LINGER_S
        hurry = False
        while len(batch) < BATCH:
            hurry = hurry or isinstance(batch[-1], Future)
            try:
                batch.append(self._queue.get(timeout=0 if hurry else max(0, until - time.monotonic())))
            except queue.Empty:
                break
        return batch

    def _write(self, lines: Iterable[Line]) -> None:
        by_business: dict[int, dict[tuple[int, int], Line]] = {}
        for line in lines:  # a later version of a line replaces the earlier one
            by_business.setdefault(line.business_id, {})[line.call_id, line.turn.index] = line
        for business_id, latest in by_business.items():
            try:
                self._upsert(business_id, latest.values())
            except DatabaseError:
                self._write_one_by_one(business_id, latest.values())

    def _write_one_by_one(self, business_id: int, lines: Iterable[Line]) -> None:
        """One call's trouble (its row was erased) is not the others'."""
        by_call: dict[int, list[Line]] = {}
        for line in lines:
            by_call.setdefault(line.call_id, []).append(line)
        for call_id, of_call in by_call.items():
            try:
                self._upsert(business_id, of_call)
            except DatabaseError as error:
                extra = {"call_id": call_id, "lines": len(of_call), "error": type(error).__name__}
                logger.warning("Transcript lines were not written", extra=extra)

    def _upsert(self, business_id: int, lines: Iterable[Line]) -> None:
        rows = [
            Turn(
                business_id=business_id,
                call_id=line.call_id,
                index=line.turn.index,
                speaker=line.turn.speaker,
                text=line.turn.text,
                heard_fraction=line.turn.heard_fraction,
                at_ms=line.turn.started_ms,
                metrics=line.turn.metrics,
            )
            for line in lines
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
    """One line per exchange, with its timings and none of its words; they are counted for `/metrics`, too."""
    measures.turn_measured(turn.metrics)
    turn_log().info("Turn", extra={"call_sid": call_sid, "turn": turn.index, **turn.metrics})
