"""Runs the kept calls through the conversation core: what would it do differently today?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls.conversation.journal import Journal, Step, unpack
from calls.conversation.machine import Conversation
from calls.conversation.replay import differences

CORPUS = Path("tests/calls/corpus")
SHOWN = 3  # differences of one call; what follows the first one is mostly its consequence


class Command(BaseCommand):
    help = "Replay the kept calls. Exit code 0: the same actions in all of them; 1: not. --keep accepts what differs."
    requires_system_checks: list[str] = []  # no database, no network

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, default=settings.BASE_DIR / CORPUS, help="where the calls are kept")
        parser.add_argument("--keep", action="store_true", help="from now on today's actions are the right ones")

    def handle(self, *args: Any, **options: Any) -> None:
        files = sorted(options["folder"].glob("*.jsonl.gz"))
        if not files:
            raise CommandError(f"No calls are kept in {options['folder']}.")
        different = [file for file in files if not self._same(file, keep=options["keep"])]
        if not different:
            self.stdout.write(f"{len(files)} calls, the same actions.")
        elif options["keep"]:
            self.stdout.write(f"{len(different)} of {len(files)} calls are kept as they go today.")
        else:
            raise CommandError(
                f"{len(different)} of {len(files)} calls go differently. If that is right: make replay KEEP=1"
            )

    def _same(self, file: Path, *, keep: bool) -> bool:
        try:
            steps = list(unpack(file.read_bytes()))
        except ValueError as error:
            raise CommandError(f"{file.name} cannot be read: {error}.") from error
        found = list(differences(steps))
        if not found:
            return True
        self.stdout.write(f"{file.name}: {len(found)} of {len(steps)} events lead to other actions")
        for difference in found[:SHOWN]:
            self.stdout.write(f"  event {difference.position} at {difference.at_ms} ms: {difference.event}")
            self.stdout.write(f"    kept  {difference.recorded.decode()}")
            self.stdout.write(f"    today {difference.replayed.decode()}")
        if keep:
            file.write_bytes(replayed(steps))
        return False


def replayed(steps: Sequence[Step]) -> bytes:
    """The same events with today's actions, packed as they are kept."""
    conversation, journal = Conversation(), Journal()
    for step in steps:
        journal.add(step.event, conversation.handle(step.event))
    return journal.packed()
