"""What a tool is: a name, arguments of a strict shape, the right it needs, and the service it calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from whatsapp.assistant.actor import Actor, Permission

if TYPE_CHECKING:
    from crm.models import Lead
    from whatsapp.assistant.ledger import Ledger

Json = dict[str, Any]


class Arguments(BaseModel):
    """Every field is required, as strict schemas want it; what may be left open is None."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


@dataclass
class Work:
    """What a tool has at hand. `key` names this very call: done twice under it, it is done once."""

    actor: Actor
    now: datetime
    key: str
    ledger: Ledger

    @property
    def lead(self) -> Lead:
        return self.actor.lead


Perform = Callable[[Work, Any], Json]


def _never(work: Work, arguments: Any) -> str:
    return ""


@dataclass(frozen=True)
class Tool:
    """`perform` answers with data and never with an exception that it expects.

    `has_effects`: it changes something, so it is done once, and only while the assistant is the one who answers.
    `why_approve` says why a person has to allow the call; empty where nobody has to.
    """

    name: str
    description: str
    arguments: type[Arguments]
    permission: Permission
    perform: Perform
    has_effects: bool = False
    costs_money: bool = False
    why_approve: Callable[[Work, Any], str] = field(default=_never)

    @property
    def wire_name(self) -> str:
        """Providers allow no point in the name of a function."""
        return self.name.replace(".", "_")

    def read(self, given: Json) -> Arguments:
        """The arguments; what was left out of those that may be empty is. Raises pydantic's ValidationError."""
        return self.arguments.model_validate(dict.fromkeys(self.arguments.model_fields) | given)


def refused(code: str, **more: Any) -> Json:
    """The answer of a tool that did nothing."""
    return {"ok": False, "error": code, **more}
