"""`manage.py export_business SLUG`: write one business as its file."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError

from agentlocator.business_files.exporter import export_business
from agentlocator.management.base import TablesCommand
from crm.models import Business


class Command(TablesCommand):
    help = "Writes one business as a YAML file to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the business's short name")

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        business = Business.objects.filter(slug=slug).first()
        if business is None:
            raise CommandError(f"There is no business with the short name {slug!r}.")
        self.stdout.write(export_business(business), ending="")
