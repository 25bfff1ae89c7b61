"""Runs that go on after a person's word, and runs that are tried again against other instructions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import translation
from django.utils.translation import gettext as _

from crm.tenancy import for_business, for_everyone
from whatsapp.assistant import lease as leases
from whatsapp.assistant.answering import toolbox_of
from whatsapp.assistant.asking import ask_person
from whatsapp.assistant.finishing import Ending, Place, close_run, finish
from whatsapp.assistant.guardrails import false_claim, instead_of
from whatsapp.assistant.history import history
from whatsapp.assistant.instructions import compose, version
from whatsapp.assistant.rules import Rules
from whatsapp.assistant.scene import load_scene
from whatsapp.assistant.toolbox import LeaseLost, signature
from whatsapp.assistant.trace import Kind, Trace
from whatsapp.assistant.turn import Turn, turn_of
from whatsapp.assistant.wording import PASSED_ON
from whatsapp.models import AgentRun, AgentTrace, Approval, Message

_Decided = Approval.Status
_LONGEST = timedelta(minutes=10)  # that a run may take, with room to spare
_NOBODY = "nobody of the team decided in time"


def decided(limit: int = 50) -> list[tuple[int, int]]:
    """(business id, run id) of runs that wait for nobody any more. Over all businesses."""
    with for_everyone("a sweep over all businesses"):
        open_ones = Approval.objects.filter(run=OuterRef("pk"), status=_Decided.WAITING)
        rows = AgentRun.objects.filter(~Exists(open_ones), status=AgentRun.Status.WAITING)
        return list(rows.order_by("pk").values_list("business_id", "pk")[:limit])


def close_lost(now: datetime) -> int:
    """Runs whose worker died and whose conversation went on without them; how many. Over all businesses."""
    with for_everyone("a sweep over all businesses"):
        rows = AgentRun.objects.filter(status=AgentRun.Status.RUNNING, started_at__lt=now - _LONGEST)
        return rows.update(status=AgentRun.Status.FAILED, error="worker_lost", ended_at=now)


def resume(business_id: int, run_id: int, *, now: datetime) -> bool:
    """Go on where the run stopped; False where it does not wait, or somebody answers right now. Safe to run twice."""
    with for_business(business_id):
        rows = AgentRun.objects.filter(pk=run_id, status=AgentRun.Status.WAITING)
        run = rows.select_related("conversation__business", "conversation__lead", "conversation__channel").first()
        if run is None or run.approvals.filter(status=_Decided.WAITING).exists():
            return False
        lease = leases.claim_any(run.conversation_id, now)
        if lease is None:
            return False
        if run.ended_at is not None or not rows.filter(pk=run.pk).exists():  # another worker was here
            leases.drop(run.conversation_id, lease)
            return False
        return Resuming(run, lease, now).work()


class Resuming:
    """The rest of a run, after the decisions on its calls."""

    def __init__(self, run: AgentRun, lease: UUID, now: datetime) -> None:
        self.run, self.now = run, now
        self.conversation = run.conversation
        self.trace = Trace(run, now)
        self.turn = _turn_of_run(run)
        self.approvals = list(run.approvals.order_by("pk"))
        purpose = f"run:{run.pk}:{len(self.approvals)}"
        self.place = Place(self.conversation, lease, self.trace, None, purpose)
        self.scene = load_scene(self.conversation, now)
        self.tools = toolbox_of(
            self.conversation, self.scene, self.trace, now=now, anchor=self.turn.oldest, lease=lease, kin=[run.pk]
        )

    def work(self) -> bool:
        self._note_decisions()
        try:
            ending = self._thought() or self._done_directly()
        except LeaseLost:
            return False  # it waits still; the sweep comes back to it
        return finish(self.place, ending, now=self.trace.moment())

    def _note_decisions(self) -> None:
        known = set(self.run.steps.filter(kind=Kind.APPROVAL).values_list("result__approval", flat=True))
        for each in self.approvals:
            if each.pk not in known and each.status != _Decided.WAITING:
                told = {"ok": _is_allowed(each), "status": each.status, "reason": each.reason, "approval": each.pk}
                self.trace.step(Kind.APPROVAL, each.tool, arguments=each.edited or each.arguments, result=told)

    def _thought(self) -> Ending | None:
        """As the run itself goes on, where it still can: the same definition of the assistant, and a provider."""
        same = self.run.version == version() and self.run.state
        if not same or not (settings.AGENTS_ENABLED and settings.OPENAI_API_KEY):
            return None
        from whatsapp.assistant.thinking import NoAnswer, Thinker  # noqa: PLC0415 -- 60 MB that only a key needs

        thinker = Thinker(self.scene, self.tools, self.run, self.run.instructions, [])
        decisions = {each.call_id: None if _is_allowed(each) else _why_not(each) for each in self.approvals}
        try:
            thought = thinker.go_on(self.run.state, decisions)
        except NoAnswer as failure:
            self.trace.guard(failure.reason)
            return None
        if thought.waits_for:
            return ask_person(self.run, self.tools, thought, self.turn.language, now=self.now)
        return Ending(thought.text, hand_over=self.tools.hand_over)

    def _done_directly(self) -> Ending:
        """By an older definition, or without a provider: what was allowed is done, once, and told."""
        allowed = [each for each in self.approvals if _is_allowed(each)]
        results = [self.tools.call(each.tool, each.edited or each.arguments, each.call_id) for each in allowed]
        self.run.version = version()
        with translation.override(self.turn.language):
            if results and all(result.get("ok") for result in results):
                text = _("The team approved it, and it was done.")
            elif results or any(each.status == _Decided.EXPIRED for each in self.approvals):
                self._pass_on()
                text = _(PASSED_ON)
            else:
                text = _("The team did not approve this. Is there anything else?")
        if (verdict := false_claim(text, self.tools)) is not None:
            text = instead_of(verdict, self.tools, self.turn.language)
        return Ending(text, hand_over=self.tools.hand_over)

    def _pass_on(self) -> None:
        self.tools.call("handoff.to_staff", {"reason": "בקשה שחיכתה לאישור ולא בוצעה", "keep_talking": True})


def replay(*, run: AgentRun, instructions: str, now: datetime) -> AgentRun:
    """The same messages answered under other instructions of the owner's. It does nothing and sends nothing."""
    with for_business(run.business_id):
        rows = AgentRun.objects.select_related("conversation__business", "conversation__lead")
        original = rows.get(pk=run.pk)
        return _Replay(original, instructions, now).work()


