"""Work that blocks, kept off the event loop and off the one thread that all of Django's async code shares.

A slow query anywhere in that shared thread would hold up every call; these threads are the calls' own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from typing import ParamSpec, TypeVar

from django.db import connections

_P = ParamSpec("_P")
_R = TypeVar("_R")

THREADS = 8  # below the database pool's size, so that calls alone cannot drain it


@cache
def _executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="calls")


async def off_loop(work: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
    """Run blocking work in one of the calls' threads. Cancelling the wait does not undo the work."""

    def run() -> _R:
        try:
            return work(*args, **kwargs)
        finally:
            connections.close_all()  # back to the pool; nothing else ends a thread's connection

    return await asyncio.get_running_loop().run_in_executor(_executor(), copy_context().run, run)
