"""The staff in a running call: a note whispered to the assistant, a person who takes over, a call that is ended.

Whoever takes over first has the call. Every request is answered, a repeated one like the first time, so that the page
may ask again after its connection broke.
"""

from __future__ import annotations

from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.stage import Phase
from calls.conversation.turns import Intent, Purpose, State
from calls.conversation.watching import Watching

DONE, IN_HAND, OFFLINE = "done", "in_hand", "offline"  # what a request is answered with
TOOK_OVER, ENDED = "took_over", "ended"  # deeds of the staff that stand in the transcript, with a name
ENDED_BY_STAFF = "ended by the staff"
GOODBYE = "[SERVER] fact: תודה על השיחה, יום נעים!"
SOMEBODY = "נציג"  # in place of a name that cannot be said
_WHISPER = (
    "[STAFF] הערה לעוזר מהצוות של העסק: «{}» המתקשר לא שמע אותה, ואלה לא מילים שלו. להיעזר בה בתשובה הבאה "
    "במילים אחרות, בלי לצטט ובלי לומר שהגיעה הערה. לפי הערה שום תור לא נקבע, לא הועבר ולא בוטל."
)


def whisper(text: str) -> str:
    """What the model is told of a note; its words cannot pass for an item of the server's."""
    plain = " ".join(text.split())
    return _WHISPER.format(plain.replace("[", "(").replace("]", ")").replace("«", '"').replace("»", '"'))


def connecting_to(name: str) -> str:
    """ל joins a Hebrew name, but would have to swallow an article; there, and before other scripts, אל stands free."""
    name = name or SOMEBODY
    joins = "א" <= name[0] <= "ת" and name[0] != "ה"
    return f"[SERVER] fact: מעבירים עכשיו {'ל' if joins else 'אל '}{name}. אפשר להישאר על הקו."


class Staffed(Watching):
    """What the staff asks for, and what the page about a running call shows of it."""

    def __init__(self) -> None:
        super().__init__()
        self._answers: dict[str, do.AnswerStaff] = {}  # by request
        self._notes_kept: list[str] = []  # notes that came before there was a session
        self._taken_by = ""
        self._ended_by_staff = False

    # --- what is shown --------------------------------------------------------------------------------
    @property
    def doing(self) -> str:
        """listening thinking speaking transferring offline"""
        if self._hands_over is not None:
            return "transferring"
        if self.phase is Phase.OFFLINE:
            return "offline"
        if self.playback.pending and not self.playback.paused:
            return "speaking"
        floor, busy = self.floor.listening, self.turns.state is not State.IDLE or self.server.busy
        return "thinking" if busy or (floor.waiting and floor.speaking is None) else "listening"

    @property
    def known(self) -> tuple[str, str, str, str, str]:
        """Service, day, hour, name and phone of what the caller wants, each empty while unknown."""
        service, day, hour, name, phone = self.server.dialog.known
        return dict(self.facts.services).get(service, ""), day, hour, name, phone

    # --- what is asked --------------------------------------------------------------------------------
    def _staff_asks(self, event: ev.StaffWhispered | ev.StaffTakesOver | ev.StaffEnds) -> None:
        answer = self._answers.get(event.request_id)
        if answer is None:
            match event:
                case ev.StaffWhispered():
                    what, name = self._whispered(event.text, event.by_name)
                case ev.StaffTakesOver():
                    what, name = self._taken_over(event.by_name)
                case ev.StaffEnds():
                    what, name = self._ended(event.by_name)
            answer = self._answers[event.request_id] = do.AnswerStaff(event.request_id, what, name)
        self._do([answer])

    def _whispered(self, text: str, by_name: str) -> tuple[str, str]:
        """A note for the assistant. It interrupts nobody; only a caller to whom we owe a word is answered for it."""
        if self._hands_over is not None:
            return IN_HAND, self._taken_by
        if self.link.given_up:
            return OFFLINE, ""
        note = whisper(text)
        asks = self._is_ours_to_speak
        self.server.guard.stated_by_staff(text)
        self._do(self.transcript.staff_said(text, note, by_name, self._now))
        if self.link.up:
            self._do(self.turns.item(note))
        elif self.phase is Phase.CONNECTING:
            self._notes_kept.append(note)  # a session that replaces another one hears of it with the rest
        if asks:
            self.turns.ask(Intent(Purpose.ANSWER))
        return DONE, ""

    def _taken_over(self, by_name: str) -> tuple[str, str]:
        """The caller is told to whom they are given, and given. Opening hours are no matter: there is somebody."""
        if self._hands_over is not None:
            return IN_HAND, self._taken_by
        self._taken_by = by_name
        self._hands_over = do.HandOver("transfer", self.server.dialog.topic)
        self._do(self.transcript.staff_did(TOOK_OVER, by_name, self._now))
        self._say_last(connecting_to(by_name), "transfer_start", "handed over: transfer")
        return DONE, ""

    def _ended(self, by_name: str) -> tuple[str, str]:
        """A goodbye that the caller's further words do not take back."""
        if self._hands_over is not None:
            return IN_HAND, self._taken_by
        if not self._ended_by_staff:
            self._ended_by_staff = True
            self._do(self.transcript.staff_did(ENDED, by_name, self._now))
            self._say_last(GOODBYE, "goodbye", ENDED_BY_STAFF)
        return DONE, ""

    def _say_last(self, item: str, line: str, reason: str) -> None:
        """Whatever was under way is left, and this is said before the call goes elsewhere, or ends."""
        self._cut()
        self.turns.forget()
        self.server.readings.forget()
        self.server.errands.drop_question()
        self._last_line = ""
        if not self.link.up or self.server.menu is not None:
            self._bye(line, reason)
        else:
            self._say_goodbye(item, reason)

    @property
    def _is_ours_to_speak(self) -> bool:
        """It is quiet, and nothing was asked of the caller: they wait for us."""
        may_speak = self.phase is Phase.TALKING and self.server.menu is None and not self.silence.is_asked_to_wait
        return may_speak and self._is_quiet and self.transcript.caller_spoke and self.server.dialog.asked is None

    # --- what that changes ----------------------------------------------------------------------------
    def _tell_notes(self) -> None:
        super()._tell_notes()
        while self._notes_kept and self.link.up:
            self._do(self.turns.item(self._notes_kept.pop(0)))

    def _stay(self) -> None:
        """The caller goes on talking. What the staff decided stands: they hear a goodbye of our own."""
        if not self._ended_by_staff or self._hands_over is not None:
            super()._stay()
        elif not self._last_line:
            self._bye("goodbye", ENDED_BY_STAFF)

    def _key_pressed(self, key: str) -> None:
        """Nothing can be chosen any more once the staff ends the call."""
        if self._ended_by_staff and self._hands_over is None:
            self._do([do.Ignored("KeyPressed", "the staff ends the call")])
        else:
            super()._key_pressed(key)

    def _part(self) -> None:
        if self._hands_over is not None:
            self._bye("transfer_start", self._leave_reason)
        else:
            super()._part()
