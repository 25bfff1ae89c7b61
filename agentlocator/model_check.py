"""Whether the provider still offers the models that this installation is configured to use, and until when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx2
import msgspec
from django.conf import settings

from calls.provider import ProviderAddress
from calls.tls import tls_context

SOON_DAYS = 60
TIMEOUT_SECONDS = 10.0


class CannotAsk(Exception):
    """The provider did not answer the question; the message says why."""


@dataclass(frozen=True)
class Configured:
    """A model and the setting that names it."""

    setting: str
    model: str


@dataclass(frozen=True)
class Verdict:
    """`shutdown_on` is None where no day was announced."""

    configured: Configured
    offered: bool
    shutdown_on: date | None = None

    def days_left(self, today: date) -> int | None:
        return None if self.shutdown_on is None else (self.shutdown_on - today).days

    def is_gone(self, today: date) -> bool:
        left = self.days_left(today)
        return not self.offered or (left is not None and left <= 0)

    def is_ending(self, today: date) -> bool:
        """It works still, and soon it will not."""
        left = self.days_left(today)
        return left is not None and 0 < left < SOON_DAYS


class _Model(msgspec.Struct):
    id: str
    shutdown_date: str | None = None


class _Models(msgspec.Struct):
    data: list[_Model]


def configured_models() -> list[Configured]:
    """Every model that the settings name, in the order of the README's table."""
    return [
        Configured("OPENAI_REALTIME_MODEL", settings.OPENAI_REALTIME_MODEL),
        Configured("OPENAI_TEXT_MODEL", settings.OPENAI_TEXT_MODEL),
        *(Configured("OPENAI_TRANSCRIBE_MODELS", model) for model in settings.OPENAI_TRANSCRIBE_MODELS),
        Configured("OPENAI_EMBEDDING_MODEL", settings.OPENAI_EMBEDDING_MODEL),
    ]


def offered_models(address: ProviderAddress) -> dict[str, date | None]:
    """The models on offer with the day of their shutdown. Raises CannotAsk."""
    url = f"{address.base_url.rstrip('/')}/models"
    headers = {"Authorization": f"Bearer {address.api_key}"}
    real = url.startswith("https:")
    verify = tls_context() if real else False
    try:
        # A proxy of the environment knows no stand-in on this machine.
        answer = httpx2.get(url, headers=headers, timeout=TIMEOUT_SECONDS, verify=verify, trust_env=real)
    except httpx2.HTTPError as error:
        raise CannotAsk(f"the provider could not be reached ({type(error).__name__})") from error
    if not answer.is_success:
        raise CannotAsk(f"the provider answered {answer.status_code}")
    try:
        models = msgspec.json.decode(answer.content, type=_Models).data
    except msgspec.MsgspecError as error:
        raise CannotAsk("the provider's answer is no list of models") from error
    return {model.id: _day(model.shutdown_date) for model in models}


def judge(configured: Iterable[Configured], offered: Mapping[str, date | None]) -> list[Verdict]:
    return [Verdict(each, each.model in offered, offered.get(each.model)) for each in configured]


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
