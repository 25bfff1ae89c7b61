"""What the assistant says, sentence by sentence as it is generated, held against what is true."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from calls.conversation.truth import Guard, Sentences, Verdict

HEARD_MS = 150  # of a sentence; less of it is no sentence


@dataclass(frozen=True)
class FalseClaim:
    """A sentence that is not so. `begins_ms`: where in its item's audio it starts, as near as words tell."""

    item_id: str
    begins_ms: int
    verdict: Verdict


@dataclass
class _Reply:
    sentences: Sentences = field(default_factory=Sentences)
    begins_ms: int = 0  # of the sentence that is not finished
    complete: bool = False
    any_words: bool = False
    behind_ms: int = 0  # so far its words come after their audio


class Speaking:
    """The replies whose words are still coming. Methods return the false claims that became certain."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._replies: dict[str, _Reply] = {}
        self.doubtful = False  # the sentence being said contains what nothing backs, and is not finished

    def words(self, item_id: str, text: str, received_ms: int, today: date) -> list[FalseClaim]:
        """The next words of a reply, of which so much audio has arrived."""
        reply = self._replies.setdefault(item_id, _Reply())
        if reply.complete:
            return []
        if not reply.any_words:
            reply.any_words, reply.behind_ms = True, received_ms
        false = self._judge(item_id, reply, reply.sentences.add(text), received_ms, today)
        self.doubtful = not false and self._guard.doubts(reply.sentences.rest, today)
        return false

    def finished(self, item_id: str, text: str, received_ms: int, today: date) -> list[FalseClaim]:
        """The whole text of a reply is known. It counts alone where no words came before."""
        reply = self._replies.setdefault(item_id, _Reply())
        if reply.complete:
            return []
        said = [] if reply.any_words else reply.sentences.add(text)
        reply.complete = True
        self.doubtful = False
        return self._judge(item_id, reply, [*said, *reply.sentences.end()], received_ms, today)

    def unworded_ms(self, item_id: str, received_ms: int) -> int:
        """How much of the audio that came of this reply has no words yet."""
        reply = self._replies.get(item_id)
        if reply is None or not reply.any_words:
            return 0 if reply is not None and reply.complete else received_ms
        return 0 if reply.complete else min(reply.behind_ms, received_ms)

    def broken_off(self, item_id: str, heard_ms: int, today: date) -> list[FalseClaim]:
        """The reply was cut: of its unfinished sentence only what was heard counts, the rest is nobody's."""
        reply = self._replies.get(item_id)
        self.doubtful = False
        if reply is None or reply.complete:
            return []
        reply.complete = True
        if heard_ms < reply.begins_ms + HEARD_MS:
            return []
        rest = reply.sentences.rest
        whole_words, _, _ = rest.rpartition(" ")  # the last one may be half a word
        return self._judge(item_id, reply, [rest], heard_ms, today) or self._judge(
            item_id, reply, [whole_words], heard_ms, today
        )

    def _judge(
        self, item_id: str, reply: _Reply, sentences: list[str], received_ms: int, today: date
    ) -> list[FalseClaim]:
        false = []
        for sentence in sentences:
            if (verdict := self._guard.judge(sentence, today)) is not None:
                false.append(FalseClaim(item_id, reply.begins_ms, verdict))
            reply.begins_ms = received_ms  # words come a little ahead of their audio
        return false
