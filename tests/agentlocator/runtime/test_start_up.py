"""What stops start-up, and in which words."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured

from agentlocator.runtime import command_line, paths
from agentlocator.runtime.environment import Env


def run_up(**env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=paths.ROOT,
        env=os.environ | env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"DATABASE_URL": "mysql://db/agents"}, "DATABASE_URL must be a postgres:// address"),
        ({"DATABASE_URL": "postgres://agents:secret@127.0.0.1:1/agents"}, "DATABASE_URL names a database that cannot"),
        ({"REDIS_URL": "localhost:6379"}, "REDIS_URL must be an address starting with redis://"),
        ({"REDIS_URL": "redis://:secret@127.0.0.1:1"}, "REDIS_URL names a server that cannot be used"),
        ({"PUBLIC_URL": "agents.example.com"}, "PUBLIC_URL must be an address starting with http://"),
        ({"DEBUG": "0", "SECRET_KEY": ""}, "SECRET_KEY must be set when DEBUG is off"),
        ({"PORT": "eighty"}, "PORT must be a whole number"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR"),
        ({"BAILEYS_BASE_URL": "bridge"}, "BAILEYS_BASE_URL must be an address starting with http://"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_mistyped_setting_stops_start_up_with_one_sentence(env: dict[str, str], sentence: str) -> None:
    done = run_up(**env)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert done.stderr.startswith(sentence)
    assert "secret" not in done.stderr


def test_a_taken_port_is_one_sentence(taken_port: int) -> None:
    done = run_up(PORT=str(taken_port))
    assert (done.returncode, done.stderr) == (
        1,
        f"Port {taken_port} is in use; choose another one, such as PORT={taken_port + 10}.\n",
    )


@pytest.mark.parametrize(
    ("value", "read", "answer"),
    [("1", "bool", True), ("no", "bool", False), ("", "bool", True), ("12", "int", 12), ("", "int", 7)],
)
def test_a_typed_variable_reads_as_written_and_empty_means_the_default(
    monkeypatch: pytest.MonkeyPatch, value: str, read: str, answer: object
) -> None:
    monkeypatch.setenv("A_VARIABLE", value)
    default = True if read == "bool" else 7
    assert getattr(Env(), read)("A_VARIABLE", default) == answer


@pytest.mark.parametrize(("value", "read"), [("ture", "bool"), ("half", "float"), ("many", "int")])
def test_a_mistyped_variable_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str, read: str) -> None:
    monkeypatch.setenv("A_VARIABLE", value)
    with pytest.raises(ImproperlyConfigured, match="A_VARIABLE must be"):
        getattr(Env(), read)("A_VARIABLE", 1)


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["migrate"], True),
        (["import_business", "dana.yaml"], True),
        (["understand", "--policy"], False),
        (["migrate", "--help"], False),
        (["up"], False),  # starts them itself
        ([], False),
    ],
)
def test_only_commands_that_meet_the_database_start_it(arguments: list[str], needed: bool) -> None:
    assert command_line.starts_services(["manage.py", *arguments]) == needed
