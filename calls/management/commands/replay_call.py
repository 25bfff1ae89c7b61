"""Runs the recorded events of a call through the conversation core again and compares every action."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls.conversation.journal import core_version, unpack
from calls.conversation.replay import Difference, differences
from calls.models import EventLog
from crm.tenancy import for_everyone

OTHER_VERSION = 3


class Command(BaseCommand):
    help = "Replay a recorded call. Exit code 0: the same actions; 1: not, or no such call; 3: by another version."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("call_sid", metavar="CALL_SID")

    def handle(self, *args: Any, **options: Any) -> None:
        call_sid: str = options["call_sid"]
        with for_everyone("a support command on any call"):
            logs = list(EventLog.objects.filter(call__call_sid=call_sid).order_by("part"))
        if not logs:
            raise CommandError(f"There is no recorded call {call_sid}.")
        events = found = 0
        for log in logs:
            try:
                steps = list(unpack(bytes(log.data)))
            except ValueError as error:
                raise CommandError(f"The record of {call_sid} cannot be read: {error}.") from error
            events += len(steps)
            found += self._shown(differences(steps), f"stream {log.part + 1}, " if len(logs) > 1 else "")
        if any(log.core_version != core_version() for log in logs):
            self.stdout.write(f"Recorded by another version of the core: {found} of {events} events differ.")
            sys.exit(OTHER_VERSION)
        if found:
            raise CommandError(f"{found} of {events} events led to other actions.")
        self.stdout.write(f"{events} events, the same actions.")

    def _shown(self, found: Iterable[Difference], where: str) -> int:
        """How many there were."""
        number = 0
        for number, difference in enumerate(found, start=1):  # noqa: B007 -- the last number is the answer
            self.stdout.write(f"{where}event {difference.position} at {difference.at_ms} ms: {difference.event}")
            self.stdout.write(f"  recorded {difference.recorded.decode()}")
            self.stdout.write(f"  replayed {difference.replayed.decode()}")
        return number
