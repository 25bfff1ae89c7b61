"""What costs more than a call may wait: imports and contexts, made ready in the background when the process starts."""

from __future__ import annotations

import importlib
import threading
from functools import cache

from django.conf import settings
from django.utils import timezone

from booking.hebrew import parse
from calls.tls import tls_context


@cache
def start() -> threading.Thread:
    """Once per process."""
    thread = threading.Thread(target=_warm_up, name="warm-up", daemon=True)
    thread.start()
    return thread


def wait() -> None:
    """Until everything is warm; for a server that has not begun to serve."""
    start().join()


def _warm_up() -> None:
    parse("ראש חודש כסלו", timezone.localtime())  # the Hebrew calendar is loaded by the first who asks for it
    if not (settings.OPENAI_API_KEY or settings.TWILIO_AUTH_TOKEN):
        return  # practice: the stand-ins speak no TLS and read no text
    tls_context()
    if settings.OPENAI_API_KEY:
        importlib.import_module("calls.model_reading")
