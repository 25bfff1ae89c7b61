"""What the page shows: the groups that wait, the entries one looks for, and whether the vectors are up to date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, QueryDict

from crm.models import Business
from crm.row_ids import id_in
from crm.words import one_line
from faq.embeddings import is_pending
from faq.lookup import active_entries
from faq.models import FaqEntry, UnansweredQuestion, local_day
from faq.pages.forms import AskForm
from faq.questions import open_groups

PAGE = 50
GROUPS = 50
STATES = ("", "active", "off", "over")
_LONGEST_SEARCH = 80


@dataclass(frozen=True)
class Row:
    """`state` is active, off, over or soon (not valid yet)."""

    entry: FaqEntry
    state: str


@dataclass(frozen=True)
class Listing:
    rows: list[Row]
    after: int | None  # the last one's key, where more follow
    query: str
    state: str

    @property
    def is_narrowed(self) -> bool:
        return bool(self.query or self.state)


def listing_of(asked: QueryDict, *, today: date) -> Listing:
    """One page of entries, in the order of their making; one query."""
    query = one_line(asked.get("q", ""))[:_LONGEST_SEARCH]
    state = asked.get("state", "")
    state = state if state in STATES else ""
    over = Q(valid_until__lt=today)
    wanted = {"active": Q(is_active=True) & ~over, "off": Q(is_active=False), "over": over}.get(state, Q())
    rows = FaqEntry.objects.filter(wanted).order_by("pk")
    for word in query.split():
        rows = rows.filter(Q(question__icontains=word) | Q(answer__icontains=word) | Q(phrasings__icontains=word))
    if after := id_in(asked.get("after", "")):
        rows = rows.filter(pk__gt=after)
    found = list(rows[: PAGE + 1])
    shown = [Row(entry, state_of(entry, today)) for entry in found[:PAGE]]
    return Listing(shown, shown[-1].entry.pk if len(found) > PAGE else None, query, state)


def state_of(entry: FaqEntry, today: date) -> str:
    if entry.is_over(today):
        return "over"
    if not entry.is_active:
        return "off"
    return "soon" if entry.valid_from and entry.valid_from > today else "active"


def groups() -> list[UnansweredQuestion]:
    """Those that wait, most asked first; one query."""
    return list(open_groups()[:GROUPS])


def page_context(request: HttpRequest, business: Business, now: datetime) -> dict[str, Any]:
    """Everything of the whole page but what was asked as a customer."""
    listing = listing_of(request.GET, today=local_day(now, business.timezone))
    has_key = bool(settings.OPENAI_API_KEY)
    return {
        "groups": groups(),
        "listing": listing,
        "ask_form": AskForm(),
        "has_key": has_key,
        "pending": has_key and is_pending(active_entries(business, now)),
    }
