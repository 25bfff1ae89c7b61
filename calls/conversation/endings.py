"""How a call ends: in a goodbye that is heard, with a person, with a message, or when the caller has gone."""

from __future__ import annotations

from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.amends import amends
from calls.conversation.playback import LOCAL, Reply
from calls.conversation.stage import Phase, Stage
from calls.conversation.telling import CORRECTION
from calls.conversation.turns import Intent, Purpose

GOODBYE_TIMER = "goodbye"
GOODBYE_WITHIN_MS = 10_000
HAND_OVER_WITHIN_MS = 300  # of what the caller says into the words before it
GOODBYE_PATIENCE = 3  # such waits, while there is still something to hear


class Endings(Stage):
    """Everything after which there is nothing more."""

    def __init__(self) -> None:
        super().__init__()
        self._goodbye_waits = 0
        self._hands_over: do.HandOver | None = None  # once the caller was told
        self._purposes: dict[str, Purpose] = {}  # by response id
        self._lies = 0  # in a row
        self._last_line = ""  # after which the call ends
        self._leave_reason = ""

    def _say_goodbye(self, item: str | None, reason: str) -> None:
        if not self.link.up:
            self._bye("goodbye", reason)
            return
        if self.phase is Phase.TALKING:
            self._move(Phase.CLOSING)
        self._leave_reason, self._goodbye_waits = reason, 0
        self.turns.ask(Intent(Purpose.GOODBYE, item))
        self._do([do.StartTimer(GOODBYE_TIMER, GOODBYE_WITHIN_MS)])

    def _bye(self, key: str, reason: str) -> None:
        """The last words, in a line of our own."""
        self._leave_reason = reason
        if self.phase is not Phase.CLOSING:
            self._move(Phase.CLOSING)
        self._make_amends()
        self._last_line = self._speak(key)
        self._do([do.StartTimer(GOODBYE_TIMER, GOODBYE_WITHIN_MS)])

    def _make_amends(self) -> None:
        """The assistant will not put right what it said, or not soon: lines of ours do."""
        texts = [item.partition(": ")[2] for item in self.turns.take(CORRECTION)]
        for line in amends(texts, stands=self.server.guard.stands, today=self._today):
            self._speak(line.key, line.values)

    def _end_after_lines(self, reason: str) -> None:
        """What was spoken just now are the last words."""
        self._leave_reason = reason
        if self.phase is not Phase.CLOSING:
            self._move(Phase.CLOSING)
        self._last_line = f"{LOCAL}_{self._lines}"
        self._do([do.StartTimer(GOODBYE_TIMER, GOODBYE_WITHIN_MS)])

    def _goodbye_overdue(self) -> None:
        """The goodbye was not heard to its end in time; while it, or the caller, can be heard we wait on."""
        if self.phase is not Phase.CLOSING:
            return
        if self._hands_over is not None:
            self._hang_up()
            return
        self._goodbye_waits += 1
        if (self.playback.pending or self.floor.contested) and self._goodbye_waits < GOODBYE_PATIENCE:
            self._do([do.StartTimer(GOODBYE_TIMER, GOODBYE_WITHIN_MS)])
        else:
            self._hang_up()

    def _stay(self) -> None:
        """The caller goes on talking: the goodbye is taken back, unless the call's time is up, or a person waits."""
        if self._hands_over is not None:
            self._do([do.StartTimer(GOODBYE_TIMER, HAND_OVER_WITHIN_MS)])
        elif self.phase is Phase.CLOSING and not self.limits.reached and self.link.up:
            self._move(Phase.TALKING)
            self._last_line = ""
            self._do([do.StopTimer(GOODBYE_TIMER)])

    def _hang_up(self) -> None:
        """The last word was said, or will not be: the call ends, or goes on with somebody else."""
        if self._hands_over is not None:
            to = self._hands_over.to
            self._do([self._hands_over])
            self._finish(f"handed over: {to}", outcome="transferred" if to == "transfer" else "message")
            return
        self._do([do.HangUp(self._leave_reason)])
        self._finish(self._leave_reason)

    def _hand_over(self, to: str, topic: str) -> None:
        """The caller leaves us for a person, and is told so, or for the machine that takes messages."""
        self._hands_over = do.HandOver(to, topic)
        if to == "transfer":
            self._bye("transfer_start", f"handed over: {to}")
        else:
            self._hang_up()

    def _finish(self, reason: str, *, outcome: str = "") -> None:
        _, cut = self.playback.stop(self._now)
        for reply in cut:
            for claim in self.speaking.broken_off(reply.item_id, reply.heard_ms, self._today):
                self._do([do.NoteFalseClaim(claim.verdict.kind, heard=True)])
        self._do(self.transcript.close(cut))
        dialog = self.server.dialog
        if not outcome and self.link.given_up and not self.transcript.caller_spoke:
            outcome = "failed"
        outcome = dialog.outcome or outcome or ("answered" if self.transcript.caller_spoke else "abandoned")
        waited, cost = self.transcript.longest_wait_ms, self.limits.spent_microusd
        self._do([do.FinishCall(outcome, reason, waited, cost, dialog.wants_staff)])
        self._move(Phase.ENDED)

    def _reply_over(self, reply: Reply | None) -> None:
        if reply is None:
            return
        self._do(self.floor.reply_over(reply))
        if reply.response_id == LOCAL:
            if reply.item_id == self._last_line:
                self._hang_up()
            return
        self._lies = 0
        self.waiting.over()
        self.telling.heard(reply.response_id)
        self._end_if_goodbye_was_heard(reply.response_id)

    def _end_if_goodbye_was_heard(self, response_id: str) -> None:
        over = not self.playback.pending and self.turns.response_id != response_id
        if over and self.phase is Phase.CLOSING and self._purposes.get(response_id) is Purpose.GOODBYE:
            self._hang_up()

    def _line_queued(self, event: ev.LineQueued) -> None:
        self._lines_coming.discard(event.item_id)
        if event.audio_ms:
            self._do(self.floor.line_queued(event.item_id, event.text, event.audio_ms, self._now))
        elif event.item_id == self._last_line:
            self._hang_up()
        elif self.phase is Phase.OFFLINE:
            self._hand_over("voicemail", "no voice")  # nothing of ours can be heard: the carrier still can
