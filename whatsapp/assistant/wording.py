"""The dialog's `[SERVER]` items as written messages: short, towards nobody's gender, in the customer's language.

The dialog words its questions to be spoken. Here each of them is recognised and written anew, with days and hours in
digits; what is not recognised goes out as the dialog has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from booking.hebrew.speech import say_date
from calls.conversation import sentences as said
from calls.conversation.wanted import after_preposition, in_words, split_start
from whatsapp.assistant import written

_ITEM = re.compile(r"\[SERVER\] (?P<name>\w+)(?:; (?P<options>[^:]*))?(?:: (?P<body>.*))?", re.DOTALL)
_FIELD = re.compile(r"\\\{(\w+)\\\}")

PASSED_ON = gettext_noop("I will pass this on to the team, and somebody will get back to you here.")
NOTHING_OF_YOURS = gettext_noop("No appointment of yours was found here.")
NOTHING_OF_YOURS_ASK = gettext_noop("No appointment of yours was found here. Shall I pass this on to the team?")
_ANYTHING_ELSE = gettext_noop("Is there anything else?")

_SENTENCES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("אז {when}, על שם {name}. לקבוע?", (gettext_noop("{when}, for {name}. Shall I book it?"),)),
    ("הכוונה ל{when}?", (gettext_noop("Do you mean {when}?"),)),
    ("מה מתאים יותר: {first}, או {second}?", (gettext_noop("Which suits better: {first} or {second}?"),)),
    (
        "ליום שכבר עבר אי אפשר לקבוע. יש יום אחר שנוח?",
        (gettext_noop("That day is over already. Which other day suits you?"),),
    ),
    (
        "אין תאריך כזה בלוח השנה. יש יום אחר שנוח?",
        (gettext_noop("There is no such date. Which other day suits you?"),),
    ),
    (said.TIME_WANTED, (gettext_noop("Which day and hour suit you?"),)),
    (said.WHICH_SERVICE, (gettext_noop("Which service is it for: {names}?"),)),
    (said.WHICH_SERVICE_OF_MANY, (gettext_noop("Which service exactly is it for?"),)),
    (said.CONFIRM_CANCEL, (gettext_noop("Shall the appointment of {when} be cancelled?"),)),
    (said.WHICH_APPOINTMENT, (gettext_noop("There is an appointment for {when}. Is that the one?"),)),
    (said.MOVE_WHERE, (gettext_noop("There is an appointment for {when}. To which day and hour shall it move?"),)),
    (
        said.MOVE_TO_WHICH_HOUR,
        (gettext_noop("There is an appointment for {when}. Which hour suits {day}?"),),
    ),
    (said.CONFIRM_MOVE, (gettext_noop("Shall the appointment of {when} move to {to}?"),)),
    (
        said.THERE_ALREADY,
        (gettext_noop("The appointment is for {when} already. To which other time shall it move?"),),
    ),
    (f"{said.STANDS} {said.ANYTHING_ELSE}", (gettext_noop("The appointment is set for {when}."), _ANYTHING_ELSE)),
    (said.KEPT, (gettext_noop("The appointment stays as it was."), _ANYTHING_ELSE)),
    (said.FINE, (gettext_noop("All right."), _ANYTHING_ELSE)),
    (said.ALREADY_BOOKED, (PASSED_ON,)),
    (said.NOT_UNDER_YOUR_NUMBER, ()),
    (said.NONE_FOUND, (NOTHING_OF_YOURS_ASK,)),
    (said.NOT_FOUND_BY_NUMBER, (NOTHING_OF_YOURS_ASK,)),
    (said.NONE_OF_THEM, (gettext_noop("There is no other appointment. Shall I pass this on to the team?"),)),
    (
        said.CHANGED_MEANWHILE,
        (gettext_noop("The appointment has changed meanwhile and cannot be changed from here."), PASSED_ON),
    ),
    (said.TOO_LATE, (gettext_noop("Only the team can change this appointment."), PASSED_ON)),
    (said.CALENDAR_DOWN, (gettext_noop("The calendar cannot be reached for the moment."), PASSED_ON)),
    (said.PASSED_ON, (PASSED_ON,)),
    (f"{{say}} {said.PASSED_ON}", ("{say}", PASSED_ON)),
)
_REFUSALS: Mapping[str, str] = {
    "past": gettext_noop("That time has passed already. When else would suit you?"),
    "beyond_window": gettext_noop("That is too far ahead to book yet. Is there an earlier day that suits you?"),
    "unknown_service": gettext_noop("Which service is it for?"),
    "invalid_time": gettext_noop("The hour is not clear. Which day and hour suit you?"),
}
_TAKEN = gettext_noop("That time is taken.")
_INSTEAD: Mapping[str, str] = {
    "outside_hours": gettext_noop("That is outside the opening hours."),
    "closed_day": gettext_noop("We are closed on that day."),
    "off_grid": gettext_noop("Appointments do not begin at that time."),
    "too_soon": gettext_noop("That is too soon."),
}


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(_FIELD.sub(r"(?P<\1>.+?)", re.escape(sentence)), re.DOTALL)


_KNOWN = tuple((_pattern(sentence), parts) for sentence, parts in _SENTENCES)


class Wording:
    """`starts` are all the times that may be spoken of; what the dialog says of them in words is written in digits."""

    def __init__(self, today: date, starts: Iterable[str]) -> None:
        self._today = today
        self._written: dict[str, str] = {}
        for start in starts:
            on = date.fromisoformat(split_start(start)[0])
            whole, bare = written.at(start, today), written.at(start, today, bare=True)
            spoken = in_words(start, today)
            self._written |= {spoken: whole, spoken.replace(", בשעה", " בשעה"): whole}
            self._written[after_preposition(start, today)] = bare  # far days are said alike with and without ב
            self._written[say_date(on, today)] = written.day(on, today)

    def of(self, item: str) -> str:
        """The message of an item; empty where it is for nobody's eyes."""
        match = _ITEM.fullmatch(item)
        if match is None:
            return item
        body = match["body"] or ""
        match match["name"]:
            case "slot_available":
                when = written.at(body, self._today)
                return _("This time is free: {when}. Shall I book it?").format(when=when)
            case "slot_unavailable":
                return self._unavailable(body)
            case "need_name":
                return _("Which name is the appointment for?")
            case "need_phone":
                if "invalid_phone" in (match["options"] or ""):
                    return _("That number does not look right. Please write it again, in full.")
                return _("Which phone number is the appointment for?")
            case "phone_captured":
                return ""
            case "appointment_created" | "appointment_rescheduled" | "appointment_cancelled":
                return self.done(match["name"].removeprefix("appointment_"), json.loads(body))
        return self._anew(body)

    def done(self, what: str, facts: Mapping[str, Any]) -> str:
        """What was made, moved or cancelled, from the row itself."""
        start = f"{str(facts['start_iso'])[:10]} {str(facts['start_iso'])[11:16]}"
        to = written.at(start, self._today, bare=True)
        if what == "rescheduled":
            return _("The appointment was moved to {when}.").format(when=to)
        if what == "cancelled":
            return _("The appointment of {when} was cancelled.").format(when=to)
        when = ", ".join(filter(None, [str(facts.get("service") or ""), written.at(start, self._today)]))
        return _("The appointment is booked: {when}, for {name}.").format(when=when, name=facts["customer_name"])

    def yours(self, facts: Mapping[str, Any]) -> str:
        """One of their appointments that are ahead."""
        start = f"{str(facts['start_iso'])[:10]} {str(facts['start_iso'])[11:16]}"
        when = written.at(start, self._today, bare=True)
        return _("You have an appointment for {when}, for {name}.").format(when=when, name=facts["name"])

    def yours_already(self, facts: Mapping[str, Any]) -> str:
        """They ask for a time that they have."""
        start = f"{str(facts['start_iso'])[:10]} {str(facts['start_iso'])[11:16]}"
        when = written.at(start, self._today, bare=True)
        return _("You have an appointment for {when} already, for {name}.").format(when=when, name=facts["name"])

    def _unavailable(self, body: str) -> str:
        reason = re.search(r"reason=(\w+)", body)
        code = reason[1] if reason else ""
        if code in _REFUSALS:
            return _(_REFUSALS[code])
        offers = [start.strip() for start in body.partition("alternatives=")[2].split(",") if start.strip()]
        if not offers:
            return _("Nothing is free near that time. Which other day suits you?")
        first = _(_INSTEAD.get(code, _TAKEN))
        offered = _("There is {times}.").format(times=written.either(offers, self._today))
        return f"{first} {offered} {_('What suits you?') if len(offers) > 1 else _('Does that suit you?')}"

    def _anew(self, text: str) -> str:
        for pattern, parts in _KNOWN:
            if (found := pattern.fullmatch(text)) is not None:
                values = {name: self._written.get(value, value) for name, value in found.groupdict().items()}
                return " ".join(_(part).format(**values) for part in parts)
        for spoken in sorted(self._written, key=len, reverse=True):
            text = text.replace(spoken, self._written[spoken])
        return text
