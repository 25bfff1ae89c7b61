"""What happened: everything the conversation can learn, each with its time in the call.

`at_ms` counts milliseconds since the media stream began, on the call's own clock.
"""

from __future__ import annotations

import msgspec


class CallFacts(msgspec.Struct, frozen=True):
    """What is known when the call is answered. `started_at` is ISO 8601 in the business's zone."""

    started_at: str
    caller_phone: str = ""  # E.164; empty when withheld
    require_phone: bool = True
    trust_caller_id: bool = False  # phone_source = caller_id
    services: tuple[tuple[str, str], ...] = ()  # (id, Hebrew name)
    vad_silence_ms: int = 500
    min_utterance_ms: int = 250


class Reading(msgspec.Struct, frozen=True):
    """What one caller sentence says, after understanding. Dates are ISO, hours HH:MM, both local."""

    intent: str = "none"
    day: str | None = None
    hour: str | None = None
    name: str | None = None
    phone: str | None = None  # national digits, as spoken
    service: str | None = None
    ambiguous: bool = False
    alternatives: tuple[tuple[str | None, str | None], ...] = ()  # other (day, hour) readings
    disagreement: bool = False  # parser and text model read the time differently
    no_day: str = ""  # past unreal: nothing can be booked on the day that was named; `day` is not set then
    farewell: bool = False
    wants_person: bool = False  # asks for somebody of the staff, or for something only they can send


class SlotAnswer(msgspec.Struct, frozen=True):
    """The booking service's answer (contract section 4). Suggestions are local "YYYY-MM-DD HH:MM"."""

    ok: bool
    error: str = ""
    suggestions: tuple[str, ...] = ()
    appointment_id: int | None = None
    start_iso: str = ""
    customer_name: str = ""
    say: str = ""


class Event(msgspec.Struct, frozen=True, tag=True):
    at_ms: int


# --- the carrier -------------------------------------------------------------------------------------
class CallAnswered(Event, frozen=True):
    """The media stream began and the business's facts are loaded."""

    facts: CallFacts


class CallerLoud(Event, frozen=True):
    """60 ms of caller audio at or above the barge-in level while the assistant was audible."""


class KeyPressed(Event, frozen=True):
    key: str  # 0-9 * #


class MarkReturned(Event, frozen=True):
    """The carrier echoed a mark: all audio before it was played, or dropped by a clear."""

    name: str


class AudioSent(Event, frozen=True):
    """The shell has handed this much of the item's audio to the carrier."""

    item_id: str
    sent_ms: int


class CallerHungUp(Event, frozen=True):
    pass


# --- the provider ------------------------------------------------------------------------------------
class ProviderReady(Event, frozen=True):
    """The session is configured as we asked."""


class ProviderLost(Event, frozen=True):
    reason: str


class SpeechStarted(Event, frozen=True):
    item_id: str


class SpeechStopped(Event, frozen=True):
    item_id: str
    speech_ms: int  # how long the caller spoke, without the silence that ended it; 0: not said


class TurnCommitted(Event, frozen=True):
    item_id: str


class TranscriptStarted(Event, frozen=True):
    """The first piece of the caller's transcript; `text` is that piece."""

    item_id: str
    text: str


class CallerTranscript(Event, frozen=True):
    item_id: str
    text: str


class TranscriptFailed(Event, frozen=True):
    item_id: str


class ResponseCreated(Event, frozen=True):
    response_id: str
    intent_id: str  # ours, echoed in the metadata; empty when the provider made the response itself


class ReplyAudio(Event, frozen=True):
    response_id: str
    item_id: str
    content_index: int
    audio_ms: int


class ReplyAudioDone(Event, frozen=True):
    item_id: str


class ReplyText(Event, frozen=True):
    """The transcript of what the assistant generated, which may exceed what was heard."""

    item_id: str
    text: str


class ResponseDone(Event, frozen=True):
    response_id: str
    status: str  # completed cancelled failed incomplete


class ProviderError(Event, frozen=True):
    code: str
    event_id: str = ""  # of our client event, when the provider says which


# --- our own workers ---------------------------------------------------------------------------------
class Understood(Event, frozen=True):
    request_id: str
    reading: Reading


class SlotChecked(Event, frozen=True):
    request_id: str
    answer: SlotAnswer


class BookingAnswered(Event, frozen=True):
    request_id: str
    answer: SlotAnswer


class TimerFired(Event, frozen=True):
    name: str


AnyEvent = (
    CallAnswered
    | CallerLoud
    | KeyPressed
    | MarkReturned
    | AudioSent
    | CallerHungUp
    | ProviderReady
    | ProviderLost
    | SpeechStarted
    | SpeechStopped
    | TurnCommitted
    | TranscriptStarted
    | CallerTranscript
    | TranscriptFailed
    | ResponseCreated
    | ReplyAudio
    | ReplyAudioDone
    | ReplyText
    | ResponseDone
    | ProviderError
    | Understood
    | SlotChecked
    | BookingAnswered
    | TimerFired
)
