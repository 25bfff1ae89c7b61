"""The processes of a run: on which core they run, what they report, and that none is left."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentlocator.runtime import paths, processes
from agentlocator.runtime.errors import RuntimeProblem
from agentlocator.runtime.supervisor import python

START_S = 60.0
GRACE_S = 5.0


@dataclass(frozen=True)
class Cores:
    """One for the bridge that is measured, one for everything else. The same where there is only one."""

    bridge: int
    others: int

    @property
    def apart(self) -> bool:
        return self.bridge != self.others


def choose_cores() -> Cores:
    """The first two that this process may use; it keeps to the second one, and so do its children."""
    allowed = sorted(os.sched_getaffinity(0))
    cores = Cores(bridge=allowed[0], others=allowed[1 % len(allowed)])
    os.sched_setaffinity(0, {cores.others})
    return cores


@contextlib.contextmanager
def served(
    name: str, module: str, *arguments: str, port: int, core: int, env: Mapping[str, str], scratch: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A server on a core of its own, for the length of the block."""
    log = scratch / f"{name}.log"
    with log.open("wb") as out:
        command = python("-m", module, *arguments)
        process = processes.spawn(command, output=out, env=os.environ | env, folder=paths.ROOT)
        os.sched_setaffinity(process.pid, {core})  # before it has threads, which inherit it
        try:
            ready = processes.wait_until(lambda: _listens(port) or process.poll() is not None, START_S)
            if not ready or process.poll() is not None:
                raise RuntimeProblem(f"The {name} did not start: {_last_lines(log)}")
            yield process
            if process.poll() is not None:
                raise RuntimeProblem(f"The {name} ended early: {_last_lines(log)}")
        finally:
            processes.stop(process, 15, GRACE_S)


class Reporting:
    """A module that runs in a process of its own and writes JSON to the file named by `--out`."""

    def __init__(self, module: str, *arguments: str, name: str, scratch: Path) -> None:
        self._name = name
        self._out, self._log = scratch / f"{name}.json", scratch / f"{name}.log"
        self._out.unlink(missing_ok=True)
        with self._log.open("wb") as words:
            command = python("-m", module, *arguments, "--out", str(self._out))
            self._process = processes.spawn(command, output=words, folder=paths.ROOT)

    def result(self, within_s: float) -> Any:
        """Wait for its end; what it wrote."""
        try:
            code = self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            told = _last_lines(self._log)
            raise RuntimeProblem(f"{self._name} did not end within {within_s:.0f} s: {told}") from None
        if code != 0:
            raise RuntimeProblem(f"{self._name} failed: {_last_lines(self._log)}")
        return json.loads(self._out.read_text(encoding="utf-8"))

    def stop(self) -> None:
        processes.stop(self._process, 15, GRACE_S)


def report_of(module: str, *arguments: str, scratch: Path, within_s: float) -> Any:
    """Run a module to its end; what it wrote."""
    return reports_of(module, [arguments], scratch=scratch, within_s=within_s)[0]


def reports_of(module: str, runs: Sequence[Sequence[str]], *, scratch: Path, within_s: float) -> list[Any]:
    """Run a module several times at once, each to its end; what they wrote."""
    running = [
        Reporting(module, *arguments, name=f"{module}-{number}", scratch=scratch)
        for number, arguments in enumerate(runs)
    ]
    try:
        until = time.monotonic() + within_s
        return [each.result(max(0.0, until - time.monotonic())) for each in running]
    finally:
        for each in running:
            each.stop()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").strip().split("\n")[-12:]) or "it said nothing."
