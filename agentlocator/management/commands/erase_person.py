"""`manage.py erase_person +972… --business SLUG`: one person removed, the counts kept."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError
from django.utils import timezone

from agentlocator.management.base import TablesCommand
from agentlocator.management.people import business_of, number_of
from agentlocator.person.erasing import erase_person
from crm.tenancy import for_business


class Command(TablesCommand):
    help = "Removes what a business holds about one person; calls and appointments stay as anonymous counts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("phone", help="the person's number, such as +972521234567")
        parser.add_argument("--business", required=True, help="the business's short name")

    def handle(self, *args: Any, phone: str, business: str, **options: Any) -> None:
        number, owner = number_of(phone), business_of(business)
        with for_business(owner):
            counts = erase_person(business=owner, number=number, now=timezone.now())
        if not counts:
            raise CommandError("Nothing is held about this number.")
        self.stdout.write("Removed or made anonymous:")
        for name, count in counts.items():
            self.stdout.write(f"  {name.replace('_', ' ')}: {count}")
