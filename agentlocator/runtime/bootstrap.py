"""Set the checkout up, then become the command that was asked for.

    python3 agentlocator/runtime/bootstrap.py [--dev] [PROGRAM ARGUMENT...]

makes `.venv`, installs the hash-locked requirements into it (with `uv`, else with `pip`) and replaces
itself by `.venv/bin/python PROGRAM ARGUMENT...`. `--dev` adds what tests and checks need. Runs on the
bare system Python, which may be too old, so the syntax here is older than elsewhere.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "set-up")
UV = "uv==0.13.8"
OLDEST, TOO_NEW = (3, 11), (3, 14)


def main(arguments: list[str]) -> None:
    dev = "--dev" in arguments[:1]
    command = arguments[1:] if dev else arguments
    if not OLDEST <= sys.version_info[:2] < TOO_NEW:
        sys.exit(
            "AgentLocator needs Python 3.11, 3.12 or 3.13; this is {}.{}. On Debian 12:"
            " sudo apt-get install -y python3 python3-venv".format(*sys.version_info)
        )
    os.environ["PYTHONUTF8"] = "1"  # Hebrew must print whatever the locale
    with open(lock_path(), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        set_up(dev)
    if command:
        sys.stdout.flush()
        os.execv(PYTHON, [PYTHON, *command])  # noqa: S606 -- the command of our own Makefile


def lock_path() -> str:
    """A file that keeps two set-ups of one checkout apart; git ignores its folder."""
    folder = os.path.join(ROOT, ".data")
    try:
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "set-up.lock")
        open(path, "a").close()
    except PermissionError:
        sys.exit(f"{ROOT} cannot be written to; run as its owner, or clone it anew.")
    give_to_owner(folder, path)
    return path


def set_up(dev: bool) -> None:
    """Bring `.venv` to the lock files; nothing to do is the usual case."""
    had_dev = installed("dev") is not None
    dev = dev or had_dev  # what was installed for the tests stays, and stays current
    files = ["requirements.txt"] + (["requirements-dev.txt"] if dev else [])
    wanted = "\n".join(["dev" if dev else "run", ROOT, sys.version, *map(digest, files)])
    if installed("") == wanted and os.path.exists(PYTHON):
        return
    print("Setting up .venv from the lock files (once)…", flush=True)
    if not fits():
        make_venv()
    if os.path.exists(STAMP):
        os.remove(STAMP)
    install(files)
    with open(STAMP, "w") as stamp:
        stamp.write(wanted)
    owner = os.stat(ROOT)
    if os.geteuid() == 0 and owner.st_uid != 0:
        for folder, folders, names in os.walk(VENV):
            give_to_owner(folder, *(os.path.join(folder, name) for name in folders + names))


def installed(level: str) -> str | None:
    """What the last complete set-up recorded, if it was of this level."""
    try:
        with open(STAMP) as stamp:
            text = stamp.read()
    except FileNotFoundError:
        return None
    return text if text.startswith(level) else None


def digest(name: str) -> str:
    with open(os.path.join(ROOT, name), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def fits() -> bool:
    """Whether `.venv` is one of this Python and has pip."""
    if not os.path.exists(PYTHON):
        return False
    probe = "import pip, sys; print(sys.version)"
    shown = subprocess.run([PYTHON, "-c", probe], capture_output=True, text=True, check=False)
    return shown.returncode == 0 and shown.stdout.strip() == sys.version.strip()


def make_venv() -> None:
    try:
        import ensurepip  # noqa: F401, PLC0415 -- Debian ships venv without it, and then fails half-way
        import venv  # noqa: F401, PLC0415 -- as above
    except ImportError:
        sys.exit("Python's venv module is missing; on Debian: sudo apt-get install -y python3-venv")
    shutil.rmtree(VENV, ignore_errors=True)
    run([sys.executable, "-m", "venv", VENV])


def install(files: list[str]) -> None:
    """With uv, which takes seconds; should it be unavailable, with pip and the same hashes."""
    os.environ["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--no-cache-dir"]
    paths = [os.path.join(ROOT, name) for name in files]
    if attempt([PYTHON, "-m", "uv", "--version"]) or attempt([*pip, UV]):
        sync = [PYTHON, "-m", "uv", "pip", "sync", "--quiet", "--no-cache", "--python", PYTHON, "--require-hashes"]
        # Behind a company's proxy only the system's certificates will do; a bare system has none.
        if attempt([*sync, "--system-certs", *paths]) or attempt([*sync, *paths]):
            return
    print("uv is not available here; installing with pip (a minute or two)…", flush=True)
    run([*pip, "--require-hashes", *(part for path in paths for part in ("-r", path))])


def attempt(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False, cwd=ROOT).returncode == 0


def run(command: list[str]) -> None:
    done = subprocess.run(command, check=False, cwd=ROOT)
    if done.returncode != 0:
        sys.exit("Setting up failed; the lines above say why. Run the same command again to retry.")


def give_to_owner(*paths: str) -> None:
    """Leave nothing of root's in another user's checkout."""
    if os.geteuid() == 0:
        owner = os.stat(ROOT)
        for path in paths:
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


if __name__ == "__main__":
    main(sys.argv[1:])
