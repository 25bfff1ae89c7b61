"""Everything the page of one conversation shows, in a number of queries that does not depend on its length.

Between the messages stand what the assistant's tools did, what waits for somebody's word, and the same person's calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString

from booking.models import Appointment
from calls.badges import outcome_badge
from calls.chips import Chip
from calls.models import CallSession
from crm.models import LeadTag
from whatsapp.models import AgentRun, AgentTrace, Approval, Channel, Conversation, Message
from whatsapp.told import Fact, Names, chip_of, facts_of, names_in
from whatsapp.tool_words import afterwards, asked_for

PART = 60  # messages at once
AROUND = 25  # before and after one that was looked for
MOST_FILLED = 400  # messages after a page was away
FURTHER = 100  # runs or calls between the messages of one part
SHOWN = 3  # appointments ahead
WINDOW = timedelta(hours=24)  # after their last message anything may be sent through Twilio


@dataclass(frozen=True)
class Line:
    """One entry of the conversation: exactly one of the things it may be. `kind` and `pk` are its id on the page."""

    kind: str  # message step approval call day
    pk: int
    at: datetime
    message: Message | None = None
    chip: Chip | None = None
    run_id: int = 0
    approval: ShownApproval | None = None
    call: CallSession | None = None
    outcome: SafeString | str = ""
    day: date | None = None


@dataclass(frozen=True)
class ShownApproval:
    """What waits for somebody's word."""

    row: Approval
    asked: str
    facts: list[Fact]
    afterwards: str


@dataclass(frozen=True)
class Thread:
    """A part of a conversation. `earlier`: before which message the part above it ends; `first`, `last`: its ids."""

    lines: list[Line]
    earlier: int | None
    is_newest: bool
    first: int
    last: int


def thread(
    conversation: Conversation, *, before: int | None = None, at: int | None = None, since: int | None = None
) -> Thread:
    """The newest part; the one that ends `before` a message; the one `at` it; or all `since` it."""
    messages, has_earlier, is_newest = _messages(conversation, before=before, at=at, since=since)
    lines = [Line("message", row.pk, row.written_at, message=row) for row in messages]
    start = lines[0].at if lines and has_earlier else conversation.created_at
    end = lines[-1].at if lines and not is_newest else None
    lines += _deeds(conversation, start, end)
    lines += _calls(conversation, start, end)
    lines.sort(key=lambda line: (line.at, line.kind, line.pk))
    return Thread(
        list(_with_days(lines)),
        min(row.pk for row in messages) if has_earlier else None,
        is_newest,
        min((row.pk for row in messages), default=0),
        max((row.pk for row in messages), default=0),
    )


def _messages(
    conversation: Conversation, *, before: int | None, at: int | None, since: int | None
) -> tuple[list[Message], bool, bool]:
    """A part by the keys, in the order of writing; whether there is more before it, and whether none is after it."""
    rows = Message.objects.filter(conversation=conversation).select_related("by", "media")
    if since is not None:
        found = list(rows.filter(pk__gte=since).order_by("-pk")[:MOST_FILLED])
        return _in_order(found), True, True
    if at is not None:
        later = list(rows.filter(pk__gt=at).order_by("pk")[: AROUND + 1])
        earlier = list(rows.filter(pk__lte=at).order_by("-pk")[: AROUND + 1])
        return (
            _in_order([*earlier[:AROUND], *later[:AROUND]]),
            len(earlier) > AROUND,
            len(later) <= AROUND,
        )
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PART + 1])
    return _in_order(found[:PART]), len(found) > PART, before is None


def _in_order(messages: list[Message]) -> list[Message]:
    """As they were written: those that were held up, and those of two merged customers, take their places."""
    return sorted(messages, key=lambda row: (row.written_at, row.pk))


def _deeds(conversation: Conversation, start: datetime, end: datetime | None) -> list[Line]:
    """What runs did, and what of it waits."""
    steps = AgentTrace.objects.filter(kind__in=(AgentTrace.Kind.TOOL, AgentTrace.Kind.GUARD)).order_by("index")
    waiting = Approval.objects.filter(status=Approval.Status.WAITING)
    runs = _between(
        AgentRun.objects.filter(conversation=conversation, replay_of=None).prefetch_related(
            Prefetch("steps", steps), Prefetch("approvals", waiting)
        ),
        "started_at",
        start,
        end,
    )
    found = list(runs.order_by("-pk")[:FURTHER])
    names = names_in(
        [
            *(step.arguments for run in found for step in run.steps.all()),
            *(approval.arguments for run in found for approval in run.approvals.all()),
        ]
    )
    return [line for run in found for line in _of_run(run, names)]


def _of_run(run: AgentRun, names: Names) -> Iterator[Line]:
    for step in run.steps.all():
        chip = chip_of(step, names)
        if chip is not None:
            yield Line("step", step.pk, step.at, chip=chip, run_id=run.pk)
    for approval in run.approvals.all():
        yield Line("approval", approval.pk, approval.asked_at, approval=shown(approval, names), run_id=run.pk)


def shown(approval: Approval, names: Names) -> ShownApproval:
    facts = facts_of(approval.arguments, names)
    return ShownApproval(approval, asked_for(approval.tool), facts, afterwards(approval.tool))


def _calls(conversation: Conversation, start: datetime, end: datetime | None) -> list[Line]:
    calls = _between(CallSession.objects.filter(lead=conversation.lead_id), "started_at", start, end)
    found = calls.defer("prompt").order_by("-started_at")[:FURTHER]
    return [Line("call", row.pk, row.started_at, call=row, outcome=outcome_badge(row)) for row in found]


def _between(rows: QuerySet[Any], name: str, start: datetime, end: datetime | None) -> QuerySet[Any]:
    rows = rows.filter(**{f"{name}__gte": start})
    return rows.filter(**{f"{name}__lte": end}) if end else rows


def _with_days(lines: Sequence[Line]) -> Iterator[Line]:
    """A separator before the first entry of each local day."""
    day: date | None = None
    for line in lines:
        if (today := timezone.localdate(line.at)) != day:
            day = today
            yield Line("day", int(f"{today:%Y%m%d}"), line.at, day=today)
        yield line


# --- around it ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Person:
    """What the side card says of the customer."""

    ahead: list[Appointment]
    tags: list[str]
    visits: int


def person(conversation: Conversation, *, now: datetime) -> Person:
    appointments = Appointment.objects.filter(lead=conversation.lead_id)
    ahead = appointments.filter(ends_at__gt=now, status=Appointment.Status.CONFIRMED).order_by("starts_at")
    tags = LeadTag.objects.filter(lead=conversation.lead_id).order_by("tag__name").values_list("tag__name", flat=True)
    past = appointments.filter(ends_at__lte=now, status__in=(Appointment.Status.CONFIRMED, "completed"))
    return Person(list(ahead.select_related("service", "resource")[:SHOWN]), list(tags), past[:100].count())


@dataclass(frozen=True)
class Writing:
    """Whether staff may write to the customer now; `obstacle`: window, opted_out, or nothing."""

    obstacle: str = ""

    @property
    def is_free(self) -> bool:
        return not self.obstacle


def writing_to(conversation: Conversation, *, now: datetime) -> Writing:
    """Through Twilio anything goes for 24 hours after the customer's last message; who opted out has to write first."""
    last = conversation.last_inbound_at
    if conversation.opted_out_at is not None and (last is None or last <= conversation.opted_out_at):
        return Writing("opted_out")
    if conversation.channel.provider == Channel.Provider.TWILIO and (last is None or now - last > WINDOW):
        return Writing("window")
    return Writing()
