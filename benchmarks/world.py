"""The ground that everything is measured on: servers of its own, a migrated database, and businesses to call.

Nothing of the developer's is touched: the servers keep their data in a folder of this run, which goes with it.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from agentlocator.runtime import paths, postgres, processes, valkey
from agentlocator.runtime.services import Services
from booking.policy import DAY_KEYS
from tests.support.hours import waking_zone

NUMBER = "+97233334444"
ACCOUNT = "AC" + "b" * 32
TOKEN = secrets.token_hex(16)

# What a developer's shell or .env may hold, and no measurement may depend on.
_OUTSIDE_WORLD = (
    *("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_REALTIME_MODEL", "OPENAI_TEXT_MODEL", "OPENAI_TRANSCRIBE_MODELS"),
    *("OPENAI_VOICE", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_BASE_URL", "BAILEYS_BASE_URL"),
    *("BAILEYS_API_KEY", "BAILEYS_HOOK_KEY", "DATABASE_URL", "REDIS_URL", "PUBLIC_URL", "ALLOWED_HOSTS", "PORT"),
    *("MAX_CALLS", "ASYNC_LOG_QUEUE", "VAD_THRESHOLD", "VAD_SILENCE_MS", "BARGE_IN_RMS", "MIN_UTT_SEC"),
    *("AI_MAX_WORDS_FIRST_REPLY", "DRAIN_SECONDS", "DATABASE_POOL"),
)


def _every_day(window: str) -> str:
    return "{" + ", ".join(f"{day}: [[{window}]]" for day in DAY_KEYS) + "}"


def salon() -> str:
    """The business that is called. It stands where it is day: at night callers are asked which day "tomorrow" is."""
    return f"""
business: {{slug: bench, name: "מספרת המדידות", timezone: {waking_zone()}, lines: ["{NUMBER}"]}}
settings:
  slot_size_min: 60
  booking_window_days: 30
  opening_hours_json: {_every_day('"10:00", "20:00"')}
"""


_CLINIC = f"""
business: {{slug: bench-full, name: "מרפאה מלאה", timezone: Asia/Jerusalem}}
settings:
  slot_size_min: 30
  booking_window_days: 30
  opening_hours_json: {_every_day('"09:00", "22:00"')}
resources: [{{id: noa, name: "נועה"}}, {{id: dana, name: "דנה"}}]
services: [{{id: checkup, name: "בדיקה", duration_min: 30, resources: [noa, dana]}}]
"""


@contextlib.contextmanager
def servers() -> Iterator[Path]:
    """PostgreSQL and Valkey for this run, durable as in production, named in the environment.

    Yields a folder for what else the run writes; all of it is removed afterwards.
    """
    os.environ |= dict.fromkeys(_OUTSIDE_WORLD, "")
    os.environ |= {"DJANGO_SETTINGS_MODULE": "agentlocator.settings", "SECRET_KEY": secrets.token_urlsafe(48)}
    os.environ |= {"DEBUG": "0", "DATABASE_POOL": "0", "ROLE": "all", "LOG_LEVEL": "INFO"}
    services = Services(_places())
    try:
        services.start()
        os.environ["DATABASE_URL"] = postgres.url(services.places)
        os.environ["REDIS_URL"] = valkey.url(services.places)
        scratch = services.places.base / "scratch"
        scratch.mkdir()
        yield scratch
    finally:
        services.stop()
        _remove(services.places)


def _places() -> paths.Places:
    mine = paths.places(f"bench-{os.getpid()}")
    for left in (*mine.base.parent.glob("bench-*"), *mine.sockets.parent.glob("sockets-bench-*")):
        # A killed run could not tidy up; the kernel has ended its servers.
        number = re.search(r"\d+$", left.name)
        if number and not processes.is_running(int(number[0]), "python"):
            shutil.rmtree(left, ignore_errors=True)
    return mine


def _remove(places: paths.Places) -> None:
    for folder in (places.base, places.sockets):
        shutil.rmtree(folder, ignore_errors=True)


def furnish() -> None:
    """Tables, and two businesses: one that is called, one with a full calendar."""
    import django  # noqa: PLC0415  # the settings read the environment that `servers` made

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415  # as above

    from agentlocator.business_files.importer import import_business  # noqa: PLC0415  # as above
    from agentlocator.business_files.schema import parse  # noqa: PLC0415  # as above

    call_command("migrate", verbosity=0)
    for text in (salon(), _CLINIC):
        import_business(parse(text))


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
