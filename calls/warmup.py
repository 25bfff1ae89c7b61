"""What costs more than a call may wait: imports and contexts, made ready in the background when the process starts."""

from __future__ import annotations

import importlib
import threading
from functools import cache

from django.conf import settings

from calls.tls import tls_context


@cache
def start() -> None:
    """Once per process. Practice needs nothing: the stand-ins speak no TLS and read no text."""
    if settings.OPENAI_API_KEY or settings.TWILIO_AUTH_TOKEN:
        threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()


def _warm_up() -> None:
    tls_context()
    if settings.OPENAI_API_KEY:
        importlib.import_module("calls.model_reading").warm_up()
