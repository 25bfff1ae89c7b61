"""`manage.py place_call`: a simulated carrier calls a running server and plays a scenario."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseProblem

from calls.models import PhoneLine, PromptVersion, TwilioAccount
from calls.prompts import draft_caller
from crm.tenancy import for_business, for_everyone
from simulator import scenario as scenarios
from simulator.caller import run_scenario
from simulator.carrier import Happened, Line
from simulator.verdict import Outcome

_ISOLATE, _END_ISOLATE = "\u2067", "\u2069"  # right-to-left inside, whatever stands around it
_LABELS = {
    "ringing": "ringing",
    "answered": "answered",
    "caller": "caller",
    "keys": "keys",
    "assistant": "assistant",
    "cut": "assistant…",
    "carrier": "carrier",
    "warning": "warning",
    "error": "error",
    "ended": "ended by",
}


class Command(BaseCommand):
    help = "Place a simulated phone call to a running server; exit code 0 if the scenario's expectations hold."
    requires_system_checks: list[str] = []  # another process serves; this one only calls

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", required=True, help="the number to call, such as +97233334444")
        parser.add_argument("--from", dest="from_", default="", help="the caller's number, or anonymous")
        parser.add_argument("--draft", type=int, help="try this draft of the business's instructions (its number)")
        parser.add_argument("--scenario", default="demo", help="a YAML file, or the name of one of ours")
        parser.add_argument("--url", default="", help="the server's base address (default: this installation's)")

    def handle(self, *args: Any, **options: Any) -> None:
        server = _base_address(options["url"] or f"http://localhost:{settings.PORT}")
        caller = _number(options["from_"], anonymous=True)
        try:
            scenario = scenarios.load(options["scenario"])
        except scenarios.BadScenario as problem:
            raise CommandError(f"The scenario cannot be used: {problem}") from problem
        if scenario.house_keys:
            raise CommandError(
                f"The scenario needs a house of its own for {', '.join(dict.fromkeys(scenario.house_keys))}; "
                "such scenarios are played by `pytest tests/calls/test_scenarios.py`, not against a running server."
            )
        if options["draft"] is not None:
            caller = _caller_with_draft(_number(options["to"]), options["draft"], caller)
        line = _line(server, _number(options["to"]))
        outcome = asyncio.run(run_scenario(scenario, line, to=options["to"], from_=caller, on_event=self._show))
        self._judge(outcome)

    def _judge(self, outcome: Outcome) -> None:
        if outcome.ok:
            self.stdout.write("Everything the scenario expects came true.")
            return
        first, *others = [_isolated(each) for each in outcome.failed]
        if not others:
            raise CommandError(f"The call did not go as the scenario expects: {first}")
        raise CommandError("The call did not go as the scenario expects:\n- " + "\n- ".join([first, *others]))

    def _show(self, happened: Happened) -> None:
        self.stdout.write(
            f"{happened.at_s:6.1f} s  {_LABELS.get(happened.what, happened.what):11} {_isolated(happened.text)}"
        )
        self.stdout.flush()


def _isolated(text: str) -> str:
    """Hebrew that keeps its order within a line of English, on any terminal."""
    return f"{_ISOLATE}{text}{_END_ISOLATE}" if re.search("[\u0590-\u05ff]", text) else text


def _base_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise CommandError(f"--url must be an address such as http://localhost:8000, not {url!r}.")
    return f"{parts.scheme}://{parts.netloc}"


def _number(given: str, *, anonymous: bool = False) -> str:
    if anonymous and given in ("", "anonymous"):
        return given
    if not re.fullmatch(r"\+[1-9]\d{6,14}", given):
        raise CommandError(f"{given!r} is no number in international form, such as +97233334444.")
    return given


def _caller_with_draft(to: str, number: int, caller: str) -> str:
    """The caller id by which the server knows the draft; it stands in place of a number."""
    if caller:
        raise CommandError("--draft says who calls; leave --from out.")
    try:
        with for_everyone("the number decides whose draft it is"):
            line = PhoneLine.objects.filter(number=to).first()
            rows = PromptVersion.objects.filter(number=number, status=PromptVersion.Status.DRAFT)
            draft = rows.filter(business=line.business_id).first() if line else None
    except DatabaseProblem as problem:
        raise CommandError("A draft is tried on the machine that has the product's database.") from problem
    if draft is None:
        raise CommandError(f"The business of {to} has no draft with the number {number}.")
    return draft_caller(draft)


def _line(server: str, number: str) -> Line:
    """How the carrier knows the number: whose account signs its webhooks, and where it is asked to hang up."""
    sid, token = _account(number)
    given = {"account_sid": sid} if sid else {}
    return Line(
        server=server,
        public_url=str(settings.PUBLIC_URL),
        auth_token=token,
        rest=f"{server}/simulator/carrier",
        **given,
    )


def _account(number: str) -> tuple[str, str]:
    """SID and auth token of the business whose number it is, else the installation's; empty where there are none."""
    own = (settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN)
    try:
        with for_everyone("the number decides whose it is"):
            line = PhoneLine.objects.filter(number=number).first()
        if line is None:
            return own
        with for_business(line.business_id):
            account = TwilioAccount.objects.first()
    except DatabaseProblem:
        return own  # the server called may be elsewhere, and its database none of ours
    return (account.account_sid, account.auth_token) if account else own
