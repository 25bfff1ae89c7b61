"""The record of a call: every event and the actions it caused, and the proof that they belong together."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import msgspec

from calls.conversation.actions import AnyAction
from calls.conversation.events import AnyEvent


class Step(msgspec.Struct, frozen=True, gc=False):  # a call keeps thousands; walking them would stop the audio
    event: AnyEvent
    actions: tuple[AnyAction, ...]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Step)


@cache
def core_version() -> str:
    """Fingerprint of the conversation core's source: logs of another one may replay differently."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for file in sorted(folder.glob("*.py")):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


class Journal:
    """Collects steps during a call. Encoding waits until the end, off the audio path."""

    def __init__(self) -> None:
        self._steps: list[Step] = []

    def add(self, event: AnyEvent, actions: list[AnyAction]) -> None:
        self._steps.append(Step(event, tuple(actions)))

    def packed(self) -> bytes:
        """The whole log: one JSON object a line, gzip-compressed."""
        return gzip.compress(b"\n".join(_encoder.encode(step) for step in self._steps), mtime=0)


def unpack(data: bytes) -> Iterator[Step]:
    """Steps of a packed log, in order. Raises ValueError if it is damaged."""
    try:
        lines = gzip.decompress(data).split(b"\n")
    except (OSError, EOFError) as error:
        raise ValueError("the event log is damaged") from error
    for line in lines:
        if line:
            try:
                yield _decoder.decode(line)
            except msgspec.MsgspecError as error:
                raise ValueError("the event log holds a step of another version") from error


def encode_actions(actions: Sequence[AnyAction]) -> bytes:
    """Actions as bytes, for comparing a replay with its record."""
    return _encoder.encode(list(actions))
