"""The WhatsApp bridge beside the product: Node, its packages, and what its programs are told.

The product serves without it. What is missing is said in one line, and Baileys channels wait.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from . import paths
from .local_secret import local_secret
from .supervisor import Program

FOLDER = paths.ROOT / "whatsapp" / "bridge"
NETWORK = paths.ROOT / "simulator" / "whatsapp" / "network.mjs"
OLDEST_NODE = 20
LOOPBACK = "127.0.0.1"
BRIDGE_PORT, NETWORK_PORT = 3300, 3310  # or any other, should they be taken
INSTALL_S = 300
NPM_CI = ("npm", "ci", "--no-progress", "--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-timeout=30000")


class BridgeMissing(Exception):
    """The bridge cannot run on this machine; the text says why and what would help."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run for WhatsApp, and what the other programs have to know of it."""

    programs: list[Program] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)


def plan(database_url: str) -> Plan:
    """The bridge, and in practice the stand-in network it links to.

    Nothing to run where BAILEYS_BASE_URL names a bridge elsewhere, or WhatsApp is not wanted. Raises BridgeMissing.
    """
    wanted = settings.WHATSAPP_NETWORK == "practice" or (
        settings.WHATSAPP_NETWORK == "real" and settings.AGENTS_ENABLED
    )
    if settings.BAILEYS_BASE_URL or not wanted:
        return Plan()
    node = find_node()
    set_up(node)
    bridge_port, network_port = free_ports(BRIDGE_PORT, NETWORK_PORT)
    told = {
        "BAILEYS_BASE_URL": f"http://{LOOPBACK}:{bridge_port}",
        "BAILEYS_API_KEY": settings.BAILEYS_API_KEY or local_secret(paths.data_dir() / "baileys_api_key"),
        "BAILEYS_HOOK_KEY": settings.BAILEYS_HOOK_KEY or local_secret(paths.data_dir() / "baileys_hook_key"),
        "WHATSAPP_NETWORK": settings.WHATSAPP_NETWORK,
        "WA_NETWORK_URL": "",
    }
    programs = []
    if settings.WHATSAPP_NETWORK == "practice":
        told["WA_NETWORK_URL"] = f"http://{LOOPBACK}:{network_port}"
        command = [node, os.fspath(NETWORK), "--port", str(network_port)]
        programs.append(Program("network", command, dict(os.environ), restarts=True))
    own = {
        "BRIDGE_PORT": str(bridge_port),
        "BRIDGE_DATABASE_URL": os.environ.get("BRIDGE_DATABASE_URL") or database_url,
        "BRIDGE_SECRET": os.environ.get("BRIDGE_SECRET") or local_secret(paths.data_dir() / "bridge_secret"),
    }
    command = [node, os.fspath(FOLDER / "src" / "main.js")]
    programs.append(Program("bridge", command, os.environ | told | own, restarts=True))
    return Plan(programs, told)


def find_node() -> str:
    """The Node to run the bridge with. Raises BridgeMissing if there is none, or only an old one."""
    node = shutil.which("node")
    if node is None:
        raise BridgeMissing("WhatsApp through Baileys needs Node 20 or later; without it everything else runs.")
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = shown.lstrip("v").split(".")[0]
    if not major.isdigit() or int(major) < OLDEST_NODE:
        raise BridgeMissing(f"WhatsApp through Baileys needs Node 20 or later; this is {shown or 'none that runs'}.")
    return node


def set_up(node: str, *, dev: bool = False) -> None:
    """Bring the bridge's packages to its lock file; nothing to do is the usual case. Raises BridgeMissing."""
    with (paths.make_data_dir() / "bridge-set-up.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _stamp() in _complete(dev=dev):
            return
        if shutil.which("npm") is None:
            raise BridgeMissing("WhatsApp through Baileys needs npm, once, to fetch its packages.")
        print("Setting up whatsapp/bridge from its lock file (once)…", flush=True)
        _install(node, dev=dev)
        (FOLDER / "node_modules" / ".set-up").write_text(_complete(dev=dev)[0])
        _give_packages_to_owner()


def free_ports(*preferred: int) -> Iterator[int]:
    """One port each on this machine: the preferred one, or any other that is free."""
    with_sockets: list[socket.socket] = []
    try:
        for port in preferred:
            probe = socket.socket()
            with_sockets.append(probe)  # held until all are chosen, so that no two are the same
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                probe.bind((LOOPBACK, 0))
        return iter([probe.getsockname()[1] for probe in with_sockets])
    finally:
        for probe in with_sockets:
            probe.close()


def _install(node: str, *, dev: bool) -> None:
    command = [*NPM_CI, *([] if dev else ["--omit=dev"])]
    env = os.environ | {"PATH": os.pathsep.join([os.path.dirname(node), os.environ.get("PATH", "")])}
    try:
        done = subprocess.run(
            command, cwd=FOLDER, env=env, capture_output=True, text=True, check=False, timeout=INSTALL_S
        )
    except subprocess.TimeoutExpired:
        raise BridgeMissing("WhatsApp through Baileys is left out: fetching its packages took too long.") from None
    if done.returncode != 0:
        reason = next((line for line in done.stderr.splitlines() if "error" in line), "npm ci failed").strip()
        raise BridgeMissing(f"WhatsApp through Baileys is left out: its packages cannot be had ({reason}).")


def _stamp() -> str:
    try:
        return (FOLDER / "node_modules" / ".set-up").read_text()
    except FileNotFoundError:
        return ""


def _complete(*, dev: bool) -> list[str]:
    """The stamps that will do; what was installed for the tests serves a run too."""
    lock = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    return [json.dumps({"level": level, "lock": lock}) for level in (["dev"] if dev else ["run", "dev"])]


def _give_packages_to_owner() -> None:
    """Leave nothing of root's in another user's checkout."""
    if os.geteuid() == 0 and paths.ROOT.stat().st_uid != 0:
        for folder, folders, names in os.walk(FOLDER / "node_modules"):
            for name in (".", *folders, *names):
                paths.give_to_owner(Path(folder, name))
