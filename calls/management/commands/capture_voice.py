"""Have the assistant say a business's local lines in its own voice, now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls.voice.capture import NoSpeech, capture
from crm.models import Business


class Command(BaseCommand):
    help = "Capture the lines that are spoken without the provider in the assistant's voice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", metavar="SLUG", help="short name of the business")

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        business = Business.objects.filter(slug=slug).first()
        if business is None:
            raise CommandError(f"There is no business {slug}.")
        kept = 0
        while True:
            try:
                run = capture(business.pk)
            except NoSpeech as error:
                raise CommandError(f"Nothing more was captured: {error}.") from error
            kept += run.kept
            if not run.left or not run.kept:
                break
            self.stdout.write(f"{run.kept} lines, {run.left} to go")
        self.stdout.write(f"{kept} lines captured, {run.left} left as they were.")
