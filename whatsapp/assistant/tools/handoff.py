"""A person is needed."""

from __future__ import annotations

from pydantic import Field

from crm.services import add_follow_up
from crm.words import one_line
from whatsapp.assistant.actor import Permission
from whatsapp.assistant.tools.base import Arguments, Json, Tool, Work

LONGEST = 200


class ToStaff(Arguments):
    reason: str = Field(description="What it is about, for the staff, in Hebrew, one short sentence.")
    keep_talking: bool | None = Field(
        description="True: you go on answering, a person only gets back about this. Null or false: a person takes over."
    )


def _hand_over(work: Work, asked: ToStaff) -> Json:
    """The promise is kept by a follow-up; one that comes with the whole conversation is made as that changes hands."""
    if asked.keep_talking:
        add_follow_up(
            business=work.actor.business,
            lead=work.lead,
            reason=reason_of(asked.reason),
            due_at=work.now,
            key=f"conversation:{work.actor.conversation.pk}:{work.key[-16:]}",
        )
    return {"ok": True}


def reason_of(words: str) -> str:
    """Fit for a follow-up."""
    return one_line(words)[:LONGEST].rstrip() or "בקשה מהודעה"


TOOLS = (
    Tool(
        "handoff.to_staff",
        "Pass the matter on to a person of the business, who gets back to the customer here.",
        ToStaff,
        Permission.HAND_OVER,
        _hand_over,
        has_effects=True,
    ),
)
