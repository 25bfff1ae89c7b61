"""Render the lines that come with the product. For maintainers: needs espeak-ng, which the product does not."""

from __future__ import annotations

import shutil
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls.voice import render


class Command(BaseCommand):
    help = "Renders calls/voice/shipped/lines.ulaw from phonemes.yaml with espeak-ng. For maintainers."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--espeak", default="espeak-ng", help="the program (default: espeak-ng)")

    def handle(self, *args: Any, espeak: str, **options: Any) -> None:
        program = shutil.which(espeak)
        if program is None:
            raise CommandError("espeak-ng is not installed. Debian: apt-get install espeak-ng")
        try:
            sources = render.sources()
        except render.Mismatch as error:
            raise CommandError(f"phonemes.yaml does not fit calls/voice/lines.py: {error}") from error
        clips = {key: render.render(source, program) for key, source in sources.items()}
        self.stdout.write(f"{len(clips)} fragments, {render.write(clips, sources):,} bytes")
