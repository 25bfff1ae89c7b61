"""The rules in force for a business, each with where its value comes from, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.policy import BusinessPolicy
from booking.services import effective_policy
from booking.wording import hours_in_words
from crm.models import Business, PhoneSource
from crm.templatetags.isolates import isolate, times


@dataclass(frozen=True)
class Rule:
    """One line: what is decided, how, and by whom."""

    name: str
    value: str | SafeString
    source: str


def rules_in_force(business: Business, *, now: datetime) -> dict[str, Any]:
    """Context of `crm/_policy.html`. Inside, the words of `BusinessPolicy`; outside, those of the owner."""
    policy = effective_policy(business, now=now)
    note = _("No hours are set yet. Until then Sunday to Thursday, {}, apply.")
    return {
        "rules": list(_rules(policy)),
        "uses_default_hours": policy.sources.get("hours") == "default" and not policy.allow_24_7,
        "default_hours_note": format_html(note, isolate("09:00–22:00")),
    }


def _rules(policy: BusinessPolicy) -> list[Rule]:
    hours = _("always open") if policy.allow_24_7 else times(hours_in_words(policy))
    phone_source = PhoneSource(policy.phone_source).label
    values = (
        ("allow_24_7" if policy.allow_24_7 else "hours", _("Opening hours"), hours),
        ("slot_size_min", _("Interval between appointments"), _minutes(policy.slot_size_min)),
        (
            "min_notice_min",
            _("Minimum notice"),
            _minutes(policy.min_notice_min) if policy.min_notice_min else _("none"),
        ),
        (
            "booking_window_days",
            _("Bookable up to"),
            ngettext("one day ahead", "%(count)d days ahead", policy.booking_window_days)
            % {"count": policy.booking_window_days},
        ),
        ("require_phone", _("Phone before booking"), _("required") if policy.require_phone else _("not required")),
        ("phone_source", _("Customer's number"), str(phone_source)),
    )
    return [Rule(name, value, _source(policy.sources.get(field, "default"))) for field, name, value in values]


def _minutes(count: int) -> str:
    return ngettext("one minute", "%(count)d minutes", count) % {"count": count}


def _source(source: str) -> str:
    return _("the settings") if source == "settings" else _("default")
