"""Live calls outlive the order to stop."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from agentlocator.runtime import processes
from tests.support.children import Started

SCRIPT = """
import sys
from agentlocator.runtime.media_server import server

async def echo(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    if scope["path"] == "/ws/twilio/media":
        print("call accepted", flush=True)
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})

server(echo, host="127.0.0.1", port=int(sys.argv[1]), drain_s=float(sys.argv[2])).run()
"""


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def serve(start: Callable[..., Started], free_port: int) -> Callable[[float], tuple[Started, str]]:
    def _serve(drain_s: float) -> tuple[Started, str]:
        one = start("-c", SCRIPT, str(free_port), str(drain_s))
        assert processes.wait_until(lambda: listens(free_port), 30)
        return one, f"ws://127.0.0.1:{free_port}"

    return _serve


def test_a_live_call_finishes_and_nothing_new_comes_in(serve: Callable[[float], tuple[Started, str]]) -> None:
    one, address = serve(60)
    live = connect(address + "/ws/twilio/media")
    page = connect(address + "/ws/live/")
    one.process.send_signal(signal.SIGTERM)
    with pytest.raises(ConnectionClosed):
        page.recv(20)
    with pytest.raises(OSError):  # noqa: PT011 -- refused, or reset if it hit the closing backlog
        connect(address + "/ws/twilio/media")
    live.send("still here")
    assert live.recv(20) == "still here"
    live.close()
    one.rest()
    assert one.process.returncode == -signal.SIGTERM


def test_a_call_that_outlasts_the_limit_is_closed(serve: Callable[[float], tuple[Started, str]]) -> None:
    one, address = serve(0.2)
    live = connect(address + "/ws/twilio/media")
    one.process.send_signal(signal.SIGTERM)
    with pytest.raises(ConnectionClosed) as closed:
        live.recv(20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012  # service restart
    one.rest()
