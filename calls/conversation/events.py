"""What happened: everything the conversation can learn, each with its time in the call.

`at_ms` counts milliseconds since the media stream began, on the call's own clock.
"""

from __future__ import annotations

import msgspec


class KnownAppointment(msgspec.Struct, frozen=True):
    """An appointment that exists. `start` is local "YYYY-MM-DD HH:MM"."""

    appointment_id: int
    start: str
    service: str = ""  # Hebrew name; empty without one
    name: str = ""


class KnownFacts(msgspec.Struct, frozen=True):
    """What the business itself states; the assistant may state nothing else about these things."""

    hours: tuple[tuple[tuple[str, str], ...], ...] = ()  # by weekday, Sunday first: (opens, closes) as HH:MM
    open_24_7: bool = False
    prices: tuple[tuple[str, str], ...] = ()  # (service id, price in shekels as "80" or "79.90")
    numbers: tuple[str, ...] = ()  # further numbers that stand in the owner's words and answers, as digits


class CallFacts(msgspec.Struct, frozen=True):
    """What is known when the call is answered. `started_at` is ISO 8601 in the business's zone."""

    started_at: str
    caller_phone: str = ""  # E.164; empty when withheld
    require_phone: bool = True
    trust_caller_id: bool = False  # phone_source = caller_id
    services: tuple[tuple[str, str], ...] = ()  # (id, Hebrew name)
    vad_silence_ms: int = 500
    min_utterance_ms: int = 250
    greeting: str = ""  # the first sentence
    greeting_at_hand: bool = False  # it is cached in the assistant's own voice: a local line `greeting` can be played
    caller_name: str = ""  # of the customer whose number calls; only for what is written, never said unasked
    can_transfer: bool = False  # there is a person's number
    open_ms: tuple[tuple[int, int], ...] = ()  # when the business is open, in ms of the call, from its start on
    max_call_ms: int = 30 * 60_000
    max_cost_microusd: int = 0  # 0: no limit
    known: KnownFacts = msgspec.field(default_factory=lambda: KnownFacts())
    booked: KnownAppointment | None = None  # in an earlier stream of this call
    resumed: str = ""  # why this is a later stream of the same call: transfer_failed stream_lost
    history: tuple[tuple[str, str], ...] = ()  # (speaker, text) of the earlier streams, oldest first
    first_line: int = 0  # number of this stream's first transcript line


def person_there(facts: CallFacts, at_ms: int) -> bool:
    """A caller can be put through to somebody now: there is a number, and the business is open."""
    return facts.can_transfer and any(opens <= at_ms < closes for opens, closes in facts.open_ms)


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
    from_day: str | None = None  # of an appointment that exists: the day it is on
    from_hour: str | None = None
    wants_wait: bool = False  # asks us to hold the line a moment
    vague_service: tuple[str, ...] = ()  # ids of the services that the words may mean, when more than one
    wants_person: bool = False  # asks for somebody of the staff, or for something only they can do
    wants_to_talk: bool = False  # the former of these: whom one may be put through to
    choice: str = ""  # of what was offered, pointed at without naming it: first second earlier later
    part_of_day: bool = False  # says when on the day without an hour: בערב, אחרי שש
    another: bool = False  # asks for an appointment beside one that was made: עוד תור, גם לבן שלי
    fact: str = ""  # the business's own answer to what is asked, in its words


class SlotAnswer(msgspec.Struct, frozen=True):
    """The booking service's answer (contract section 4). Suggestions are local "YYYY-MM-DD HH:MM"."""

    ok: bool
    error: str = ""
    suggestions: tuple[str, ...] = ()
    appointment_id: int | None = None
    start_iso: str = ""
    customer_name: str = ""
    say: str = ""  # the sentence to speak; of a refusal only where nothing else would tell why (too_late)


class Event(msgspec.Struct, frozen=True, tag=True, gc=False):
    at_ms: int


# --- the carrier -------------------------------------------------------------------------------------
class CallAnswered(Event, frozen=True):
    """The media stream began and the business's facts are loaded."""

    facts: CallFacts


class CallerLoud(Event, frozen=True):
    """60 ms of caller audio at or above the barge-in level while the assistant was audible."""


class KeyPressed(Event, frozen=True):
    key: str  # 0-9 * #


class CallerTyped(Event, frozen=True):
    """A sentence in writing, as the practice page sends them: the caller's turn, and no doubt about its words."""

    text: str


class MarkReturned(Event, frozen=True):
    """The carrier echoed a mark: all audio before it was played, or dropped by a clear."""

    name: str


class AudioSent(Event, frozen=True):
    """The shell has handed this much of the item's audio to the carrier."""

    item_id: str
    sent_ms: int


class CallerHungUp(Event, frozen=True):
    pass


class LineQueued(Event, frozen=True):
    """The local line that was asked for is on its way; 0 ms: there is no such line."""

    item_id: str
    audio_ms: int
    text: str = ""


# --- the staff, who watch the call --------------------------------------------------------------------
class StaffWhispered(Event, frozen=True):
    """A note for the assistant that the caller does not hear. The same `request_id` is the same request."""

    request_id: str
    text: str
    by_name: str = ""


class StaffTakesOver(Event, frozen=True):
    """Somebody of the staff wants the caller; the shell knows at which number."""

    request_id: str
    by_name: str = ""


class StaffEnds(Event, frozen=True):
    """Somebody of the staff wants the call to be over."""

    request_id: str
    by_name: str = ""


# --- the provider ------------------------------------------------------------------------------------
class ProviderReady(Event, frozen=True):
    """The session is configured as we asked; the first one, or the one that `OpenSession` asked for."""

    expires_in_ms: int = 60 * 60_000


class ProviderLost(Event, frozen=True):
    """The session is gone, or never came. `fatal`: asking again is useless (a key, a quota)."""

    reason: str
    fatal: bool = False


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


class ReplyWords(Event, frozen=True):
    """The next words of the assistant's transcript, as a rule a little ahead of their audio."""

    item_id: str
    text: str


class ReplyText(Event, frozen=True):
    """The transcript of what the assistant generated, which may exceed what was heard."""

    item_id: str
    text: str


class ResponseDone(Event, frozen=True):
    response_id: str
    status: str  # completed cancelled failed incomplete
    code: str = ""  # of a failure
    cost_microusd: int = 0


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
    """What came of booking, moving or cancelling an appointment."""

    request_id: str
    answer: SlotAnswer


class AppointmentsFound(Event, frozen=True):
    """The live appointments ahead of the person with this number, soonest first; `ok` false: it could not be asked."""

    request_id: str
    appointments: tuple[KnownAppointment, ...] = ()
    ok: bool = True


class SlotsFound(Event, frozen=True):
    """Free times, soonest first, local "YYYY-MM-DD HH:MM"; `ok` false: the calendar could not be asked."""

    request_id: str
    starts: tuple[str, ...] = ()
    ok: bool = True


class TimerFired(Event, frozen=True):
    name: str


AnyEvent = (
    CallAnswered
    | CallerLoud
    | KeyPressed
    | CallerTyped
    | MarkReturned
    | AudioSent
    | CallerHungUp
    | LineQueued
    | StaffWhispered
    | StaffTakesOver
    | StaffEnds
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
    | ReplyWords
    | ReplyText
    | ResponseDone
    | ProviderError
    | Understood
    | SlotChecked
    | BookingAnswered
    | AppointmentsFound
    | SlotsFound
    | TimerFired
)
