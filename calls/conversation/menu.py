"""A call by keys: book, leave a message, reach a person, without any model.

For callers whose assistant is unreachable, and for those who would rather press keys. Its lines are spoken without
the provider; a time is booked only by the key that was asked for, after the time was heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import Enum

from calls.conversation import sentences
from calls.conversation.dialog import Dialog
from calls.conversation.events import CallFacts, SlotAnswer, person_there
from calls.conversation.moves import CloseMenu, End, FindSlots, HandOver, Move, Say, Speak
from calls.conversation.wanted import local_date
from crm.phones import national, normalize_phone

MENU_PATIENCE_MS = 10_000
WRONG_KEYS = 3
SLOTS_AT_ONCE = 3
HEARD_ENOUGH = 0.6  # of a line, to answer it: by then it has said what is asked
ASKED_FOR_NUMBER = ("need_phone", "invalid_phone")


class Step(Enum):
    MENU = "menu"
    SLOTS = "slots"  # free times are awaited
    OFFER = "offer"  # one is offered
    NUMBER = "number"  # a number is keyed
    READ_BACK = "read back"  # it was read back
    WRITING = "writing"
    OVER = "over"


class Menu:
    """`chosen`: the caller asked for keys while the assistant is there, and may go back to it."""

    def __init__(self, facts: CallFacts, dialog: Dialog, *, chosen: bool = False) -> None:
        self._facts = facts
        self._dialog = dialog
        self._chosen = chosen
        self._step = Step.MENU
        self._free: list[str] = []  # free times; the first is the one offered
        self._phone = dialog.phone or normalize_phone(facts.caller_phone) or ""
        self._is_later = False  # than one that was offered before
        self._keyed_phone = ""  # to be confirmed
        self._wrong = 0  # keys in a row
        self._silences = 0  # in a row

    @property
    def wants_number(self) -> bool:
        """Digits are a number now."""
        return self._step is Step.NUMBER

    @property
    def may_be_left(self) -> bool:
        """Nothing of it was chosen yet, and the assistant is there."""
        return self._chosen and self._step is Step.MENU

    # --- what happens -------------------------------------------------------------------------------------
    def open(self, at_ms: int, *, unheard: bool = False) -> list[Move]:
        """Begin. `unheard`: an appointment was made in this call, and its caller has not heard of it yet."""
        if self._dialog.writing:
            self._step = Step.WRITING
            return [Speak("moment")]
        if unheard and self._dialog.booked is not None:
            return self._booked(self._dialog.booked.start, at_ms)
        return [self._menu(at_ms)]

    def key_pressed(self, key: str, *, at_ms: int, heard: float = 1.0) -> list[Move]:
        """A key, outside of a number. `heard`: how much of the line that asks for it was heard."""
        self._silences = 0
        if self._step in (Step.WRITING, Step.OVER) or key == "#":
            return []
        if key == "*":
            return [self._again(at_ms) if self._step is Step.NUMBER else self._menu(at_ms)]
        if self._step is Step.SLOTS:
            return []  # there is nothing to choose yet
        if self._step is Step.READ_BACK:
            return self._read_back_answered(key, heard, at_ms)
        if self._step is Step.OFFER and key in ("1", "2"):
            return self._offer_answered(key, heard, at_ms)
        return self._chosen_from_menu(key, at_ms)

    def number_keyed(self, digits: str) -> list[Move]:
        """A whole number was committed."""
        self._silences = 0
        phone = normalize_phone(digits)
        if phone is None:
            self._wrong += 1
            return self._give_up("keys") if self._wrong >= WRONG_KEYS else [Speak("phone_invalid")]
        self._wrong, self._keyed_phone, self._step = 0, phone, Step.READ_BACK
        return [self._read_back()]

    def number_volunteered(self, digits: str, *, at_ms: int) -> list[Move]:
        """A number, keyed where one key was expected: it is kept, and what was asked is asked again."""
        if self._step is Step.READ_BACK:
            return self.number_keyed(digits)  # it corrects the one that was read back
        self._silences = 0
        if (phone := normalize_phone(digits)) is None:
            return self._chosen_from_menu(digits, at_ms)
        self._phone = phone
        return [self._again(at_ms)]

    def slots_found(self, starts: Sequence[str], *, ok: bool, at_ms: int) -> list[Move]:
        """The next free times."""
        if self._step is not Step.SLOTS:
            return []  # the caller went back to the menu
        if not ok:
            return self._give_up("calendar")
        if not starts:
            self._step = Step.MENU
            return [Speak("offline_no_slots")]
        self._free = list(starts)
        return [self._offer(at_ms)]

    def booking_answered(self, answer: SlotAnswer, *, today: date, at_ms: int) -> list[Move]:
        """An appointment was made, or was not; here, or just before the menu was opened."""
        is_ours = bool(self._free)
        moves = self._dialog.booking_answered(answer, today=today)
        if self._chosen:
            self._step = Step.OVER
            return [CloseMenu(move.item, move.lasting) for move in moves if isinstance(move, Say)]
        if self._dialog.booked is not None and answer.ok:
            return self._booked(self._dialog.booked.start, at_ms)
        if not is_ours or answer.ok:
            return [self._menu(at_ms)]
        if answer.error in ASKED_FOR_NUMBER:
            self._phone, self._step = "", Step.NUMBER
            return [Speak("phone_invalid")]
        if answer.error == "failure":
            return self._give_up("calendar")
        return self._next_slot(at_ms)  # somebody was faster

    def calendar_silent(self, at_ms: int) -> list[Move]:
        """The calendar does not answer. What is being booked is waited for a little longer."""
        if self._step is not Step.WRITING:
            return self._give_up("calendar")
        self._dialog.promise_call()
        return [Speak("moment")]

    def silent(self, at_ms: int) -> list[Move]:
        """No key for `MENU_PATIENCE_MS`: what was asked is asked once more; then it is a telephone without keys."""
        self._silences += 1
        if self._silences > 1 or self._step in (Step.WRITING, Step.SLOTS):
            return self._give_up("silent")
        return [self._again(at_ms)]

    # --- keys -----------------------------------------------------------------------------------------------
    def _chosen_from_menu(self, key: str, at_ms: int) -> list[Move]:
        if key == "1":
            self._wrong = 0
            return self._book(at_ms)
        if key == "2":
            return self._leave(HandOver("voicemail", "message"))
        if key == "0" and self._is_person_there(at_ms):
            return self._leave(HandOver("transfer", self._dialog.topic or "menu"))
        if key == "0" and self._chosen:
            self._dialog.promise_call()
            return self._leave(CloseMenu(f"[SERVER] fact: {sentences.PASSED_ON}"))
        self._wrong += 1
        if self._wrong >= WRONG_KEYS:
            return self._give_up("keys")
        return [Speak("not_understood_key"), self._again(at_ms)]

    def _book(self, at_ms: int) -> list[Move]:
        booked = self._dialog.booked
        if booked is not None and self._chosen:
            self._dialog.promise_call()
            return self._leave(CloseMenu(f"[SERVER] fact: {sentences.ALREADY_BOOKED}"))
        if booked is not None:
            return self._booked(booked.start, at_ms)
        return self._next_slot(at_ms)

    def _offer_answered(self, key: str, heard: float, at_ms: int) -> list[Move]:
        """Take the time, or go on to the next one."""
        self._wrong = 0
        if key == "2":
            return self._next_slot(at_ms)
        if heard < HEARD_ENOUGH:
            return [self._offer(at_ms)]  # nobody takes a time they have not heard
        return self._take()

    def _take(self) -> list[Move]:
        if not self._phone:
            self._step = Step.NUMBER
            return [Speak("need_phone")]
        self._step = Step.WRITING
        return [self._dialog.book_by_keys(self._free[0], self._phone)]

    def _read_back_answered(self, key: str, heard: float, at_ms: int) -> list[Move]:
        if key == "1" and heard < HEARD_ENOUGH:
            return [self._read_back()]
        if key == "1":
            self._phone = self._keyed_phone
            return self._take()
        self._step, self._keyed_phone = Step.NUMBER, ""
        return [Speak("need_phone")]

    # --- what is said ---------------------------------------------------------------------------------------
    def _menu(self, at_ms: int) -> Move:
        self._step, self._free = Step.MENU, []
        line = "key_menu" if self._chosen else "offline_menu"
        return Speak(line if self._is_person_there(at_ms) else f"{line}_no_person")

    def _again(self, at_ms: int) -> Move:
        """What stands to be answered."""
        if self._step is Step.OFFER:
            return self._offer(at_ms)
        if self._step is Step.NUMBER:
            return Speak("need_phone")
        return self._read_back() if self._step is Step.READ_BACK else self._menu(at_ms)

    def _next_slot(self, at_ms: int) -> list[Move]:
        """The one after the time that was offered; asked of the calendar when none is at hand."""
        self._is_later = bool(self._free)
        last, self._free = (self._free[0] if self._free else ""), self._free[1:]
        if self._free:
            return [self._offer(at_ms)]
        self._step = Step.SLOTS
        return [FindSlots(last, SLOTS_AT_ONCE, self._dialog.service)]

    def _offer(self, at_ms: int) -> Move:
        self._step = Step.OFFER
        return Speak("offline_next_slot" if self._is_later else "offline_slots", self._when(self._free[0], at_ms))

    def _read_back(self) -> Move:
        return Speak("phone_readback", {"phone": national(self._keyed_phone).replace("-", "")})

    def _booked(self, start: str, at_ms: int) -> list[Move]:
        self._step = Step.OVER
        return [Speak("offline_booked", self._when(start, at_ms)), End("booked by keys")]

    def _when(self, start: str, at_ms: int) -> dict[str, str]:
        return {"start": start, "today": local_date(self._facts, at_ms).isoformat()}

    # --- leaving --------------------------------------------------------------------------------------------
    def _is_person_there(self, at_ms: int) -> bool:
        return person_there(self._facts, at_ms)

    def _give_up(self, topic: str) -> list[Move]:
        """Keys lead nowhere: back to the assistant, or to the machine that takes messages."""
        if self._chosen:
            return self._leave(CloseMenu(f"[SERVER] confirm: {sentences.OR_SPEAK}"))
        return self._leave(HandOver("voicemail", topic))

    def _leave(self, move: Move) -> list[Move]:
        self._step = Step.OVER
        return [move]
