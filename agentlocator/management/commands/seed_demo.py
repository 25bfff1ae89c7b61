"""`manage.py seed_demo`: the demo business, and users to look at it with."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from agentlocator.business_files.demo import seed_demo
from agentlocator.management.base import TablesCommand


class Command(TablesCommand):
    help = "Makes what is missing of the demo business and its users, and prints their passwords."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="give the demo business back its original settings")

    def handle(self, *args: Any, reset: bool, **options: Any) -> None:
        people = seed_demo(reset=reset)
        self.stdout.write(f"Sign in at {settings.PUBLIC_URL}/ as")
        width = max(map(len, people))
        for name, password in people.items():
            self.stdout.write(f"  {name:{width}}  {password or '(the password was changed)'}")
