"""What was decided is carried out, and what the caller keys is taken."""

from __future__ import annotations

from collections.abc import Iterable

from calls.conversation import actions as do
from calls.conversation.amends import CANCELLED, stands_line
from calls.conversation.honesty import Honesty
from calls.conversation.keypad import MAX_DIGITS, Keyed, is_complete
from calls.conversation.menu import Menu
from calls.conversation.moves import CloseMenu, End, Goodbye, HandOver, Hold, Move, Note, OpenMenu, Say, Speak
from calls.conversation.server import Step
from calls.conversation.stage import Phase
from calls.conversation.timings import Timings
from calls.conversation.turns import Intent, Purpose

KEYPAD_TIMER = "keypad"
KEYPAD_COMMIT_MS = 2_000
KEYPAD_PATIENCE_MS = 3_300  # with half a number; then the caller is told that it may go on
KEYPAD_GIVE_UP_MS = 6_000  # after that
MENU_CHOICE_MS = 900  # a choice is one key; more of them in a row are a number
PARTING = "the caller said goodbye"
PATIENCE_MS = {"phone": 1_200, "name": 900}  # pauses between digits, and between first and last name


class Deciding(Honesty):
    """Moves become speech, errands and endings."""

    def __init__(self) -> None:
        super().__init__()
        self._heard_at_key = 1.0  # of the menu's line, when the caller chose
        self._told_to_go_on = False  # with a number that was begun
        self._keys_aside = False  # of that number, since the caller went on in words
        self._keys_aside_ms = 0  # since when
        self._notes: list[str] = []  # for the next session
        self._turn_ended_ms = 0  # when the caller's last sentence did
        self._acted_ms = 0  # when the caller last pressed a key, or ended a sentence

    def _follow(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if self.ended:
                return
            match step:
                case Say(item=item, lasting=lasting):
                    self.turns.ask(Intent(Purpose.ANSWER, item, lasting))
                case Note(item=item):
                    self._notes.append(item)
                    self._tell_notes()
                case Goodbye():
                    self._say_goodbye(None, PARTING if self.server.farewell else "the caller needs nothing more")
                case Hold():
                    self.silence.asked_to_wait(self._turn_ended_ms)
                case OpenMenu(choice=choice):
                    self._open_menu(choice)
                case CloseMenu(item=item, lasting=lasting):
                    self.server.menu = None
                    self.turns.ask(Intent(Purpose.ANSWER, item, lasting))
                case Speak(key=key, values=values):
                    self._speak(key, dict(values))
                case HandOver(to=to, topic=topic):
                    self._hand_over(to, topic)
                case End(reason=reason):
                    self._end_after_lines(reason)
                case do.Action():
                    self._out.append(step)  # an errand for our own workers
        self._adapt_patience()

    def _tell_notes(self) -> None:
        """What the model must know and need not speak about; kept while there is no session."""
        while self._notes and self.link.up:
            self._tell(self.turns.item(self._notes.pop(0)))

    def _adapt_patience(self) -> None:
        """Digits and names are dictated with pauses."""
        wanted = max(self.facts.vad_silence_ms, PATIENCE_MS.get(self.server.dialog.asked or "", 0))
        if wanted != self.floor.vad_silence_ms and self.link.up:
            self.floor.vad_silence_ms = wanted
            self._do([do.SetPatience(wanted)])

    def _key_pressed(self, key: str) -> None:
        if self._keys_aside and self._sounded_ms > self._keys_aside_ms:
            self._set_keys_down()
        menu, dialog = self.server.menu, self.server.dialog
        heard = self._menu_heard()
        chooses = menu is not None and not menu.wants_number
        if menu is not None and chooses and key == "*" and not self.keypad.busy:
            self._caller_keyed()
            self._follow(self.server.follow(menu.key_pressed(key, at_ms=self._now, heard=heard)))
            return
        if not self.keypad.busy:
            self._heard_at_key = heard
        keyed = self.keypad.press(key, number_asked=(menu.wants_number if menu is not None else dialog.number_asked))
        if keyed is Keyed.IGNORED:
            self._do([do.Ignored("KeyPressed", "nothing to commit")])
            return
        self._caller_keyed()
        self._told_to_go_on = self._keys_aside = False
        if keyed is Keyed.COMMITTED:
            self._commit_keys()
        elif keyed is Keyed.CLEARED:
            self._do([do.StopTimer(KEYPAD_TIMER)])
            if menu is not None:
                self._follow(self.server.follow(menu.key_pressed("*", at_ms=self._now, heard=heard)))
            else:
                self._follow([Say("[SERVER] need_phone" if dialog.number_asked else None)])
        elif keyed is Keyed.MENU:
            self._open_menu("")
        else:
            self._do([do.StartTimer(KEYPAD_TIMER, self._patience_for_keys(keyed, chooses=chooses))])

    def _patience_for_keys(self, keyed: Keyed, *, chooses: bool) -> int:
        if chooses and len(self.keypad.digits) == 1:
            return MENU_CHOICE_MS
        unfinished = keyed is Keyed.COLLECTING and len(self.keypad.digits) <= MAX_DIGITS
        return KEYPAD_PATIENCE_MS if unfinished else KEYPAD_COMMIT_MS

    def _caller_keyed(self) -> None:
        """While keys arrive the assistant is silent."""
        self._acted_ms = self._now
        self._cut()
        self.turns.forget()
        self._stay()
        self.silence.broken()
        self.waiting.over()

    def _menu_heard(self) -> float:
        """How much of the line that plays was heard; all, where none plays."""
        current = self.playback.current
        if current is None:
            return 1.0
        return min(1.0, self.playback.heard_ms(self._now) / max(1, current.received_ms))

    def _set_keys_down(self) -> str:
        """The keys so far are a line of their own; what is keyed next begins anew."""
        digits, self._keys_aside = self.keypad.take(), False
        timings = Timings(0, digits, self._now, stopped_ms=self._now, eou_reason="keypad")
        self._do([do.StopTimer(KEYPAD_TIMER), *self.transcript.caller_said(timings)])
        return digits

    def _keys_wait(self) -> None:
        """The caller speaks: a number that is only begun must not keep them from being answered."""
        if self._is_number_begun:
            self._keys_aside, self._keys_aside_ms = True, self._now

    def _commit_keys(self) -> None:
        digits = self._set_keys_down()
        menu, dialog = self.server.menu, self.server.dialog
        if menu is None:
            moves = dialog.keys_committed(digits, today=self._today)
        elif menu.wants_number:
            moves = menu.number_keyed(digits)
        elif len(digits) == 1:
            moves = menu.key_pressed(digits, at_ms=self._now, heard=self._heard_at_key)
        elif menu.may_be_left:
            self.server.menu = None  # a whole number is for the assistant
            moves = dialog.keys_committed(digits, today=self._today)
        else:
            moves = menu.number_volunteered(digits, at_ms=self._now)
        self._follow(self.server.follow(moves))

    def _keypad_elapsed(self) -> None:
        if self._is_number_begun and self.floor.contested:
            self._do([do.StartTimer(KEYPAD_TIMER, KEYPAD_COMMIT_MS)])  # their words may tell what it is about
        elif self._is_number_begun and not self._told_to_go_on:
            self._told_to_go_on = True
            if not self._keys_aside:
                self._speak("keep_keying")
            self._do([do.StartTimer(KEYPAD_TIMER, KEYPAD_GIVE_UP_MS)])
        elif self.keypad.digits:
            if self._told_to_go_on and not self._keys_aside:
                self._acted_ms = self._now  # until now it was us who waited
            self._commit_keys()

    @property
    def _is_number_begun(self) -> bool:
        """More keys are expected; a single one is a choice, unless a number was asked for."""
        menu, digits = self.server.menu, self.keypad.digits
        asked = menu.wants_number if menu is not None else self.server.dialog.number_asked
        return (1 if asked else 2) <= len(digits) <= MAX_DIGITS and not is_complete(digits)

    @property
    def _keying(self) -> bool:
        """Digits arrive, and nothing may be said in between."""
        return self.keypad.busy and not self._keys_aside

    def _tell_of_change(self) -> list[Move]:
        """An appointment was moved or cancelled, and its caller has not heard of it yet."""
        outcome, stands = self.server.dialog.outcome, self.server.guard.stands
        if outcome == "cancelled":
            return [CANCELLED]
        return [stands_line(stands, self._today)] if outcome == "rescheduled" and stands else []

    def _open_menu(self, choice: str) -> None:
        chosen = self.phase is not Phase.OFFLINE
        menu = self.server.menu = Menu(self.facts, self.server.dialog, chosen=chosen)
        self.turns.forget()
        self._make_amends()
        if not chosen and self.telling.deed_unheard:
            self._follow(self.server.follow(self._tell_of_change()))
        if choice:
            moves = menu.key_pressed(choice, at_ms=self._now, heard=1.0)
        else:
            moves = menu.open(self._now, unheard=not chosen and self.telling.deed_unheard)
        self._follow(self.server.follow(moves))
