"""`manage.py twilio_connect SLUG`: the business's numbers lead to this server from now on.

Whoever runs it runs the installation, and vouches for the numbers: they are the business's own.
"""

from __future__ import annotations

from typing import Any

from django.core.management import CommandError, CommandParser
from django.utils import timezone

from agentlocator.management.base import TablesCommand
from calls.lines import vouch_for
from calls.number_setup import CannotConnect, Connected, connect_numbers
from crm.models import Business
from crm.tenancy import for_business
from whatsapp.connect.services import check_twilio
from whatsapp.models import Channel


class Command(TablesCommand):
    help = "Confirm that the numbers are the business's, point them at this server, and print what was changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the business, such as dana")

    def handle(self, *args: Any, **options: Any) -> None:
        business = Business.objects.filter(slug=options["slug"]).first()
        if business is None:
            raise CommandError(f"There is no business {options['slug']!r}.")
        vouch_for(business)
        try:
            numbers = connect_numbers(business)
        except CannotConnect as problem:
            raise CommandError(str(problem)) from problem
        for number in numbers:
            self._show(number)
        self._connect_whatsapp(business)

    def _connect_whatsapp(self, business: Business) -> None:
        """The sender of the business's Twilio channel, if it has one."""
        with for_business(business):
            channel = Channel.objects.filter(provider=Channel.Provider.TWILIO).first()
            if channel is None:
                return
            is_well = check_twilio(channel, point_here=True, now=timezone.now())
        if not is_well:
            raise CommandError(f"The WhatsApp number could not be connected: {channel.reason}.")
        self.stdout.write(f"{channel.number}: WhatsApp messages and their statuses come here.")

    def _show(self, connected: Connected) -> None:
        if not connected.changes:
            self.stdout.write(f"{connected.number}: was set up already, nothing changed.")
            return
        self.stdout.write(f"{connected.number}: changed {len(connected.changes)} settings.")
        for change in connected.changes:
            self.stdout.write(f"  {change.setting}: {change.before or '(empty)'} -> {change.after or '(empty)'}")
