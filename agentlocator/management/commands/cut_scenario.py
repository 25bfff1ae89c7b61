"""`manage.py cut_scenario`: a scenario out of a recorded call, to be played again with `place_call`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError, CommandParser

from agentlocator.scenario_cut import cut
from calls.conversation.journal import unpack
from calls.models import EventLog
from crm.models import Lead
from crm.tenancy import for_business, for_everyone
from simulator.scenario import parse

KEPT = "# Cut from a recorded call, with everything personal in it. Keep it nowhere that others can read.\n"
MASKED = """\
# Cut from a recorded call. Made up are: names that the server knew, names of the business's customers, the words after
# "מדבר", "קוראים לי", "שמי", "כאן" and "על שם", e-mail addresses, streets and house numbers, and long numbers.
# Not masked is what only a person recognises: other names, places, what somebody tells of themselves.
# Read every line before you keep this file.
"""


class Command(BaseCommand):
    help = (
        "Write what a caller did in a recorded call as a scenario for place_call. Names that the server knows, words "
        "after an introduction, e-mail addresses, streets, house numbers and long numbers are made up. Other names, "
        "places and what callers tell of themselves are NOT recognised: a person must read the file before it is kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("call_sid", metavar="CALL_SID")
        parser.add_argument("--out", type=Path, help="the file to write (default: the terminal)")
        parser.add_argument("--keep-personal", action="store_true", help="mask nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        call_sid: str = options["call_sid"]
        with for_everyone("a support command on any call"):
            logs = list(EventLog.objects.filter(call__call_sid=call_sid).order_by("part"))
        if not logs:
            raise CommandError(f"There is no recorded call {call_sid}.")
        with for_business(logs[0].business_id):
            customers = list(Lead.objects.exclude(name="").values_list("name", flat=True))
        keep = bool(options["keep_personal"])
        try:
            parts = [list(unpack(bytes(log.data))) for log in logs]
            scenario = cut(parts, name="cut from a call", customers=customers, keep_personal=keep)
        except ValueError as error:
            raise CommandError(f"The record of {call_sid} cannot be used: {error}.") from error
        parse(scenario)  # what is written can be read
        text = KEPT if keep else MASKED
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
