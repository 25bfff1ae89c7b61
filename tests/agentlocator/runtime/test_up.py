"""The whole product, started and ended as a person would."""

from __future__ import annotations

import http.client
from collections.abc import Callable

import pytest

from tests.support.children import Started, all_gone, descendants


@pytest.fixture
def product(start: Callable[..., Started], free_port: int) -> Started:
    one = start("manage.py", "up", PORT=str(free_port))
    one.wait_for(f"AgentLocator is ready: http://localhost:{free_port}")
    connection = http.client.HTTPConnection("127.0.0.1", free_port, timeout=30)
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()
    return one


def test_ctrl_c_ends_the_product_with_success_and_leaves_no_process(product: Started) -> None:
    family = descendants(product.pid)
    assert len(family) >= 5  # web, worker and its pool of two, scheduler
    assert product.interrupt() == 0, "".join(product.lines)
    assert all_gone(family)


def test_a_killed_product_leaves_no_process(product: Started) -> None:
    family = descendants(product.pid)
    product.process.kill()
    assert all_gone(family)
