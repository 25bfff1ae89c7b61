"""The assistant without a language model: the calls' dialog in writing, with the same tools as the model's.

What the dialog was told is kept with the conversation (`Conversation.dialog`) and told again to a fresh one when the
customer writes next; nothing is done twice by that, since only what comes new leads to moves.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.utils import translation
from django.utils.translation import gettext as _

from calls.conversation.actions import RunUnderstanding
from calls.conversation.afterwards import is_another
from calls.conversation.dialog import Dialog
from calls.conversation.events import KnownAppointment, Reading, SlotAnswer
from calls.conversation.moves import Book, Cancel, Check, Find, Goodbye, Hold, Move, Note, Reschedule, Say
from calls.understanding import understand_written
from whatsapp.assistant import small_talk
from whatsapp.assistant.retold import Told
from whatsapp.assistant.scene import Scene
from whatsapp.assistant.talk import Talk
from whatsapp.assistant.toolbox import Toolbox
from whatsapp.assistant.turn import Turn
from whatsapp.assistant.wording import Wording
from whatsapp.flows.consent import opts_out
from whatsapp.models import Message

FORGOTTEN_AFTER = timedelta(hours=24)  # of silence
MOST_MOVES = 24
LONGEST_READ = 1000  # characters; a wish stands at the beginning
_AIMS = ("reschedule", "cancel")
_ASKS_FOR_IT = re.compile(
    r"(?<!\w)(?:אפשר|אוכל|ניתן|תוכל\w*|לקבוע|קבע\w*|תקבע\w*|לרשום|תרשמ\w*|להזמין|אשמח|רוצה|רציתי|צריך|צריכה|מבקש\w*"
    r"|להזיז|להעביר|book|can i|could i|i want|i'd like)(?!\w)",
    re.IGNORECASE,
)
_ASKS_ABOUT_IT = re.compile(r"(?<!\w)(?:יש|פנוי|פנויה|מקום|תפוס|available|free)(?!\w)", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Reply:
    """`text` is empty where nothing is to be said. `dialog` is kept for the customer's next message."""

    text: str
    dialog: list[Any]
    opts_out: bool = False


