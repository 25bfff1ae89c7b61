"""`manage.py cut_scenario`: a scenario out of a recorded call, to be played again with `place_call`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError, CommandParser

from agentlocator.scenario_cut import cut
from calls.conversation.journal import unpack
from calls.models import EventLog
from crm.tenancy import for_everyone
from simulator.scenario import parse

HEAD = "# Cut from a recorded call.{note}\n"
MADE_UP = " Names and numbers are made up."


class Command(BaseCommand):
    help = "Write what a caller did in a recorded call as a scenario for place_call, without names and numbers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("call_sid", metavar="CALL_SID")
        parser.add_argument("--out", type=Path, help="the file to write (default: the terminal)")
        parser.add_argument("--keep-personal", action="store_true", help="leave names and numbers as they were said")

    def handle(self, *args: Any, **options: Any) -> None:
        call_sid: str = options["call_sid"]
        with for_everyone("a support command on any call"):
            logs = [bytes(log.data) for log in EventLog.objects.filter(call__call_sid=call_sid).order_by("part")]
        if not logs:
            raise CommandError(f"There is no recorded call {call_sid}.")
        keep = bool(options["keep_personal"])
        try:
            scenario = cut([list(unpack(log)) for log in logs], name="cut from a call", keep_personal=keep)
        except ValueError as error:
            raise CommandError(f"The record of {call_sid} cannot be used: {error}.") from error
        parse(scenario)  # what is written can be read
        text = HEAD.format(note="" if keep else MADE_UP)
        text += yaml.safe_dump(scenario, allow_unicode=True, sort_keys=False, width=110)
        self._write(text, options["out"])

    def _write(self, text: str, out: Path | None) -> None:
        if out is None:
            self.stdout.write(text, ending="")
            return
        try:
            with out.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"Written to {out}.")
