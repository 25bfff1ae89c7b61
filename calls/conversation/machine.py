"""The conversation: one table of states, one door for events, and the parts that know the details.

    CONNECTING -> TALKING -> CLOSING -> ENDED
             `-> OFFLINE -'

CONNECTING waits for the carrier and for the provider; OFFLINE goes on without the provider, by our own lines and the
caller's keys; CLOSING has a goodbye on its way, which new words of the caller take back. The parts are machines too:
`floor` (who speaks), `turns` (one response at a time), `link` (the provider's session), `server` (what is decided and
done), `speaking` (whether it is true), `keypad`, `silence`, `waiting`, `limits`, `transcript`.

The conversation is told in layers, each a subject of its own and standing on the one before: `stage`, `endings`,
`honesty`, `deciding`, `connected`, `watching`, `staff`, and here the door.
"""

from __future__ import annotations

from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.deciding import KEYPAD_TIMER
from calls.conversation.endings import GOODBYE_TIMER
from calls.conversation.errands import CALENDAR_TIMER
from calls.conversation.floor import BARGE_IN_TIMER, TRANSCRIPT_TIMER, UTTERANCE_TIMER
from calls.conversation.honesty import CUT_TIMER, TRUTH_TIMER
from calls.conversation.limits import LIMIT_TIMER
from calls.conversation.link import RENEWAL_TIMER, SESSION_TIMER
from calls.conversation.listening import Heard, Kind
from calls.conversation.silence import SILENCE_TIMER
from calls.conversation.staff import Staffed
from calls.conversation.stage import MOVES, Phase
from calls.conversation.timings import Timings
from calls.conversation.turns import RESPONSE_TIMER, RETRY_TIMER, Intent, Purpose
from calls.conversation.waiting import WAITING_TIMER
from calls.conversation.watching import MENU_TIMER, PLAYED_TIMER

__all__ = ["MOVES", "Conversation", "Phase"]

SPEECH_MS = 1_000  # from its start to the pause that ended it; less may be a cough
QUESTION_HEARD = 0.8  # of a question's audio; from then on "כן" answers it
ENDING_SOON = "[SERVER] fact: נצטרך לסיים בעוד רגע. יש עוד משהו קצר?"
LIMIT_REACHED = "[SERVER] fact: כאן נסיים. אפשר להתקשר שוב בכל עת, להתראות."

OF_A_SESSION = (
    *(ev.ProviderReady, ev.ProviderLost, ev.ProviderError),
    *(ev.SpeechStarted, ev.SpeechStopped, ev.TurnCommitted, ev.TranscriptStarted),
    *(ev.CallerTranscript, ev.TranscriptFailed, ev.CallerTyped, ev.ResponseCreated, ev.ResponseDone),
    *(ev.ReplyAudio, ev.ReplyAudioDone, ev.ReplyWords, ev.ReplyText),
)


