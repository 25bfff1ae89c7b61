"""The two connections: the call begins when both are there, and goes on when the provider's is lost."""

from __future__ import annotations

from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.deciding import Deciding
from calls.conversation.stage import Phase
from calls.conversation.turns import RESPONSE_TIMER, Intent, Purpose

RESUMED = {
    "transfer_failed": "[SERVER] fact: אין מענה כרגע. אפשר להשאיר הודעה, ונחזור אליכם.",
    "stream_lost": "[SERVER] fact: חזרנו, סליחה על ההפסקה. איפה עצרנו?",
}
GOODBYE_MS = 800  # of a goodbye that was broken off; the caller knows then
UNREACHABLE = "unreachable"  # told after two attempts
NOT_RENEWED = "renewal_failed"  # the session before it is still there


class Connected(Deciding):
    """Opening, losing, renewing."""

    def __init__(self) -> None:
        super().__init__()
        self._greeted = False  # by our own copy of the greeting

    def _call_answered(self, facts: ev.CallFacts) -> None:
        self._answered = True
        self._begin(facts)
        self.transcript.resume(facts.first_line, facts.history)
        self._do([*self.link.answered(), *self.limits.begin()])
        if facts.greeting_at_hand and not facts.resumed:
            self._greeted = True
            self._speak("greeting")
        if self.link.given_up:
            self._go_offline("the provider is unreachable")
        else:
            self._open()

    def _open(self) -> None:
        """Both sides are there: the first word is ours."""
        if not (self._answered and self.link.up and self.phase is Phase.CONNECTING):
            return
        self._move(Phase.TALKING)
        if self.facts.resumed:
            self._tell_history()
            self.turns.ask(
                Intent(Purpose.ANSWER, RESUMED.get(self.facts.resumed, RESUMED["stream_lost"]), lasting=True)
            )
        elif self._greeted:
            self._do([do.AddHistoryItem("greeting", "assistant", self.facts.greeting)])
        else:
            self.turns.ask(Intent(Purpose.GREETING))

    def _provider_ready(self, expires_in_ms: int) -> None:
        replaces = self.link.up  # a session that still served until now
        self._do(self.link.ready(expires_in_ms))
        if self.phase is Phase.CONNECTING:
            self._open()
            self._tell_notes()
            return
        if replaces:
            self._forget_session()
        self._tell_history()
        self._tell_notes()
        if self.floor.vad_silence_ms != self.facts.vad_silence_ms:
            self._do([do.SetPatience(self.floor.vad_silence_ms)])

    def _provider_lost(self, reason: str, *, fatal: bool) -> None:
        useless = fatal or (reason == UNREACHABLE and self.phase is Phase.CONNECTING)
        self._do(self.link.lost(fatal=useless))
        self._forget_session()
        if self.link.given_up:
            self._go_offline(f"provider lost: {reason}")
        elif self.phase is Phase.CLOSING:
            self._part()

    def _part(self) -> None:
        """The assistant cannot say goodbye any more: a line of ours does, unless enough of its goodbye has come."""
        if self._last_line:
            return  # ours it is already
        reply = self.playback.current
        parting = reply is not None and self._purposes.get(reply.response_id) is Purpose.GOODBYE
        if reply is None or not parting or reply.received_ms < GOODBYE_MS:
            self._bye("goodbye", self._leave_reason)

    def _provider_erred(self, code: str, event_id: str) -> None:
        if code == NOT_RENEWED and not self.link.up:
            self._provider_lost(code, fatal=False)  # and the one before it was given up
        else:
            self._do(self.turns.refused(code, event_id))

    def _forget_session(self) -> None:
        """Whatever was under way with the provider is gone with its session; what was not said is said again."""
        response_id, must_stop = self.turns.response_id, self.speaking.doubtful or bool(self._cut_due)
        if self.turns.items_in_flight:
            self.telling.said_anew(response_id or "")
        self.turns.lost()
        self._do([do.StopTimer(RESPONSE_TIMER)])
        if must_stop:
            self._cut()
        self._cut_what_nobody_knows()
        self._reply_over(self.floor.session_lost(response_id))

    def _tell_history(self) -> None:
        """A new session must know what was said so far."""
        for position, (speaker, text) in enumerate(self.transcript.recent):
            self._do([do.AddHistoryItem(f"h{self.link.sessions}_{position}", speaker, text)])

    def _give_up_if_mute(self) -> None:
        """The session lives, and answers nothing: it is as good as lost."""
        if self.turns.gave_up and not self.link.given_up:
            self._give_up_session(fatal=self.turns.fatal)

    def _give_up_session(self, *, fatal: bool) -> None:
        """We leave it, not it us: what it has begun to say will never be complete."""
        if self.playback.dry_for(self._now) is not None:
            self._cut()
        self._provider_lost("no answer", fatal=fatal)

    def _go_offline(self, reason: str) -> None:
        """On without the provider: our own lines, the caller's keys."""
        if not self._answered or self.phase in (Phase.OFFLINE, Phase.ENDED):
            return  # before the call's facts nobody can be helped; they are on their way
        self._leave_reason = reason
        if self.phase is Phase.CLOSING:
            self._part()
            return
        self._move(Phase.OFFLINE)
        self.floor.listening.lost_words = False  # nobody will hear them
        self.server.readings.forget()
        self._open_menu("")
        self.turns.drop_all()
