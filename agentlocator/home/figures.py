"""Today in numbers, beside what is usual on such a weekday until this hour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from calls.models import CallSession
from crm.models import Activity, Lead

WEEKS = 8
LEAST_DAYS = 3  # with fewer days behind it nothing is called usual
_SAME_SHARE = 0.25  # a difference of a quarter is within the usual
_Status, _Outcome = CallSession.Status, CallSession.Outcome
_Days = dict[date, int]


@dataclass(frozen=True)
class Figure:
    """`usual` is None where too little is known."""

    count: int
    usual: int | None

    @property
    def difference(self) -> int:
        """Beyond the usual; 0 within it."""
        if self.usual is None:
            return 0
        difference = self.count - self.usual
        return difference if abs(difference) > max(1, self.usual * _SAME_SHARE) else 0

    @property
    def fewer(self) -> int:
        return -self.difference


@dataclass(frozen=True)
class Figures:
    calls: Figure
    booked: Figure
    customers: Figure
    unanswered: Figure
    hung_up: int  # of those unanswered


def figures_of(midnight: datetime, *, now: datetime) -> Figures:
    """Three queries, each over nine short stretches of an index."""
    days = [midnight.date() - timedelta(weeks=week) for week in range(WEEKS + 1)]
    stretches = [_stretch(day, now - midnight) for day in days]
    hung_up = Q(outcome=_Outcome.ABANDONED)
    unanswered = (
        hung_up | Q(outcome=_Outcome.FAILED) | Q(status__in=(_Status.BUSY, _Status.NO_ANSWER, _Status.CANCELED))
    )
    calls = (
        CallSession.objects.filter(_within("started_at", stretches), from_browser=False)
        .order_by()
        .annotate(day=TruncDate("started_at"))
        .values("day")
        .annotate(count=Count("pk"), missed=Count("pk", filter=unanswered), gone=Count("pk", filter=hung_up))
    )
    by_day = {row["day"]: row for row in calls}
    known = _known_days(days, by_day)
    figure = _figures(days[0], known)
    booked = Activity.objects.filter(_within("occurred_at", stretches), kind="appointment.created")
    return Figures(
        calls=figure({day: row["count"] for day, row in by_day.items()}),
        booked=figure(_per_day(booked.annotate(day=TruncDate("occurred_at")))),
        customers=figure(
            _per_day(Lead.objects.filter(_within("created_at", stretches)).annotate(day=TruncDate("created_at")))
        ),
        unanswered=figure({day: row["missed"] for day, row in by_day.items()}),
        hung_up=by_day[days[0]]["gone"] if days[0] in by_day else 0,
    )


def _stretch(day: date, length: timedelta) -> tuple[datetime, datetime]:
    start = timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001  # made aware here
    return start, start + length


def _within(field: str, stretches: Iterable[tuple[datetime, datetime]]) -> Q:
    found = Q()
    for start, end in stretches:
        found |= Q(**{f"{field}__gte": start, f"{field}__lte": end})
    return found


def _per_day(rows: object) -> _Days:
    counted = rows.order_by().values("day").annotate(count=Count("pk"))  # type: ignore[attr-defined]  # any annotated queryset
    return {row["day"]: row["count"] for row in counted}


def _known_days(days: list[date], by_day: Mapping[date, object]) -> list[date]:
    """The earlier days since the first one with a call: before it nobody was answered, and zeros would say nothing."""
    first = min((day for day in days[1:] if day in by_day), default=None)
    return [day for day in days[1:] if first is not None and day >= first]


def _figures(today: date, known: list[date]) -> Callable[[_Days], Figure]:
    def figure(counts: _Days) -> Figure:
        usual = round(median(counts.get(day, 0) for day in known)) if len(known) >= LEAST_DAYS else None
        return Figure(counts.get(today, 0), usual)

    return figure
