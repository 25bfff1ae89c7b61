"""The embedded PostgreSQL and Valkey of this checkout, shared by all of its processes.

Whoever needs them first starts them; others join. The starter stops them, but not before the last
user has gone, and should it be killed, the kernel stops them for it.
"""

import atexit
import contextlib
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from . import paths, postgres, processes, valkey
from .errors import RuntimeProblem
from .paths import Places
from .servers import Server


def database_url() -> str:
    """DATABASE_URL, or where the embedded PostgreSQL will listen."""
    return os.environ.get("DATABASE_URL") or postgres.url(paths.places())


def redis_url() -> str:
    """REDIS_URL, or where the embedded Valkey will listen."""
    return os.environ.get("REDIS_URL") or valkey.url(paths.places())


def needed(places: Places, *, durable: bool = True) -> list[Server]:
    """The servers that the environment does not name an address for."""
    servers: list[Server] = []
    if not os.environ.get("DATABASE_URL"):
        servers.append(postgres.Postgres(places, durable=durable))
    if not os.environ.get("REDIS_URL"):
        servers.append(valkey.Valkey(places, durable=durable))
    return servers


class Services:
    """This process's hold on the embedded servers: those it started, and those it joined."""

    def __init__(self, places: Places | None = None, *, durable: bool = True) -> None:
        self.places = places or paths.places()
        self.servers = needed(self.places, durable=durable)
        self._users: IO[bytes] | None = None

    @property
    def started(self) -> list[Server]:
        return [server for server in self.servers if server.process is not None]

    def start(self) -> None:
        """Start what does not run yet. A server whose starter has died is replaced by one of our own."""
        if not self.servers:
            return
        paths.make_places(self.places)
        if self.places.outside is not None:
            print(f"The servers' files lie in {self.places.outside}.", file=sys.stderr)
        with self._lock_file("services.lock") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            self._users = self._lock_file("services.users")
            fcntl.flock(self._users, fcntl.LOCK_SH)  # waits while a starter is just stopping
            paths.make_places(self.places)  # which may have taken the sockets' folder along
            try:
                for server in self.servers:
                    self._start_or_join(server)
            except BaseException:
                self._stop_started()
                raise

    def stop(self) -> None:
        """Let go; stop what this process started once nobody else uses it."""
        if self._users is None:
            return
        if self.started and not self._try_lock(self._users):
            print("Another command still uses the embedded services; waiting for it to end.", file=sys.stderr)
            with contextlib.suppress(KeyboardInterrupt):
                fcntl.flock(self._users, fcntl.LOCK_EX)
        self._stop_started()

    def dead(self) -> str | None:
        """The name of a server that has ended on its own, if one has."""
        return next((server.name for server in self.servers if not server.pid), None)

    def _start_or_join(self, server: Server) -> None:
        starter = self.places.base / f"{server.name.lower()}.starter"
        if server.pid:
            if processes.is_running(processes.read_pid(starter)) and processes.wait_until(server.is_ready, 10):
                return
            server.stop()
        server.start()
        starter.write_text(f"{os.getpid()}\n")
        paths.give_to_owner(starter)

    def _stop_started(self) -> None:
        ours = self.started
        for server in reversed(ours):
            server.stop()
        if ours and self.places.sockets.parent == self.places.outside != self.places.base:
            # Only the sockets had to lie outside the checkout: leave nothing there.
            shutil.rmtree(self.places.sockets, ignore_errors=True)
            with contextlib.suppress(OSError):
                self.places.outside.rmdir()
        if self._users is not None:
            self._users.close()
            self._users = None

    def _lock_file(self, name: str) -> IO[bytes]:
        path = Path(self.places.base, name)
        file = path.open("ab")
        paths.give_to_owner(path)
        return file

    def _try_lock(self, file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextlib.contextmanager
def running() -> Iterator[Services]:
    """The embedded services, for as long as the block runs."""
    services = Services()
    services.start()
    try:
        yield services
    finally:
        services.stop()


def hold() -> None:
    """Have the embedded services until this process ends, for servers started without `manage.py`."""
    services = Services()
    try:
        services.start()
    except RuntimeProblem as problem:
        raise SystemExit(str(problem)) from None
    atexit.register(services.stop)