class Conversation(Staffed):
    """One call. `handle` is the only door; it never waits, and never acts after the end."""

    def __init__(self) -> None:
        super().__init__()
        self._typed_lines = 0
        self._unread: list[str] = []  # written before somebody answered
        self._timers = {
            SESSION_TIMER: self._session_overdue,
            RENEWAL_TIMER: lambda: self._do(self.link.renew(is_quiet=self._is_quiet)),
            RESPONSE_TIMER: lambda: self._do(self.turns.overdue()),
            RETRY_TIMER: self.turns.retry,
            BARGE_IN_TIMER: self._undecided,
            TRUTH_TIMER: self._judge_unfinished,
            CUT_TIMER: self._cut_elapsed,
            PLAYED_TIMER: self._played,
            KEYPAD_TIMER: self._keypad_elapsed,
            TRANSCRIPT_TIMER: self._transcripts_overdue,
            UTTERANCE_TIMER: lambda: self._do(self.floor.utterance_endless(self._now)),
            CALENDAR_TIMER: lambda: self._follow(self.server.overdue(self._now)),
            GOODBYE_TIMER: self._goodbye_overdue,
            SILENCE_TIMER: self._silence_elapsed,
            WAITING_TIMER: self._waited,
            LIMIT_TIMER: self._limit_elapsed,
            MENU_TIMER: self._menu_elapsed,
        }

    def handle(self, event: ev.AnyEvent) -> list[do.AnyAction]:
        """What to do about an event, in order. Events after the end are ignored."""
        if self.ended:
            return [do.Ignored(type(event).__name__, "the call is over")]
        if self.link.given_up and isinstance(event, OF_A_SESSION):
            return [do.Ignored(type(event).__name__, "the call goes on without the provider")]
        self._now, self._out = event.at_ms, []
        self._dispatch(event)
        while self._unread and self.phase is Phase.TALKING:
            self._typed(self._unread.pop(0))
        if not self.ended:
            self._give_up_if_mute()
        if not self.ended:
            self._speak_if_allowed()
            self._watch()
        return self._out

    # --- the door -------------------------------------------------------------------------------------
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
            case ev.ReplyWords(item_id=item_id, text=text):
                self._reply_words(item_id, text)
            case ev.ReplyText(item_id=item_id, text=text):
                self._do(self.transcript.reply_text(item_id, text))
                self._weigh(self.speaking.finished(item_id, text, self._received_ms(item_id), self._today))
            case ev.CallerLoud():
                self._caller_loud()
            case ev.SpeechStarted(item_id=item_id):
                self._do(self.floor.speech_started(item_id, self._now))
            case ev.SpeechStopped(item_id=item_id, speech_ms=speech_ms):
                if (self.floor.listening.speaking_for(self._now) or 0) >= SPEECH_MS:
                    self._acted_ms = self._now - self.floor.vad_silence_ms
                self._do(self.floor.speech_stopped(item_id, speech_ms, self._now))
            case ev.TurnCommitted(item_id=item_id):
                self._do(self.floor.committed(item_id, self._now))
            case ev.TranscriptStarted(item_id=item_id):
                self.floor.listening.partly_transcribed(item_id, self._now)
            case ev.CallerTranscript(item_id=item_id, text=text):
                self._transcribed(item_id, text)
            case ev.TranscriptFailed(item_id=item_id):
                self._hear(self.floor.listening.failed(item_id, over_assistant=self._speaks_over(item_id)))
            case ev.ResponseCreated(response_id=response_id, intent_id=intent_id):
                self._response_created(response_id, intent_id)
            case ev.ResponseDone():
                self._response_done(event)
            case ev.KeyPressed(key=key):
                self._key_pressed(key)
            case ev.CallerTyped(text=text):
                self._typed(text)
            case ev.LineQueued():
                self._line_queued(event)
            case ev.TimerFired(name=name):
                self._timer_fired(name)
            case _:
                self._dispatch_answer(event)

    def _dispatch_answer(self, event: ev.AnyEvent) -> None:
        """What our own workers and the two connections tell."""
        match event:
            case ev.Understood():
                self._follow(self.server.understood(event, self._today))
            case ev.SlotChecked():
                self._follow(self.server.slot_checked(event, self._today))
            case ev.AppointmentsFound():
                self._follow(self.server.appointments_found(event, self._today))
            case ev.SlotsFound():
                self._follow(self.server.slots_found(event))
            case ev.BookingAnswered():
                self.telling.deed_unheard = self.telling.deed_unheard or event.answer.ok
                self._follow(self.server.written(event, self._today))
            case ev.CallAnswered(facts=facts):
                self._call_answered(facts)
            case ev.ProviderReady(expires_in_ms=expires_in_ms):
                self._provider_ready(expires_in_ms)
            case ev.ProviderError(code=code, event_id=event_id):
                self._provider_erred(code, event_id)
            case ev.ProviderLost(reason=reason, fatal=fatal):
                self._provider_lost(reason, fatal=fatal)
            case ev.CallerHungUp():
                self._finish("caller hung up")
            case ev.StaffWhispered() | ev.StaffTakesOver() | ev.StaffEnds():
                self._staff_asks(event)
            case _:
                raise TypeError(f"no handler for {type(event).__name__}")

    # --- the assistant speaks -------------------------------------------------------------------------
    def _mark_returned(self, name: str) -> None:
        over, position = self.playback.mark_returned(name, self._now)
        if position is None:
            self._do([do.Ignored("MarkReturned", "of an earlier generation")])
            return
        self._do(self.transcript.mark_returned(name, self._now))
        self._reply_over(over)

    def _response_created(self, response_id: str, intent_id: str) -> None:
        self._do(self.turns.created(response_id, intent_id))
        if self.turns.response_id == response_id and self.turns.purpose is not None:
            self._purposes[response_id] = self.turns.purpose
            self.telling.begins(response_id, self.turns.items_in_flight)

    def _response_done(self, event: ev.ResponseDone) -> None:
        if self.limits.spend(event.cost_microusd):
            self._do(self.limits.notice(of_cost=True))
            self._notice_limit()
        self._do(self.turns.done(event.response_id, event.status, event.code))
        self._reply_over(self.playback.response_completed(event.response_id))
        if not self.ended and event.status != "cancelled":
            self._end_if_goodbye_was_heard(event.response_id)

    # --- the caller speaks ----------------------------------------------------------------------------
    def _transcribed(self, item_id: str, text: str) -> None:
        listening, reply = self.floor.listening, self.playback.current
        answers = self.server.dialog.awaits_answer and (reply is None or reply.heard_fraction >= QUESTION_HEARD)
        speaks = self._speaks_over(item_id)
        known = listening.transcribed(
            item_id,
            text,
            self._now,
            shortest_ms=self.facts.min_utterance_ms,
            over_assistant=speaks and not answers,
            is_echo=self.floor.is_echo(item_id, text),
        )
        self._hear(known)

    def _speaks_over(self, item_id: str) -> bool:
        """The utterance met, or meets, the assistant's voice."""
        return self.playback.current is not None or self.floor.listening.barged_in_at(item_id) is not None

    def _hear(self, is_news: bool) -> None:
        """Go through the utterances that are known by now, oldest first."""
        if not is_news:
            self._do([do.Ignored("CallerTranscript", "of no utterance we wait for")])
        while not self.ended and (heard := self.floor.listening.next_heard()) is not None:
            self._heard(*heard)
        if not self.floor.listening.overdue:
            self._do([do.StopTimer(TRANSCRIPT_TIMER)])

    def _heard(self, item_id: str, heard: Heard) -> None:
        """An utterance is over: take it as a turn, or let the assistant go on."""
        if heard.kind is not Kind.TURN:
            self._do([do.DeleteItem(item_id), do.Ignored("CallerTranscript", heard.kind.value)])
            self._let_assistant_go_on()
            return
        question_heard = self._question_is_heard
        self._take_turn(heard.timings)
        if text := heard.timings.text:
            self._follow(self.server.said(text, question_heard=question_heard))
        else:
            self._follow(self.server.follow(self.server.dialog.not_heard()))

    def _typed(self, text: str) -> None:
        """A sentence in writing is a turn at once. Who writes may read the question before it was spoken to its end."""
        if self.phase is Phase.CONNECTING:
            self._unread.append(text)
            return
        question_read = self._question_is_heard or self.playback.current is not None
        self._acted_ms = self._now
        self._typed_lines += 1
        self._take_turn(Timings(0, text, self._now, stopped_ms=self._now, eou_reason="typed"))
        if self.link.up:  # else the next session is told of it with the rest
            self._do([do.AddCallerItem(f"typed_{self._typed_lines}", text)])
        self._follow(self.server.said(text, question_heard=question_read))

    @property
    def _question_is_heard(self) -> bool:
        """What was asked last has been heard, as far as it takes to answer it."""
        reply = self.playback.current
        if reply is None:
            return not self.turns.busy
        return reply.heard_fraction >= QUESTION_HEARD

    def _let_assistant_go_on(self) -> None:
        if self.floor.listening.speaking is None and self.playback.paused:
            actions, over = self.floor.resume(self._now)
            self._do(actions)
            self._reply_over(over)

    def _take_turn(self, timings: Timings) -> None:
        self._cut()
        self.turns.forget()
        self._keys_wait()
        self.server.menu = None if self.phase is not Phase.OFFLINE else self.server.menu
        self._stay()
        self.silence.broken()
        self.waiting.over()
        self._turn_ended_ms = self._now if timings.stopped_ms is None else timings.stopped_ms
        self._do(self.transcript.caller_said(timings))

    # --- timers ---------------------------------------------------------------------------------------
    def _timer_fired(self, name: str) -> None:
        elapsed = self._timers.get(name)
        if elapsed is None:
            raise ValueError(f"nobody started a timer {name}")
        elapsed()

    def _session_overdue(self) -> None:
        if self.link.up and not self.link.renewing:
            return
        self._do(self.link.overdue())
        if self.link.late:
            self._hold_the_line()
        if self.link.given_up:
            self._forget_session()
            self._go_offline("the provider's session did not begin")

    def _undecided(self) -> None:
        if not self.playback.paused:
            return
        if (decided := self.floor.undecided(self._now)) is None:
            self._cut()
            return
        actions, over = decided
        self._do(actions)
        self._reply_over(over)

    def _transcripts_overdue(self) -> None:
        for item_id in self.floor.listening.overdue:
            self._hear(self.floor.listening.given_up(item_id, over_assistant=self._speaks_over(item_id)))

    def _limit_elapsed(self) -> None:
        """The end is near, or there."""
        if not self.limits.elapsed():
            self._do(self.limits.notice())
            self._notice_limit()
        elif not self._by_line:
            self._say_goodbye(LIMIT_REACHED, "the call's limit was reached")
        elif self.phase is not Phase.CLOSING:
            self._bye("limit_goodbye", "the call's limit was reached")

    @property
    def _by_line(self) -> bool:
        """The assistant cannot speak, or the menu does: a line of ours tells."""
        return not self.link.up or self.server.menu is not None

    def _notice_limit(self) -> None:
        if self._by_line:
            self._speak("limit_near")
        else:
            self.turns.ask(Intent(Purpose.ANSWER, ENDING_SOON, lasting=True))

    def _speak_if_allowed(self) -> None:
        """Let the assistant say what waits, unless somebody else has the floor, or its words are counted."""
        in_hand = self.floor.contested or self.server.busy or self._keying or self.server.menu is not None
        ending = bool(self._cut_due or self._last_line)
        if self.link.up and self.phase in (Phase.TALKING, Phase.CLOSING) and not in_hand and not ending:
            self._tell(self.turns.release())