class _Replay:
    def __init__(self, original: AgentRun, words: str, now: datetime) -> None:
        self.conversation, self.now = original.conversation, now
        self.turn = _turn_of_run(original)
        self.scene = load_scene(self.conversation, now, owner_prompt=words)
        self.run = AgentRun.objects.create(
            conversation=self.conversation,
            message_id=original.message_id,
            engine=AgentRun.Engine.RULES,
            version=version(),
            instructions=compose(self.scene),
            started_at=now,
            replay_of=original,
        )
        self.trace = Trace(self.run, now)
        self.tools = toolbox_of(
            self.conversation,
            self.scene,
            self.trace,
            now=now,
            anchor=self.turn.oldest,
            lease=None,
            kin=[self.run.pk],
            recorded=_recorded(original),
        )

    def work(self) -> AgentRun:
        text = self._thought() if settings.AGENTS_ENABLED and settings.OPENAI_API_KEY else None
        if text is None:
            self.run.engine = AgentRun.Engine.RULES
            text = Rules(self.scene, self.tools, [], None).answer(self.turn).text
        self.run.answer = text
        self.trace.step(Kind.REPLY, "answer", result={"ok": False, "text": text})
        close_run(self.run, AgentRun.Status.DONE, now=self.trace.moment())
        return self.run

    def _thought(self) -> str | None:
        from whatsapp.assistant.thinking import NoAnswer, Thinker  # noqa: PLC0415 -- 60 MB that only a key needs

        self.run.engine = AgentRun.Engine.MODEL
        items = history(self.conversation, before=self.turn.oldest, now=self.now)
        try:
            thought = Thinker(self.scene, self.tools, self.run, self.run.instructions, items).answer(self.turn.text)
        except NoAnswer as failure:
            self.trace.guard(failure.reason)
            return None
        return thought.text


# --- a run's own messages ------------------------------------------------------------------------------
def _turn_of_run(run: AgentRun) -> Turn:
    """What it answers: the customer's messages up to its own, after those that were answered before."""
    newest = run.message_id or 0
    said = Message.objects.filter(conversation=run.conversation, pk__lte=newest)
    before = said.filter(direction=Message.Direction.OUT).order_by("-pk").values_list("pk", flat=True).first() or 0
    theirs = said.filter(direction=Message.Direction.IN, pk__gt=before).select_related("media").order_by("pk")
    return turn_of(list(theirs)) or Turn(newest, newest, "")


def _recorded(original: AgentRun) -> dict[str, dict[str, Any]]:
    steps: Sequence[AgentTrace] = list(original.steps.filter(kind=Kind.TOOL).order_by("index"))
    return {signature(step.name, step.arguments): dict(step.result) for step in steps if isinstance(step.result, dict)}


def _is_allowed(approval: Approval) -> bool:
    return approval.status in (_Decided.APPROVED, _Decided.EDITED)


def _why_not(approval: Approval) -> str:
    if approval.status == _Decided.EXPIRED:
        return f"Not done: {_NOBODY}. Say that the team will get back, and hand it over."
    return f"Not done: the team refused. Their reason, for you: {approval.reason or 'none given'}"
