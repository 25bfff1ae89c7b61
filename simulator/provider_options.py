"""How the provider stand-in behaves: its delays, and the misfortunes that tests ask for."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class ProviderOptions:
    """May be changed at any time; what is queued or counted is used up in order, by whichever session comes first.

    `session(n)` gives the options of one session alone. Seconds are the clock's.
    """

    api_key: str | None = None  # None: any key will do
    transcription_delay_s: float = 0.3  # from the end of the turn
    first_audio_delay_s: float = 0.5  # from response.create
    speed: float = 4.0  # audio is generated this many times faster than it plays
    delta_ms: int = 200
    delta_sizes: deque[int] = field(default_factory=deque)  # bytes of the next deltas, instead of delta_ms
    record_audio: bool = False  # keep audio events in the recordings as well
    shutdown_dates: dict[str, str] = field(default_factory=dict)  # /v1/models: YYYY-MM-DD by model
    gone_models: frozenset[str] = frozenset()  # /v1/models does not list them any more
    voice_notes: deque[str | int] = field(default_factory=deque)  # /v1/audio/transcriptions: words, or an HTTP status
    text_answer: Callable[[Json], Any] | None = None  # body of /v1/responses -> text, or an object to give as JSON
    embedding_status: int = 200  # of /v1/embeddings

    # --- text, with tools
    text_steps: deque[Any] = field(default_factory=deque)  # the next answers, as `text_tools` makes them
    text_misfortunes: deque[int | float | str] = field(default_factory=deque)  # of the next requests: an HTTP status,
    # seconds of delay, "cut" (the connection) or "incomplete" (out of tokens); "" for none

    # --- words
    lies: deque[str] = field(default_factory=deque)  # what the next replies say instead
    lie: Callable[[str], str | None] | None = None  # what a reply says instead of these words; None: the words
    mishears: deque[str | None] = field(default_factory=deque)  # the next transcripts; None: transcription fails
    mishear: Callable[[str], str | None] | None = None  # what is understood of these words; None: transcription fails
    ghost: str = ""  # the transcript of noise, as real models invent one
    transcription_delays: deque[float] = field(default_factory=deque)  # of the next transcripts, late and out of order
    untold_transcripts: int = 0  # so many of the next transcripts are begun and never completed
    unknown_transcription_models: frozenset[str] = frozenset()

    # --- the connection
    refuse_connects: deque[int | str] = field(default_factory=deque)  # the next ones: HTTP status, "hang" or "reset"
    session_created_delay_s: float = 0.0
    expires_after_s: float = 3600.0  # then `session_expired`, and close 1001
    freezes_after_s: float | None = None  # from then on nothing is sent, and the socket stays open
    drop_after_deltas: deque[int] = field(default_factory=deque)  # cut the next sessions' sockets after so much audio
    strays: list[Json] = field(default_factory=list)  # events of unknown types, sent after each session.updated

    # --- client events
    refuse: dict[str, deque[str]] = field(default_factory=dict)  # client event type -> codes of the next errors
    swallow: dict[str, int] = field(default_factory=dict)  # client event type -> how many stay without any effect
    cancel_races: int = 0  # the next cancels find a response that has just been completed

    # --- turns
    double_vad: int = 0  # of the next utterances each event comes twice
    uninvited: int = 0  # after the next turns the service begins a response that nobody asked for

    # --- responses
    created_delays: deque[float] = field(default_factory=deque)  # the next `response.created` come so late
    uncreated: int = 0  # the next responses are never announced, only done
    fail_responses: deque[str] = field(default_factory=deque)  # codes with which the next responses fail
    rate_limit_reset_s: float = 2.0  # told with a failure whose code has `rate_limit` in it
    mute_replies: int = 0  # the next replies are completed without a sound
    words_late_ms: int = 0  # so far the words of a reply run behind its audio, instead of a little ahead
    split_replies: int = 0  # the next replies are two items of audio
    stalls: deque[float] = field(default_factory=deque)  # the next replies pause so long in mid-sentence
    endless_replies: int = 0  # the next replies say their words again and again, up to the limit of tokens
    ignore_token_limit: bool = False
    _sessions: dict[int, ProviderOptions] = field(default_factory=dict)

    def session(self, number: int) -> ProviderOptions:
        """The options of one session, counted from 0: a copy of these, made when first asked for."""
        if number not in self._sessions:
            alone = copy.copy(self)
            for name, value in vars(self).items():
                if isinstance(value, deque | dict | list):
                    setattr(alone, name, copy.deepcopy(value) if name != "_sessions" else {})
            self._sessions[number] = alone
        return self._sessions[number]

    def of_session(self, number: int) -> ProviderOptions:
        """What holds for the session of this number."""
        return self._sessions.get(number, self)

    def once(self, name: str) -> bool:
        """Whether a misfortune of which so many are left happens now."""
        left = int(getattr(self, name))
        if left:
            setattr(self, name, left - 1)
        return left > 0

    def refusal_of(self, event: Json) -> str | None:
        """The code with which this event is to be refused."""
        codes = self.refuse.get(event["type"])
        return codes.popleft() if codes else None

    def swallows(self, kind: str) -> bool:
        """Whether this event is to be lost."""
        left = self.swallow.get(kind, 0)
        if left:
            self.swallow[kind] = left - 1
        return left > 0

    def says(self, words: str) -> str:
        """What a reply of these words turns out to be."""
        if self.lies:
            return self.lies.popleft()
        return (self.lie(words) if self.lie else None) or words

    def hears(self, words: str) -> str | None:
        """The transcript of what was said; None if it fails."""
        if self.mishears:
            return self.mishears.popleft()
        if not words:
            return self.ghost
        return self.mishear(words) if self.mishear else words

    def next_delta_bytes(self) -> int:
        return self.delta_sizes.popleft() if self.delta_sizes else self.delta_ms * 8

    def next_transcription_delay_s(self) -> float:
        return self.transcription_delays.popleft() if self.transcription_delays else self.transcription_delay_s
