"""Who has the floor: the assistant's replies, the caller's utterances, and what happens where they meet.

Somebody who may be talking over the assistant holds its voice at once. Real words end the reply where it was heard;
a backchannel, an echo, noise or nothing lets it go on from there. A sentence that may be false is held as well,
until its last word tells.
"""

from __future__ import annotations

from enum import Enum

from calls.conversation import actions as do
from calls.conversation.events import ReplyAudio
from calls.conversation.listening import CERTAIN_SPEECH_MS, Listening
from calls.conversation.playback import LOCAL, Playback, Reply
from calls.conversation.transcript import Transcript
from calls.conversation.turns import State, Turns

BARGE_IN_TIMER = "barge_in"
TRANSCRIPT_TIMER = "transcript"
UTTERANCE_TIMER = "utterance"
RESUME_AFTER_MS = 1_200  # of silence after a suspected interruption
TRANSCRIPT_WITHIN_MS = 4_000
UTTERANCE_WITHIN_MS = 30_000  # a stalled line leaves the provider waiting for the silence that ends a turn
LONG_SPEECH_MS = 3_000  # nobody accompanies a sentence for so long
LONGEST_REPLY_MS = 30_000  # an assistant that does not stop is stopped
LOUD_BEFORE_MS = 600  # the provider tells of speech later than the level does


class Hold(Enum):
    """Why the assistant's voice is held back."""

    CALLER = "caller"  # they may be speaking
    TRUTH = "truth"  # what is being said may be false


