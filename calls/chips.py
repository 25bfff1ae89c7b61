"""What a `[SERVER]` item means, in one sentence for people. Contract section 5 lists the items."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from crm.templatetags.isolates import isolate, phone

ITEM = re.compile(r"\s*\[SERVER\]\s*([a-z_]+)\s*[:;]?\s*(.*)", re.DOTALL)
WHEN = "%Y-%m-%d %H:%M"


@dataclass(frozen=True)
class Chip:
    """A deed of the server: `ok` is stored, `warn` refused or corrected, empty neither.

    `refused`: the local time that could not be had; `corrects`: what is so, where something else was said.
    """

    tone: str
    text: SafeString | str
    icon: str = "srv"
    refused: datetime | None = None
    corrects: str = ""


def chip_of(item: str, *, today: date, zone: ZoneInfo) -> Chip:
    """The chip for one item of a call that took place on `today`. Unknown items show their own words."""
    match = ITEM.match(item)
    if match is None:
        return Chip("", item)
    name, rest = match[1], match[2].strip()
    if name in ("slot_available", "slot_unavailable"):
        return _slot(name, rest, today)
    if name in _STORED:
        return _stored(name, rest, today, zone)
    if name == "phone_captured":
        return Chip("", format_html(_("Keyed in: {}"), phone(rest)), icon="keys")
    if name in _PLAIN:
        tone, sentence = _PLAIN[name]
        text = _("{}: {}").format(_(sentence), rest) if rest and name in _QUOTING else _(sentence)
        return Chip(tone, text, corrects=rest if name == "correction" else "")
    return Chip("", rest or name)


def corrected(said: str, correct: str) -> Chip:
    """What was said wrongly, and what it was put right to."""
    return Chip(
        "warn",
        format_html(_("Said: “{}” · corrected to: {}"), format_html("<bdi>{}</bdi>", said), correct),
        icon="alert",
        corrects=correct,
    )


def staff_chip(deed: str, by_name: str) -> Chip:
    """What somebody of the staff did with the call."""
    named, nameless = _DEEDS[deed]
    return Chip(
        "", format_html(_(named), format_html("<bdi>{}</bdi>", by_name)) if by_name else _(nameless), icon="user"
    )


def refused_at(item: str) -> datetime | None:
    """The local time that an item says cannot be had; None of any other item."""
    match = ITEM.match(item)
    if match is None or match[1] != "slot_unavailable":
        return None
    try:
        return datetime.strptime(match[2].partition(";")[0].strip(), WHEN)  # noqa: DTZ007  # local by contract
    except ValueError:
        return None


def reason_of(item: str) -> str:
    """Why the time of such an item could not be had, as it was known in the call; empty where it is not told."""
    return next((part.partition("=")[2].strip() for part in item.split(";") if part.strip().startswith("reason=")), "")


def reason_in_words(code: str) -> str:
    return _(_REASONS[code]) if code in _REASONS else ""


def moment_text(when: datetime | date, today: date) -> SafeString:
    """A day as people say it near `today`, and the hour if there is one."""
    day = when.date() if isinstance(when, datetime) else when
    near = {today: _("today"), today + timedelta(days=1): _("tomorrow")}
    label = near.get(day) or day_text(day)
    hour = format_html(" {}", isolate(f"{when:%H:%M}")) if isinstance(when, datetime) else ""
    return format_html("{}{}", label, hour)


def day_text(day: date) -> SafeString:
    """The short name of the day and its date."""
    return format_html("{} {}", _(_SHORT_DAYS[day.isoweekday() % 7]), isolate(f"{day:%d/%m}"))


def _slot(name: str, rest: str, today: date) -> Chip:
    wanted, *details = [part.strip() for part in rest.split(";")]
    facts = dict(detail.split("=", 1) for detail in details if "=" in detail)
    try:
        at = datetime.strptime(wanted, WHEN)  # noqa: DTZ007  # local by contract
        times = [datetime.strptime(other, WHEN) for other in _list(facts.get("alternatives"))]  # noqa: DTZ007  # as above
    except ValueError:
        return Chip("" if name == "slot_available" else "warn", rest)
    when = moment_text(at, today)
    if name == "slot_available":
        return Chip("", format_html(_("{} is free"), when))
    reason = _(_REASONS.get(facts.get("reason", ""), gettext_noop("not free")))
    others = [isolate(f"{time:%H:%M}") if time.date() == at.date() else moment_text(time, today) for time in times]
    if not others:
        return Chip("warn", format_html(_("{}: {}. Nothing near was offered."), when, reason), refused=at)
    both = format_html(_("{} and {}"), *others[:2]) if len(others) > 1 else others[0]
    return Chip("warn", format_html(_("{}: {}. Offered: {}."), when, reason, both), refused=at)


def _stored(name: str, rest: str, today: date, zone: ZoneInfo) -> Chip:
    try:
        facts = json.loads(rest) if rest else {}
        when = moment_text(datetime.fromisoformat(facts["start_iso"]).astimezone(zone), today)
    except (ValueError, KeyError, TypeError):
        return Chip("ok", _(_STORED[name]), icon="check")
    who = format_html(", <bdi>{}</bdi>", facts["customer_name"]) if facts.get("customer_name") else ""
    return Chip("ok", format_html("{}: {}{}", _(_STORED[name]), when, who), icon="check")


def _list(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


_SHORT_DAYS = (
    gettext_noop("Sun."),
    gettext_noop("Mon."),
    gettext_noop("Tue."),
    gettext_noop("Wed."),
    gettext_noop("Thu."),
    gettext_noop("Fri."),
    gettext_noop("Sat."),
)
_STORED = {
    "appointment_created": gettext_noop("Appointment stored"),
    "appointment_rescheduled": gettext_noop("Appointment moved"),
    "appointment_cancelled": gettext_noop("Appointment cancelled"),
    "reminder_set": gettext_noop("Reminder stored"),
}
_PLAIN = {
    "need_name": ("", gettext_noop("A name is missing")),
    "need_phone": ("", gettext_noop("A phone number is missing")),
    "confirm": ("", gettext_noop("To be confirmed")),
    "fact": ("", gettext_noop("Told from the settings")),
    "correction": ("warn", gettext_noop("Correction")),
    "silence": ("", gettext_noop("Long silence")),
}
_DEEDS = {
    "took_over": (
        gettext_noop("The call was handed over to {}"),
        gettext_noop("The call was handed over to the staff"),
    ),
    "ended": (gettext_noop("{} asked for the call to end"), gettext_noop("The staff asked for the call to end")),
}
_QUOTING = ("confirm", "fact", "correction")
_REASONS = {
    "invalid_time": gettext_noop("the hour is not clear"),
    "unknown_service": gettext_noop("the service is not known"),
    "past": gettext_noop("already past"),
    "too_soon": gettext_noop("less than the required notice"),
    "beyond_window": gettext_noop("too far ahead"),
    "closed_day": gettext_noop("closed on that day"),
    "outside_hours": gettext_noop("outside opening hours"),
    "off_grid": gettext_noop("not at an hour that is booked"),
    "slot_taken": gettext_noop("taken"),
}
