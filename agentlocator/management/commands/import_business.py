"""`manage.py import_business FILE.yaml`: create or update one business from its file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import CommandError

from agentlocator.business_files.errors import BadBusinessFile
from agentlocator.business_files.importer import import_business
from agentlocator.business_files.schema import parse
from agentlocator.management.base import TablesCommand


class Command(TablesCommand):
    help = "Creates or updates one business from a YAML file. Importing the same file twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the business file")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            business, changes = import_business(parse(_text(file)))
        except BadBusinessFile as error:
            raise CommandError(f"{file} was refused; nothing was written.\n{error}") from error
        self.stdout.write(f"{business.slug}: " + ("imported" if changes else "nothing changed"))
        for line in changes.lines():
            self.stdout.write(f"  {line}")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not UTF-8 text (byte {error.start + 1}).") from error
