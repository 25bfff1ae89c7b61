"""What the assistant may say: each text is held against what was really done, found and stated.

The judge is the calls' truth guard; here it learns of the tools' results. It reads Hebrew, so other languages have
a judge of their own (`foreign`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from calls.conversation.events import CallFacts
from calls.conversation.spoken import Sentences
from calls.conversation.truth import Guard, Verdict
from whatsapp.assistant import foreign
from whatsapp.models import AgentTrace, Conversation

REMEMBERED = timedelta(hours=24)  # deeds of earlier answers may be spoken of for so long
_DEEDS = ("calendar.create", "calendar.reschedule", "calendar.cancel", "handoff.to_staff")
_ABOUT_A_TIME = frozenset(
    ("past", "too_soon", "beyond_window", "closed_day", "outside_hours", "off_grid", "slot_taken", "invalid_time")
)
_WORDS = {"calendar.create": "booked", "calendar.reschedule": "moved", "calendar.cancel": "cancelled"}
_TO_STAFF = re.compile("צוות|נציג|מנהל|הבעלים")
Json = Mapping[str, Any]


class Ledger:
    """The books of one answer. Starts are ISO, as the tools tell them."""

    def __init__(self, facts: CallFacts, today: date) -> None:
        self._guard = Guard(facts)
        self._today = today
        self._foreign = foreign.Books()
        self._done: list[str] = []

    # --- the books --------------------------------------------------------------------------------------
    def knows(self, start: datetime, name: str = "") -> None:
        """This appointment of the customer's is there."""
        self._guard.knows(_local(start.isoformat()), name)
        self._foreign.standing.add(_local(start.isoformat()))

    def said_by_server(self, text: str) -> None:
        self._guard.said_by_server(text)
        self._foreign.state(text)

    def note(self, tool: str, asked: Json, result: Json) -> None:
        """A tool answered; what follows may be said."""
        if not result.get("ok"):
            self._note_refusal(tool, asked, result)
            return
        start = _local(str(result.get("start_iso", "")))
        match tool:
            case "calendar.find_slots":
                self._note_free(asked, result)
            case "calendar.create":
                self._guard.booked(start, str(result.get("customer_name", "")))
            case "calendar.reschedule":
                self._guard.moved(start, was=_local(str(result.get("was_iso", ""))) or None)
            case "calendar.cancel":
                self._guard.cancelled(start)
            case "handoff.to_staff" | "invoices.draft":  # both leave the staff something to do
                self._guard.will_call_back()
                self._foreign.promised = True
            case "whatsapp.send":
                self._foreign.sent = True
            case "faq.lookup":
                self.said_by_server(str(result.get("answer") or ""))
            case "crm.get":
                self._note_standing(result.get("appointments") or ())
        if tool in _WORDS:
            self._foreign.deed(_WORDS[tool], start)
            self._done.append(f"{_WORDS[tool]} {start}")

    def _note_free(self, asked: Json, result: Json) -> None:
        starts = [_local(slot["start_iso"]) for slot in result.get("slots") or ()]
        self._foreign.free.update(starts)
        if asked.get("start_iso") and starts:
            self._guard.checked(starts[0], True)
        self._guard.offered(starts)
        whole = not asked.get("earliest") and not asked.get("latest")
        if not starts and asked.get("date") and whole:
            self._guard.checked(f"{str(asked['date'])[:10]} 00:00", False)
            self._foreign.looked = True

    def _note_refusal(self, tool: str, asked: Json, result: Json) -> None:
        error = str(result.get("error", ""))
        if error == "already_yours":
            self._note_standing([result["appointment"]])
        self._note_standing(result.get("appointments") or ())
        wished = _local(str(asked.get("start_iso") or ""))
        if tool.startswith("calendar.") and error in _ABOUT_A_TIME:
            self._foreign.looked = True
            if wished:
                self._guard.checked(wished, False)
        offered = [_local(slot["start_iso"]) for slot in result.get("suggestions") or ()]
        self._guard.offered(offered)
        self._foreign.free.update(offered)

    def _note_standing(self, appointments: Iterable[Json]) -> None:
        for each in appointments:
            self.knows(datetime.fromisoformat(str(each["start_iso"])), str(each.get("name", "")))

    def done_in_words(self) -> list[str]:
        """What was done for the customer, in the words of the tools."""
        return list(self._done)

    # --- judging ----------------------------------------------------------------------------------------
    def _is_of_messages(self, verdict: Verdict, sentence: str) -> bool:
        """True in writing, though it would be false in a call: a message was sent, the matter went to the staff."""
        if verdict.kind == "sent" and self._foreign.sent:
            return True
        passed_on = verdict.kind in ("sent", "moved", "call_back") and _TO_STAFF.search(sentence)
        return bool(passed_on) and self._foreign.promised and "תור" not in sentence

    def judge(self, text: str) -> Verdict | None:
        """The gravest false claim of the first sentence that makes one; None for a text that may go out."""
        for sentence in sentences_of(text):
            verdict = self._guard.judge(sentence, self._today)
            if verdict is not None and not self._is_of_messages(verdict, sentence):
                return verdict
        if (kind := self._foreign.false_claim(text)) is not None:
            return Verdict(kind, self._guard.done_here(self._today) or "Nothing of the kind was done or found.")
        return None


def sentences_of(text: str) -> list[str]:
    cut = Sentences()
    return [*cut.add(text), *cut.end()]


def deeds_so_far(ledger: Ledger, conversation: Conversation, standing: Mapping[int, datetime], now: datetime) -> None:
    """What earlier answers of this conversation did counts on, as far as it still stands."""
    rows = AgentTrace.objects.filter(
        run__conversation=conversation,
        run__replay_of=None,
        kind=AgentTrace.Kind.TOOL,
        name__in=_DEEDS,
        result__ok=True,
        at__gte=now - REMEMBERED,
    )
    for step in rows.order_by("pk"):
        result = step.result or {}
        if step.name in ("calendar.create", "calendar.reschedule"):
            stands = standing.get(result.get("appointment_id", 0))
            if stands is None or stands != datetime.fromisoformat(result["start_iso"]):
                continue
        ledger.note(step.name, step.arguments, result)


def _local(iso: str) -> str:
    """A start as the guard writes it: local "YYYY-MM-DD HH:MM"; empty for what is none."""
    try:
        return f"{datetime.fromisoformat(iso):%Y-%m-%d %H:%M}"
    except ValueError:
        return ""
