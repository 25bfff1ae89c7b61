"""`manage.py twilio_connect SLUG`: the business's numbers lead to this server from now on."""

from __future__ import annotations

from typing import Any

from django.core.management import CommandError, CommandParser

from agentlocator.management.base import TablesCommand
from calls.number_setup import CannotConnect, Connected, connect_numbers
from crm.models import Business


class Command(TablesCommand):
    help = "Point the business's Twilio numbers at this server, and print what was changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the business, such as dana")

    def handle(self, *args: Any, **options: Any) -> None:
        business = Business.objects.filter(slug=options["slug"]).first()
        if business is None:
            raise CommandError(f"There is no business {options['slug']!r}.")
        try:
            numbers = connect_numbers(business)
        except CannotConnect as problem:
            raise CommandError(str(problem)) from problem
        for number in numbers:
            self._show(number)

    def _show(self, connected: Connected) -> None:
        if not connected.changes:
            self.stdout.write(f"{connected.number}: was set up already, nothing changed.")
            return
        self.stdout.write(f"{connected.number}: changed {len(connected.changes)} settings.")
        for change in connected.changes:
            self.stdout.write(f"  {change.setting}: {change.before or '(empty)'} -> {change.after or '(empty)'}")
