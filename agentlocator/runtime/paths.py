"""Where a checkout keeps what it makes, and as whom its servers run.

All of it is computed from the file system, so that every process of a checkout gets the same answer
without asking another one. Nothing is created before `make_private`.
"""

import functools
import hashlib
import os
import pwd
import re
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .errors import RuntimeProblem

ROOT = Path(__file__).resolve().parents[2]
SOCKET_NAME_ROOM = len("/.s.PGSQL.5432.lock")
LONGEST_SOCKET_PATH = 100  # the kernel's limit is 108 on Linux, 104 on macOS


@dataclass(frozen=True, slots=True)
class Account:
    """Another user to run servers as; PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Places:
    """Where the embedded servers of one checkout (or of one test run) live."""

    base: Path  # holds one private folder per server
    sockets: Path  # private folder of unix sockets; its path is short
    account: Account | None  # None: the servers run as whoever starts them
    programs: Path  # where server programs are copied to, should the account be unable to reach them
    outside: Path | None  # the one private folder outside the checkout, if there is one

    @property
    def postgres(self) -> Path:
        return self.base / "postgres"

    @property
    def valkey(self) -> Path:
        return self.base / "valkey"


def data_dir() -> Path:
    """The git-ignored folder of everything a checkout makes."""
    return ROOT / ".data"


def service_account() -> Account | None:
    """As whom root runs the servers: the checkout's owner, else `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        return None
    owner = ROOT.stat().st_uid
    candidates = [_account(owner)] if owner != 0 else []
    candidates += [_account("postgres"), _account("nobody")]
    for account in candidates:
        if account is not None:
            return account
    raise RuntimeProblem("PostgreSQL must not run as root, and there is no user 'postgres' or 'nobody' to run it as.")


def _account(who: str | int) -> Account | None:
    try:
        entry = pwd.getpwnam(who) if isinstance(who, str) else pwd.getpwuid(who)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def can_reach(folder: Path, account: Account) -> bool:
    """Whether `account` may pass through every folder down to `folder`, by their modes."""
    for step in (folder, *folder.parents):
        info = step.stat()
        if info.st_uid == account.uid:
            allowed = info.st_mode & stat.S_IXUSR
        elif info.st_gid == account.gid:
            allowed = info.st_mode & stat.S_IXGRP
        else:
            allowed = info.st_mode & stat.S_IXOTH
        if not allowed:
            return False
    return True


@functools.cache
def places(label: str = "") -> Places:
    """Where the servers live; a `label` gives a test run its own set beside the checkout's."""
    account = service_account()
    home, outside = data_dir(), None
    if account is not None and not can_reach(ROOT, account):
        home = outside = _outside("/var/tmp")  # noqa: S108 -- survives a reboot; owner and mode are checked before use
    base = home / label if label else home
    sockets = base / "sockets"
    if not _fits_a_socket(sockets):
        outside = outside or _outside("/tmp")  # noqa: S108 -- short; owner and mode are checked before use
        sockets = outside / ("sockets-" + label if label else "sockets")
    return Places(base, sockets, account, home / "programs", outside)


def make_places(at: Places) -> None:
    """Create the folders that the servers' own folders lie in."""
    make_data_dir()
    if at.outside is not None:
        make_private(at.outside, at.account)
    for folder in (at.base, at.sockets):
        if folder != data_dir() and folder != at.outside:
            make_private(folder, at.account)


def _fits_a_socket(folder: Path) -> bool:
    """Whether a socket's path can be there: short, and without what PostgreSQL takes for a list or a quote."""
    path = os.fsencode(folder)
    return len(path) + SOCKET_NAME_ROOM < LONGEST_SOCKET_PATH and not re.search(rb"[,\"'\\\x00-\x1f]", path)


def _outside(parent: str) -> Path:
    """The private folder of this checkout and this user under a shared one."""
    name = hashlib.sha256(f"{os.geteuid()}:{ROOT}".encode()).hexdigest()[:12]
    home = Path(parent) if os.access(parent, os.W_OK) else Path(tempfile.gettempdir())
    return home / f"agentlocator-{name}"


def make_private(folder: Path, account: Account | None = None) -> Path:
    """Create `folder` with mode 0700 for `account`, or refuse one that somebody else prepared."""
    uid = account.uid if account else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        if account:
            os.chown(folder, account.uid, account.gid)
    info = folder.lstat()
    if not stat.S_ISDIR(info.st_mode) or info.st_uid != uid:
        raise RuntimeProblem(f"{folder} belongs to another user; remove it, or run as the user who made it.")
    if stat.S_IMODE(info.st_mode) != 0o700:
        folder.chmod(0o700)
    return folder


def make_data_dir() -> Path:
    """The data folder, usable by the checkout's owner also when root makes it."""
    folder = data_dir()
    if not folder.exists():
        folder.mkdir()
        give_to_owner(folder)
    if folder.stat().st_uid == os.geteuid():
        folder.chmod(0o711)  # passable, whatever the umask: private folders of the servers' account lie in it
    if not os.access(folder, os.W_OK):
        raise RuntimeProblem(f"{folder} belongs to another user; remove it, or run as the user who made it.")
    return folder


def give_to_owner(path: Path) -> None:
    """Leave nothing of root's in another user's checkout."""
    if os.geteuid() == 0:
        owner = ROOT.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
