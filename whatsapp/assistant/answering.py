"""From a customer's messages to one answer.

The conversation is claimed for a minute; all that was not answered yet is one turn; the surest engine that has an
answer gives it: a ready answer of the business, the language model, the rules. Then one transaction sends it, if the
conversation is still ours. Killed anywhere in between, the work is done again, and deeds are found done.
"""

from __future__ import annotations

import logging
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from crm.tenancy import for_business
from faq.models import FaqEntry
from faq.services import match, note_answered
from whatsapp.assistant import lease as leases
from whatsapp.assistant.actor import customer_of
from whatsapp.assistant.asking import ask_person
from whatsapp.assistant.finishing import GIVEN_UP_AFTER, Ending, Place, close_run, finish
from whatsapp.assistant.guardrails import false_claim, instead_of
from whatsapp.assistant.history import history
from whatsapp.assistant.instructions import compose, version
from whatsapp.assistant.ledger import Ledger, deeds_so_far
from whatsapp.assistant.rules import Rules
from whatsapp.assistant.scene import Scene, load_scene
from whatsapp.assistant.spending import may_spend
from whatsapp.assistant.toolbox import LeaseLost, Toolbox
from whatsapp.assistant.tools.base import Work
from whatsapp.assistant.tools.calendar import standing
from whatsapp.assistant.trace import Kind, Trace
from whatsapp.assistant.turn import Turn, is_being_heard, turn_of, unanswered
from whatsapp.assistant.wording import PASSED_ON
from whatsapp.models import AgentRun, Conversation

logger = logging.getLogger(__name__)
Engine = AgentRun.Engine
pending = leases.pending


class Outcome(StrEnum):
    """What became of a look at a conversation."""

    NOTHING = "nothing"  # nobody waits in it, or somebody else answers
    ANSWERED = "answered"
    SILENT = "silent"  # dealt with, and nothing to say
    WAITING = "waiting"  # for a transcript, or for a person's word
    LOST = "lost"  # somebody stepped in; nothing was sent


def answer_conversation(business_id: int, conversation_id: int, *, now: datetime) -> Outcome:
    """Answer whoever waits in this conversation. Safe to run twice and at once."""
    with for_business(business_id):
        lease = leases.claim(conversation_id, now)
        if lease is None:
            return Outcome.NOTHING
        rows = Conversation.objects.select_related("business", "lead", "channel")
        return _answer(rows.get(pk=conversation_id), lease, now)


def _answer(conversation: Conversation, lease: UUID, now: datetime) -> Outcome:
    messages = unanswered(conversation)
    if is_being_heard(messages, now):
        leases.drop(conversation.pk, lease)
        return Outcome.WAITING
    turn = turn_of(messages)
    if turn is None:
        newest = messages[-1].pk if messages else conversation.answered_to
        _let_be(conversation, lease, newest)
        return Outcome.SILENT
    waiting = AgentRun.objects.filter(conversation=conversation, status=AgentRun.Status.WAITING).exists()
    found = match(business=conversation.business, text=turn.text, now=now, medium=conversation.medium)
    if waiting and found.entry is None:
        leases.drop(conversation.pk, lease)
        return Outcome.WAITING
    answering = Answering(conversation, lease, turn, now)
    try:
        ending = answering.ready(found.entry, found.answer) if found.entry else answering.worked_out()
    except LeaseLost:
        close_run(answering.run, AgentRun.Status.FAILED, error="taken_over", now=now)
        return Outcome.LOST
    if not finish(answering.place, ending, now=answering.trace.moment()):
        return Outcome.LOST
    if ending.waits:
        return Outcome.WAITING
    return Outcome.ANSWERED if ending.text else Outcome.SILENT


def _let_be(conversation: Conversation, lease: UUID, newest: int) -> None:
    """There is nothing to answer: all was taken back, or dealt with by the staff."""
    Conversation.objects.filter(pk=conversation.pk, lease=lease).update(
        lease=None, leased_until=None, pending_since=None, answered_to=max(newest, conversation.answered_to)
    )


