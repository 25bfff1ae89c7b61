"""The two bridges that are compared: the product's real media process, and a bare pass-through under stock uvicorn.

    python -m benchmarks.bridges --port 9000 --provider-port 9001

is the bare one.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.children import Cores, served
from benchmarks.passthrough import Passthrough
from benchmarks.world import ACCOUNT, TOKEN, free_port

KEY = "bench"


@dataclass(frozen=True)
class Bridge:
    """One that is running. The provider is expected on `provider_port`, the carrier's REST side on `rest_port`."""

    name: str
    pid: int
    core: int
    port: int
    provider_port: int
    rest_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def running_bridges(cores: Cores, scratch: Path) -> Iterator[tuple[Bridge, Bridge]]:
    """The product and the pass-through, both on the same core; the one without calls costs nothing."""
    provider, rest = free_port(), free_port()
    ports = free_port(), free_port()
    product_env = {
        "ROLE": "media",
        "DATABASE_POOL": "1",
        "DRAIN_SECONDS": "1",
        "PUBLIC_URL": f"http://127.0.0.1:{ports[0]}",
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": f"http://127.0.0.1:{provider}/v1",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_API_BASE_URL": f"http://127.0.0.1:{rest}",
    }
    arguments = ("--port", str(ports[1]), "--provider-port", str(provider))
    with (
        served(
            "product",
            "agentlocator.runtime.media_server",
            *("--port", str(ports[0])),
            port=ports[0],
            core=cores.bridge,
            env=product_env,
            scratch=scratch,
        ) as product,
        served(
            "pass-through",
            "benchmarks.bridges",
            *arguments,
            port=ports[1],
            core=cores.bridge,
            env={},
            scratch=scratch,
        ) as bare,
    ):
        yield (
            Bridge("product", product.pid, cores.bridge, ports[0], provider, rest),
            Bridge("pass-through", bare.pid, cores.bridge, ports[1], provider, rest),
        )


def main() -> None:
    # uvicorn is needed by the bare bridge alone
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol  # noqa: PLC0415  # as said

    from agentlocator.runtime import media_server  # noqa: PLC0415  # as above

    parser = argparse.ArgumentParser(description="Serve the bare bridge.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--provider-port", type=int, required=True)
    chosen = parser.parse_args()
    application = Passthrough(
        f"ws://127.0.0.1:{chosen.provider_port}/v1/realtime?model=bench",
        KEY,
        f"ws://127.0.0.1:{chosen.port}/ws/twilio/media",
    )
    server = media_server.server(
        application, host="127.0.0.1", port=chosen.port, drain_s=0, websocket=WebSocketsSansIOProtocol
    )
    server.run()


if __name__ == "__main__":
    main()
