"""What a scenario expects of the server's side, held against what a call left in the database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from booking.models import Appointment
from calls.conversation.journal import unpack
from calls.conversation.replay import differences
from calls.models import CallSession, EventLog, Recording, Turn
from crm.models import Business, FollowUp, Lead
from crm.tenancy import for_business
from simulator.scenario import Expectation, Scenario
from simulator.scenario_parts import read_expectation
from simulator.verdict import Outcome, holds

ZONE = ZoneInfo("Asia/Jerusalem")
SOMEBODY_ELSE = "+972507654321"
# What holds in every call, whatever a scenario is about.
ALWAYS = [
    {"never_said": r"no instruction|the item has no|\(no |\{\w+\}"},
    {"longest_silence_ms": 4000},
]


@dataclass(frozen=True)
class Played:
    """A call that is over, as both sides know it."""

    outcome: Outcome
    business: Business
    scenario: Scenario
    sessions: int  # of the provider
    refused: tuple[str, ...]  # what the provider refused of its own accord

    @property
    def conversation(self) -> str:
        """What happened, line by line, for whoever reads a failure."""
        heard = [f"{each.at_s:7.2f} s  {each.what:10} {each.text}" for each in self.outcome.call.events]
        with for_business(self.business):
            kept = [f"{turn.at_ms / 1000:7.2f} s  {turn.speaker:10} {turn.text}" for turn in self.turns()]
            row = self.call()
        ending = f"outcome {row.outcome!r}, {row.end_reason!r}" if row else "no row"
        return "\n".join(["heard:", *heard, "stored:", *kept, ending])

    def call(self) -> CallSession | None:
        return CallSession.objects.filter(call_sid=self.outcome.call.sid).first()

    def turns(self) -> list[Turn]:
        return list(Turn.objects.filter(call__call_sid=self.outcome.call.sid).order_by("index"))


def judge(played: Played) -> Iterator[str]:
    """What did not come true of the server's side, and of what holds in every call."""
    said_otherwise = {each.kind for each in played.scenario.expectations}
    for each in (read_expectation(given, "always") for given in ALWAYS):
        if (each.kind == "never_said" or each.kind not in said_otherwise) and not holds(each, played.outcome):
            yield f"in every call {each}"
    for error in played.refused:
        yield f"in every call the provider accepts what we send, but: {error}"
    for each in played.scenario.expectations:
        if each.is_server_side and (found := _JUDGES[each.kind](played, each)):
            yield f"expected {each}, found {found}"
    for log in EventLog.objects.filter(call__call_sid=played.outcome.call.sid):
        if other := list(differences(unpack(bytes(log.data)))):
            first = f"{other[0].event} at {other[0].at_ms} ms"
            yield f"stream {log.part} does not replay: {len(other)} events differ, the first is {first}"


def _outcome(played: Played, expected: Expectation) -> str:
    row = played.call()
    found = row.outcome if row else "none"
    return "" if found == expected.value else found or "no outcome"


def _appointments(played: Played) -> list[Appointment]:
    """The live ones but those of other people that were there before."""
    rows = Appointment.objects.filter(status=Appointment.Status.CONFIRMED).order_by("starts_at")
    return list(rows.exclude(call_sid="", customer_phone=SOMEBODY_ELSE))


def _described(rows: Sequence[Appointment]) -> str:
    facts = [f"{_start(row)} {row.customer_name} {row.customer_phone}" for row in rows]
    return ", ".join(facts) or "no appointment"


def _start(row: Appointment) -> str:
    return f"{row.starts_at.astimezone(ZONE):%Y-%m-%d %H:%M}"


def _is(row: Appointment, facts: Mapping[str, str]) -> bool:
    found = {
        "start": _start(row),
        "name": row.customer_name,
        "phone": row.customer_phone,
        "service": row.service.slug if row.service else "",
    }
    return all(found[name] == wanted for name, wanted in facts.items())


def _appointment(played: Played, expected: Expectation) -> str:
    rows = _appointments(played)
    assert isinstance(expected.value, Mapping)
    return "" if len(rows) == 1 and _is(rows[0], expected.value) else _described(rows)


def _no_appointment(played: Played, expected: Expectation) -> str:
    rows = _appointments(played)
    return _described(rows) if rows else ""


def _cancelled(played: Played, expected: Expectation) -> str:
    rows = list(Appointment.objects.filter(status=Appointment.Status.CANCELLED))
    assert isinstance(expected.value, Mapping)
    return "" if any(_is(row, expected.value) for row in rows) else _described(rows)


def _server_said(played: Played, expected: Expectation) -> str:
    lines = [turn.text for turn in played.turns() if turn.speaker == Turn.Speaker.SERVER]
    times = sum(bool(re.search(str(expected.value), line)) for line in lines)
    right = times > 0 if expected.times is None else times == expected.times
    return "" if right != (expected.kind == "server_never_said") else f"{times} of {lines}"


def _follow_up(played: Played, expected: Expectation) -> str:
    reasons = list(FollowUp.objects.values_list("reason", flat=True))
    if expected.kind == "no_follow_up":
        return str(reasons) if reasons else ""
    return "" if any(re.search(str(expected.value), reason) for reason in reasons) else f"follow-ups {reasons}"


def _end_reason(played: Played, expected: Expectation) -> str:
    row = played.call()
    found = row.end_reason if row else "no row"
    return "" if re.search(str(expected.value), found) else found or "no reason"


def _number(found: Callable[[Played], int]) -> Callable[[Played, Expectation], str]:
    return lambda played, expected: "" if found(played) == expected.value else str(found(played))


def _false_claims(played: Played) -> int:
    row = played.call()
    return row.false_claims if row else -1


def _voice_messages(played: Played) -> int:
    return Recording.objects.filter(kind=Recording.Kind.VOICEMAIL).count()


def _no_customer(played: Played, expected: Expectation) -> str:
    return f"{Lead.objects.count()} customers" if Lead.objects.exists() else ""


_JUDGES: dict[str, Callable[[Played, Expectation], str]] = {
    "outcome": _outcome,
    "appointment": _appointment,
    "no_appointment": _no_appointment,
    "cancelled": _cancelled,
    "server_said": _server_said,
    "server_never_said": _server_said,
    "follow_up": _follow_up,
    "no_follow_up": _follow_up,
    "no_customer": _no_customer,
    "end_reason": _end_reason,
    "false_claims": _number(_false_claims),
    "sessions": _number(lambda played: played.sessions),
    "voice_messages": _number(_voice_messages),
}
