"""What to do: everything the conversation can ask of its shell, in the order it must be done."""

from __future__ import annotations

import msgspec


class Action(msgspec.Struct, frozen=True, tag=True, gc=False):
    pass


# --- to the provider ---------------------------------------------------------------------------------
class CreateResponse(Action, frozen=True):
    """Ask for one spoken reply. `intent_id` goes out as event id and as metadata, and comes back."""

    intent_id: str


class AddServerItem(Action, frozen=True):
    """Put a `[SERVER] …` system message into the conversation."""

    item_id: str
    text: str


class AddCallerItem(Action, frozen=True):
    """Tell the provider what the caller wrote; what they say it hears itself."""

    item_id: str
    text: str


class AddHistoryItem(Action, frozen=True):
    """Tell a new session what was said before it: `speaker` is caller, assistant or server."""

    item_id: str
    speaker: str
    text: str


class OpenSession(Action, frozen=True):
    """Connect and configure a new session; the old one, if it lives, serves until then."""

    number: int


class SetPatience(Action, frozen=True):
    """How long a pause ends the caller's turn from now on."""

    silence_ms: int


class DeleteItem(Action, frozen=True):
    """Take an utterance that was no utterance (a click, a breath) out of the provider's conversation."""

    item_id: str


class CancelResponse(Action, frozen=True):
    response_id: str


class TruncateReply(Action, frozen=True):
    """Tell the provider how much of its reply was heard."""

    item_id: str
    content_index: int
    heard_ms: int


class DiscardReply(Action, frozen=True):
    """Drop audio of this response that may still arrive."""

    response_id: str


# --- to the carrier ----------------------------------------------------------------------------------
class PausePlayback(Action, frozen=True):
    """Stop sending, clear the carrier's buffer, keep what was not heard. Marks carry `generation` from now on."""

    generation: int


class ResumePlayback(Action, frozen=True):
    """Go on from `from_ms` of `item_id`; items before it are over. Without an id, with whatever comes next."""

    generation: int
    item_id: str
    from_ms: int


class StopPlayback(Action, frozen=True):
    """Stop sending, clear the carrier's buffer, forget what was queued."""

    generation: int


class PlayLine(Action, frozen=True):
    """Speak a line without the provider. `key` and the names of `values` are those of `calls.voice.lines`."""

    item_id: str
    key: str
    values: dict[str, str] = {}


class HandOver(Action, frozen=True):
    """Give the caller to a person (transfer) or to the machine that takes messages (voicemail)."""

    to: str
    topic: str = ""


class HangUp(Action, frozen=True):
    """End the call at the carrier."""

    reason: str


# --- to our own workers ------------------------------------------------------------------------------
class RunUnderstanding(Action, frozen=True):
    request_id: str
    text: str
    asked: str | None
    wants_name: bool
    known_day: str | None = None  # ISO date that an hour alone would belong to


class CheckSlot(Action, frozen=True):
    """May this be booked? `start` is local "YYYY-MM-DD HH:MM". `moving`: the appointment that would go there."""

    request_id: str
    start: str
    service: str | None
    moving: int | None = None


class BookAppointment(Action, frozen=True):
    request_id: str
    start: str
    name: str
    phone: str  # E.164 or empty
    service: str | None


class FindAppointments(Action, frozen=True):
    """The live appointments ahead of the person with this number (E.164)."""

    request_id: str
    phone: str


class MoveAppointment(Action, frozen=True):
    request_id: str
    appointment_id: int
    start: str
    phone: str  # E.164; only this person's appointment is touched


class CancelAppointment(Action, frozen=True):
    request_id: str
    appointment_id: int
    phone: str


class FindSlots(Action, frozen=True):
    """Free times strictly after `after` (local; empty: from now on), at most `count`."""

    request_id: str
    after: str
    count: int
    service: str | None = None


class AnswerStaff(Action, frozen=True):
    """What came of a request of the staff's: done, in_hand (somebody takes the call: `name`, if known), offline."""

    request_id: str
    answer: str
    name: str = ""


class NoteFalseClaim(Action, frozen=True):
    """The assistant said something that is not so. `heard`: the caller heard some of it."""

    kind: str
    heard: bool


class StartTimer(Action, frozen=True):
    """Fire `TimerFired(name)` after this long; a timer of the same name is replaced."""

    name: str
    after_ms: int


class StopTimer(Action, frozen=True):
    name: str


class SaveTurn(Action, frozen=True):
    """Store or update one line of the transcript."""

    index: int
    speaker: str
    text: str
    heard_fraction: float
    started_ms: int
    metrics: dict[str, int | str | bool] = {}


class FinishCall(Action, frozen=True):
    """The conversation is over; nothing follows."""

    outcome: str
    reason: str
    dead_air_ms: int
    cost_microusd: int = 0
    call_back: bool = False  # the caller was promised that a person will get back to them


class Ignored(Action, frozen=True):
    """An event from outside that means nothing now; worth a log line, not an error."""

    event: str
    why: str


AnyAction = (
    CreateResponse
    | AddServerItem
    | AddCallerItem
    | AddHistoryItem
    | OpenSession
    | SetPatience
    | DeleteItem
    | CancelResponse
    | TruncateReply
    | DiscardReply
    | PausePlayback
    | ResumePlayback
    | StopPlayback
    | PlayLine
    | HandOver
    | HangUp
    | RunUnderstanding
    | CheckSlot
    | BookAppointment
    | FindAppointments
    | MoveAppointment
    | CancelAppointment
    | FindSlots
    | AnswerStaff
    | NoteFalseClaim
    | StartTimer
    | StopTimer
    | SaveTurn
    | FinishCall
    | Ignored
)
