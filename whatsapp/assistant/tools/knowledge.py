"""What the business answers to everybody."""

from __future__ import annotations

from pydantic import Field

from faq.services import match
from whatsapp.assistant.actor import Permission
from whatsapp.assistant.tools.base import Arguments, Json, Tool, Work


class Lookup(Arguments):
    question: str = Field(description="The customer's question, in their words.")


def _lookup(work: Work, asked: Lookup) -> Json:
    found = match(
        business=work.actor.business, text=asked.question, now=work.now, medium=work.actor.conversation.medium
    )
    if found.entry is None:
        return {"ok": True, "answer": None}
    return {"ok": True, "answer": found.answer, "entry_id": found.entry.pk}


TOOLS = (
    Tool(
        "faq.lookup",
        "The business's own answer to a question. Null: nobody knows; say that you will ask and hand it over.",
        Lookup,
        Permission.KNOWLEDGE,
        _lookup,
    ),
)
