"""Saving the week, or only looking at what saving would do: the same steps, kept or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from booking.admin.hours import WeekFormSet
from booking.preview import Difference, compare, look
from booking.services import effective_policy
from booking.wording import hours_in_words
from crm.models import Business, BusinessSettings


@dataclass(frozen=True)
class Effect:
    """What the change does. `transaction_id` leads to its undoing."""

    sentence: str  # the hours in force after it, as the assistant will say them
    difference: Difference
    transaction_id: int


def save_week(*, business: Business, week: WeekFormSet, always_open: bool, now: datetime, keep: bool) -> Effect:
    """All of it or nothing; with `keep` false nothing, and the effect is a preview. `week` is valid."""
    with transaction.atomic():
        before = look(business, now=now)
        week.save()
        BusinessSettings.objects.filter(business=business).update(allow_24_7=always_open)
        difference = compare(before, look(business, now=now))
        sentence = hours_in_words(effective_policy(business, now=now))
        effect = Effect(sentence, difference, _transaction_id())
        if not keep:
            transaction.set_rollback(True)
    return effect


def lock(business: Business) -> None:
    """One change of the hours at a time, so that a stale form is noticed. Within a transaction."""
    Business.objects.select_for_update(no_key=True).get(pk=business.pk)


def _transaction_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_current()")
        return int(cursor.fetchone()[0])
