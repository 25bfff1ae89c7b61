"""One TLS context per process: building it reads the certificate store for 20 to 150 ms, too long for a live call."""

from __future__ import annotations

import ssl
from functools import cache


@cache
def tls_context() -> ssl.SSLContext:
    return ssl.create_default_context()
