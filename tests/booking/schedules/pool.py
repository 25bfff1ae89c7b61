"""The processes of a schedule: long-lived, killed by design, replaced at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import connection as pipes
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

from django.db import connection

from tests.booking.schedules.asks import Ask, Told

# A clean process is set up once; each of ours is forked from it before any connection is made.
WORKER = "tests.booking.schedules.worker"
_processes = get_context("forkserver")


def _serve(database: str, asks: Connection, told: Connection) -> None:
    """Imported where it runs: the worker's module sets Django up, which pytest has done here in its own way."""
    from tests.booking.schedules.worker import serve

    serve(database, asks, told)


@dataclass
class Member:
    """One living process, seen from here."""

    process: ForkServerProcess
    asks: Connection
    told: Connection
    backend: int = 0  # PostgreSQL's process behind its connection, once known


@dataclass
class Pool:
    """`size` processes on this test's database."""

    size: int
    kills: int = 0
    members: list[Member] = field(default_factory=list)
    _dying: list[int] = field(default_factory=list)  # backends whose clients were killed

    def start(self) -> None:
        _processes.set_forkserver_preload([WORKER])
        self.members = [self._new() for _ in range(self.size)]

    def stop(self) -> None:
        for member in self.members:
            member.asks.close()
        for member in self.members:
            member.process.join()
            _close(member)

    def run(self, work: Sequence[Sequence[Ask]], felled: Mapping[int, int]) -> list[Told]:
        """The answers in the order in which they arrived, all lists being worked through at once.

        `felled`: which process is killed from outside, once so many answers have come from all of them together.
        """
        told: list[Told] = []
        answered = [0] * len(work)
        killed: set[int] = set()
        running = dict(enumerate(self.members[: len(work)]))
        for number, member in running.items():
            member.asks.send(work[number])
        while running:
            by_pipe = {member.told: number for number, member in running.items()}
            for pipe in pipes.wait(by_pipe):
                assert isinstance(pipe, Connection)
                number = by_pipe[pipe]
                try:
                    said = pipe.recv()
                except EOFError:
                    told += [Told(ask, None, _target(ask)) for ask in work[number][answered[number] :][:1]]
                    self._replace(number)
                    del running[number]
                    continue
                if isinstance(said, int):
                    running[number].backend = said
                elif isinstance(said, Told):
                    told.append(said)
                    answered[number] += 1
                elif number not in killed:  # one that was killed must still be seen to end
                    del running[number]
            for number, member in running.items():
                if member.backend and number not in killed and felled.get(number, len(told) + 1) <= len(told):
                    os.kill(member.process.pid or 0, signal.SIGKILL)
                    killed.add(number)
        return told

    def settle(self) -> None:
        """Returns when PostgreSQL has noticed every death: what a killed process began is undone or done."""
        with connection.cursor() as cursor:
            while self._dying:
                cursor.execute("SELECT pid FROM pg_stat_activity WHERE pid = ANY(%s)", [self._dying])
                self._dying = [pid for (pid,) in cursor]

    def _replace(self, number: int) -> None:
        dead = self.members[number]
        dead.process.join()
        assert dead.process.exitcode == -signal.SIGKILL, f"a process ended by itself: {dead.process.exitcode}"
        _close(dead)
        self.kills += 1
        self._dying.append(dead.backend)
        self.members[number] = self._new()

    def _new(self) -> Member:
        asks_there, asks_here = _processes.Pipe(duplex=False)
        told_here, told_there = _processes.Pipe(duplex=False)
        name = connection.settings_dict["NAME"]
        process = _processes.Process(target=_serve, args=(name, asks_there, told_there), daemon=True)
        process.start()
        asks_there.close()
        told_there.close()
        return Member(process, asks_here, told_here)


def _target(ask: Ask) -> int:
    return ask.target if isinstance(ask.target, int) else 0


def _close(member: Member) -> None:
    member.asks.close()
    member.told.close()
    member.process.close()


@contextmanager
def pool_of(size: int) -> Iterator[Pool]:
    pool = Pool(size)
    pool.start()
    try:
        yield pool
    finally:
        pool.stop()
