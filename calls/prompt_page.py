"""One version of the instructions, prepared for reading: the whole prompt, what changed, how to try it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from booking.services import effective_policy
from calls import prompt
from calls.models import PhoneLine, PromptVersion
from calls.prompts import live_version
from calls.text_diff import Run, differences
from crm.admin.badges import badge
from crm.models import BusinessSettings

LONG_TEXT = 4000  # characters of the owner's own words from which answers get noticeably slower
TONES = {PromptVersion.Status.DRAFT: "warn", PromptVersion.Status.LIVE: "ok", PromptVersion.Status.RETIRED: "hollow"}
_CHAPTERS = {
    "rules": _("Rules that always hold"),
    "owner": _("The business's own instructions"),
    "facts": _("Facts from the settings"),
    "opening": _("The first sentence"),
    "events": _("What the system tells during a call"),
    "unprompted": _("Answers without the system"),
}


@dataclass(frozen=True)
class Chapter:
    name: str
    lines: list[str]
    from_owner: bool


@dataclass(frozen=True)
class WholePrompt:
    """What the model gets, with its length."""

    chapters: list[Chapter]
    characters: int
    tokens: int


def status_badge(version: PromptVersion) -> SafeString:
    return badge(version.get_status_display(), TONES[PromptVersion.Status(version.status)])


def fingerprint(text: str) -> str:
    """Tells whether a text is still the one that was looked at."""
    return sha256(text.encode()).hexdigest()


def calls_in_words(count: int) -> str:
    return ngettext("one call", "%(count)d calls", count) % {"count": count} if count else str(_("no calls"))


def whole_prompt(version: PromptVersion, *, now: datetime) -> WholePrompt:
    """The prompt of a call that would begin now with this version, in its business's scope."""
    business = version.business
    settings = BusinessSettings.objects.first()
    local = now.astimezone(business.timezone)
    facts = prompt.facts_of(
        business,
        effective_policy(business=business, now=local),
        version.text,
        local,
        recorded=bool(settings and settings.record_calls),
    )
    text = prompt.compose(facts)
    chapters = [Chapter(str(_CHAPTERS[one.key]), one.text.split("\n"), one.from_owner) for one in prompt.layers(facts)]
    return WholePrompt(chapters, len(text), prompt.tokens_about(text))


def changes_against_live(version: PromptVersion) -> list[Run]:
    """From the live text to this one; nothing where they agree."""
    live = live_version(version.business)
    runs = differences(live.text, version.text)
    return runs if any(run.kind != "same" for run in runs) else []


def reading(version: PromptVersion, *, now: datetime) -> dict[str, Any]:
    """Context of the version's page, in its business's scope."""
    is_live = version.status == PromptVersion.Status.LIVE
    return {
        "version": version,
        "badge": status_badge(version),
        "used": calls_in_words(version.calls.count()),
        "whole": whole_prompt(version, now=now),
        "live": None if is_live else live_version(version.business),
        "changes": [] if is_live else changes_against_live(version),
        "is_long": len(version.text) > LONG_TEXT,
        "line": PhoneLine.objects.order_by("pk").values_list("number", flat=True).first(),
    }
