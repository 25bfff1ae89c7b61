"""Runs a recorded call through the core once more and says where it would act differently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from calls.conversation.journal import Step, encode_actions
from calls.conversation.machine import Conversation


@dataclass(frozen=True)
class Difference:
    """One event whose actions differ: the recorded and the replayed ones, encoded."""

    position: int
    event: str
    at_ms: int
    recorded: bytes
    replayed: bytes


def differences(steps: Iterable[Step]) -> Iterator[Difference]:
    """Every step whose replayed actions are not byte for byte the recorded ones."""
    conversation = Conversation()
    for position, step in enumerate(steps):
        replayed = encode_actions(conversation.handle(step.event))
        recorded = encode_actions(step.actions)
        if replayed != recorded:
            yield Difference(position, type(step.event).__name__, step.event.at_ms, recorded, replayed)
