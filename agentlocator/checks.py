"""System checks: each says in one sentence which variable is wrong. Start-up runs them.

Addresses that cannot be read at all already stop `agentlocator.settings`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError

Rule = Callable[[Any], bool]

NUMBERS: tuple[tuple[str, Rule, str], ...] = (
    ("PORT", lambda value: 1 <= value <= 65535, "a port from 1 to 65535"),
    ("AI_MAX_WORDS_FIRST_REPLY", lambda value: 5 <= value <= 200, "a number of words from 5 to 200"),
    ("MIN_UTT_SEC", lambda value: 0 <= value <= 5, "seconds from 0 to 5"),
    ("VAD_THRESHOLD", lambda value: 0 < value <= 1, "above 0 and at most 1"),
    ("VAD_SILENCE_MS", lambda value: 100 <= value <= 5000, "milliseconds from 100 to 5000"),
    ("BARGE_IN_RMS", lambda value: 0 < value < 32768, "a 16-bit level from 1 to 32767"),
    ("DRAIN_SECONDS", lambda value: 0 <= value <= 7200, "seconds from 0 to 7200"),
    ("MAX_CALLS", lambda value: value >= 1, "at least 1"),
)
CHOICES = {"ROLE": ("all", "web", "media", "worker"), "WHATSAPP_NETWORK": ("real", "practice", "off")}


@register(Tags.compatibility)
def numbers_make_sense(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Values that Django accepts as numbers and no call could work with."""
    wrong = [f"{name} must be {meaning}." for name, fits, meaning in NUMBERS if not fits(getattr(settings, name))]
    wrong += [
        f"{name} must be one of {', '.join(allowed)}."
        for name, allowed in CHOICES.items()
        if getattr(settings, name) not in allowed
    ]
    return [Error(text, id="agentlocator.E001") for text in wrong]


@register(Tags.security)
def production_is_configured(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Outside DEBUG nothing is made up: every outside system has its address and its key."""
    return [] if settings.DEBUG else [Error(text, id="agentlocator.E002") for text in _missing_in_production()]


def _missing_in_production() -> Iterator[str]:
    if not settings.PUBLIC_URL.startswith("https://"):
        yield "PUBLIC_URL must be the https:// address under which the carrier reaches this server when DEBUG is off."
    if not settings.OPENAI_API_KEY:
        yield "OPENAI_API_KEY must be set when DEBUG is off; the practice stand-in never answers real callers."
    for name in ("DATABASE_URL", "REDIS_URL"):
        if not os.environ.get(name):
            yield f"{name} must be set when DEBUG is off; the embedded services are for development."
    if "*" in settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS must name the hosts of this server when DEBUG is off; * accepts any."


@register(Tags.database)
def some_account_signs_webhooks(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Without any auth token every webhook would be refused. Businesses' own tokens live in the database."""
    if settings.DEBUG or settings.TWILIO_AUTH_TOKEN:
        return []
    from calls.models import TwilioAccount  # noqa: PLC0415  # models exist only once the apps are loaded
    from crm.tenancy import for_everyone  # noqa: PLC0415  # as above

    try:
        with for_everyone("an account of any business will do"):
            if TwilioAccount.objects.exists():
                return []
    except DatabaseError:
        pass  # not migrated yet, or unreachable: then no business has one, and start-up says the rest
    text = "TWILIO_AUTH_TOKEN must be set when DEBUG is off, or a business must have its own telephony account."
    return [Warning(text, id="agentlocator.W001")]


@register(Tags.compatibility)
def letters_can_be_sent(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Nobody can be invited, and no password found again, without a mail server."""
    if settings.EMAIL_READY:
        return []
    text = "EMAIL_URL is not set: invitations, confirmations and lost passwords cannot be sent."
    return [Warning(text, id="agentlocator.W003")]


@register(Tags.compatibility)
def costs_can_be_counted(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """What a call may cost is an estimate, where nobody has said what the model costs."""
    from calls.prices import known_price  # noqa: PLC0415  # as above

    if known_price(settings.OPENAI_REALTIME_MODEL) is not None:
        return []
    text = (
        f"OPENAI_REALTIME_MODEL {settings.OPENAI_REALTIME_MODEL} has no known price: what calls cost is counted at the "
        "price of the dearest model, and a limit on it is reached early."
    )
    return [Warning(text, id="agentlocator.W002")]
