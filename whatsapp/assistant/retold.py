"""A dialog that can be told again: it is kept as what it was told, and only what comes new leads to deeds."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from calls.conversation.dialog import Dialog
from calls.conversation.events import CallFacts, KnownAppointment, Reading, SlotAnswer
from calls.conversation.moves import Move

logger = logging.getLogger(__name__)


@dataclass
class Told:
    """A dialog and everything it was told, in order."""

    facts: CallFacts
    inputs: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dialog = Dialog(self.facts)

    def tell(self, what: str, value: Any, today: date, **more: bool) -> list[Move]:
        self.inputs.append({"what": what, "value": msgspec.to_builtins(value), "today": today.isoformat(), **more})
        return self._apply(what, value, today, **more)

    def _apply(self, what: str, value: Any, today: date, **more: bool) -> list[Move]:
        match what:
            case "read":
                return self.dialog.read(value, today=today, is_question=more["is_question"])
            case "checked":
                return self.dialog.slot_checked(value, today=today)
            case "found":
                return self.dialog.appointments_found(value, ok=more["ok"], today=today)
        return self.dialog.booking_answered(value, today=today)

    def kept(self) -> list[Any]:
        """As `Conversation.dialog` holds it."""
        return [msgspec.to_builtins(self.facts), *self.inputs]

    @classmethod
    def again(cls, kept: Sequence[Any]) -> Told | None:
        """The dialog as it stood; None if it cannot be told again, as after a change of its words."""
        types: dict[str, Any] = {"read": Reading, "found": tuple[KnownAppointment, ...]}
        try:
            facts, *inputs = kept
            told = cls(msgspec.convert(facts, CallFacts, strict=False))
            for each in inputs:
                value: Any = msgspec.convert(each["value"], types.get(each["what"], SlotAnswer), strict=False)
                more = {key: each[key] for key in ("is_question", "ok") if key in each}
                told._apply(each["what"], value, date.fromisoformat(each["today"]), **more)
        except (msgspec.ValidationError, KeyError, TypeError, ValueError, AssertionError):
            logger.warning("A dialog could not be told again; it begins anew")
            return None
        told.inputs = list(inputs)
        return told
