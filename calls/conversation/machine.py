"""The conversation: one table of states, one door for events, and the parts that know the details.

    CONNECTING -> TALKING -> CLOSING -> ENDED

CONNECTING waits for the carrier and for the provider; CLOSING has a goodbye on its way, which new words of
the caller take back. `playback`, `turns`, `dialog`, `keypad`, `silence` and `transcript` are machines too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import Enum

from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.dialog import Book, Check, Dialog, Goodbye, Move, Note, Say, local_date
from calls.conversation.floor import BARGE_IN_TIMER, TRANSCRIPT_TIMER, UTTERANCE_TIMER, Floor
from calls.conversation.keypad import Keyed, Keypad
from calls.conversation.listening import Heard, Kind
from calls.conversation.playback import Playback, Reply
from calls.conversation.readings import Readings
from calls.conversation.silence import PATIENCE_MS, SILENCE_TIMER, Silence, Watch
from calls.conversation.timings import Timings
from calls.conversation.transcript import Transcript
from calls.conversation.turns import RESPONSE_TIMER, Intent, Purpose, State, Turns

SESSION_TIMER, KEYPAD_TIMER, CALENDAR_TIMER, GOODBYE_TIMER = "session", "keypad", "calendar", "goodbye"
SESSION_WITHIN_MS = 6_000
KEYPAD_COMMIT_MS = 2_000
KEYPAD_GIVE_UP_MS = 6_000
CALENDAR_WITHIN_MS = 3_500  # no caller waits longer without a word
GOODBYE_WITHIN_MS = 10_000
GOODBYE_PATIENCE = 3  # such waits, while there is still something to hear
QUESTION_HEARD = 0.8  # of a question's audio; from then on "כן" answers it


class Phase(Enum):
    CONNECTING = "connecting"
    TALKING = "talking"
    CLOSING = "closing"
    ENDED = "ended"


MOVES = {
    Phase.CONNECTING: {Phase.TALKING, Phase.ENDED},
    Phase.TALKING: {Phase.CLOSING, Phase.ENDED},
    Phase.CLOSING: {Phase.TALKING, Phase.ENDED},
    Phase.ENDED: set[Phase](),
}


class Conversation:
    """One call. `handle` is the only door; it never waits, and never acts after the end."""

    def __init__(self) -> None:
        self.phase = Phase.CONNECTING
        self.turns = Turns()
        self.transcript = Transcript()
        self.floor = Floor(self.turns, self.transcript)
        self.keypad = Keypad()
        self.silence = Watch()
        self.facts = ev.CallFacts(started_at="1970-01-01T00:00:00+00:00")
        self.dialog = Dialog(self.facts)
        self._answered = False
        self._provider_ready = False
        self._requests = 0
        self._readings = Readings()
        self._check: str | None = None  # the question to the calendar that is awaited; a newer sentence drops it
        self._booking: str | None = None  # never dropped, and never two: its row may exist
        self._calendar_late = False  # the caller was told that the calendar does not answer
        self._goodbye_waits = 0
        self._purposes: dict[str, Purpose] = {}  # by response id
        self._leave_reason = ""
        self._now = 0
        self._out: list[do.AnyAction] = []

    @property
    def playback(self) -> Playback:
        """What the caller hears of the assistant."""
        return self.floor.playback

    @property
    def ended(self) -> bool:
        return self.phase is Phase.ENDED

    def handle(self, event: ev.AnyEvent) -> list[do.AnyAction]:
        """What to do about an event, in order. Events after the end are ignored."""
        if self.ended:
            return [do.Ignored(type(event).__name__, "the call is over")]
        self._now, self._out = event.at_ms, []
        self._dispatch(event)
        if not self.ended:
            self._settle()
        return self._out

    def _dispatch(self, event: ev.AnyEvent) -> None:
        match event:
            case ev.AudioSent(item_id=item_id, sent_ms=sent_ms):
                self.playback.sent(item_id, sent_ms, self._now)
                self.transcript.audio_sent(self._now)
            case ev.MarkReturned(name=name):
                self._mark_returned(name)
            case ev.ReplyAudio():
                self._do(self.floor.reply_audio(event))
            case ev.ReplyAudioDone(item_id=item_id):
                self._reply_over(self.playback.completed(item_id))
            case ev.ReplyText(item_id=item_id, text=text):
                self._do(self.transcript.reply_text(item_id, text))
            case ev.CallerLoud():
                self._do(self.floor.caller_loud(self._now))
            case ev.SpeechStarted(item_id=item_id):
                self._do(self.floor.speech_started(item_id, self._now))
            case ev.SpeechStopped(item_id=item_id, speech_ms=speech_ms):
                self._do(self.floor.speech_stopped(item_id, speech_ms, self._now))
            case ev.TurnCommitted(item_id=item_id):
                self._do(self.floor.committed(item_id, self._now))
            case ev.TranscriptStarted(item_id=item_id):
                self.floor.listening.partly_transcribed(item_id, self._now)
            case ev.CallerTranscript(item_id=item_id, text=text):
                self._transcribed(item_id, text)
            case ev.TranscriptFailed(item_id=item_id):
                self._hear(self.floor.listening.failed(item_id))
            case ev.Understood():
                self._understood(event)
            case ev.SlotChecked(request_id=request_id, answer=answer):
                self._slot_checked(request_id, answer)
            case ev.BookingAnswered():
                self._booking_answered(event)
            case ev.ResponseCreated(response_id=response_id, intent_id=intent_id):
                self._do(self.turns.created(response_id, intent_id))
                if self.turns.response_id == response_id and self.turns.purpose is not None:
                    self._purposes[response_id] = self.turns.purpose
            case ev.ResponseDone(response_id=response_id, status=status):
                self._response_done(response_id, status)
            case ev.KeyPressed(key=key):
                self._key_pressed(key)
            case ev.TimerFired(name=name):
                self._timer_fired(name)
            case _:
                self._dispatch_session(event)

    def _dispatch_session(self, event: ev.AnyEvent) -> None:
        match event:
            case ev.CallAnswered(facts=facts):
                self.facts, self.dialog, self._answered = facts, Dialog(facts), True
                self.floor.vad_silence_ms = facts.vad_silence_ms
                self._do([do.StartTimer(SESSION_TIMER, SESSION_WITHIN_MS)])
                self._open()
            case ev.ProviderReady():
                self._provider_ready = True
                self._open()
            case ev.ProviderError(code=code, event_id=event_id):
                self._do(self.turns.refused(code, event_id))
                self._give_up_if_mute()
            case ev.ProviderLost(reason=reason):
                self._leave(f"provider lost: {reason}")
            case ev.CallerHungUp():
                self._finish("caller hung up")
            case _:
                raise TypeError(f"no handler for {type(event).__name__}")

    # --- opening and ending ---------------------------------------------------------------------------
    def _open(self) -> None:
        if self._answered and self._provider_ready and self.phase is Phase.CONNECTING:
            self._move(Phase.TALKING)
            self._do([do.StopTimer(SESSION_TIMER)])
            self.turns.ask(Intent(Purpose.GREETING))

    def _say_goodbye(self, item: str | None, reason: str) -> None:
        if self.phase is Phase.TALKING:
            self._move(Phase.CLOSING)
        self._leave_reason, self._goodbye_waits = reason, 0
        self.turns.ask(Intent(Purpose.GOODBYE, item))
        self._do([do.StartTimer(GOODBYE_TIMER, GOODBYE_WITHIN_MS)])

    def _goodbye_overdue(self) -> None:
        """The goodbye was not heard to its end in time; while it, or the caller, can be heard we wait on."""
        self._goodbye_waits += 1
        if (self.playback.pending or self.floor.contested) and self._goodbye_waits < GOODBYE_PATIENCE:
            self._do([do.StartTimer(GOODBYE_TIMER, GOODBYE_WITHIN_MS)])
        else:
            self._hang_up()

    def _stay(self) -> None:
        """The caller goes on talking: the goodbye is taken back."""
        if self.phase is Phase.CLOSING:
            self._move(Phase.TALKING)
            self._do([do.StopTimer(GOODBYE_TIMER)])

    def _hang_up(self) -> None:
        self._do([do.HangUp(self._leave_reason)])
        self._finish(self._leave_reason)

    def _leave(self, reason: str) -> None:
        """We cannot go on; the carrier's fallback takes over."""
        self._do([do.LeaveCall(reason)])
        self._finish(reason, failed=True)

    def _finish(self, reason: str, *, failed: bool = False) -> None:
        _, cut = self.playback.stop(self._now)
        self._do(self.transcript.close(cut))
        if self.dialog.booked is not None:
            outcome = "booked"
        elif self.dialog.wants_staff:
            outcome = "message"
        elif failed:
            outcome = "failed"
        else:
            outcome = "answered" if self.transcript.caller_spoke else "abandoned"
        waited = self.transcript.longest_wait_ms
        self._do([do.FinishCall(outcome, reason, waited, self.dialog.wants_staff)])
        self._move(Phase.ENDED)

    # --- the assistant speaks -------------------------------------------------------------------------
    def _mark_returned(self, name: str) -> None:
        over, position = self.playback.mark_returned(name, self._now)
        if position is None:
            self._do([do.Ignored("MarkReturned", "of an earlier generation")])
            return
        self._do(self.transcript.mark_returned(name, self._now))
        self._reply_over(over)

    def _reply_over(self, reply: Reply | None) -> None:
        if reply is None:
            return
        self._do(self.floor.reply_over(reply))
        self._end_if_goodbye_was_heard(reply.response_id)

    def _response_done(self, response_id: str, status: str) -> None:
        self._do(self.turns.done(response_id, status))
        self._give_up_if_mute()
        if self.ended:
            return
        self._reply_over(self.playback.response_completed(response_id))
        if not self.ended and status != "cancelled":
            self._end_if_goodbye_was_heard(response_id)

    def _end_if_goodbye_was_heard(self, response_id: str) -> None:
        over = not self.playback.pending and self.turns.response_id != response_id
        if over and self.phase is Phase.CLOSING and self._purposes.get(response_id) is Purpose.GOODBYE:
            self._hang_up()

    def _give_up_if_mute(self) -> None:
        if self.turns.gave_up:
            self._leave("the provider does not answer")

    # --- the caller speaks ----------------------------------------------------------------------------
    def _transcribed(self, item_id: str, text: str) -> None:
        reply = self.playback.current
        asked = self.dialog.asked == "confirm" and reply is not None and reply.heard_fraction >= QUESTION_HEARD
        known = self.floor.listening.transcribed(
            item_id,
            text,
            self._now,
            shortest_ms=self.facts.min_utterance_ms,
            over_assistant=reply is not None and not asked,
        )
        self._hear(known)

    def _hear(self, is_news: bool) -> None:
        """Go through the utterances that are known by now, oldest first."""
        if not is_news:
            self._do([do.Ignored("CallerTranscript", "of no utterance we wait for")])
        while (heard := self.floor.listening.next_heard()) is not None:
            self._heard(*heard)
        if not self.floor.listening.overdue:
            self._do([do.StopTimer(TRANSCRIPT_TIMER)])

    def _heard(self, item_id: str, heard: Heard) -> None:
        """An utterance is over: take it as a turn, or let the assistant go on."""
        if heard.kind is not Kind.TURN:
            self._do([do.DeleteItem(item_id), do.Ignored("CallerTranscript", heard.kind.value)])
            if self.playback.paused:
                self._let_assistant_go_on()
            return
        self._take_turn(heard.timings)
        text = heard.timings.text
        if not text:
            self.turns.ask(Intent(Purpose.ANSWER))  # it heard what we cannot read
            return
        self._check = None  # the calendar's answer would be to what was said before
        request = self._request("u")
        self._readings.ask(request, is_question=text.endswith("?"))
        known = self.dialog
        self._do([do.RunUnderstanding(request, text, known.asked, known.wants_name, known.known_day)])

    def _let_assistant_go_on(self) -> None:
        actions, over = self.floor.resume()
        self._do(actions)
        self._reply_over(over)

    def _take_turn(self, timings: Timings) -> None:
        if self.playback.pending:
            self._do(self.floor.silence_assistant(self._now))
        elif self.turns.state is not State.IDLE:
            self._do(self.turns.cancel())  # an answer to what the caller has just gone past
        self.turns.forget()
        self._stay()
        self.silence.broken()
        self._do(self.transcript.caller_said(timings))

    # --- the server decides ---------------------------------------------------------------------------
    def _understood(self, event: ev.Understood) -> None:
        if not self._readings.answer(event.request_id, event.reading):
            self._do([do.Ignored("Understood", "answered before")])
        self._read()

    def _read(self) -> None:
        """Go on from the sentences understood by now. While an appointment is being written they wait for it."""
        while self._booking is None or self._calendar_late:
            sentence = self._readings.next()
            if sentence is None or sentence.reading is None:
                return
            reading = sentence.reading
            if reading.farewell and not (reading.day or reading.hour):
                self._say_goodbye(None, "the caller said goodbye")
                continue
            moves = self.dialog.read(
                reading,
                today=self._today,
                is_question=sentence.is_question,
                before_booking=sentence.before_booking,
            )
            self._follow(moves)

    def _slot_checked(self, request_id: str, answer: ev.SlotAnswer) -> None:
        if request_id != self._check:
            self._do([do.Ignored("SlotChecked", "the caller has said more since")])
            return
        self._check = None
        self._do([do.StopTimer(CALENDAR_TIMER)])
        self._follow(self.dialog.slot_checked(answer, today=self._today))

    def _booking_answered(self, event: ev.BookingAnswered) -> None:
        if event.request_id != self._booking:
            self._do([do.Ignored("BookingAnswered", "answered before")])
            return
        self._booking = None
        self._do([do.StopTimer(CALENDAR_TIMER)])
        self._readings.booked()
        self._follow(self.dialog.booking_answered(event.answer))
        self._read()

    def _follow(self, moves: Iterable[Move]) -> None:
        for move in moves:
            match move:
                case Say(item=item, lasting=lasting):
                    self.turns.ask(Intent(Purpose.ANSWER, item, lasting))
                case Note(item=item):
                    self._tell(self.turns.item(item))
                case Goodbye():
                    self._say_goodbye(None, "the caller needs nothing more")
                case Check(start=start, service=service):
                    self._check = self._ask_calendar("s")
                    self._do([do.CheckSlot(self._check, start, service)])
                case Book(start=start, name=name, phone=phone, service=service):
                    self._booking = self._ask_calendar("b")
                    self._do([do.BookAppointment(self._booking, start, name, phone, service)])

    def _ask_calendar(self, kind: str) -> str:
        self._calendar_late = False
        self._do([do.StartTimer(CALENDAR_TIMER, CALENDAR_WITHIN_MS)])
        return self._request(kind)

    def _calendar_silent(self) -> None:
        """No answer in time: say so. A booking is still waited for, since its row may be there."""
        if self._check is not None or self._booking is not None:
            self._check, self._calendar_late = None, True
            self._follow(self.dialog.calendar_silent())

    def _request(self, kind: str) -> str:
        self._requests += 1
        return f"{kind}{self._requests}"

    @property
    def _today(self) -> date:
        return local_date(self.facts, self._now)

    # --- keys, timers ---------------------------------------------------------------------------------
    def _key_pressed(self, key: str) -> None:
        keyed = self.keypad.press(key)
        if keyed is Keyed.IGNORED:
            self._do([do.Ignored("KeyPressed", "nothing to commit")])
            return
        self._do(self.floor.silence_assistant(self._now))
        self.turns.forget()
        self._stay()
        self.silence.broken()
        if keyed is Keyed.COMMITTED:
            self._commit_keys()
        elif keyed is Keyed.CLEARED:
            self._do([do.StopTimer(KEYPAD_TIMER)])
        else:
            wait = KEYPAD_COMMIT_MS if keyed is Keyed.COMPLETE else KEYPAD_GIVE_UP_MS
            self._do([do.StartTimer(KEYPAD_TIMER, wait)])

    def _commit_keys(self) -> None:
        digits = self.keypad.take()
        timings = Timings(0, digits, self._now, stopped_ms=self._now, eou_reason="keypad")
        self._do([do.StopTimer(KEYPAD_TIMER)])
        self._do(self.transcript.caller_said(timings))
        self._follow(self.dialog.phone_keyed(digits, today=self._today))

    def _timer_fired(self, name: str) -> None:
        if name == SESSION_TIMER and self.phase is Phase.CONNECTING:
            self._leave("the provider's session did not begin")
        elif name == RESPONSE_TIMER:
            self._do(self.turns.overdue())
            self._give_up_if_mute()
        elif name == BARGE_IN_TIMER and self.playback.paused:
            if self.floor.listening.speaking:
                self._do(self.floor.silence_assistant(self._now))
            else:
                self._let_assistant_go_on()
        elif name == KEYPAD_TIMER and self.keypad.digits:
            self._commit_keys()
        elif name == TRANSCRIPT_TIMER:
            for item_id in self.floor.listening.overdue:
                self._hear(self.floor.listening.given_up(item_id))
        elif name == UTTERANCE_TIMER:
            self._do(self.floor.utterance_endless(self._now))
        elif name == CALENDAR_TIMER:
            self._calendar_silent()
        elif name == GOODBYE_TIMER and self.phase is Phase.CLOSING:
            self._goodbye_overdue()
        elif name == SILENCE_TIMER and self.silence.running:
            self._silence_elapsed()

    def _silence_elapsed(self) -> None:
        if self.silence.elapsed() is Silence.ASKED:
            self.turns.ask(Intent(Purpose.STILL_THERE, "[SERVER] silence: still_there"))
        else:
            self._say_goodbye("[SERVER] silence: goodbye", "the caller was silent")

    # --- after every event ----------------------------------------------------------------------------
    def _settle(self) -> None:
        """Let the assistant speak if it may, and watch for silence if nobody does."""
        busy = bool(
            self.floor.contested
            or self._check
            or (self._booking and not self._calendar_late)
            or (self._readings.waiting and not self._calendar_late)
            or self.keypad.digits
            or self.phase is Phase.CONNECTING
        )
        if not busy:
            self._tell(self.turns.release())
        quiet = not (busy or self.playback.pending or self.turns.state is not State.IDLE)
        if quiet and self.phase is Phase.TALKING and not self.silence.running:
            self.silence.running = True
            self._do([do.StartTimer(SILENCE_TIMER, PATIENCE_MS)])
        elif not quiet and self.silence.running:
            self.silence.running = False
            self._do([do.StopTimer(SILENCE_TIMER)])

    def _tell(self, actions: Iterable[do.AnyAction]) -> None:
        """Send actions to the provider, and keep each `[SERVER]` item as a line of the transcript."""
        for action in actions:
            self._out.append(action)
            if isinstance(action, do.AddServerItem):
                self._do(self.transcript.server_said(action.text, self._now))

    def _do(self, actions: Iterable[do.AnyAction]) -> None:
        self._out.extend(actions)

    def _move(self, to: Phase) -> None:
        if to not in MOVES[self.phase]:
            raise ValueError(f"{self.phase} -> {to}")
        self.phase = to
