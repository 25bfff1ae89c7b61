"""The ASGI server of live calls: uvicorn, but a call in progress outlives the order to stop.

    python -m agentlocator.runtime.media_server --port 8000

serves the whole application; `ROLE` says what this process is for (see `agentlocator.asgi`).
"""

import argparse
import asyncio
import gc
import logging
import socket
import sys
from typing import Any

import uvicorn

from agentlocator.runtime import draining
from agentlocator.runtime.quick_websocket import QuickWebSocket

SWITCH_INTERVAL_S = 0.0005

CALLS = "/ws/twilio/"  # the sockets that are calls; a staff page simply reconnects
LARGEST_MESSAGE = 64 * 1024  # a carrier's frame is 300 bytes; staff sockets send less
LOOK_EVERY_S = 0.1

logger = logging.getLogger(__name__)


class DrainingServer(uvicorn.Server):
    """On SIGTERM: accepts nothing new, lets live calls finish for `drain_s` seconds, then exits.

    Stock uvicorn closes WebSockets at once, which the caller hears as a dropped call. A second
    SIGINT cuts the waiting short.
    """

    def __init__(self, config: uvicorn.Config, drain_s: float) -> None:
        super().__init__(config)
        self.drain_s = drain_s

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        draining.begin()
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        for connection in self._connections():
            if not self._is_call(connection):
                connection.shutdown()  # kept-alive HTTP too: no webhook for a new call comes in by it
        await self._let_calls_finish()
        await super().shutdown(sockets)

    async def _let_calls_finish(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.drain_s
        if live := self.live_calls():
            logger.info("Waiting for live calls to end", extra={"live_calls": live, "drain_s": self.drain_s})
        while self.live_calls() and loop.time() < deadline and not self.force_exit:  # noqa: ASYNC110 -- uvicorn has no event for it
            await asyncio.sleep(LOOK_EVERY_S)

    def live_calls(self) -> int:
        return sum(1 for connection in self._connections() if self._is_call(connection))

    def _connections(self) -> list[Any]:
        return list(self.server_state.connections)

    def _is_call(self, connection: Any) -> bool:
        scope = getattr(connection, "scope", None) or {}
        return scope.get("type") == "websocket" and str(scope.get("path", "")).startswith(CALLS)


def server(
    application: Any, *, host: str, port: int, drain_s: float, websocket: type[asyncio.Protocol] = QuickWebSocket
) -> DrainingServer:
    """The server for `application`: an ASGI application, or where to import it from."""
    return DrainingServer(
        uvicorn.Config(
            application,
            host=host,
            port=port,
            loop="uvloop",
            lifespan="off",
            log_config=None,  # the application's logging settings apply
            access_log=False,
            ws=websocket,
            ws_max_size=LARGEST_MESSAGE,
            ws_per_message_deflate=False,  # audio does not shrink, it only costs
            # A carrier sends 50 frames a second and need not answer pings: a dead one is noticed by its silence.
            ws_ping_interval=None,
            timeout_graceful_shutdown=10,
        ),
        drain_s,
    )


def keep_the_loop_free() -> None:
    """Load what the first call would load, and keep everything that lives as long as the process out of collections.

    A full collection over a quarter of a million objects stops every call's audio for 0.2 s. A worker thread that
    computes gives the loop its turn ten times sooner than Python's 5 ms.
    """
    from django.urls import get_resolver  # noqa: PLC0415 -- needs Django to be set up

    from calls import warmup  # noqa: PLC0415 -- as above

    get_resolver().url_patterns  # noqa: B018 -- importing every view is the point
    warmup.wait()
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_INTERVAL_S)


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve AgentLocator with draining of live calls.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    chosen = parser.parse_args()

    from django.conf import settings  # noqa: PLC0415 -- as above

    from agentlocator.asgi import application  # noqa: PLC0415 -- sets Django up, which --help need not

    keep_the_loop_free()
    server(application, host=chosen.host, port=chosen.port, drain_s=settings.DRAIN_SECONDS).run()


if __name__ == "__main__":
    main()