class Floor:
    """The two voices of a call. Methods return what to do, in order."""

    def __init__(self, turns: Turns, transcript: Transcript) -> None:
        self.playback = Playback()
        self.listening = Listening()
        self.vad_silence_ms = 500
        self._last_speech_ms = 0
        self._turns = turns
        self._transcript = transcript
        self._holds: set[Hold] = set()
        self._held_for_level = False  # nothing but loudness holds the reply
        self._noisy = False  # loudness held this reply before and was nothing
        self._loud_at_ms = -LOUD_BEFORE_MS  # when the caller was loud last, while the assistant could be heard

    @property
    def contested(self) -> bool:
        """Somebody speaks, spoke and is not understood yet, or may be speaking."""
        return self.listening.waiting or Hold.CALLER in self._holds

    # --- the assistant --------------------------------------------------------------------------------
    def reply_audio(self, event: ReplyAudio) -> list[do.AnyAction]:
        if event.response_id != self._turns.response_id or self._turns.state is not State.ACTIVE:
            return [do.Ignored("ReplyAudio", "its response is over")]
        if self.playback.received(event.response_id, event.item_id, event.content_index, event.audio_ms):
            self._transcript.reply_began(event.item_id, event.at_ms)
        actions = self._turns.audible()
        if self.listening.speaking and not self.playback.paused:
            actions += self._hold(event.at_ms, CERTAIN_SPEECH_MS)  # the caller went on while the reply was made
        if self.playback.received_ms(event.response_id) > LONGEST_REPLY_MS:
            actions += self._turns.cancel()
        return actions

    def line_queued(self, item_id: str, text: str, audio_ms: int, at_ms: int) -> list[do.AnyAction]:
        """A line of our own is about to be played; it is interrupted like any reply."""
        self.playback.received(LOCAL, item_id, 0, audio_ms)
        self.playback.completed(item_id)
        self._transcript.reply_began(item_id, at_ms)
        actions = self._transcript.reply_text(item_id, text)
        if self.listening.speaking and not self.playback.paused:
            actions += self._hold(at_ms, CERTAIN_SPEECH_MS)
        return actions

    def doubt(self, at_ms: int) -> list[do.AnyAction]:
        """What is about to be heard may be false: not a word of it before the sentence is complete."""
        if Hold.TRUTH in self._holds or not self.playback.pending:
            return []
        self._holds.add(Hold.TRUTH)
        return [] if self.playback.paused else [do.PausePlayback(self.playback.pause(at_ms))]

    def believe(self, at_ms: int) -> tuple[list[do.AnyAction], Reply | None]:
        """The sentence is complete, and true. Also returns the reply that turns out to be over, if one does."""
        if Hold.TRUTH not in self._holds:
            return [], None
        self._holds.discard(Hold.TRUTH)
        return self._go_on(at_ms) if not self._holds else ([], None)

    def reply_over(self, reply: Reply) -> list[do.AnyAction]:
        """A reply was heard to its end."""
        self._noisy = False
        return [*self._transcript.reply_over(reply), *self._turns.heard(reply.response_id)]

    def silence_assistant(self, at_ms: int) -> list[do.AnyAction]:
        """Cut what is playing or coming, and tell the provider how much was heard."""
        generation, cut = self.playback.stop(at_ms)
        actions: list[do.AnyAction] = [do.StopPlayback(generation)] if cut else []
        if Hold.CALLER in self._holds:
            actions.append(do.StopTimer(BARGE_IN_TIMER))
        self._holds.clear()
        self._noisy = self._held_for_level = False
        actions += self._turns.cancel()
        for reply in cut:
            if reply.response_id != LOCAL and not reply.forgotten:
                heard = min(reply.heard_ms, reply.received_ms)
                actions.append(do.TruncateReply(reply.item_id, reply.content_index, heard))
            actions += self._transcript.reply_over(reply)
        return actions

    def resume(self, at_ms: int) -> tuple[list[do.AnyAction], Reply | None]:
        """It was no interruption. Also returns the reply that turns out to be over, if one does."""
        self._noisy = self._noisy or self._held_for_level
        self._held_for_level = False
        self._holds.discard(Hold.CALLER)
        stop = do.StopTimer(BARGE_IN_TIMER)
        if self._holds:
            return [stop], None
        actions, over = self._go_on(at_ms)
        return [stop, *actions], over

    def session_lost(self, response_id: str | None) -> Reply | None:
        """The provider is gone: nothing more comes of its reply, nor of what the caller was saying to it."""
        self.listening.forget()
        self.playback.session_lost()
        self._holds.discard(Hold.TRUTH)
        return self.playback.response_completed(response_id) if response_id else None

    def _go_on(self, at_ms: int) -> tuple[list[do.AnyAction], Reply | None]:
        over = self.playback.resume(at_ms)
        reply = self.playback.current
        item_id, heard_ms = (reply.item_id, reply.heard_ms) if reply else ("", 0)
        return [do.ResumePlayback(self.playback.generation, item_id, heard_ms)], over

    # --- the caller -----------------------------------------------------------------------------------
    def caller_loud(self, at_ms: int) -> list[do.AnyAction]:
        """Loud enough for speech. In a noisy place that holds each reply once; after that only speech does."""
        self._loud_at_ms = at_ms
        if not self.playback.audible or self._noisy:
            return []
        self._held_for_level = True
        return self._hold(at_ms, RESUME_AFTER_MS)

    def speech_started(self, item_id: str, at_ms: int) -> list[do.AnyAction]:
        self.listening.started(item_id, at_ms, barged_in=self.playback.pending)
        self._held_for_level = False
        actions: list[do.AnyAction] = [do.StartTimer(UTTERANCE_TIMER, UTTERANCE_WITHIN_MS)]
        if self.playback.paused or self.playback.audible:
            actions += self._hold(at_ms, CERTAIN_SPEECH_MS)
        return actions

    def speech_stopped(self, item_id: str, speech_ms: int, at_ms: int) -> list[do.AnyAction]:
        self._last_speech_ms = self.listening.stopped(item_id, at_ms - self.vad_silence_ms, speech_ms)
        waits = self._await_transcript()
        if Hold.CALLER not in self._holds:
            return waits
        return [*waits, do.StartTimer(BARGE_IN_TIMER, RESUME_AFTER_MS)]

    def undecided(self, at_ms: int) -> tuple[list[do.AnyAction], Reply | None] | None:
        """The reply has been held for a while, and no words tell yet whether the caller interrupts.

        None if they do: the reply is to be cut. Also returns the reply that turns out to be over, if one does.
        """
        if (speaking_ms := self.listening.speaking_for(at_ms)) is not None:
            if speaking_ms >= LONG_SPEECH_MS:
                return None
            return [do.StartTimer(BARGE_IN_TIMER, LONG_SPEECH_MS - speaking_ms)], None
        if self.listening.waiting and self._last_speech_ms >= CERTAIN_SPEECH_MS:
            return None
        return self.resume(at_ms)

    def is_echo(self, item_id: str, text: str) -> bool:
        """The assistant's own words, come back softly from a loudspeaker."""
        began_ms = self.listening.barged_in_at(item_id)
        if began_ms is None or self._loud_at_ms > began_ms - LOUD_BEFORE_MS:
            return False
        return self._transcript.was_being_said(text)

    def committed(self, item_id: str, at_ms: int) -> list[do.AnyAction]:
        self.listening.committed(item_id, at_ms)
        return self._await_transcript() if self.listening.overdue else []

    def utterance_endless(self, at_ms: int) -> list[do.AnyAction]:
        """Speech that nobody ended is over now, whatever it was."""
        if (item_id := self.listening.speaking) is None:
            return []
        return self.speech_stopped(item_id, 0, at_ms)

    def _await_transcript(self) -> list[do.AnyAction]:
        return [do.StopTimer(UTTERANCE_TIMER), do.StartTimer(TRANSCRIPT_TIMER, TRANSCRIPT_WITHIN_MS)]

    def _hold(self, at_ms: int, patience_ms: int) -> list[do.AnyAction]:
        timer = do.StartTimer(BARGE_IN_TIMER, patience_ms)
        self._holds.add(Hold.CALLER)
        if self.playback.paused:
            return [timer]
        return [do.PausePlayback(self.playback.pause(at_ms)), timer]
