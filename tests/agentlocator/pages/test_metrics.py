"""Who may read `/metrics`."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings


def status(client: Client, **meta: str) -> int:
    return client.get("/metrics", **meta).status_code  # type: ignore[arg-type]  # headers of the request


def test_a_neighbour_reads_numbers_and_no_names(client: Client) -> None:
    response = client.get("/metrics", REMOTE_ADDR="10.0.3.7")

    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "agentlocator_live_calls " in response.content.decode()
    assert "business" not in response.content.decode()


@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "192.168.1.5", "::ffff:10.0.0.1", "fd00::1"])
def test_private_networks_need_no_token(client: Client, peer: str) -> None:
    assert status(client, REMOTE_ADDR=peer) == 200


@pytest.mark.parametrize("peer", ["8.8.8.8", "::ffff:8.8.8.8", "2606:4700::1111", "", "unix:"])
def test_the_world_is_shut_out(client: Client, peer: str) -> None:
    assert status(client, REMOTE_ADDR=peer) == 403


@pytest.mark.parametrize(
    "header", ["X_FORWARDED_FOR", "X_FORWARDED_HOST", "FORWARDED", "X_REAL_IP", "VIA", "CF_CONNECTING_IP"]
)
def test_what_a_proxy_passes_on_comes_from_anywhere(client: Client, header: str) -> None:
    assert status(client, REMOTE_ADDR="10.0.0.1", **{f"HTTP_{header}": "10.0.0.2"}) == 403


def test_with_a_token_it_is_the_token_that_counts(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "a long one"

    assert status(client, REMOTE_ADDR="127.0.0.1") == 403
    assert status(client, REMOTE_ADDR="127.0.0.1", HTTP_AUTHORIZATION="Bearer another") == 403
    assert status(client, REMOTE_ADDR="8.8.8.8", HTTP_AUTHORIZATION="Bearer a long one") == 200
    assert status(client, REMOTE_ADDR="8.8.8.8", HTTP_AUTHORIZATION="Bearer ארוך") == 403


def test_nothing_is_changed_there(client: Client) -> None:
    assert client.post("/metrics").status_code == 405
