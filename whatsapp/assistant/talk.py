"""What the rules say where the dialog has no words of its own: greetings, what the business states, and passing on."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from calls.conversation.dialog import Dialog
from faq.services import note_unanswered
from whatsapp.assistant import small_talk, written
from whatsapp.assistant.scene import Scene
from whatsapp.assistant.toolbox import Toolbox
from whatsapp.assistant.turn import Turn
from whatsapp.assistant.wording import NOTHING_OF_YOURS, PASSED_ON, Wording

LONGEST_QUESTION = 1000
LONGEST_REASON = 120
TIMES_NAMED = 3
_SAYS_SOMETHING = 3  # words; fewer that nobody understands are asked about
_PARTS = (
    (re.compile('אחר הצהריים|אחה[״"]צ|afternoon', re.IGNORECASE), ("12:00", "18:00")),
    (re.compile("בוקר|morning", re.IGNORECASE), (None, "12:00")),
    (re.compile("צהריים|noon", re.IGNORECASE), ("12:00", "16:00")),
    (re.compile("ערב|evening", re.IGNORECASE), ("17:00", None)),
)


class Talk:
    """In the language that is active."""

    def __init__(self, scene: Scene, tools: Toolbox) -> None:
        self._scene, self._tools = scene, tools

    def answer(self, turn: Turn, *, is_question: bool) -> str:
        """To words that are no wish."""
        text = turn.text
        if small_talk.is_greeting(text):
            return self.greeting()
        if small_talk.is_thanks(text):
            return _("With pleasure.")
        if small_talk.asks_for_own(text):
            return self._theirs()
        if stated := small_talk.stated_answer(text, self._scene):
            self._tools.ledger.said_by_server(stated)
            return stated
        if is_question or small_talk.is_question(text):
            return self._unknown(turn)
        if len(text.split()) >= _SAYS_SOMETHING:
            return self.pass_on(text, keep_talking=True)
        return _("You can book, move or cancel an appointment here, or ask a question. How can we help?")

    def greeting(self) -> str:
        return _(
            "Hello, this is {business}. You can book, move or cancel an appointment here, or ask a question."
        ).format(business=self._scene.business.name)

    def pass_on(self, text: str, *, keep_talking: bool) -> str:
        """A person of the staff gets back to them."""
        words = " ".join(text.split())[:LONGEST_REASON]
        self._tools.call("handoff.to_staff", {"reason": f"הודעה מלקוח: ״{words}״", "keep_talking": keep_talking})
        return _(PASSED_ON)

    def which_time(self, dialog: Dialog, text: str) -> str:
        """Which day, which hour, or both. Of a day some times are named."""
        _service, day, hour, _name, _phone = dialog.known
        if hour and not day:
            return _("Which day suits you?")
        if not day:
            return _("Which day and hour suit you?")
        earliest, latest = next((hours for part, hours in _PARTS if part.search(text)), (None, None))
        result = self._tools.call(
            "calendar.find_slots", {"date": day, "service": dialog.service, "earliest": earliest, "latest": latest}
        )
        slots = [f"{slot['start_iso'][:10]} {slot['start_iso'][11:16]}" for slot in result.get("slots") or ()]
        if not slots:
            if earliest or latest:
                return _("Nothing is free then. Which other time suits you?")
            return _("Nothing is free on that day. Which other day suits you?")
        step = max(1, len(slots) // TIMES_NAMED)
        times = written.either(slots[::step][:TIMES_NAMED], self._scene.today)
        return _("There is {times}.").format(times=times) + " " + _("What suits you?")

    def _theirs(self) -> str:
        """Their own appointments that are ahead."""
        found = self._tools.call("crm.get", {}).get("appointments") or ()
        wording = Wording(self._scene.today, ())
        return " ".join(wording.yours(each) for each in found) or _(NOTHING_OF_YOURS)

    def _unknown(self, turn: Turn) -> str:
        """Nobody told us; a person gets back to them, and the question is kept for an answer of its own."""
        conversation = self._tools.actor.conversation
        if not self._tools.is_replay:
            note_unanswered(
                business=self._scene.business,
                text=turn.text[:LONGEST_QUESTION],
                medium=conversation.medium,
                reference=str(conversation.pk),
                now=self._tools.now,
            )
        return self.pass_on(turn.text, keep_talking=True)
