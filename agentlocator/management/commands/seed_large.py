"""`manage.py seed_large`: a business with 200,000 customers and calls, to look at and to measure pages with."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError
from django.utils import timezone

from agentlocator.business_files.demo import SALON
from agentlocator.business_files.schema import parse
from agentlocator.large_seed import Amounts, seed_large
from agentlocator.management.base import TablesCommand
from crm.models import Business, Membership, Role


class Command(TablesCommand):
    help = "Makes a large business for measuring; owners of the demo business may enter it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--slug", default="large")
        for name, default in vars(Amounts()).items():
            parser.add_argument(f"--{name}", type=int, default=default)

    def handle(self, *args: Any, slug: str, **options: Any) -> None:
        amounts = Amounts(**{name: options[name] for name in vars(Amounts())})
        if min(vars(amounts).values()) < 1:
            raise CommandError("Every amount must be 1 or more.")
        try:
            business = seed_large(slug=slug, amounts=amounts, now=timezone.now(), tell=self.stdout.write)
        except ValueError as error:
            raise CommandError(f"{error}. Choose another --slug.") from error
        demo = Business.objects.filter(slug=parse(SALON.read_text(encoding="utf-8")).slug).first()
        owners = Membership.objects.filter(business=demo, role=Role.OWNER)
        Membership.objects.bulk_create(Membership(user=row.user, business=business, role=row.role) for row in owners)
        self.stdout.write(f"Business {slug!r} is there.")
