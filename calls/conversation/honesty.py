"""Nothing false is left standing: sentences are judged as they come, cut before they are heard, or corrected."""

from __future__ import annotations

from calls.conversation import actions as do
from calls.conversation import corrections
from calls.conversation.endings import Endings
from calls.conversation.playback import LOCAL, Reply
from calls.conversation.speaking import HEARD_MS, FalseClaim
from calls.conversation.telling import CORRECTION, ENOUGH
from calls.conversation.turns import State

TRUTH_TIMER, CUT_TIMER = "truth", "cut"
TRUTH_WITHIN_MS = 1_500  # a sentence that does not end is judged as it stands
LIES_IN_A_ROW = 4  # then the assistant is worth nothing to this caller
UNWORDED_MS = 500  # of speech that nobody knows; less of it claims nothing
WORTH_HEARING_MS = 250  # of what is true before a false sentence
UNAVAILABLE = "[SERVER] slot_unavailable"
DEEDS = ("booked", "moved", "cancelled")  # claims whose correction tells what was done


class Honesty(Endings):
    """The truth guard at work."""

    def __init__(self) -> None:
        super().__init__()
        self._cut_due = ""  # item of a reply that is heard up to its false sentence
        self._doubting = False  # a sentence is held back, and watched

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
            self._doubting = True
            self._do([*self.floor.doubt(self._now), do.StartTimer(TRUTH_TIMER, TRUTH_WITHIN_MS)])
        else:
            self._doubt_no_more()
            actions, over = self.floor.believe(self._now)
            self._do(actions)
            self._reply_over(over)

    def _doubt_no_more(self) -> None:
        if self._doubting:
            self._doubting = False
            self._do([do.StopTimer(TRUTH_TIMER)])

    def _correct(self, claim: FalseClaim) -> None:
        if claim.verdict.kind == "call_back":
            self.server.promise_call()  # a promise is not corrected, it is kept
            self._weigh([])
            return
        if claim.verdict.kind == "sent":
            self.server.promise_call()  # the correction says that a person will get back
        heard = self._is_heard(claim)
        self._do([do.NoteFalseClaim(claim.verdict.kind, heard)])
        self._lies += 1
        item = f"{CORRECTION if heard else '[SERVER] fact'}: {claim.verdict.correction}"
        if claim.verdict.kind in DEEDS:
            reply = self.playback.reply(claim.item_id)
            self.telling.replaced((reply.response_id if reply else self.turns.response_id) or "", item)
        question = self.turns.question
        if claim.verdict.kind == "free" and question is not None and (question.item or "").startswith(UNAVAILABLE):
            text = corrections.taken(question.item or "", self._today)
            self.turns.say_only(f"{CORRECTION}: {text}" if heard else question.item or "")
        else:
            self.turns.say_instead(item)
        true_ms = self._true_before_ms(claim)
        if self._lies >= LIES_IN_A_ROW:
            self._cut()
            self.turns.give_up()
        elif true_ms < WORTH_HEARING_MS:
            self._cut()
        else:
            self._cut_due = claim.item_id
            self._do(self.turns.cancel())
            self._doubt_no_more()
            actions, _ = self.floor.believe(self._now)
            self._do([*actions, do.StartTimer(CUT_TIMER, true_ms)])

    def _true_before_ms(self, claim: FalseClaim) -> int:
        """How much is still to be heard before the false sentence begins; nothing while the caller may be speaking."""
        current = self.playback.current
        if current is None or current.item_id != claim.item_id or self.floor.contested:
            return 0
        return claim.begins_ms - self.playback.heard_ms(self._now)

    def _cut_elapsed(self) -> None:
        if self._cut_due:
            self._cut()

    def _is_heard(self, claim: FalseClaim) -> bool:
        current = self.playback.current
        if current is not None and current.item_id == claim.item_id:
            return self.playback.heard_ms(self._now) >= claim.begins_ms + HEARD_MS
        return self.playback.reply(claim.item_id) is None and self.transcript.knows(claim.item_id)

    def _cut(self) -> None:
        """Stop the assistant where it is.

        What was heard of an unfinished sentence is held against it as well, and what had to be heard is told again.
        """
        replies = self.playback.queue(self._now)
        untold = self._untold(replies)
        self._cut_due = ""
        self._do(self.floor.silence_assistant(self._now))
        self._doubt_no_more()
        for item in untold:
            self.turns.tell_first(item)
        for reply in replies:
            self._note(self.speaking.broken_off(reply.item_id, reply.heard_ms, self._today))

    def _cut_what_nobody_knows(self) -> None:
        """The provider is gone, and the words of what it was saying will not come.

        What the caller has heard of it may have been false; so they are told how things are.
        """
        replies = [reply for reply in self.playback.replies if reply.response_id != LOCAL]
        unworded = {each.item_id: self.speaking.unworded_ms(each.item_id, each.received_ms) for each in replies}
        if all(ms < UNWORDED_MS for ms in unworded.values()):
            return
        self.playback.queue(self._now)  # what was heard of the first by now
        heard = max(unworded[each.item_id] - (each.received_ms - each.heard_ms) for each in replies)
        self._cut()
        if heard >= UNWORDED_MS and self.transcript.caller_spoke:
            text = f"{corrections.MAYBE_WRONG} {self.server.how_things_are(self._today)}".strip()
            self.turns.tell_first(f"{CORRECTION}: {text}")

    def _untold(self, replies: list[Reply]) -> list[str]:
        """What had to be heard of all that is about to be cut, and was not."""
        untold = [] if self.turns.response_id else self.telling.untold(self.turns.items_in_flight)
        known = {self.turns.response_id or "": False}  # responses, and whether enough of them was heard
        known |= {reply.response_id: reply.complete and reply.heard_fraction >= ENOUGH for reply in reversed(replies)}
        for response_id, is_enough in known.items():
            if is_enough:
                self.telling.heard(response_id)
            else:
                untold += self.telling.cut(response_id)
        return untold

    def _note(self, false: list[FalseClaim]) -> None:
        """What was said in a sentence that was broken off."""
        for claim in false:
            self._do([do.NoteFalseClaim(claim.verdict.kind, heard=True)])
            self.turns.tell_first(f"{CORRECTION}: {claim.verdict.correction}")

    def _judge_unfinished(self) -> None:
        """The doubtful sentence does not end: what there is of it counts."""
        current = self.playback.current
        if current is not None:
            self._weigh(self.speaking.finished(current.item_id, "", current.received_ms, self._today))