class Answering:
    """The work on one turn."""

    def __init__(self, conversation: Conversation, lease: UUID, turn: Turn, now: datetime) -> None:
        self.conversation, self.turn, self.now = conversation, turn, now
        earlier = AgentRun.objects.filter(
            conversation=conversation, message_id__gte=turn.oldest, replay_of=None
        ).exclude(status=AgentRun.Status.WAITING)
        earlier.filter(status=AgentRun.Status.RUNNING).update(
            status=AgentRun.Status.FAILED, error="worker_lost", ended_at=now
        )
        kin = list(earlier.values_list("pk", flat=True))
        self.run = AgentRun.objects.create(
            conversation=conversation,
            message_id=turn.newest,
            engine=Engine.RULES,
            version=version(),
            started_at=now,
        )
        self.trace = Trace(self.run, now)
        self.place = Place(conversation, lease, self.trace, turn.newest)
        self._attempts = len(kin)
        self._lease, self._kin = lease, [*kin, self.run.pk]

    # --- engines ----------------------------------------------------------------------------------------
    def ready(self, entry: FaqEntry, answer: str) -> Ending:
        """The business's own words, without further thought."""
        self._by(Engine.FAQ)
        result = {"ok": True, "answer": answer, "entry_id": entry.pk}
        self.trace.step(Kind.TOOL, "faq.lookup", arguments={"question": self.turn.text[:500]}, result=result)
        note_answered(entry=entry, now=self.now)
        return Ending(answer, entry=entry)

    def worked_out(self) -> Ending:
        """By the model if there is one and it may be asked, else by the rules."""
        if self._attempts >= GIVEN_UP_AFTER:
            logger.error("Messages could not be answered", extra={"conversation_id": self.conversation.pk})
            return self._given_up()
        scene = load_scene(self.conversation, self.now)
        tools = self._tools(scene)
        if self._may_think() and (ending := self._thought(scene, tools)) is not None:
            return ending
        return self._by_rules(scene, tools)

    def _may_think(self) -> bool:
        if not (settings.AGENTS_ENABLED and settings.OPENAI_API_KEY) or not self.turn.text.strip():
            return False
        if self.turn.is_emoji:
            return False
        if may_spend(self.conversation, self.now):
            return True
        self.trace.guard("spend")
        return False

    def _thought(self, scene: Scene, tools: Toolbox) -> Ending | None:
        """The model's answer; None where it has none that may be sent."""
        from whatsapp.assistant.thinking import NoAnswer, Thinker  # noqa: PLC0415 -- 60 MB that only a key needs

        self._by(Engine.MODEL)
        self.run.instructions = compose(scene)
        self.run.save(update_fields=["instructions"])
        items = history(self.conversation, before=self.turn.oldest, now=self.now)
        try:
            thought = Thinker(scene, tools, self.run, self.run.instructions, items).answer(self.turn.text)
        except NoAnswer as failure:
            if failure.reason != "truth":  # the guard has told of that itself
                self.trace.guard(failure.reason)
            self._by(Engine.RULES)
            return None
        if thought.waits_for:
            return ask_person(self.run, tools, thought, self.turn.language, now=self.now)
        return Ending(thought.text, dialog=[], hand_over=tools.hand_over)

    def _by_rules(self, scene: Scene, tools: Toolbox) -> Ending:
        rules = Rules(scene, tools, self.conversation.dialog, self.conversation.dialog_at)
        reply = rules.answer(self.turn)
        text = reply.text
        if text and (verdict := false_claim(text, tools)) is not None:
            logger.error("A sentence of the rules was stopped", extra={"run_id": self.run.pk, "claim": verdict.kind})
            text = instead_of(verdict, tools, self.turn.language)
        return Ending(text, dialog=reply.dialog, hand_over=tools.hand_over, opts_out=reply.opts_out)

    def _given_up(self) -> Ending:
        """Something about these messages breaks every attempt; a person looks at them."""
        with translation.override(self.turn.language):
            return Ending(_(PASSED_ON), dialog=[], hand_over="העוזר לא הצליח לענות להודעות האחרונות")

    # --- what they work with ----------------------------------------------------------------------------
    def _by(self, engine: Engine) -> None:
        self.run.engine = engine
        self.run.save(update_fields=["engine"])

    def _tools(self, scene: Scene) -> Toolbox:
        return toolbox_of(
            self.conversation,
            scene,
            self.trace,
            now=self.now,
            anchor=self.turn.oldest,
            lease=self._lease,
            kin=self._kin,
        )


def toolbox_of(
    conversation: Conversation,
    scene: Scene,
    trace: Trace,
    *,
    now: datetime,
    anchor: int,
    lease: UUID | None,
    kin: list[int],
    recorded: dict[str, dict[str, object]] | None = None,
) -> Toolbox:
    """The customer's tools, with a ledger that knows what they have and what was done for them lately."""
    ledger = Ledger(scene.facts, scene.today)
    actor = customer_of(conversation)
    rows = list(standing(Work(actor, now, "", ledger)))
    zone = conversation.business.timezone
    deeds_so_far(ledger, conversation, {row.pk: row.starts_at for row in rows}, now)
    for row in rows:
        ledger.knows(row.starts_at.astimezone(zone), row.customer_name)
    return Toolbox(actor, ledger, trace, now=now, anchor=anchor, lease=lease, kin=kin, recorded=recorded)
