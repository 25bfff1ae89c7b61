"""Rules that an owner's own instructions state, and what the owner decided about each. Nothing goes live unseen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from booking import wording
from booking.hebrew.owner_rules import OwnerRules, Rule, read_rules, week
from booking.models import OwnerRule
from booking.policy import Window
from booking.rules import read_week, write_week
from crm.limits import NOTICE_MIN, SLOT_SIZES_MIN, WINDOW_DAYS
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business

_PROMPTS = {"calls": "ai_prompt_calls", "whatsapp": "ai_prompt_whatsapp"}  # the first one that states a rule counts
_RANGES = {"slot_size_min": SLOT_SIZES_MIN, "window_days": WINDOW_DAYS, "min_notice_min": NOTICE_MIN}


@dataclass(frozen=True)
class Proposal:
    """A rule as the instructions state it now, and what the owner said to it."""

    field: str  # of `OwnerRule.Field`
    value: Any  # as `OwnerRule` keeps it
    quote: str
    prompt: str  # calls | whatsapp
    state: str = "new"  # new | confirmed | declined
    problem: str = ""  # why it cannot be put in force, a Hebrew sentence

    @property
    def words(self) -> str:
        return in_words(self.field, self.value)


def proposals(business: Business) -> list[Proposal]:
    """What the instructions state, in the order of the fields."""
    with for_business(business):
        decided = {row.field: row for row in OwnerRule.objects.all()}
        return [_with_decision(found, decided.get(found.field)) for found in _stated().values()]


def decide(business: Business, decisions: Mapping[str, bool], *, by: User | None, now: datetime) -> list[str]:
    """Put stated rules in force (True) or out of it; the fields whose decision changed.

    Raises ValueError for a rule that is not stated or cannot be kept.
    """
    with for_business(business), transaction.atomic():
        stated = _stated()
        decided = {row.field: row for row in OwnerRule.objects.select_for_update()}
        changed = []
        for field, is_confirmed in decisions.items():
            rule = stated.get(field)
            if rule is None or (is_confirmed and rule.problem):
                raise ValueError(f"{field} cannot be decided on")
            row = decided.get(field)
            if row and (row.value, row.is_confirmed) == (rule.value, is_confirmed):
                continue
            values = {"value": rule.value, "quote": rule.quote, "is_confirmed": is_confirmed}
            OwnerRule.objects.update_or_create(
                business=business, field=field, defaults=values | {"decided_at": now, "decided_by": by}
            )
            changed.append(field)
        return changed


def confirm_all(business: Business, *, by: User | None, now: datetime) -> list[str]:
    """Every stated rule that can be kept is in force, and no other; the fields whose decision changed."""
    gone = drop_unsaid(business)
    usable = {found.field: True for found in proposals(business) if not found.problem}
    return [*(row.field for row in gone), *decide(business, usable, by=by, now=now)]


def drop_unsaid(business: Business) -> list[OwnerRule]:
    """Decisions about words that are no longer there go; those that were in force are returned."""
    with for_business(business), transaction.atomic():
        stated = _stated()
        gone = [
            row
            for row in OwnerRule.objects.select_for_update()
            if row.field not in stated or stated[row.field].value != row.value
        ]
        OwnerRule.objects.filter(pk__in=[row.pk for row in gone]).delete()
        return [row for row in gone if row.is_confirmed]


@dataclass(frozen=True)
class Settled:
    """What an edit of the instructions did to the rules they state."""

    lapsed: tuple[OwnerRule, ...]  # were in force; their words are gone
    fresh: tuple[Proposal, ...]  # new, usable, waiting for the owner


def settle_rules(business: Business, before: list[Proposal]) -> Settled:
    """After the instructions were edited: decisions on words that are gone lapse; what is new waits for approval.

    `before` are the proposals as they were before the edit.
    """
    lapsed = drop_unsaid(business)
    known = {(found.field, str(found.value)) for found in before}
    fresh = [
        found
        for found in proposals(business)
        if found.state == "new" and not found.problem and (found.field, str(found.value)) not in known
    ]
    return Settled(tuple(lapsed), tuple(fresh))


def in_words(field: str, value: Any) -> str:
    """The rule as a table shows it."""
    if field == "opening_hours":
        return wording.named_days_in_words(read_week(value["days"]), only=value["only"])
    return wording.rule_in_words(field, value)


def _stated() -> dict[str, Proposal]:
    """By field; of two instructions that state one rule, that for calls counts."""
    settings = BusinessSettings.objects.first()
    found: dict[str, Proposal] = {}
    for prompt, column in _PROMPTS.items() if settings else ():
        rules = read_rules(getattr(settings, column))
        for rule in rules.rules:
            value = _kept(rule, rules)
            stated = Proposal(rule.field, value, rule.quote, prompt, problem=_problem(rule.field, value))
            found.setdefault(rule.field, stated)
    return {field: found[field] for field in OwnerRule.Field.values if field in found}


def _kept(rule: Rule, rules: OwnerRules) -> Any:
    """The value as JSON."""
    if rule.field != OwnerRule.Field.HOURS:
        return rule.value
    days = {day: tuple(Window(*window) for window in windows) for day, windows in week(rule.value).items()}
    return {"days": write_week(days), "only": rules.only}


def _problem(field: str, value: Any) -> str:
    return "" if field not in _RANGES or value in _RANGES[field] else wording.UNUSABLE[field]


def _with_decision(found: Proposal, row: OwnerRule | None) -> Proposal:
    if row is None or row.value != found.value:
        return found
    state = "confirmed" if row.is_confirmed else "declined"
    return Proposal(found.field, found.value, found.quote, found.prompt, state, found.problem)
