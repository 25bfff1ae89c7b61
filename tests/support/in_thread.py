"""An ASGI stand-in on a real socket beside synchronous tests: its event loop runs in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from simulator.provider import serve_app


@contextmanager
def served_in_thread(application: Any) -> Iterator[str]:
    """Its address, for as long as the block lasts."""
    ready, address, stop = threading.Event(), [""], asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        server, task, port = await serve_app(application)
        address[0] = f"http://127.0.0.1:{port}"
        ready.set()
        await stop.wait()
        server.should_exit = server.force_exit = True
        await task
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    def run() -> None:
        loop.run_until_complete(serve())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield address[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
