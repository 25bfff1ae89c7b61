"""A run that must not go on without a person: what is asked of them, and what the customer is told meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from whatsapp.assistant.finishing import Ending
from whatsapp.assistant.toolbox import Toolbox
from whatsapp.assistant.trace import Kind
from whatsapp.models import AgentRun, Approval

if TYPE_CHECKING:
    from whatsapp.assistant.thinking import Thought

DECIDED_WITHIN = timedelta(hours=4)


def ask_person(run: AgentRun, tools: Toolbox, thought: Thought, language: str, *, now: datetime) -> Ending:
    """Write down what has to be allowed. The customer hears once that somebody is asked."""
    run.state = thought.state
    for call in thought.waits_for:
        Approval.objects.get_or_create(
            run=run,
            call_id=call.call_id[:80],
            defaults={
                "tool": call.name,
                "arguments": call.arguments,
                "asked_at": now,
                "expires_at": now + DECIDED_WITHIN,
            },
        )
        why = tools.why_approve(call.name, call.arguments)
        tools.trace.step(Kind.APPROVAL, call.name, arguments=call.arguments, result={"ok": None, "why": why})
    with translation.override(language):
        text = _("This needs the team's approval. Once they have decided, the answer will come here.")
    return Ending(text, waits=True)
