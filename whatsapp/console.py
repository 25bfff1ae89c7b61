"""What the console shows of the assistant's runs, in a number of queries that does not depend on how many there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from whatsapp.models import AgentRun, AgentTrace, Approval, Message
from whatsapp.reading import ShownApproval, shown
from whatsapp.told import Fact, Names, as_json, facts_of, names_in
from whatsapp.tool_words import guard_in_words, refusal_in_words, title_of

PAGE = 50
WAITING_SHOWN = 30
MOST_COUNTED = 100
ALL, FOR_APPROVAL, BLOCKED, FAILED = "", "waiting", "blocked", "failed"
SEGMENTS: Mapping[str, str | Promise] = {
    ALL: gettext_lazy("All"),
    FOR_APPROVAL: pgettext_lazy("runs", "For approval"),
    BLOCKED: pgettext_lazy("runs", "Blocked"),
    FAILED: pgettext_lazy("runs", "Failed"),
}
_Status, _Kind = AgentRun.Status, AgentTrace.Kind


# --- the list ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Badge:
    word: str
    tone: str = ""


@dataclass(frozen=True)
class Row:
    """A run of the list. `about`: the message that it answers."""

    run: AgentRun
    badge: Badge
    about: str
    actions: int
    seconds: float | None
    cost: str


def waiting_approvals(*, most: int = MOST_COUNTED) -> int:
    """How many tool calls wait for somebody's word, counted up to `most`."""
    return Approval.objects.filter(status=Approval.Status.WAITING).order_by()[:most].count()


def runs(*, segment: str, engine: str) -> QuerySet[AgentRun]:
    """Newest first; replays stand on the page of the run that they try again."""
    found = AgentRun.objects.filter(replay_of=None).order_by("-pk")
    if engine in AgentRun.Engine.values:
        found = found.filter(engine=engine)
    if segment == FOR_APPROVAL:
        return found.filter(status=_Status.WAITING)
    if segment == FAILED:
        return found.filter(status=_Status.FAILED)
    if segment == BLOCKED:
        stopped = AgentTrace.objects.filter(kind=_Kind.GUARD, result__ok=False).order_by()
        return found.filter(pk__in=stopped.values("run_id"))
    return found


def page(found: QuerySet[AgentRun], *, before: int | None) -> tuple[list[Row], int | None]:
    """The next rows before a run, and the run before which the page after them begins."""
    if before is not None:
        found = found.filter(pk__lt=before)
    listed = list(_loaded(found)[: PAGE + 1])
    rows = rows_of(listed[:PAGE])
    return rows, listed[PAGE - 1].pk if len(listed) > PAGE else None


def _loaded(found: QuerySet[AgentRun]) -> QuerySet[AgentRun]:
    """With what a row says of each."""
    steps = AgentTrace.objects.filter(run=OuterRef("pk")).order_by().values("run")
    tools = steps.filter(kind=_Kind.TOOL).annotate(count=Count("pk")).values("count")
    stopped = steps.filter(kind=_Kind.GUARD, result__ok=False).annotate(count=Count("pk")).values("count")
    return (
        found.select_related("conversation__lead")
        .defer("state", "instructions")
        .annotate(
            tools=Subquery(tools, output_field=IntegerField()),
            stopped=Subquery(stopped, output_field=IntegerField()),
        )
    )


def rows_of(listed: Collection[AgentRun]) -> list[Row]:
    """One query for the messages."""
    abouts = texts_of({run.message_id for run in listed if run.message_id})
    return [
        Row(
            run,
            badge_of(run, is_stopped=bool(run.stopped)),  # type: ignore[attr-defined]  # annotated
            abouts.get(run.message_id or 0, ""),
            run.tools or 0,  # type: ignore[attr-defined]  # annotated
            seconds_of(run),
            dollars_of(run),
        )
        for run in listed
    ]


def texts_of(message_ids: Collection[int]) -> dict[int, str]:
    """What the customers wrote; of messages that their senders deleted, nothing."""
    rows = Message.objects.filter(pk__in=message_ids, revoked_at=None)
    return {pk: text for pk, text in rows.values_list("pk", "text") if text}


