"""The WhatsApp bridge: its types, its own tests, and its place beside the product."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from agentlocator.runtime import whatsapp_bridge
from agentlocator.runtime.processes import wait_until
from tests.support.children import Started, all_gone, descendants

TIME_LIMIT_S = 300


@pytest.fixture(scope="module")
def node() -> str:
    """Node, with the bridge's packages and its tools."""
    try:
        found = whatsapp_bridge.find_node()
        whatsapp_bridge.set_up(found, dev=True)
    except whatsapp_bridge.BridgeMissing as missing:
        pytest.skip(str(missing))
    return found


def tool(node: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [node, *arguments],
        cwd=whatsapp_bridge.FOLDER,
        env=os.environ | env,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        check=False,
    )


def test_the_types_hold(node: str) -> None:
    done = tool(node, "node_modules/typescript/bin/tsc", "--noEmit", "-p", ".")
    assert done.returncode == 0, done.stdout


def test_the_bridge_passes_its_own_tests(node: str) -> None:
    tests = sorted(str(path) for path in (whatsapp_bridge.FOLDER / "tests").glob("*.test.js"))
    done = tool(
        node, "--test", "--test-concurrency=2", *tests, BRIDGE_TEST_DATABASE_URL=os.environ["DATABASE_URL"], TZ="UTC"
    )
    assert done.returncode == 0, done.stdout[-8000:]


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((whatsapp_bridge.FOLDER / "package-lock.json").read_text())
    resolved = {
        urlsplit(package["resolved"]).hostname for package in lock["packages"].values() if "resolved" in package
    }
    assert resolved <= {"registry.npmjs.org"}
    assert lock["packages"][""]["dependencies"]["@whiskeysockets/baileys"] == "7.0.0-rc14"
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_without_node_the_product_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(whatsapp_bridge.BridgeMissing, match="needs Node 20 or later; without it everything else runs"):
        whatsapp_bridge.find_node()


@pytest.mark.parametrize(
    ("network", "address", "agents"),
    [("practice", "https://bridge.example.com", True), ("off", "", True), ("real", "", False)],
)
def test_no_bridge_is_started_where_none_is_wanted(
    settings: Settings, network: str, address: str, agents: bool
) -> None:
    settings.WHATSAPP_NETWORK, settings.BAILEYS_BASE_URL, settings.AGENTS_ENABLED = network, address, agents
    assert whatsapp_bridge.plan("postgres://x/y") == whatsapp_bridge.Plan()


@pytest.fixture
def database() -> Iterator[str]:
    """A database that nobody else uses."""
    name = f"bridge_beside_{os.getpid()}"
    base = django_settings.DATABASES["default"]
    with psycopg.connect(host=base["HOST"], user=base["USER"], dbname="postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


# The bridge and the stand-in network as `manage.py up` runs them, without the rest of the product.
SCRIPT = """
import sys
import django
django.setup()
from agentlocator.runtime.services import Services
from agentlocator.runtime.supervisor import Supervisor
from agentlocator.runtime.whatsapp_bridge import plan
chosen = plan(sys.argv[1])
def ready():
    print("at", chosen.environment["BAILEYS_BASE_URL"], chosen.environment["WA_NETWORK_URL"], flush=True)
sys.exit(Supervisor(Services(), chosen.programs).run(ready))
"""


def test_the_bridge_serves_beside_the_product_and_comes_back_when_it_falls(node: str, database: str) -> None:
    env = {"WHATSAPP_NETWORK": "practice", "BAILEYS_BASE_URL": "", "DJANGO_SETTINGS_MODULE": "agentlocator.settings"}
    product = Started(["-c", SCRIPT, database], env)
    try:
        product.wait_for("at http")
        _, bridge, network = next(line for line in product.lines if line.startswith("at ")).split()
        assert wait_until(lambda: answers(f"{bridge}/health/ready"), 30)
        assert wait_until(lambda: answers(network), 30)
        [fallen] = [pid for pid in descendants(product.pid) if b"bridge/src/main.js" in command_of(pid)]
        os.kill(fallen, 9)
        product.wait_for("It has ended with code -9 and is started again.")
        assert wait_until(lambda: answers(f"{bridge}/health/ready"), 30)
        family = descendants(product.pid)
        assert product.interrupt() == 0, "".join(product.lines)
        assert all_gone(family)
    finally:
        product.process.kill()
        assert product.process.stdout is not None
        product.process.stdout.close()
        product.process.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        return False


def command_of(pid: int) -> bytes:
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read()
