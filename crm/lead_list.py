"""Which customers a page asks for: the filters of its address, the rows in order, and a place to go on from.

Pages go on from the last row shown (its time and id), never by counting rows away: page 4,000 costs what page 1 does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lead_search import matching
from crm.models import FollowUp, Lead, LeadTag, Medium
from crm.places import place_at, split_place
from crm.row_ids import id_in

PAGE = 50
COUNTED = 1000  # beyond it a count says "999+"
_Stage = Lead.Status
STAGE_TITLES: Mapping[str, str | Promise] = {
    _Stage.NEW: pgettext_lazy("customers", "New"),
    _Stage.IN_PROGRESS: pgettext_lazy("customers", "In progress"),
    _Stage.BOOKED: pgettext_lazy("customers", "Booked"),
    _Stage.REGULAR: pgettext_lazy("customers", "Regular"),
    _Stage.IRRELEVANT: pgettext_lazy("customers", "Irrelevant"),
}
PERIODS: Mapping[str, tuple[int, str | Promise]] = {
    "today": (0, _("today")),
    "7": (7, _("the last 7 days")),
    "30": (30, _("the last 30 days")),
    "90": (90, _("the last 90 days")),
}
DUES: Mapping[str, str | Promise] = {"open": _("with an open follow-up"), "overdue": _("overdue")}


@dataclass(frozen=True)
class LeadQuery:
    """The filters of an address. What makes no sense there is as good as not said."""

    q: str = ""
    stage: str = ""
    tag: int | None = None
    who: str = ""  # me, nobody, or a user's id
    medium: str = ""
    due: str = ""
    since: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> LeadQuery:
        def known(key: str, allowed: Mapping[str, object]) -> str:
            value = values.get(key, "")
            return value if value in allowed else ""

        who, tag = values.get("who", ""), values.get("tag", "")
        return cls(
            q=" ".join(values.get("q", "").replace("\x00", "").split())[:80],
            stage=known("stage", STAGE_TITLES),
            tag=id_in(tag),
            who=who if who in ("me", "nobody") or id_in(who) else "",
            medium=known("medium", dict(Medium.choices)),
            due=known("due", DUES),
            since=known("since", PERIODS),
        )

    @property
    def is_narrowed(self) -> bool:
        """By anything but the stage."""
        return replace(self, stage="") != LeadQuery()

    @property
    def user_id(self) -> int | None:
        return id_in(self.who)

    def rows(self, *, user: User, now: datetime) -> QuerySet[Lead]:
        """The customers that fit, newest first."""
        rows = Lead.objects.order_by("-created_at", "-pk")
        if self.stage:
            rows = rows.filter(status=self.stage)
        if self.medium:
            rows = rows.filter(source=self.medium)
        if self.who:
            assigned = {"me": user.pk, "nobody": None}.get(self.who, self.user_id)
            rows = rows.filter(assigned_to=assigned)
        if self.since:
            midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
            rows = rows.filter(created_at__gte=midnight - timedelta(days=PERIODS[self.since][0]))
        if self.tag:
            rows = rows.filter(Exists(LeadTag.objects.filter(lead=OuterRef("pk"), tag=self.tag)))
        if self.due:
            rows = rows.filter(has_open_follow_up(due_before=now if self.due == "overdue" else None))
        return rows.filter(matching(self.q)) if self.q else rows


def has_open_follow_up(*, due_before: datetime | None = None) -> Exists:
    waiting = FollowUp.objects.filter(lead=OuterRef("pk"), done_at=None)
    return Exists(waiting.filter(due_at__lt=due_before) if due_before else waiting)


def place_of(lead: Lead) -> str:
    """Where a page ended, for the address of the next."""
    return place_at(lead.created_at, lead.pk)


def following(rows: QuerySet[Lead], place: str) -> QuerySet[Lead]:
    """What comes after a `place_of`; everything after one that is none."""
    created, after = split_place(place)
    if created is None or after is None:
        return rows
    # Said twice on purpose: the first condition alone can enter the index at the right place.
    return rows.filter(created_at__lte=created).filter(Q(created_at__lt=created) | Q(pk__lt=after))


def counts_by_stage() -> dict[str, int]:
    """How many customers each stage has, counted to `COUNTED` at most, in one query."""
    slices = [
        Lead.objects.filter(status=stage).order_by().values_list("status", flat=True)[:COUNTED]
        for stage in STAGE_TITLES
    ]
    counted = Counter(slices[0].union(*slices[1:], all=True))
    return {stage: counted[stage] for stage in STAGE_TITLES}
