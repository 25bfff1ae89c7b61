"""Load balancers ask here."""

from __future__ import annotations

import socket

import pytest
from django.test import Client
from pytest_django import Settings

from agentlocator.runtime import draining


@pytest.fixture
def drain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "_begun", False)  # put back afterwards: a process drains only once
    draining.begin()


def test_alive_asks_nobody(client: Client) -> None:
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


def test_ready_while_database_and_broker_answer(db: None, client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "checks": {"database": True, "broker": True, "draining": False},
        "provider": "practice",
    }


def test_not_ready_without_the_broker(db: None, client: Client, settings: Settings) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.REDIS_URL = f"redis://127.0.0.1:{closed.getsockname()[1]}/0"

        response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"] == {"database": True, "broker": False, "draining": False}


def test_not_ready_while_draining(db: None, client: Client, drain: None) -> None:
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"]["draining"] is True
