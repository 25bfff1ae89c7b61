"""The rules in force for a business, each with where its value comes from, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.admin.rules import stated_rules
from booking.models import OwnerRule, Weekday
from booking.policy import BusinessPolicy
from booking.reasons import is_read_in_hebrew, windows_in_english
from booking.services import effective_policy
from booking.wording import hours_in_words
from crm.models import Business, PhoneSource
from crm.templatetags.isolates import isolate, times
from crm.tenancy import for_business


@dataclass(frozen=True)
class Rule:
    """One line: what is decided, how, and by whom. `quote` are the owner's own words, if they decided."""

    name: str
    value: str | SafeString
    source: str
    quote: str = ""


# Field of the policy -> the rules of the owner's words that may have decided it, the strongest first.
_STATED_AS = {
    "hours": ("opening_hours", "allow_24_7"),
    "slot_size_min": ("slot_size_min",),
    "min_notice_min": ("min_notice_min",),
    "booking_window_days": ("window_days",),
    "require_phone": ("require_phone",),
}


def rules_in_force(business: Business, *, now: datetime) -> dict[str, Any]:
    """Context of `crm/_policy.html`. Inside, the words of `BusinessPolicy`; outside, those of the owner."""
    policy = effective_policy(business, now=now)
    note = _("No hours are set yet. Until then Sunday to Thursday, {}, apply.")
    with for_business(business):
        quotes = dict(OwnerRule.objects.filter(is_confirmed=True).values_list("field", "quote"))
        return {
            "rules": [_sourced(policy, quotes, *line) for line in _lines(policy)],
            "stated": stated_rules(business),
            "uses_default_hours": policy.sources.get("hours") == "default" and not policy.allow_24_7,
            "default_hours_note": format_html(note, isolate("09:00–22:00")),
        }


def _week(policy: BusinessPolicy) -> str:
    """The ordinary week for who reads the page. The assistant's own sentence about it is Hebrew, whoever reads."""
    if is_read_in_hebrew():
        return hours_in_words(policy)
    parts = []
    for windows, group in groupby(range(7), key=lambda day: tuple(sorted(policy.hours.get(day, ())))):
        days = [str(Weekday(day).label) for day in group]
        named = _("every day") if len(days) == len(Weekday) else "–".join(dict.fromkeys((days[0], days[-1])))
        parts.append(f"{named} {windows_in_english(windows)}")
    return capfirst(", ".join(parts))


def _lines(policy: BusinessPolicy) -> Iterator[tuple[str, str, str | SafeString]]:
    """Field of the policy, name and value of each rule."""
    window = ngettext("one day ahead", "%(count)d days ahead", policy.booking_window_days)
    cut_off = _("%(length)s before the start") % {"length": _minutes(policy.cancel_notice_min)}
    limit = ngettext("one appointment a day", "%(count)d appointments a day", policy.daily_limit or 0)
    yield "hours", _("Opening hours"), _("always open") if policy.allow_24_7 else times(_week(policy))
    yield "slot_size_min", _("Interval between appointments"), _minutes(policy.slot_size_min)
    yield "min_notice_min", _("Minimum notice"), _minutes(policy.min_notice_min) if policy.min_notice_min else _("none")
    yield "booking_window_days", _("Bookable up to"), window % {"count": policy.booking_window_days}
    yield (
        "daily_limit",
        _("Appointments a day"),
        limit % {"count": policy.daily_limit} if policy.daily_limit else _("as many as fit"),
    )
    yield (
        "cancel_notice_min",
        _("Cancelled by customers up to"),
        cut_off if policy.cancel_notice_min else _("the start"),
    )
    yield "require_phone", _("Phone before booking"), _("required") if policy.require_phone else _("not required")
    yield "phone_source", _("Customer's number"), str(PhoneSource(policy.phone_source).label)


def _sourced(policy: BusinessPolicy, quotes: Mapping[str, str], field: str, name: str, value: str | SafeString) -> Rule:
    source = policy.sources.get("allow_24_7" if field == "hours" and policy.allow_24_7 else field, "default")
    if source != "prompt":
        return Rule(name, value, _("the settings") if source == "settings" else _("default"))
    quote = next((quotes[rule] for rule in _STATED_AS[field] if rule in quotes), "")
    return Rule(name, value, _("from the instructions"), quote)


def _minutes(count: int) -> str:
    """A length of time, in the largest unit that says it without a rest."""
    if count and count % 1440 == 0:
        return ngettext("one day", "%(count)d days", count // 1440) % {"count": count // 1440}
    if count > 60 and count % 60 == 0:
        return ngettext("one hour", "%(count)d hours", count // 60) % {"count": count // 60}
    return ngettext("one minute", "%(count)d minutes", count) % {"count": count}
