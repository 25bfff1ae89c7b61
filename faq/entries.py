"""Entries made, changed and removed; each is one transaction, and their vectors follow in the background."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from django.core.files import File
from django.db import transaction
from django.db.models import Sum

from crm.models import Business
from crm.tenancy import for_business
from crm.words import one_line
from faq.models import LONGEST_QUESTION, MOST_PHRASINGS, FaqEntry, FaqUse, local_day
from faq.tasks import queue_embedding

USE_COUNTED = timedelta(days=30)
_PLAIN = ("question", "answer", "phrasings", "valid_from", "valid_until", "in_calls", "in_messages", "is_active")
_KEPT = ("slug", *_PLAIN)


def phrasings_in(text: str) -> list[str]:
    """One wording a line, each once, without what is empty or too long."""
    lines = (one_line(line) for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line))


def add_entry(
    *,
    business: Business,
    question: str,
    answer: str,
    phrasings: Sequence[str] = (),
    valid_from: date | None = None,
    valid_until: date | None = None,
    in_calls: bool = True,
    in_messages: bool = True,
    is_active: bool = True,
    media: File[Any] | None = None,
    slug: str = "",
) -> FaqEntry:
    """A new entry, with an id for the business's file."""
    with for_business(business), transaction.atomic():
        Business.objects.select_for_update(no_key=True).get(pk=business.pk)  # ids are given one after the other
        entry = FaqEntry(
            business=business,
            slug=slug or free_slug(),
            question=one_line(question)[:LONGEST_QUESTION],
            answer=answer.strip(),
            phrasings=list(phrasings)[:MOST_PHRASINGS],
            valid_from=valid_from,
            valid_until=valid_until,
            in_calls=in_calls,
            in_messages=in_messages,
            is_active=is_active,
            media=media or "",
        )
        entry.save()
        queue_embedding(business.pk)
    return entry


def free_slug() -> str:
    """An id that no entry of the business has; in its scope."""
    taken = set(FaqEntry.objects.values_list("slug", flat=True))
    names = (f"faqentry-{number}" for number in count(len(taken) + 1))
    return next(name for name in names if name not in taken)


@dataclass(frozen=True)
class Changed:
    """`is_stale`: somebody else saved it meanwhile, and nothing was written. `entry` is the row as it stands."""

    entry: FaqEntry
    is_stale: bool = False


def change_entry(*, entry: FaqEntry, values: Mapping[str, Any], seen: str) -> Changed:
    """`seen` is `trace_of` the row that its editor looked at. `values` may name `media`; False takes it away."""
    with for_business(entry.business_id), transaction.atomic():
        row = FaqEntry.objects.select_for_update().get(pk=entry.pk)
        if seen != trace_of(row):
            return Changed(row, is_stale=True)
        for name in _PLAIN:
            if name in values:
                setattr(row, name, values[name])
        row.question, row.answer = one_line(row.question), row.answer.strip()
        if (media := values.get("media")) is not None:
            row.media = media or ""
        row.save()
        queue_embedding(row.business_id)
    return Changed(row)


def trace_of(entry: FaqEntry) -> str:
    """Tells whether an entry still is what somebody looked at."""
    values = [_plain(getattr(entry, name)) for name in _KEPT] + [entry.media.name or ""]
    return sha256(json.dumps(values).encode()).hexdigest()[:16]


def remove_entry(*, entry: FaqEntry) -> dict[str, Any]:
    """It is gone; what is returned brings it back. A file that was attached does not come back."""
    with for_business(entry.business_id), transaction.atomic():
        row = FaqEntry.objects.select_for_update().get(pk=entry.pk)
        kept = {name: _plain(getattr(row, name)) for name in _KEPT}
        row.delete()
        queue_embedding(entry.business_id)
    return kept


def bring_back(*, business: Business, kept: Mapping[str, Any]) -> FaqEntry | None:
    """The entry that was removed; None if its id has been given to another one."""
    with for_business(business), transaction.atomic():
        Business.objects.select_for_update(no_key=True).get(pk=business.pk)
        if FaqEntry.objects.filter(slug=kept["slug"]).exists():
            return None
        days = {name: date.fromisoformat(kept[name]) if kept[name] else None for name in ("valid_from", "valid_until")}
        entry = FaqEntry.objects.create(business=business, **{**kept, **days})
        queue_embedding(business.pk)
    return entry


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else list(value) if isinstance(value, list) else value


def uses_of(entry: FaqEntry, *, now: datetime) -> int:
    """How often the answer was given in the last thirty days; in the business's scope."""
    since = local_day(now - USE_COUNTED, entry.business.timezone)
    return FaqUse.objects.filter(entry=entry, day__gte=since).aggregate(all=Sum("times"))["all"] or 0
