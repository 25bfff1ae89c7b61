"""Runs the product's programs as one: started together, watched together, ended together."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from . import processes
from .errors import RuntimeProblem
from .services import Services

START_S = 90.0
RESTART_S = 5.0
WORKER_READY = "The worker takes tasks."


@dataclass(frozen=True, slots=True)
class Program:
    """One program to run beside the others."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    is_ready: Callable[[], bool] | None = None  # asked until true
    ready_line: str = ""  # or: ready once it prints this
    grace_s: float = 15.0  # how long it may take to end
    shows_name: bool = True  # whether its lines carry its name
    then: Callable[[int], int | None] | None = None  # it is meant to end: takes its code; an answer ends everything
    restarts: bool = False  # the others serve on without it: nobody waits for it, and it is started again


@dataclass(slots=True)
class Running:
    program: Program
    process: subprocess.Popen[bytes]
    unfinished: bytes = b""
    said: set[str] = field(default_factory=set)


class Supervisor:
    """Single-threaded: forks, reads the programs' output and watches them in one loop.

    Ctrl-C (or SIGTERM) ends everything in reverse order, a second one at once. If any program or an
    embedded server ends on its own, so does everything else; but a program that `restarts` is started again.
    """

    def __init__(self, services: Services, programs: Sequence[Program]) -> None:
        self.services = services
        self.programs = programs
        self.running: list[Running] = []
        self.stop_requests = 0
        self._due: list[tuple[float, Program]] = []  # to be started again
        self._output = selectors.DefaultSelector()
        self._width = max((len(program.name) for program in programs), default=0)

    def run(self, when_ready: Callable[[], Program | None]) -> int:
        """Serve until told to stop; the exit code. `when_ready` may name one program more."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        try:
            for program in self.programs:
                self._start(program)
            if not self._wait_ready():
                return 0
            if extra := when_ready():
                self._start(extra)
            return self._watch()
        finally:
            self.stop()

    def stop(self) -> None:
        """End every program, the last started first."""
        while self.running:
            one = self.running[-1]
            if one.process.poll() is None:
                one.process.terminate()
            deadline = time.monotonic() + one.program.grace_s
            while one.process.poll() is None and time.monotonic() < deadline and self.stop_requests < 2:
                self._relay(0.05)
            processes.kill_group(one.process.pid)
            one.process.wait()
            self._relay(0)
            self._forget(one)

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stop_requests += 1

    def _start(self, program: Program) -> None:
        process = processes.spawn(program.command, output=subprocess.PIPE, env=program.env)
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        one = Running(program, process)
        self.running.append(one)
        self._output.register(process.stdout, selectors.EVENT_READ, one)

    def _wait_ready(self) -> bool:
        """Whether all are ready; False if asked to stop before."""
        deadline = time.monotonic() + START_S
        for one in list(self.running):
            while not one.program.restarts and not self._is_ready(one):
                if self.stop_requests:
                    return False
                self._check_alive()
                if time.monotonic() > deadline:
                    raise RuntimeProblem(f"{one.program.name} did not become ready within {START_S:.0f} seconds.")
                self._relay(0.1)
        return True

    def _is_ready(self, one: Running) -> bool:
        if one.program.ready_line:
            return one.program.ready_line in one.said
        return one.program.is_ready is None or one.program.is_ready()

    def _watch(self) -> int:
        while not self.stop_requests:
            self._relay(0.2)
            self._check_alive()
            self._start_due()
            for one in [one for one in self.running if one.program.then and one.process.poll() is not None]:
                self._relay(0)
                self._forget(one)
                code = one.program.then(one.process.returncode) if one.program.then else None
                if code is not None:
                    return code
        return 0

    def _check_alive(self) -> None:
        if name := self.services.dead():
            raise RuntimeProblem(f"{name} has ended; stopping everything else.")
        for one in list(self.running):
            code = one.process.poll()
            if code is not None and one.program.then is None:
                self._relay(0)
                if one.program.restarts:
                    self._print(one, f"It has ended with code {code} and is started again.".encode())
                    self._due.append((time.monotonic() + RESTART_S, one.program))
                    self._forget(one)
                    continue
                raise RuntimeProblem(f"{one.program.name} has ended with code {code}; stopping everything else.")

    def _start_due(self) -> None:
        now = time.monotonic()
        for program in [program for at, program in self._due if at <= now]:
            self._start(program)
        self._due = [(at, program) for at, program in self._due if at > now]

    def _relay(self, wait_s: float) -> None:
        """Print what the programs said, line by line under their names."""
        for key, _ in self._output.select(wait_s):
            one: Running = key.data
            while chunk := self._read(one):
                *lines, one.unfinished = (one.unfinished + chunk).split(b"\n")
                for line in lines:
                    self._print(one, line)

    def _read(self, one: Running) -> bytes:
        assert one.process.stdout is not None
        try:
            chunk = os.read(one.process.stdout.fileno(), 65536)
        except BlockingIOError:
            return b""
        if not chunk:
            self._output.unregister(one.process.stdout)
        return chunk

    def _print(self, one: Running, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        one.said |= {text} & {one.program.ready_line}
        with contextlib.suppress(BrokenPipeError):  # whoever read our output has left; the product serves on
            print(f"{one.program.name:{self._width}} | {text}" if one.program.shows_name else text, flush=True)

    def _forget(self, one: Running) -> None:
        assert one.process.stdout is not None
        if one.unfinished:
            self._print(one, one.unfinished)
        if one.process.stdout in self._output.get_map():
            self._output.unregister(one.process.stdout)
        one.process.stdout.close()
        self.running.remove(one)


def python(*arguments: str) -> list[str]:
    """A command of this interpreter's."""
    return [sys.executable, *arguments]
