"""A world for the conversation alone: carrier, provider, workers and a clock in one step loop, without a socket.

Everybody in it may misbehave as a plan says; nobody behaves in ways that the wire cannot show. Time moves in
steps of 20 ms, and timers fire exactly when they were asked to.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, count, repeat
from typing import TypeVar

from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.journal import Journal
from calls.conversation.machine import Conversation
from calls.conversation.playback import mark_name

T = TypeVar("T")

STEP_MS = 20
AHEAD_MS = 300  # of play-out, as the shell sends
MARK_MS = 180
VAD_MS, TRANSCRIPT_MS, FIRST_AUDIO_MS = 500, 300, 500
HARMLESS = "אפשר לשאול אותי כל דבר."
LIE = "קבעתי לך את התור, הכול מסודר."
LONG = f"{HARMLESS} {HARMLESS} {HARMLESS}"
MS_PER_CHARACTER = 70
NEVER_MS = 10**9


@dataclass(frozen=True)
class Utterance:
    """What a caller says. `hears`: recognition works; `wants_answer`: silence afterwards would be odd."""

    words: str
    reading: ev.Reading = ev.Reading()
    length_ms: int = 1500
    transcript_after_ms: int = TRANSCRIPT_MS
    hears: bool = True
    wants_answer: bool = True


@dataclass
class Plan:
    """How everybody behaves, each answer in turn; when a list is used up, well.

    `replies`: well lie lie_at_end mute never_created failed stalled endless. `sessions` and `workers`: delays in
    milliseconds; a session of NEVER_MS is refused. `lost_after_ms`: of the sessions.
    """

    replies: Sequence[str] = ()
    sessions: Sequence[int] = ()
    lost_after_ms: Sequence[int] = ()
    workers: Sequence[int] = ()
    calendar: Sequence[bool] = ()
    cancels_race: Sequence[bool] = ()


@dataclass
class Sound:
    """One spoken item on its way to the caller. `lie_ends_ms`: where in it a false sentence is over, 0 if none is."""

    item_id: str
    ms: int = 0
    played_ms: int = 0
    sent_ms: int = 0
    marked_ms: int = 0
    complete: bool = False
    lie_ends_ms: int = 0

    @property
    def is_over(self) -> bool:
        return self.complete and self.played_ms >= self.ms


@dataclass
class Response:
    response_id: str
    intent_id: str
    mood: str
    sound: Sound
    over: bool = False


@dataclass
class World:
    """Let a caller act with `say`, `key`, `noise`, `hang_up`, and time pass with `passes`."""

    plan: Plan
    facts: ev.CallFacts
    now: int = 0
    did: list[tuple[int, do.Action]] = field(default_factory=list)  # with the millisecond
    journal: Journal = field(default_factory=Journal)
    lies_heard_at: list[int] = field(default_factory=list)
    owed_since: int | None = None  # the caller waits for a sound: they spoke, or the assistant broke off
    worst_silence_ms: int = 0
    keys: str = ""  # that the caller pressed
    active: list[str] = field(default_factory=list)  # responses of the live session that are not over
    most_active: int = 0

    def __post_init__(self) -> None:
        self.conversation = Conversation()
        self._numbers = count(1)
        self._due: list[tuple[int, int, ev.AnyEvent | Callable[[], None], int]] = []
        self._timers: dict[str, int] = {}
        self._session = 0  # events of an earlier one are nobody's
        self._is_open = False
        self._speaking_until = self._audible_at = -1
        self._wants_answer = self._owed_by_reply = False
        self._sounding: Sound | None = None
        self._meant: dict[str, ev.Reading] = {}
        self._unheard: list[Utterance] = []  # said to a session that has not told us of it
        self._queue: list[Sound] = []
        self._sounds: dict[str, Sound] = {}
        self._paused = False
        self._generation = 0
        self._responses: dict[str, Response] = {}
        self._replies = _in_turn(self.plan.replies, "well")
        self._delays = _in_turn(self.plan.sessions, 300)
        self._losses = _in_turn(self.plan.lost_after_ms, NEVER_MS)
        self._work = _in_turn(self.plan.workers, 40)
        self._calendar = _in_turn(self.plan.calendar, True)
        self._races = _in_turn(self.plan.cancels_race, False)
        self._tell(ev.CallAnswered(0, self.facts))
        self.owed_since = 0
        self._open_session()

    @property
    def ended(self) -> bool:
        return self.conversation.ended

    # --- the caller -----------------------------------------------------------------------------------
    def say(self, said: Utterance) -> None:
        """Speak, from now on; returns at once."""
        if self.ended:
            return
        self._speaking_until = self.now + said.length_ms
        self._wants_answer = said.wants_answer
        self._unheard.append(said)
        if self._is_open:
            self._hear(said)
        if self.conversation.wants_loudness:
            self._at(60, ev.CallerLoud(0), of_session=False)

    def noise(self, ms: int) -> None:
        self.say(Utterance("", length_ms=ms, wants_answer=False))

    def key(self, key: str) -> None:
        if not self.ended:
            self.keys += key
            keyed = bool(self.conversation.keypad.digits)
            if key == "*" and keyed:
                self.owed_since = None  # they take it back, and go on themselves
            elif key != "#" or keyed:
                self.owed_since, self._owed_by_reply = self.now, False
            self._tell(ev.KeyPressed(self.now, key))

    def hang_up(self) -> None:
        self._tell(ev.CallerHungUp(self.now))

    def staff(self, asked: ev.StaffWhispered | ev.StaffTakesOver | ev.StaffEnds) -> None:
        """Somebody who watches the call asks this of it."""
        if not self.ended:
            self._tell(asked)

    def passes(self, ms: int) -> None:
        """Let time pass."""
        until = self.now + ms
        while self.now < until and not self.ended:
            self.now += STEP_MS
            self._fire()
            self._play()
            self._watch()

    # --- events and actions ---------------------------------------------------------------------------
    def _at(self, after_ms: int, what: ev.AnyEvent | Callable[[], None], *, of_session: bool = True) -> None:
        session = self._session if of_session else -1
        heapq.heappush(self._due, (self.now + after_ms, next(self._numbers), what, session))

    def _fire(self) -> None:
        while self._due and self._due[0][0] <= self.now and not self.ended:
            _, _, what, session = heapq.heappop(self._due)
            if session in (-1, self._session):
                if callable(what):
                    what()
                else:
                    self._tell(what)
        for name in sorted(self._timers, key=self._timers.__getitem__):
            if self._timers.get(name, NEVER_MS) <= self.now and not self.ended:
                del self._timers[name]
                self._tell(ev.TimerFired(self.now, name))

    def _tell(self, event: ev.AnyEvent) -> None:
        event = _at_time(event, self.now)
        actions = self.conversation.handle(event)
        self.journal.add(event, actions)
        for action in actions:
            self.did.append((self.now, action))
            self._perform(action)
        match event:
            case ev.ReplyAudio(item_id=item_id, audio_ms=ms):
                if not any(isinstance(action, do.Ignored) for action in actions):
                    self._queued(item_id).ms += ms
            case ev.ReplyAudioDone(item_id=item_id):
                self._sounds[item_id].complete = True
            case ev.ResponseDone() | ev.ProviderLost():
                for sound in self._queue:
                    sound.complete = True

    def _perform(self, action: do.Action) -> None:
        match action:
            case do.StartTimer(name=name, after_ms=after_ms):
                self._timers[name] = self.now + after_ms
            case do.StopTimer(name=name):
                self._timers.pop(name, None)
            case do.CreateResponse(intent_id=intent_id):
                self._respond(intent_id)
            case do.CancelResponse(response_id=response_id):
                self._cancel(response_id)
            case do.OpenSession():
                self._open_session()
            case do.PlayLine(item_id=item_id):
                self._queued(item_id).ms = 2000
                self._sounds[item_id].complete = True
                self._at(0, ev.LineQueued(0, item_id, 2000, "רגע אחד."), of_session=False)
            case do.PausePlayback(generation=generation) | do.StopPlayback(generation=generation):
                self._clear(generation, forget=isinstance(action, do.StopPlayback))
            case do.ResumePlayback(generation=generation, item_id=item_id, from_ms=from_ms):
                self._resume(generation, item_id, from_ms)
            case _:
                self._work_on(action)

    def _work_on(self, action: do.Action) -> None:
        """Our own workers; what they answer says no more than it must."""
        match action:
            case do.RunUnderstanding(request_id=request_id, text=text):
                answer: ev.AnyEvent = ev.Understood(0, request_id, self._meant.get(text, ev.Reading()))
            case do.CheckSlot(request_id=request_id, start=start):
                free = ev.SlotAnswer(ok=True, start_iso=f"{start.replace(' ', 'T')}:00+02:00")
                taken = ev.SlotAnswer(ok=False, error="slot_taken", suggestions=(f"{start[:10]} 19:00",))
                answer = ev.SlotChecked(0, request_id, free if next(self._calendar) else taken)
            case do.BookAppointment(request_id=request_id, start=start, name=name):
                booked = ev.SlotAnswer(
                    ok=True,
                    appointment_id=7,
                    start_iso=f"{start.replace(' ', 'T')}:00+02:00",
                    customer_name=name,
                    say="התור נקבע בהצלחה.",
                )
                answer = ev.BookingAnswered(0, request_id, booked)
            case do.FindAppointments(request_id=request_id):
                answer = ev.AppointmentsFound(0, request_id)
            case do.FindSlots(request_id=request_id):
                answer = ev.SlotsFound(0, request_id, ("2026-11-23 10:00",))
            case do.MoveAppointment(request_id=request_id) | do.CancelAppointment(request_id=request_id):
                answer = ev.BookingAnswered(0, request_id, ev.SlotAnswer(ok=False, error="failure"))
            case _:
                return
        self._at(next(self._work), answer, of_session=False)

    # --- the provider -----------------------------------------------------------------------------------
    def _open_session(self) -> None:
        after_ms = next(self._delays)
        if after_ms >= NEVER_MS:
            self._at(500, ev.ProviderLost(0, "unreachable"), of_session=False)
            return

        def begin() -> None:
            self._leave_session()
            self._is_open = True
            self._tell(ev.ProviderReady(0))
            again, self._unheard = self._unheard, []
            for said in again:  # held caller audio is heard by the new session
                self._unheard.append(said)
                self._hear(said)
            self._at(next(self._losses), self._lose)

        self._at(after_ms, begin, of_session=False)

    def _leave_session(self) -> None:
        """Whatever was under way in it is over."""
        self._session += 1
        for response in self._responses.values():
            response.over = True
        self.active.clear()

    def _lose(self) -> None:
        self._leave_session()
        self._is_open = False
        self._tell(ev.ProviderLost(0, "disconnected"))

    def _hear(self, said: Utterance) -> None:
        item_id = f"user_{next(self._numbers)}"
        begins, ends = max(0, self._speaking_until - said.length_ms - self.now), self._speaking_until - self.now
        stops = max(0, ends) + VAD_MS
        self._at(begins + 60, ev.SpeechStarted(0, item_id))
        self._at(stops, ev.SpeechStopped(0, item_id, said.length_ms))
        self._at(stops, ev.TurnCommitted(0, item_id))

        def transcribe() -> None:
            self._unheard = [each for each in self._unheard if each is not said]
            self._meant[said.words] = said.reading
            self._tell(ev.CallerTranscript(0, item_id, said.words) if said.hears else ev.TranscriptFailed(0, item_id))

        self._at(stops + said.transcript_after_ms, transcribe)

    def _respond(self, intent_id: str) -> None:
        mood = next(self._replies)
        if mood == "never_created":
            return
        number = next(self._numbers)
        sound = self._sounds[f"item_{number}"] = Sound(f"item_{number}")
        response = self._responses[f"resp_{number}"] = Response(f"resp_{number}", intent_id, mood, sound)
        self.active.append(response.response_id)
        self.most_active = max(self.most_active, len(self.active))
        self._at(40, ev.ResponseCreated(0, response.response_id, intent_id))
        if mood == "mute":
            self._at(FIRST_AUDIO_MS, lambda: self._finish(response, "completed"))
        elif mood == "failed":
            self._at(FIRST_AUDIO_MS, lambda: self._finish(response, "failed"))
        else:
            self._generate(response)

    def _generate(self, response: Response) -> None:
        """Words a little ahead of their audio, in pieces of 200 ms, four times as fast as they are spoken."""
        text = {"lie": f"{LIE} {HARMLESS}", "lie_at_end": f"{HARMLESS} {LIE}", "stalled": LONG}.get(
            response.mood, HARMLESS
        )
        text = LONG * 20 if response.mood == "endless" else text
        total = len(text) * MS_PER_CHARACTER
        if LIE in text:
            response.sound.lie_ends_ms = (text.index(LIE) + len(LIE)) * MS_PER_CHARACTER
        after, said = FIRST_AUDIO_MS, 0
        for at_ms in range(0, total, 200):
            upto = len(text) * min(total, at_ms + 200) // total
            self._at(after, self._piece(response, text[said:upto], min(200, total - at_ms)))
            said, after = upto, after + 50
            if response.mood == "stalled" and at_ms == 1000:
                return  # in mid-sentence, for good
        self._at(after, lambda: self._finish(response, "completed", text))

    def _piece(self, response: Response, words: str, ms: int) -> Callable[[], None]:
        def arrive() -> None:
            if not response.over:
                item_id = response.sound.item_id
                self._tell(ev.ReplyWords(0, item_id, words))
                self._tell(ev.ReplyAudio(0, response.response_id, item_id, 0, ms))

        return arrive

    def _finish(self, response: Response, status: str, text: str = "") -> None:
        if response.over:
            return
        response.over = True
        self.active.remove(response.response_id)
        if response.sound.ms or text:
            self._tell(ev.ReplyAudioDone(0, response.sound.item_id))
        if text:
            self._tell(ev.ReplyText(0, response.sound.item_id, text))
        self._tell(ev.ResponseDone(0, response.response_id, status))

    def _cancel(self, response_id: str) -> None:
        response = self._responses.get(response_id)
        if response is None or response.over or next(self._races):
            if response is not None:
                self._at(20, lambda: self._finish(response, "completed"))
            self._at(40, ev.ProviderError(0, "response_cancel_not_active"))
            return
        self._at(40, lambda: self._finish(response, "cancelled"))

    # --- the carrier --------------------------------------------------------------------------------------
    def _queued(self, item_id: str) -> Sound:
        sound = self._sounds.setdefault(item_id, Sound(item_id))
        if sound not in self._queue:
            self._queue.append(sound)
        return sound

    def _clear(self, generation: int, *, forget: bool) -> None:
        self._generation, self._paused = generation, not forget
        if forget:
            self._queue.clear()

    def _resume(self, generation: int, item_id: str, from_ms: int) -> None:
        self._generation, self._paused = generation, False
        for at, sound in enumerate(self._queue):
            if sound.item_id == item_id:
                del self._queue[:at]
                sound.played_ms = sound.sent_ms = sound.marked_ms = from_ms
                break

    def _play(self) -> None:
        if self._paused:
            return
        for sound in list(self._queue):
            if sound.played_ms < sound.ms:
                self._play_step(sound)
                return
            if not sound.complete:
                continue  # more may come of it; meanwhile what was queued behind it is heard
            if sound.marked_ms < sound.ms:
                sound.marked_ms = sound.ms
                self._tell(ev.MarkReturned(self.now, mark_name(self._generation, sound.item_id, sound.ms)))
            if sound in self._queue:
                self._queue.remove(sound)

    def _play_step(self, sound: Sound) -> None:
        sent = min(sound.ms, sound.played_ms + AHEAD_MS)
        if sent - sound.sent_ms >= MARK_MS or (sent == sound.ms and sent > sound.sent_ms) or not sound.sent_ms:
            sound.sent_ms = sent
            self._tell(ev.AudioSent(self.now, sound.item_id, sent))
        if self._paused or sound not in self._queue:
            return
        before, sound.played_ms = sound.played_ms, min(sound.ms, sound.played_ms + STEP_MS)
        self._audible_at, self._sounding = self.now, sound
        if before < sound.lie_ends_ms <= sound.played_ms:
            self.lies_heard_at.append(self.now)
        if sound.played_ms - sound.marked_ms >= MARK_MS:
            sound.marked_ms = sound.played_ms
            self._tell(ev.MarkReturned(self.now, mark_name(self._generation, sound.item_id, sound.played_ms)))

    # --- silence --------------------------------------------------------------------------------------------
    def _watch(self) -> None:
        """How long the caller has waited for a sound that somebody owes them."""
        if self.now <= self._speaking_until:
            if self._wants_answer:
                self._owed_by_reply = False
            if self._wants_answer or self.owed_since is not None:
                self.owed_since = self.now
        elif self._audible_at == self.now:
            self.owed_since, self._owed_by_reply = self.now, True
        elif self._owed_by_reply and self._sounding is not None and self._sounding.is_over:
            self.owed_since = None
        if self.owed_since is not None:
            self.worst_silence_ms = max(self.worst_silence_ms, self.now - self.owed_since)


def _in_turn(values: Sequence[T], then: T) -> Iterator[T]:
    return chain(values, repeat(then))


def _at_time(event: ev.AnyEvent, at_ms: int) -> ev.AnyEvent:
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return type(event)(**fields | {"at_ms": at_ms})
