"""Runs the recorded events of a call through the conversation core again and compares every action."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from calls.conversation.journal import core_version, unpack
from calls.conversation.replay import differences
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
            log = EventLog.objects.filter(call__call_sid=call_sid).first()
        if log is None:
            raise CommandError(f"There is no recorded call {call_sid}.")
        try:
            steps = list(unpack(bytes(log.data)))
        except ValueError as error:
            raise CommandError(f"The record of {call_sid} cannot be read: {error}.") from error
        found = list(differences(steps))
        for difference in found:
            self.stdout.write(f"event {difference.position} at {difference.at_ms} ms: {difference.event}")
            self.stdout.write(f"  recorded {difference.recorded.decode()}")
            self.stdout.write(f"  replayed {difference.replayed.decode()}")
        if log.core_version != core_version():
            self.stdout.write(f"Recorded by another version of the core: {len(found)} of {len(steps)} events differ.")
            sys.exit(OTHER_VERSION)
        if found:
            raise CommandError(f"{len(found)} of {len(steps)} events led to other actions.")
        self.stdout.write(f"{len(steps)} events, the same actions.")
