"""Nothing false is left standing: sentences are judged as they come, cut before they are heard, or corrected."""

from __future__ import annotations

import json

from calls.conversation import actions as do
from calls.conversation.endings import Endings
from calls.conversation.speaking import HEARD_MS, FalseClaim
from calls.conversation.turns import Intent, Purpose, State

TRUTH_TIMER, CUT_TIMER = "truth", "cut"
TRUTH_WITHIN_MS = 1_500  # a sentence that does not end is judged as it stands
LIES_IN_A_ROW = 4  # then the assistant is worth nothing to this caller
WORTH_HEARING_MS = 250  # of what is true before a false sentence
DEED_HEARD = 0.6  # of the sentence that tells of a deed; from there on the caller knows


class Honesty(Endings):
    """The truth guard at work."""

    def __init__(self) -> None:
        super().__init__()
        self._cut_due = ""  # item of a reply that is heard up to its false sentence

    def _reply_words(self, item_id: str, text: str) -> None:
        if self.turns.state is not State.ACTIVE:
            self._do([do.Ignored("ReplyWords", "its response is over")])
            return
        self.transcript.reply_words(item_id, text)
        self._weigh(self.speaking.words(item_id, text, self._received_ms(item_id), self._today))

    def _weigh(self, false: list[FalseClaim]) -> None:
        """A false sentence is cut before it is heard, else corrected; a doubtful one is held back until it ends."""
        if false:
            self._correct(false[0])
        elif self.speaking.doubtful:
            self._do([*self.floor.doubt(self._now), do.StartTimer(TRUTH_TIMER, TRUTH_WITHIN_MS)])
        else:
            actions, over = self.floor.believe(self._now)
            if actions:
                self._do([do.StopTimer(TRUTH_TIMER), *actions])
            self._reply_over(over)

    def _correct(self, claim: FalseClaim) -> None:
        if claim.verdict.kind == "call_back":
            self.server.dialog.promise_call()  # a promise is not corrected, it is kept
            self.server.guard.will_call_back()
            self._weigh([])
            return
        heard = self._is_heard(claim)
        self._do([do.NoteFalseClaim(claim.verdict.kind, heard)])
        self._lies += 1
        self.turns.say_instead(f"[SERVER] {'correction' if heard else 'fact'}: {claim.verdict.correction}")
        true_ms = self._true_before_ms(claim)
        if self._lies >= LIES_IN_A_ROW:
            self._cut(tell_again=False)
            self.turns.give_up()
        elif true_ms < WORTH_HEARING_MS:
            self._cut(tell_again=False)
        else:
            self._cut_due = claim.item_id
            self._do(self.turns.cancel())
            actions, _ = self.floor.believe(self._now)
            self._do([do.StopTimer(TRUTH_TIMER), *actions, do.StartTimer(CUT_TIMER, true_ms)])

    def _true_before_ms(self, claim: FalseClaim) -> int:
        """How much is still to be heard before the false sentence begins; nothing while the caller may be speaking."""
        current = self.playback.current
        if current is None or current.item_id != claim.item_id or self.floor.contested:
            return 0
        return claim.begins_ms - self.playback.heard_ms(self._now)

    def _cut_elapsed(self) -> None:
        if self._cut_due:
            self._cut(tell_again=False)

    def _is_heard(self, claim: FalseClaim) -> bool:
        current = self.playback.current
        if current is not None and current.item_id == claim.item_id:
            return self.playback.heard_ms(self._now) >= claim.begins_ms + HEARD_MS
        return self.playback.reply(claim.item_id) is None and self.transcript.knows(claim.item_id)

    def _cut(self, *, tell_again: bool = True) -> None:
        """Stop the assistant where it is; what was heard of an unfinished sentence is held against it as well.

        `tell_again`: a deed of which the caller did not hear enough is told with the next answer.
        """
        replies = self.playback.queue(self._now)
        self._cut_due = ""
        self._do([*self.floor.silence_assistant(self._now), do.StopTimer(TRUTH_TIMER)])
        for reply in replies:
            self._note(self.speaking.broken_off(reply.item_id, reply.heard_ms, self._today))
            if tell_again and reply.heard_fraction < DEED_HEARD:
                for item in self._deeds_told.get(reply.response_id, ()):
                    say = json.loads(item.partition(": ")[2])["say"]
                    self.turns.ask(Intent(Purpose.ANSWER, f"[SERVER] fact: {say}", lasting=True))

    def _note(self, false: list[FalseClaim]) -> None:
        """What was said in a sentence that was broken off."""
        for claim in false:
            self._do([do.NoteFalseClaim(claim.verdict.kind, heard=True)])
            self.turns.ask(Intent(Purpose.ANSWER, f"[SERVER] correction: {claim.verdict.correction}", lasting=True))

    def _judge_unfinished(self) -> None:
        """The doubtful sentence does not end: what there is of it counts."""
        current = self.playback.current
        if current is not None:
            self._weigh(self.speaking.finished(current.item_id, "", current.received_ms, self._today))
