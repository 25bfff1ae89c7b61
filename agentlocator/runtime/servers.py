"""What the two embedded servers have in common: found, started, watched, stopped."""

import abc
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from . import processes
from .errors import BinariesMissing, ServiceFailed
from .paths import Account, Places, make_private

START_S = 30.0
STOP_S = 20.0


@dataclass(frozen=True, slots=True)
class Installation:
    """Where a server's programs are, and what must be copied for them to run elsewhere."""

    folder: Path
    root: Path  # the folder that `parts` are relative to; their positions to each other matter
    parts: tuple[str, ...] = ()  # empty: the system's, never copied


class Server(abc.ABC):
    """One embedded server of one checkout, seen by one process: perhaps its starter, perhaps not."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, places: Places, *, durable: bool = True) -> None:
        self.places = places
        self.durable = durable  # False for tests: nothing survives a power cut, everything is faster
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abc.abstractmethod
    def folder(self) -> Path:
        """Its private data folder."""

    @property
    @abc.abstractmethod
    def pid_file(self) -> Path: ...

    @property
    def lock_files(self) -> list[Path]:
        return [self.pid_file]

    @abc.abstractmethod
    def prepare(self) -> None:
        """Make the data folder, once."""

    @abc.abstractmethod
    def command(self) -> list[str | Path]: ...

    @abc.abstractmethod
    def is_ready(self) -> bool:
        """Whether it accepts connections."""

    @property
    def log(self) -> Path:
        return self.places.sockets / f"{self.name}.log"

    @property
    def pid(self) -> int:
        """The running server's process, whoever started it; 0 when none runs."""
        if self.process is not None:
            return self.process.pid if self.process.poll() is None else 0
        pid = processes.read_pid(self.pid_file)
        return pid if processes.is_running(pid, self._marker) else 0

    @property
    def _marker(self) -> str:
        """What its command line shows of this checkout (Valkey rewrites its own to program and socket)."""
        return os.fspath(self.places.sockets)

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        self.prepare()
        self._forget_strangers()
        with self.log.open("wb") as log:
            if self.places.account:
                os.fchown(log.fileno(), self.places.account.uid, self.places.account.gid)
            self.process = processes.spawn(
                self.command(), death_signal=self.stop_signal, account=self.places.account, output=log, folder="/"
            )
        running = self.process
        processes.wait_until(lambda: self.is_ready() or running.poll() is not None, START_S)
        if running.poll() is not None or not self.is_ready():
            self.stop()
            raise ServiceFailed(f"The embedded {self.name} did not start: {self.last_words()}")

    def stop(self) -> None:
        """End the server, also one that somebody else left behind."""
        if self.process is not None:
            processes.stop(self.process, self.stop_signal, STOP_S)
            self.process = None
        elif pid := self.pid:
            processes.stop_other(pid, self.stop_signal, self._marker, STOP_S)

    def _forget_strangers(self) -> None:
        """Remove lock files whose number now belongs to another program: the server would refuse to start.

        A file with a dead process's number stays: by it PostgreSQL finds out whether orphans still write.
        """
        for file in self.lock_files:
            pid = processes.read_pid(file)
            if processes.is_running(pid) and not processes.is_running(pid, self._marker):
                file.unlink(missing_ok=True)

    def last_words(self) -> str:
        """The last line of its log."""
        try:
            lines = self.log.read_text(errors="replace").split("\n")
        except FileNotFoundError:
            lines = []
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing.")

    def run_as_account(self, command: list[str | Path], text: str = "") -> str:
        """What a helper of the server's prints, run as the server's account; its last line is the error."""
        account = self.places.account
        done = subprocess.run(
            [os.fspath(part) for part in command],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode != 0:
            words = (done.stderr or done.stdout).strip().split("\n")[-1]
            raise ServiceFailed(f"The embedded {self.name} could not be prepared: {words}")
        return done.stdout


def usable_program(name: str, found: Installation, places: Places) -> Path:
    """The program, or its copy where the servers' account can run it.

    No folder above the installation is ever opened up instead: those are not ours.
    """
    program = found.folder / name
    account = places.account
    if account is None or _can_run(program, account):
        return program
    if not found.parts:
        raise BinariesMissing(f"The user '{account.name}' may not run {program}.")
    copy = places.programs / found.root.name
    stamp = places.programs / f"{found.parts[0].replace('/', '-')}.copied"
    made = f"{program} {program.stat().st_mtime_ns} {program.stat().st_size}"
    if not stamp.exists() or stamp.read_text() != made:
        make_private(places.programs, account)
        stamp.unlink(missing_ok=True)
        for part in found.parts:
            shutil.rmtree(copy / part, ignore_errors=True)
            shutil.copytree(found.root / part, copy / part, symlinks=True)
        for path in (copy, *copy.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
        stamp.write_text(made)
    return copy / program.relative_to(found.root)


def _can_run(program: Path, account: Account) -> bool:
    return (
        subprocess.run(
            ["test", "-x", os.fspath(program)],
            check=False,
            cwd="/",
            user=account.uid,
            group=account.gid,
            extra_groups=[],
        ).returncode
        == 0
    )