def badge_of(run: AgentRun, *, is_stopped: bool = False) -> Badge:
    """Where the run stands, in the house's words."""
    if run.status == _Status.DONE and is_stopped:
        return Badge(pgettext("run", "blocked"), "bad")
    tone = {_Status.RUNNING: "live", _Status.WAITING: "warn", _Status.DONE: "ok", _Status.FAILED: "bad"}
    return Badge(str(run.get_status_display()), tone[_Status(run.status)])


def seconds_of(run: AgentRun) -> float | None:
    return (run.ended_at - run.started_at).total_seconds() if run.ended_at else None


def dollars_of(run: AgentRun) -> str:
    """What it cost; nothing for runs without a language model."""
    return f"${run.cost_cents / Decimal(100):.4f}" if run.cost_cents else ""


# --- what waits --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Waiting:
    """An approval with whose conversation it is about; `why`: what the run gave as the reason."""

    shown: ShownApproval
    may_decide: bool
    about: str


def approvals_waiting() -> list[Approval]:
    """Those that end first come first."""
    rows = Approval.objects.filter(status=Approval.Status.WAITING).select_related("run__conversation__lead")
    return list(rows.order_by("expires_at", "pk")[:WAITING_SHOWN])


def shown_approvals(rows: Collection[Approval], may_decide: Collection[int]) -> list[Waiting]:
    names = names_in([row.arguments for row in rows])
    abouts = texts_of({row.run.message_id for row in rows if row.run.message_id})
    return [Waiting(shown(row, names), row.pk in may_decide, abouts.get(row.run.message_id or 0, "")) for row in rows]


# --- one run -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Step:
    """One step. `tone`: ok done, warn refused or stopped, nothing for the rest."""

    row: AgentTrace
    title: str
    tone: str
    offset_s: float
    facts: list[Fact]
    outcome: str
    arguments: str
    result: str


@dataclass(frozen=True)
class Whole:
    """A run with all its steps."""

    run: AgentRun
    badge: Badge
    about: str
    steps: list[Step]
    seconds: float | None


def whole(run: AgentRun) -> Whole:
    """Three queries, beside those for names."""
    steps = list(run.steps.order_by("index"))
    names = names_in([step.arguments for step in steps])
    about = texts_of({run.message_id}).get(run.message_id, "") if run.message_id else ""
    is_stopped = any(step.kind == _Kind.GUARD and _result(step).get("ok") is False for step in steps)
    shown_steps = [_step(step, run.started_at, names) for step in steps]
    return Whole(run, badge_of(run, is_stopped=is_stopped), about, shown_steps, seconds_of(run))


def _result(step: AgentTrace) -> Mapping[str, Any]:
    return step.result if isinstance(step.result, Mapping) else {}


def _step(step: AgentTrace, began: datetime, names: Names) -> Step:
    arguments = step.arguments if isinstance(step.arguments, Mapping) else {}
    return Step(
        step,
        _title(step),
        _tone(step),
        max(0.0, (step.at - began).total_seconds()),
        facts_of(arguments, names) if step.kind in (_Kind.TOOL, _Kind.APPROVAL) else [],
        _outcome(step),
        as_json(step.arguments) if step.arguments else "",
        as_json(step.result) if step.result is not None else "",
    )


def _title(step: AgentTrace) -> str:
    match step.kind:
        case "tool":
            return title_of(step.name)
        case "guard":
            return _("Guard")
        case "approval":
            return _("Approval of: %(what)s") % {"what": title_of(step.name)}
        case "reply":
            return _("Answer to the customer")
    return _("Language model")


def _tone(step: AgentTrace) -> str:
    if step.kind == _Kind.REPLY:
        return "ok"
    if _result(step).get("ok") is False:
        return "warn"
    return "ok" if step.kind == _Kind.TOOL else ""


def _outcome(step: AgentTrace) -> str:
    """What came of it in a word, where the details do not say it better."""
    result = _result(step)
    if step.kind == _Kind.GUARD:
        return guard_in_words(str(result.get("reason") or step.name))
    if step.kind == _Kind.APPROVAL and (why := result.get("why")):
        return _(str(why))
    if result.get("ok") is False and (code := str(result.get("error") or "")):
        return refusal_in_words(code) or code
    return ""


def replays_of(run: AgentRun) -> list[AgentRun]:
    return list(run.replays.defer("state").order_by("-pk")[:PAGE])


def engines() -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in AgentRun.Engine.choices]
