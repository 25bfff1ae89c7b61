"""Real PostgreSQL and Valkey for the tests, without a thought of theirs about it.

Loaded by `-p tests.plugins.services`: the servers must run and be named in the environment before
pytest-django reads the settings. They live as long as the pytest process that started them; its xdist
workers inherit the database server. Nothing is synced to disk: a test run has nothing to lose.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from agentlocator.runtime import paths, postgres, processes, valkey
from agentlocator.runtime.services import Services

# What a developer's shell or .env may hold, and no test may act on.
OUTSIDE_WORLD = (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_API_BASE_URL",
    "BAILEYS_BASE_URL",
    "BAILEYS_API_KEY",
    "BAILEYS_HOOK_KEY",
    "PUBLIC_URL",
    "ALLOWED_HOSTS",
)

OWN_BROKER = "TESTS_OWN_BROKER"  # set where the address in REDIS_URL is that of a server which the tests started

_services: list[Services] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Before pytest-django's own hook of this name, which loads the settings."""
    os.environ |= dict.fromkeys(OUTSIDE_WORLD, "") | {"DEBUG": "1", "WHATSAPP_NETWORK": "off"}
    if "PYTEST_XDIST_WORKER" in os.environ and os.environ.pop(OWN_BROKER, None):
        del os.environ["REDIS_URL"]  # tests empty their broker; each worker has one of its own, as it has a database
    services = Services(_places(), durable=False)
    _services.append(services)
    try:
        services.start()
        for server in services.servers:
            if isinstance(server, postgres.Postgres):
                os.environ["DATABASE_URL"] = postgres.url(services.places)
            if isinstance(server, valkey.Valkey):
                os.environ |= {"REDIS_URL": valkey.url(services.places), OWN_BROKER: "1"}
        return (yield)
    except BaseException:
        pytest_unconfigure()  # pytest does not get as far as calling it
        raise


def pytest_unconfigure() -> None:
    for services in _services:
        services.stop()
        if services.servers:
            _remove(services.places.base)
            _remove(services.places.sockets)
    _services.clear()


def _places() -> paths.Places:
    mine = paths.places(f"tests-{os.getpid()}")
    for left in (*mine.base.parent.glob("tests-*"), *mine.sockets.parent.glob("sockets-tests-*")):
        # A killed run could not tidy up; the kernel has ended its servers.
        number = re.search(r"\d+$", left.name)
        if number and not processes.is_running(int(number[0]), "python"):
            _remove(left)
    return mine


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
