"""The real bridge, linked to the stand-in network, for tests of the two together."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from django.conf import settings
from django.db import connection

from agentlocator.runtime import processes, whatsapp_bridge

PATIENCE_S = 30.0
Json = dict[str, Any]


@dataclass
class Network:
    """Everybody outside: the owner with the phone, and the customers."""

    url: str

    def get(self, path: str) -> Json:
        return self._asked("GET", path, None)

    def post(self, path: str, **body: Any) -> Json:
        return self._asked("POST", path, body)

    def got(self, phone: str) -> list[Json]:
        """What a customer has received from the business."""
        messages: list[Json] = self.get(f"/customers/{phone}/messages")["messages"]
        return messages

    def _asked(self, method: str, path: str, body: Json | None) -> Json:
        with httpx2.Client(base_url=self.url, timeout=10.0, trust_env=False) as client:
            answer: Json = client.request(method, path, json=body).raise_for_status().json()
        return answer


def until(condition: Callable[[], Any]) -> None:
    """Until it is true; fails the test when it does not come true."""
    assert processes.wait_until(lambda: bool(condition()), PATIENCE_S), "it did not happen in time"


@contextmanager
def started(name: str, command: list[str], env: dict[str, str]) -> Iterator[str]:
    """A Node process: the address that it says it serves on."""
    process = subprocess.Popen(
        command, env=os.environ | env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/"
    )
    try:
        yield _address(process, name)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _address(process: subprocess.Popen[str], name: str) -> str:
    said, ready = [], "serves on "
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if ready in line:
            return line.split(ready)[1].split()[0].strip()
    raise AssertionError(f"{name} ended without serving: {''.join(said)}")


@contextmanager
def network() -> Iterator[Network]:
    command = [_node(), os.fspath(whatsapp_bridge.NETWORK), "--port", "0"]
    with started("The network", command, {}) as address:
        yield Network(address)


@contextmanager
def bridge(network_url: str, *, port: int = 0) -> Iterator[str]:
    """The bridge's address. It keeps its tables beside ours, in the test's own database."""
    env = {
        "BAILEYS_API_KEY": settings.BAILEYS_API_KEY,
        "BAILEYS_HOOK_KEY": settings.BAILEYS_HOOK_KEY,
        "BRIDGE_DATABASE_URL": _database_url(),
        "BRIDGE_PORT": str(port),
        "BRIDGE_SECRET": "a secret of the tests, 32 bytes at least",
        "WA_NETWORK_URL": network_url,
    }
    command = [_node(), os.fspath(whatsapp_bridge.FOLDER / "src" / "main.js")]
    with started("The bridge", command, env) as address:
        yield address


def forget() -> None:
    """Drop the bridge's tables: the test's own are emptied by pytest."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS bridge CASCADE")


def _node() -> str:
    try:
        node = whatsapp_bridge.find_node()
        whatsapp_bridge.set_up(node)
    except whatsapp_bridge.BridgeMissing as missing:
        pytest.skip(str(missing))
    return node


def _database_url() -> str:
    return f"{settings.DATABASE_URL.rpartition('/')[0]}/{connection.settings_dict['NAME']}"
