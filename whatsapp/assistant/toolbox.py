"""The tools as an engine gets them: bound to one actor and one message, each call checked, done once and written down.

A deed and the row that tells of it are one transaction, so a run that is repeated after its worker died finds what was
done. Whoever lost the conversation meanwhile does nothing more in it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from pydantic import ValidationError

from whatsapp.assistant.actor import Actor
from whatsapp.assistant.ledger import Ledger
from whatsapp.assistant.tools import registry
from whatsapp.assistant.tools.base import Arguments, Json, Tool, Work, refused
from whatsapp.assistant.tools.handoff import reason_of
from whatsapp.assistant.trace import Kind, Trace
from whatsapp.models import AgentTrace, Approval, Conversation

logger = logging.getLogger(__name__)

ALLOWED = (Approval.Status.APPROVED, Approval.Status.EDITED)


class LeaseLost(Exception):
    """Somebody else answers this conversation now."""


class Toolbox:
    """`anchor`: the customer's oldest message that is being answered; with tool and arguments it names a call.

    `kin`: the runs about the same messages, this one last. `recorded`: results to answer with instead of doing
    anything, by name and arguments; a replay has them.
    """

    def __init__(
        self,
        actor: Actor,
        ledger: Ledger,
        trace: Trace,
        *,
        now: datetime,
        anchor: int,
        lease: UUID | None = None,
        kin: Sequence[int] = (),
        recorded: Mapping[str, Json] | None = None,
    ) -> None:
        self.actor, self.ledger, self.trace, self.now = actor, ledger, trace, now
        self.calls = 0
        self.promised = False  # a person of the staff gets back to the customer
        self.hand_over = ""  # why the conversation goes to the staff with the answer
        self._anchor, self._lease, self._recorded = anchor, lease, recorded
        self._kin = list(kin) or [trace.run.pk]

    @property
    def is_replay(self) -> bool:
        return self._recorded is not None

    def call(self, name: str, given: Any, call_id: str = "") -> Json:
        """What the tool answers. Raises LeaseLost."""
        began = time.monotonic()
        self.calls += 1
        tool = registry.tool(name)
        if tool is None:
            return self._answered(name, given, refused("unknown_tool"), began)
        try:
            asked = tool.read(given)
        except (ValidationError, TypeError) as error:
            return self._answered(name, given, refused("bad_arguments", fields=_wrong_fields(error)), began)
        if not self.actor.may(tool.permission):
            self.trace.guard("permission", tool=name)
            return self._answered(name, asked.model_dump(), refused("permission"), began)
        try:
            return self._performed(tool, asked, call_id, began)
        except LeaseLost:
            raise
        except Exception:  # a tool's outermost door: the answer goes on without it, whatever happened
            logger.exception("A tool of the assistant failed", extra={"tool": name, "run_id": self.trace.run.pk})
            return self._answered(name, asked.model_dump(), refused("failure"), began)

    def why_approve(self, name: str, given: Any) -> str:
        """Why a person has to allow this call; empty where it may be done, or is refused anyway."""
        tool = registry.tool(name)
        if tool is None or self.is_replay or not self.actor.may(tool.permission):
            return ""
        try:
            asked = tool.read(given)
        except (ValidationError, TypeError):
            return ""
        return tool.why_approve(self._work(tool, asked), asked)

    # --- steps ------------------------------------------------------------------------------------------
    def _performed(self, tool: Tool, asked: Arguments, call_id: str, began: float) -> Json:
        if self._recorded is not None:
            return self._rehearsed(tool, asked, began)
        if (why := tool.why_approve(self._work(tool, asked), asked)) != "":
            approval = self._approval(tool, call_id)
            if approval is None:
                return self._answered(tool.name, asked.model_dump(), refused("needs_approval", why=why), began)
            if approval.status == Approval.Status.EDITED:
                asked = tool.read(approval.edited or {})
        if not tool.has_effects:
            # A run that is repeated is told what the first one was told, so that it comes to the same words.
            found = self._earlier(tool, asked, self._kin[:-1]) or tool.perform(self._work(tool, asked), asked)
            return self._answered(tool.name, asked.model_dump(), found, began)
        with transaction.atomic():
            self._hold_lease()
            result = self._earlier(tool, asked, self._kin)
            if result is None:
                result = tool.perform(self._work(tool, asked), asked)
            return self._answered(tool.name, asked.model_dump(), result, began)

    def _rehearsed(self, tool: Tool, asked: Arguments, began: float) -> Json:
        """As it went the first time; else reading tools read, and the others pretend."""
        assert self._recorded is not None
        result = self._recorded.get(signature(tool.name, asked.model_dump()))
        if result is None:
            result = (
                {"ok": True, "rehearsal": True} if tool.has_effects else tool.perform(self._work(tool, asked), asked)
            )
        return self._answered(tool.name, asked.model_dump(), result, began)

    def _hold_lease(self) -> None:
        if self._lease is None:
            return
        rows = Conversation.objects.select_for_update(no_key=True).filter(
            pk=self.actor.conversation.pk, lease=self._lease
        )
        if not list(rows.values_list("pk")):
            raise LeaseLost

    def _earlier(self, tool: Tool, asked: Arguments, runs: Sequence[int]) -> Json | None:
        """What the same call answered when these messages were worked on before."""
        if not runs:
            return None
        rows = AgentTrace.objects.filter(
            run__in=runs, kind=Kind.TOOL, name=tool.name, arguments=asked.model_dump(), result__ok=True
        )
        step = rows.order_by("pk").first()
        return dict(step.result) if step is not None and isinstance(step.result, dict) else None

    def _approval(self, tool: Tool, call_id: str) -> Approval | None:
        if not call_id:
            return None
        return Approval.objects.filter(run__in=self._kin, tool=tool.name, call_id=call_id, status__in=ALLOWED).first()

    def _work(self, tool: Tool, asked: Arguments) -> Work:
        about = f"{self.actor.conversation.pk}:{self._anchor}:{signature(tool.name, asked.model_dump())}"
        return Work(self.actor, self.now, hashlib.sha256(about.encode()).hexdigest()[:40], self.ledger)

    def _answered(self, name: str, given: Any, result: Json, began: float) -> Json:
        asked = given if isinstance(given, dict) else {"given": str(given)[:500]}
        self.trace.step(Kind.TOOL, name, arguments=asked, result=result, ms=round((time.monotonic() - began) * 1000))
        self.ledger.note(name, asked, result)
        if result.get("error") == "permission" and registry.tool(name) is not None:
            logger.info("The assistant was asked for what it may not do", extra={"tool": name})
        if name == "handoff.to_staff" and result.get("ok"):
            self.promised = True
            if not asked.get("keep_talking"):
                self.hand_over = reason_of(str(asked.get("reason", "")))
        return result


def signature(name: str, asked: Mapping[str, Any]) -> str:
    """The same for the same call."""
    return f"{name}:{json.dumps(asked, sort_keys=True, ensure_ascii=False)}"


def _wrong_fields(error: ValidationError | TypeError) -> list[str]:
    return [str(each["loc"][0]) for each in error.errors() if each["loc"]] if isinstance(error, ValidationError) else []
