"""Processes of one's own to start, end and look after."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator

import pytest

from agentlocator.runtime import paths, processes
from tests.support.children import Started, descendants

_numbers = itertools.count(1)


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> Iterator[paths.Places]:
    """A place for embedded servers that nobody else uses, in an environment that names none."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    mine = paths.places(f"tests-{next(_numbers)}-{os.getpid()}")
    yield mine
    shutil.rmtree(mine.base, ignore_errors=True)
    shutil.rmtree(mine.sockets, ignore_errors=True)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start() -> Iterator[Callable[..., Started]]:
    """Start a Python process; whatever is left of it ends with the test."""
    started: list[Started] = []

    def _start(*arguments: str, **env: str) -> Started:
        started.append(Started(list(arguments), env))
        return started[-1]

    yield _start
    for one in started:
        family = descendants(one.pid)
        for pid in (one.pid, *family):
            if processes.is_running(pid):
                os.kill(pid, signal.SIGKILL)
        if one.process.stdout is not None:
            one.process.stdout.close()
        one.process.wait()
