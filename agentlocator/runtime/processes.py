"""Child processes that end with their parent, and questions about processes one did not start."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from .paths import Account

PR_SET_PDEATHSIG = 1
# Looked up before any fork: between fork and exec no library may be loaded.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(with_signal: int, parent: int) -> None:
    """In a child: ask the kernel for `with_signal` when `parent` ends, even by SIGKILL.

    The kernel means the parent's *thread* that forked, so children are started from the main thread.
    Elsewhere than on Linux there is no such thing, and only orderly stops clean up.
    """
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, with_signal)
    if os.getppid() != parent:  # it ended before the line above
        os.kill(os.getpid(), signal.SIGKILL)


def spawn(
    command: Sequence[str | Path],
    *,
    death_signal: int = signal.SIGKILL,
    account: Account | None = None,
    output: IO[bytes] | int | None = None,
    env: Mapping[str, str] | None = None,
    folder: Path | str | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, so that Ctrl-C at the terminal reaches only the parent."""
    parent = os.getpid()
    return subprocess.Popen(
        [os.fspath(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=env,
        cwd=folder,
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        # Runs after the change of user, which would clear it; safe because the callers are single-threaded.
        preexec_fn=lambda: die_with_parent(death_signal, parent),
    )


def stop(process: subprocess.Popen[bytes], with_signal: int, grace_s: float) -> None:
    """End a child politely, then its whole group."""
    if process.poll() is None:
        process.send_signal(with_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace_s)
    kill_group(process.pid)
    process.wait()


def kill_group(leader: int) -> None:
    """End whatever is left of the process group that `leader` started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def wait_until(condition: Callable[[], bool], timeout_s: float, every_s: float = 0.02) -> bool:
    """Whether `condition` came true in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
    return True


def is_running(pid: int, marker: str = "") -> bool:
    """Whether `pid` runs (a zombie does not) a command that mentions `marker`.

    The marker tells a server from a stranger who got its number after a reboot.
    """
    if pid <= 0:
        return False
    proc = Path("/proc", str(pid))
    if proc.parent.joinpath("self").exists():
        try:
            state = proc.joinpath("stat").read_text().rpartition(")")[2].split()[0]
            command = proc.joinpath("cmdline").read_bytes().replace(b"\0", b" ")
        except (FileNotFoundError, ProcessLookupError):
            return False
        return state not in "ZX" and os.fsencode(marker) in command
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.returncode == 0 and marker in shown.stdout


def read_pid(file: Path) -> int:
    """The number in the first line of a pid file; 0 when there is none."""
    try:
        return int(file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return 0


def stop_other(pid: int, with_signal: int, marker: str, grace_s: float) -> None:
    """End a process that is not our child."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, with_signal)
        if not wait_until(lambda: not is_running(pid, marker), grace_s):
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: not is_running(pid, marker), grace_s)
