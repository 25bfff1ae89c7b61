"""`manage.py check_models`: does the provider still offer what is configured, and until when?"""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from agentlocator.model_check import CannotAsk, Verdict, configured_models, judge, offered_models
from calls.provider import ProviderAddress

CANNOT_ASK = 2


class Command(BaseCommand):
    help = (
        "Lists every configured model, whether the provider still offers it, and its shutdown date. "
        "Exit code 0: all are offered; 1: one is gone; 2: the provider could not be asked."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        configured = configured_models()
        if not settings.OPENAI_API_KEY:
            for each in configured:
                self.stdout.write(f"{each.setting:<26} {each.model}")
            self.stdout.write(
                "OPENAI_API_KEY is not set: this installation is in practice mode, and nothing was asked."
            )
            return
        try:
            offered = offered_models(ProviderAddress(settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY))
        except CannotAsk as error:
            raise CommandError(f"The models could not be checked: {error}.", returncode=CANNOT_ASK) from error
        today = timezone.localdate()
        verdicts = judge(configured, offered)
        for verdict in verdicts:
            self.stdout.write(
                f"{verdict.configured.setting:<26} {verdict.configured.model:<28} {_words(verdict, today)}"
            )
        if any(verdict.is_gone(today) for verdict in verdicts):
            self.stderr.write("A configured model is gone. Set another in the setting that names it.")
            sys.exit(1)


def _words(verdict: Verdict, today: date) -> str:
    left = verdict.days_left(today)
    if not verdict.offered:
        return "GONE: the provider does not offer it"
    if left is None:
        return "offered"
    if left <= 0:
        return f"GONE: shut down on {verdict.shutdown_on}"
    warning = "WARNING: " if verdict.is_ending(today) else ""
    return f"offered; {warning}shutdown on {verdict.shutdown_on}, in {left} days"