class Rules:
    """Answers one turn."""

    def __init__(self, scene: Scene, tools: Toolbox, kept: Sequence[Any], kept_at: datetime | None) -> None:
        self._scene, self._tools = scene, tools
        self._talk = Talk(scene, tools)
        fresh = kept_at is not None and scene.now - kept_at < FORGOTTEN_AFTER
        told = Told.again(kept) if kept and fresh else None
        self._told = told or Told(scene.facts)
        self._is_new = told is None
        self._starts: set[str] = set()
        self._looked = False  # for this customer's appointments, in this turn
        self._days: set[str] = set()
        self._hours: set[str] = set()

    @property
    def _dialog(self) -> Dialog:
        return self._told.dialog

    @property
    def awaits_answer(self) -> bool:
        """A question of the dialog's stands: a short message belongs to it."""
        return self._dialog.asked not in (None, "more")

    def answer(self, turn: Turn) -> Reply:
        with translation.override(turn.language):
            text = self._answer(turn)
        self._tools.ledger.said_by_server(text)
        return Reply(text, self._told.kept() if self._told.inputs else [], opts_out=opts_out(turn.text))

    def _answer(self, turn: Turn) -> str:
        if opts_out(turn.text):
            return _("All right, no more messages will be sent. You can still write to us here at any time.")
        if turn.is_emoji:
            return self._signed(turn)
        if not turn.text.strip():
            return self._without_words(turn)
        reading = self._read(turn)
        if reading.farewell and reading.intent in ("none", "no") and not (reading.day or reading.hour):
            return _("Thank you, and goodbye.")
        if (booked := self._dialog.booked) is not None and is_another(booked, reading):
            self._told = Told(self._scene.facts)  # one more appointment is a wish of its own here
            reading = self._named(msgspec.structs.replace(reading, another=False))
        return self._follow(turn, reading)

    # --- reading ----------------------------------------------------------------------------------------
    def _read(self, turn: Turn) -> Reading:
        dialog = self._dialog
        question = RunUnderstanding("", turn.text[:LONGEST_READ], dialog.asked, dialog.wants_name, dialog.known_day)
        reading = understand_written(self._scene.setup, question, now=self._scene.now)
        if turn.numbers and not reading.phone and dialog.asked == "phone":
            reading = msgspec.structs.replace(reading, phone=turn.numbers[0])
        return self._named(reading)

    def _named(self, reading: Reading) -> Reading:
        """Their own name is known and is not asked for."""
        name = self._scene.facts.caller_name
        if reading.name or self._dialog.known[3] or self._dialog.booked is not None or not _NAME.search(name):
            return reading
        return msgspec.structs.replace(reading, name=name)

    def _is_question(self, text: str, reading: Reading) -> bool:
        """Whether a time in it is only asked about. "אפשר תור מחר ב-12?" asks for it."""
        if not text.rstrip().endswith("?"):
            return False
        asks = _ASKS_FOR_IT.search(text) and not _ASKS_ABOUT_IT.search(text)
        return not (asks and reading.intent in ("book", "reschedule"))

    # --- without words ----------------------------------------------------------------------------------
    def _signed(self, turn: Turn) -> str:
        """A lone sign answers a question that stands, and nothing else."""
        if turn.sign and self._dialog.asked in ("confirm", "which"):
            return self._follow(turn, Reading(intent=turn.sign))
        if self.awaits_answer:
            return self._follow(turn, Reading())
        return self._talk.greeting() if self._is_new else ""

    def _without_words(self, turn: Turn) -> str:
        kinds = set(turn.kinds)
        if turn.numbers:
            if self._dialog.asked == "phone":
                return self._follow(turn, Reading(phone=turn.numbers[0]))
            return _("Thank you, the contact arrived. Please write in words how we can help.")
        if Message.Kind.LOCATION in kinds:
            return _("Thank you, the location arrived. Please write in words how we can help.")
        if Message.Kind.AUDIO in kinds:
            return _("Voice messages cannot be listened to here. Please write in words how we can help.")
        if kinds & {Message.Kind.IMAGE, Message.Kind.VIDEO, Message.Kind.DOCUMENT}:
            return _("Thank you, the file arrived. Please write in words how we can help.")
        return _("This message cannot be opened here. Please write in words how we can help.")

    # --- the dialog -------------------------------------------------------------------------------------
    def _follow(self, turn: Turn, reading: Reading) -> str:
        """What the dialog makes of it, done and put into words."""
        self._remember(reading)
        wanted_staff = self._dialog.wants_staff
        is_question = self._is_question(turn.text, reading)
        moves = deque(self._told.tell("read", reading, self._scene.today, is_question=is_question))
        said: list[str] = []
        for _step in range(MOST_MOVES):
            if not moves:
                break
            move = moves.popleft()
            if (whole := self._do(move, moves, said, turn, reading)) is not None:
                return whole
        if self._dialog.wants_staff and not wanted_staff:
            self._talk.pass_on(turn.text, keep_talking=not reading.wants_person)
        return " ".join(filter(None, said))

    def _do(self, move: Move, moves: deque[Move], said: list[str], turn: Turn, reading: Reading) -> str | None:
        """Do one move. A text that comes back is the whole answer."""
        today = self._scene.today
        match move:
            case Check(start=start, service=service, moving=moving):
                result = self._tools.call(
                    "calendar.find_slots",
                    {"start_iso": _iso(start), "service": service, "appointment_id": moving},
                )
                if result.get("error") == "already_yours":
                    return self._has_it(result)
                moves.extend(self._told.tell("checked", self._slot_answer(result), today))
            case Book(start=start, name=name, phone=phone, service=service):
                given = None if phone == self._scene.facts.caller_phone else phone or None
                result = self._tools.call(
                    "calendar.create", {"start_iso": _iso(start), "name": name, "phone": given, "service": service}
                )
                if result.get("error") == "already_yours":
                    return self._has_it(result)
                moves.extend(self._told.tell("written", self._slot_answer(result), today))
                if result.get("ok"):
                    self._told_of(moves, said, "created", result)
            case Find():
                moves.extend(self._found())
            case Reschedule(appointment_id=appointment_id, start=start):
                given_to = {"appointment_id": appointment_id, "start_iso": _iso(start)}
                moves.extend(self._changed("calendar.reschedule", given_to))
            case Cancel(appointment_id=appointment_id):
                moves.extend(self._changed("calendar.cancel", {"appointment_id": appointment_id}))
            case Say(item=None):
                said.append(self._unprompted(turn, reading))
            case Say(item=str() as item) | Note(item=item):
                if item.startswith("[SERVER] need_phone") and self._dialog.aim in _AIMS:
                    moves.extend(self._without_number())
                else:
                    said.append(self._worded(item))
            case Hold():
                said.append(_("All right, whenever it suits you."))
            case Goodbye():
                said.append(_("Thank you, and goodbye."))
        return None

    def _told_of(self, moves: deque[Move], said: list[str], what: str, result: Mapping[str, Any]) -> None:
        """The row says more than the dialog does: which service it is for."""
        moves.clear()
        said.append(self._wording().done(what, result))

    def _changed(self, tool: str, given: dict[str, Any]) -> list[Move]:
        return self._told.tell("written", self._slot_answer(self._tools.call(tool, given)), self._scene.today)

    def _found(self) -> list[Move]:
        """Their own appointments, whatever number is named: a typed number opens nobody's."""
        self._looked = True
        card = self._tools.call("crm.get", {})
        found = tuple(
            KnownAppointment(each["id"], _local(each["start_iso"]), each["service"], each["name"])
            for each in card.get("appointments") or ()
        )
        self._starts.update(each.start for each in found)
        return self._told.tell("found", found, self._scene.today, ok=bool(card.get("ok")))

    def _without_number(self) -> list[Move]:
        """The dialog would ask for another number to look under; here there is only what is theirs."""
        if not self._looked:
            found = self._found()
            if self._dialog.asked != "phone" or any(not isinstance(move, Say | Note) for move in found):
                return found
        return self._told.tell("read", Reading(intent="no"), self._scene.today, is_question=False)

    def _has_it(self, result: Mapping[str, Any]) -> str:
        self._told = Told(self._scene.facts)
        return self._wording().yours_already(result["appointment"])

    def _slot_answer(self, result: Mapping[str, Any]) -> SlotAnswer:
        """A tool's result as the dialog reads it."""
        if not result.get("ok"):
            offers = tuple(_local(slot["start_iso"]) for slot in result.get("suggestions") or ())
            self._starts.update(offers)
            error = str(result.get("error", ""))
            say = str(result.get("message", "")) if error == "too_late" else ""
            return SlotAnswer(ok=False, error=error, suggestions=offers, say=say)
        slots = result.get("slots") or [result]
        start = str(slots[0].get("start_iso", ""))
        self._starts.add(_local(start))
        return SlotAnswer(
            ok=True,
            appointment_id=result.get("appointment_id"),
            start_iso=start,
            customer_name=str(result.get("customer_name", "")),
        )

    # --- words ------------------------------------------------------------------------------------------
    def _remember(self, reading: Reading) -> None:
        """Days and hours that may be spoken of."""
        known = self._dialog.known
        when = [(reading.day, reading.hour), (reading.from_day, reading.from_hour), *reading.alternatives]
        self._days |= {day for day, _hour in [*when, (known[1], None), (self._dialog.known_day, None)] if day}
        self._hours |= {hour for _day, hour in [*when, (None, known[2])] if hour}

    def _wording(self) -> Wording:
        for each in self._told.inputs:  # of earlier messages
            value = each["value"]
            if each["what"] == "found":
                self._starts.update(one["start"] for one in value)
            elif each["what"] == "read":
                self._remember(msgspec.convert(value, Reading, strict=False))
            else:
                self._starts.update(value["suggestions"])
                self._starts.update(filter(None, [_local(value["start_iso"])]))
        combined = {f"{day} {hour}" for day in self._days for hour in self._hours or {"00:00"}}
        return Wording(self._scene.today, self._starts | combined)

    def _worded(self, item: str) -> str:
        return self._wording().of(item)

    def _unprompted(self, turn: Turn, reading: Reading) -> str:
        """The dialog leaves the words to whoever speaks."""
        asked_now = self._dialog.asked == "time" and self._told.inputs[-1]["what"] == "read"
        asks_else = small_talk.is_thanks(turn.text) or (reading.intent == "question" and not reading.day)
        if asked_now and not asks_else:
            return self._talk.which_time(self._dialog, turn.text)
        return self._talk.answer(turn, is_question=reading.intent == "question")


def _iso(start: str) -> str:
    """A start of the dialog's as the tools take it."""
    return start.replace(" ", "T")


def _local(iso: str) -> str:
    return f"{iso[:10]} {iso[11:16]}" if iso else ""
