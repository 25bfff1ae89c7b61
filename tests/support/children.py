"""Child processes for tests: read line by line, interrupted, and looked for afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from agentlocator.runtime import paths, processes

PATIENCE_S = 60.0


class Started:
    """A child process whose output is read line by line."""

    def __init__(self, arguments: list[str], env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=paths.ROOT,
            env=os.environ | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_for(self, words: str) -> str:
        """The first line that contains `words`; fails with everything said if the process ends before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if words in line:
                return line.strip()
        raise AssertionError(f"ended without saying {words!r}:\n{''.join(self.lines)}")

    def rest(self) -> str:
        """Wait for the end; what was said since."""
        return self.process.communicate(timeout=PATIENCE_S)[0]

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        self.lines += self.rest().splitlines(keepends=True)
        return self.process.returncode


def descendants(pid: int) -> list[int]:
    """The children of a process, and theirs."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents.setdefault(parent, []).append(int(stat.parent.name))
    found = list(parents.get(pid, []))
    for child in found:  # grows while it is walked
        found += parents.get(child, [])
    return found


def all_gone(pids: list[int]) -> bool:
    """Whether none of the processes is left, after giving them time."""
    return processes.wait_until(lambda: not any(processes.is_running(pid) for pid in pids), PATIENCE_S)
