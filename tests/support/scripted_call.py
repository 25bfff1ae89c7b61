"""A conversation driven by hand: the test plays carrier, provider, clock and calendar, and reads the actions."""

from __future__ import annotations

from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.machine import Conversation
from calls.conversation.playback import mark_name

STARTED_AT = "2026-11-22T12:00:00+02:00"  # a Sunday


class ScriptedCall:
    """Each verb is something that happens; `did` collects what the conversation did about it."""

    def __init__(self, **facts: object) -> None:
        self.conversation = Conversation()
        self.now = 0
        self.did: list[do.Action] = []
        self.facts = ev.CallFacts(started_at=STARTED_AT, **facts)  # type: ignore[arg-type]  # test shorthand
        self._utterances = 0
        self._responses = 0
        self._generation = 0  # as the shell knows it

    def happens(self, event: ev.AnyEvent) -> list[do.Action]:
        actions = self.conversation.handle(event)
        self.did += actions
        for action in actions:
            if isinstance(action, do.PausePlayback | do.ResumePlayback | do.StopPlayback):
                self._generation = action.generation
        return actions

    def time_passes(self, ms: int) -> ScriptedCall:
        self.now += ms
        return self

    # --- the beginning
    def answered(self) -> ScriptedCall:
        self.happens(ev.CallAnswered(self.now, self.facts))
        self.happens(ev.ProviderReady(self.now))
        return self

    def greeted(self) -> ScriptedCall:
        """Answered, and the greeting was heard to its end."""
        self.answered()
        self.assistant_says("שלום, הגעתם למספרה. איך אפשר לעזור?")
        return self

    # --- the assistant
    def response_begins(self) -> str:
        create = next(action for action in reversed(self.did) if isinstance(action, do.CreateResponse))
        self._responses += 1
        response_id = f"resp_{self._responses}"
        self.happens(ev.ResponseCreated(self.now, response_id, create.intent_id))
        return response_id

    def audio_arrives(self, response_id: str, ms: int = 1000) -> str:
        item_id = f"item_{response_id}"
        self.happens(ev.ReplyAudio(self.now, response_id, item_id, 0, ms))
        return item_id

    def audio_is_sent(self, item_id: str, ms: int) -> None:
        self.happens(ev.AudioSent(self.now, item_id, ms))

    def mark_returns(self, item_id: str, ms: int) -> list[do.Action]:
        return self.happens(ev.MarkReturned(self.now, mark_name(self._generation, item_id, ms)))

    def assistant_says(self, text: str, ms: int = 1000) -> str:
        """A whole reply: generated, sent, and heard to its end."""
        item_id = self.assistant_begins(text, ms)
        self.time_passes(ms)
        if not self.conversation.ended:
            self.mark_returns(item_id, ms)
        return item_id

    def assistant_begins(self, text: str, ms: int = 1000) -> str:
        """A reply that is generated and sent, and only begins to be heard."""
        response_id = self.response_begins()
        item_id = self.audio_arrives(response_id, ms)
        self.audio_is_sent(item_id, ms)
        self.happens(ev.ReplyAudioDone(self.now, item_id))
        self.happens(ev.ReplyText(self.now, item_id, text))
        self.happens(ev.ResponseDone(self.now, response_id, "completed"))
        return item_id

    def assistant_words(self, item_id: str, text: str) -> list[do.Action]:
        """Words of a reply, as they come: before their audio."""
        return self.happens(ev.ReplyWords(self.now, item_id, text))

    # --- our own lines
    def line_begins(self, ms: int = 1000, text: str = "") -> str:
        """The line asked for last is on its way to the caller."""
        item_id = self.last(do.PlayLine).item_id
        self.happens(ev.LineQueued(self.now, item_id, ms, text))
        self.audio_is_sent(item_id, ms)
        return str(item_id)

    def line_is_heard(self, ms: int = 1000, text: str = "") -> list[do.Action]:
        """The line asked for last, to its end; what was done about it."""
        before = len(self.did)
        item_id = self.line_begins(ms, text)
        self.time_passes(ms)
        if not self.conversation.ended:
            self.mark_returns(item_id, ms)
        return self.did[before:]

    def lines(self) -> list[str]:
        """The keys of our own lines so far."""
        return [action.key for action in self.all(do.PlayLine)]

    # --- the provider
    def provider_is_lost(self, reason: str = "disconnected", *, fatal: bool = False) -> list[do.Action]:
        return self.happens(ev.ProviderLost(self.now, reason, fatal))

    def provider_is_ready(self, expires_in_ms: int = 3_600_000) -> list[do.Action]:
        return self.happens(ev.ProviderReady(self.now, expires_in_ms))

    # --- the caller
    def caller_starts(self) -> str:
        self._utterances += 1
        item_id = f"user_{self._utterances}"
        self.happens(ev.SpeechStarted(self.now, item_id))
        return item_id

    def caller_stops(self, item_id: str, speech_ms: int = 1500) -> None:
        self.happens(ev.SpeechStopped(self.now, item_id, speech_ms))
        self.happens(ev.TurnCommitted(self.now, item_id))

    def caller_utters(self, text: str, *, speech_ms: int = 1500) -> list[do.Action]:
        """Speech and its transcript, up to where understanding is asked for."""
        item_id = self.caller_starts()
        self.time_passes(speech_ms + 500)
        self.caller_stops(item_id, speech_ms)
        self.time_passes(300)
        return self.happens(ev.CallerTranscript(self.now, item_id, text))

    def caller_says(self, text: str, **reading: object) -> list[do.Action]:
        """A sentence that is understood as `reading`; returns what the server did about it."""
        request = self.last(do.RunUnderstanding, of=self.caller_utters(text))
        return self.happens(ev.Understood(self.now, request.request_id, ev.Reading(**reading)))  # type: ignore[arg-type]  # test shorthand

    def caller_keys(self, keys: str) -> list[do.Action]:
        actions: list[do.Action] = []
        for key in keys:
            self.time_passes(200)
            actions += self.happens(ev.KeyPressed(self.now, key))
        return actions

    def caller_chooses(self, key: str) -> list[do.Action]:
        """A key of the menu, and the pause that says that it is no number."""
        self.caller_keys(key)
        return self.time_passes(900).happens_timer("keypad")

    # --- the calendar
    def calendar_says_free(self) -> list[do.Action]:
        return self.calendar_answers(ok=True)

    def calendar_answers(self, **answer: object) -> list[do.Action]:
        check = self.last(do.CheckSlot)
        return self.happens(ev.SlotChecked(self.now, check.request_id, ev.SlotAnswer(**answer)))  # type: ignore[arg-type]  # test shorthand

    def calendar_books(self) -> list[do.Action]:
        book = self.last(do.BookAppointment)
        answer = ev.SlotAnswer(
            ok=True,
            appointment_id=7,
            start_iso="2026-11-23T18:00:00+02:00",
            customer_name=book.name,
            say=f"התור נקבע בהצלחה: מחר, בשעה שש בערב, על שם {book.name}.",
        )
        return self.happens(ev.BookingAnswered(self.now, book.request_id, answer))

    def booking_answers(self, **answer: object) -> list[do.Action]:
        book = self.last(do.BookAppointment)
        return self.happens(ev.BookingAnswered(self.now, book.request_id, ev.SlotAnswer(**answer)))  # type: ignore[arg-type]  # test shorthand

    def happens_timer(self, name: str) -> list[do.Action]:
        return self.happens(ev.TimerFired(self.now, name))

    def hangs_up(self) -> list[do.Action]:
        return self.happens(ev.CallerHungUp(self.now))

    # --- looking
    def last(self, kind: type, *, of: list[do.Action] | None = None):  # noqa: ANN201  # whichever action kind was asked for
        return next(action for action in reversed(self.did if of is None else of) if isinstance(action, kind))

    def all(self, kind: type) -> list:
        return [action for action in self.did if isinstance(action, kind)]

    def items(self) -> list[str]:
        """The `[SERVER]` items so far."""
        return [action.text for action in self.all(do.AddServerItem)]


def only(actions: list[do.Action], *kinds: type) -> list[do.Action]:
    """The actions of these kinds, in order."""
    return [action for action in actions if isinstance(action, kinds)]
