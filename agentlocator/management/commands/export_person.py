"""`manage.py export_person +972… --business SLUG`: everything held about one person."""

from __future__ import annotations

import json
import shutil
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.utils import timezone

from agentlocator.management.base import TablesCommand
from agentlocator.management.people import business_of, number_of
from agentlocator.person.exporting import Encoder, export_person, media_of
from crm.tenancy import for_business


class Command(TablesCommand):
    help = "Writes all that a business holds about one person as JSON to standard output, and its files to a folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("phone", help="the person's number, such as +972521234567")
        parser.add_argument("--business", required=True, help="the business's short name")
        parser.add_argument("--media", type=Path, metavar="FOLDER", help="where recordings and pictures are copied to")

    def handle(self, *args: Any, phone: str, business: str, media: Path | None, **options: Any) -> None:
        number, owner = number_of(phone), business_of(business)
        with for_business(owner):
            found = export_person(business=owner, number=number, now=timezone.now())
            if found is None:
                raise CommandError("Nothing is held about this number.")
            self.stdout.write(json.dumps(found, cls=Encoder, ensure_ascii=False, indent=2))
            if not found["media"]:
                return
            if media is None:
                print(f"{len(found['media'])} files are held too: --media FOLDER copies them.", file=sys.stderr)
                return
            for name, file in media_of(number):
                target = media / name
                target.parent.mkdir(parents=True, exist_ok=True)
                try:
                    with file.storage.open(file.name) as source, target.open("wb") as copy:
                        shutil.copyfileobj(source, copy)
                except FileNotFoundError:
                    print(f"{name} is lost: the store does not have it.", file=sys.stderr)
