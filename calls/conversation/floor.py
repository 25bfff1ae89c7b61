"""Who has the floor: the assistant's replies, the caller's utterances, and what happens where they meet.

Somebody who may be talking over the assistant holds its voice at once. Certain speech, or real words, end the
reply where it was heard; a backchannel, noise or nothing lets it go on from there.
"""

from __future__ import annotations

from calls.conversation import actions as do
from calls.conversation.events import ReplyAudio
from calls.conversation.listening import CERTAIN_SPEECH_MS, Listening
from calls.conversation.playback import Playback, Reply
from calls.conversation.transcript import Transcript
from calls.conversation.turns import State, Turns

BARGE_IN_TIMER = "barge_in"
TRANSCRIPT_TIMER = "transcript"
UTTERANCE_TIMER = "utterance"
RESUME_AFTER_MS = 1_200  # of silence after a suspected interruption
TRANSCRIPT_WITHIN_MS = 4_000
UTTERANCE_WITHIN_MS = 30_000  # a stalled line leaves the provider waiting for the silence that ends a turn


class Floor:
    """The two voices of a call. Methods return what to do, in order."""

    def __init__(self, turns: Turns, transcript: Transcript) -> None:
        self.playback = Playback()
        self.listening = Listening()
        self.vad_silence_ms = 500
        self._turns = turns
        self._transcript = transcript
        self._held_for_level = False  # nothing but loudness holds the reply
        self._noisy = False  # loudness held this reply before and was nothing

    @property
    def contested(self) -> bool:
        """Somebody speaks, spoke and is not understood yet, or may be speaking."""
        return self.listening.waiting or self.playback.paused

    # --- the assistant --------------------------------------------------------------------------------
    def reply_audio(self, event: ReplyAudio) -> list[do.AnyAction]:
        if event.response_id != self._turns.response_id or self._turns.state is not State.ACTIVE:
            return [do.Ignored("ReplyAudio", "its response is over")]
        if self.playback.received(event.response_id, event.item_id, event.content_index, event.audio_ms):
            self._transcript.reply_began(event.item_id, event.at_ms)
        actions = self._turns.audible()
        if self.listening.speaking and not self.playback.paused:
            actions += self._hold(event.at_ms, CERTAIN_SPEECH_MS)  # the caller went on while the reply was made
        return actions

    def reply_over(self, reply: Reply) -> list[do.AnyAction]:
        """A reply was heard to its end."""
        self._noisy = False
        return [*self._transcript.reply_over(reply), *self._turns.heard(reply.response_id)]

    def silence_assistant(self, at_ms: int) -> list[do.AnyAction]:
        """Cut what is playing or coming, and tell the provider how much was heard."""
        generation, cut = self.playback.stop(at_ms)
        self._noisy = self._held_for_level = False
        actions: list[do.AnyAction] = []
        if cut:
            actions += [do.StopPlayback(generation), do.StopTimer(BARGE_IN_TIMER)]
        actions += self._turns.cancel()
        for reply in cut:
            heard = min(reply.heard_ms, reply.received_ms)
            actions.append(do.TruncateReply(reply.item_id, reply.content_index, heard))
            actions += self._transcript.reply_over(reply)
        return actions

    def resume(self) -> tuple[list[do.AnyAction], Reply | None]:
        """It was no interruption. Also returns the reply that turns out to be over, if one does."""
        self._noisy = self._noisy or self._held_for_level
        self._held_for_level = False
        over = self.playback.resume()
        reply = self.playback.current
        item_id, heard_ms = (reply.item_id, reply.heard_ms) if reply else ("", 0)
        goes_on = do.ResumePlayback(self.playback.generation, item_id, heard_ms)
        return [do.StopTimer(BARGE_IN_TIMER), goes_on], over

    # --- the caller -----------------------------------------------------------------------------------
    def caller_loud(self, at_ms: int) -> list[do.AnyAction]:
        """Loud enough for speech. In a noisy place that holds each reply once; after that only speech does."""
        if not self.playback.audible or self._noisy:
            return []
        self._held_for_level = True
        return self._hold(at_ms, RESUME_AFTER_MS)

    def speech_started(self, item_id: str, at_ms: int) -> list[do.AnyAction]:
        self.listening.started(item_id, at_ms, barged_in=self.playback.pending)
        self._held_for_level = False
        actions: list[do.AnyAction] = [do.StartTimer(UTTERANCE_TIMER, UTTERANCE_WITHIN_MS)]
        if self.playback.paused:
            return [*actions, do.StartTimer(BARGE_IN_TIMER, CERTAIN_SPEECH_MS)]
        return actions + (self._hold(at_ms, CERTAIN_SPEECH_MS) if self.playback.audible else [])

    def speech_stopped(self, item_id: str, speech_ms: int, at_ms: int) -> list[do.AnyAction]:
        length_ms = self.listening.stopped(item_id, at_ms - self.vad_silence_ms, speech_ms)
        waits = self._await_transcript()
        if not self.playback.paused:
            return waits
        if length_ms >= CERTAIN_SPEECH_MS:
            return waits + self.silence_assistant(at_ms)
        return [*waits, do.StartTimer(BARGE_IN_TIMER, RESUME_AFTER_MS)]

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
        generation = self.playback.pause(at_ms)
        return [do.PausePlayback(generation), do.StartTimer(BARGE_IN_TIMER, patience_ms)]
