"""What the insights page tells, counted by the database: few queries whatever the number of calls.

Calls from the practice page never count; those that a stand-in answered count only where nobody else answers.
Everything is of the current business.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import CharField, Count, FloatField, Func, Max, Q, QuerySet, Sum
from django.db.models.functions import Cast, Coalesce, ExtractHour, ExtractIsoWeekDay, TruncDate

from agentlocator.insights.period import Period
from agentlocator.insights.questions import Question, unanswered_questions
from calls.latency import Latency, Percentiles, latency_since
from calls.models import CallSession, Turn

FEW_CALLS = 20  # below it shares and comparisons say nothing
LONG_SILENCE_MS = 4000
_Outcome = CallSession.Outcome


@dataclass(frozen=True)
class Totals:
    """Sums over the calls of a period."""

    calls: int = 0
    booked: int = 0
    corrections: int = 0
    corrected_calls: int = 0
    longest_silence_ms: int = 0
    silent_calls: int = 0  # with a silence that is too long
    cost_microusd: int = 0

    @property
    def booked_share(self) -> int:
        """Percent of the calls."""
        return round(100 * self.booked / self.calls) if self.calls else 0

    @property
    def dollars_a_call(self) -> float:
        return self.cost_microusd / self.calls / 1_000_000 if self.calls else 0.0


@dataclass(frozen=True)
class Day:
    on_date: date
    calls: int = 0
    booked: int = 0
    usual_ms: int | None = None
    slowest_ms: int | None = None
    cost_microusd: int = 0
    corrections: int = 0
    usual_silence_ms: int | None = None  # of the longest silences of its calls, the median
    longest_silence_ms: int | None = None
    silent_calls: int = 0


@dataclass(frozen=True)
class Insights:
    """Everything for one look. `hours`: (weekday 0–6 from Sunday, hour) -> calls; `refusals`: code -> times."""

    now: Totals
    before: Totals
    outcomes: Mapping[str, int]
    days: list[Day]  # oldest first, without gaps
    hours: Mapping[tuple[int, int], int]
    latency: Latency
    refusals: Mapping[str, int]
    questions: list[Question]
    as_of: datetime


def insights_of(period: Period, *, zone: ZoneInfo, practice: bool) -> Insights:
    """Runs inside the business's scope. `practice`: the installation has no provider, so a stand-in's calls count."""
    calls = CallSession.objects.filter(
        counted(practice=practice), started_at__gte=period.since, started_at__lte=period.until
    ).order_by()
    latency = latency_since(period.since, zone=zone, practice=practice)
    return Insights(
        now=_totals(period.since, period.until, practice),
        before=_totals(period.before, period.since, practice),
        outcomes=_outcomes(calls),
        days=_days(calls, period, latency, zone),
        hours={
            (row["weekday"] % 7, row["hour"]): row["calls"]
            for row in calls.annotate(
                weekday=ExtractIsoWeekDay("started_at", tzinfo=zone), hour=ExtractHour("started_at", tzinfo=zone)
            )
            .values("weekday", "hour")
            .annotate(calls=Count("pk"))
        },
        latency=latency,
        refusals=_refusals(period, practice),
        questions=unanswered_questions(period, counted(practice=practice, of="call__")),
        as_of=period.until,
    )


def counted(*, practice: bool, of: str = "") -> Q:
    """Calls that say something about the business. `of`: the way to the call, as `call__`."""
    real = Q(**{f"{of}from_browser": False})
    return real if practice else real & Q(**{f"{of}is_practice": False})


def _totals(since: datetime, until: datetime, practice: bool) -> Totals:
    rows = CallSession.objects.filter(counted(practice=practice), started_at__gte=since, started_at__lt=until)
    found = rows.aggregate(
        calls=Count("pk"),
        booked=Count("pk", filter=Q(outcome=_Outcome.BOOKED)),
        corrections=Coalesce(Sum("false_claims"), 0),
        corrected_calls=Count("pk", filter=Q(false_claims__gt=0)),
        longest_silence_ms=Coalesce(Max("dead_air_ms"), 0),
        silent_calls=Count("pk", filter=Q(dead_air_ms__gt=LONG_SILENCE_MS)),
        cost_microusd=Coalesce(Sum("cost_microusd"), 0),
    )
    return Totals(**found)


def _outcomes(calls: QuerySet[CallSession]) -> dict[str, int]:
    """By outcome, most frequent first; calls that are still on the line have none."""
    rows = calls.exclude(outcome="").values("outcome").annotate(calls=Count("pk")).order_by("-calls", "outcome")
    return {row["outcome"]: row["calls"] for row in rows}


def _days(calls: QuerySet[CallSession], period: Period, latency: Latency, zone: ZoneInfo) -> list[Day]:
    by_day = (
        calls.annotate(day=TruncDate("started_at", tzinfo=zone))
        .values("day")
        .annotate(
            calls=Count("pk"),
            booked=Count("pk", filter=Q(outcome=_Outcome.BOOKED)),
            cost=Coalesce(Sum("cost_microusd"), 0),
            corrections=Coalesce(Sum("false_claims"), 0),
            silences=Percentiles(Cast("dead_air_ms", FloatField())),
            longest=Max("dead_air_ms"),
            silent=Count("pk", filter=Q(dead_air_ms__gt=LONG_SILENCE_MS)),
        )
    )
    known = {row["day"]: row for row in by_day}
    quick = {day.on_date: day.total for day in latency.days}
    days = []
    for number in range(period.days):
        day = period.first_day + timedelta(days=number)
        row, total = known.get(day), quick.get(day)
        times = (total.usual_ms, total.slowest_ms) if total else (None, None)
        days.append(_day(day, row, *times) if row else Day(day, 0, 0, *times))
    return days


def _day(day: date, row: Mapping[str, Any], usual_ms: int | None, slowest_ms: int | None) -> Day:
    return Day(
        on_date=day,
        calls=row["calls"],
        booked=row["booked"],
        usual_ms=usual_ms,
        slowest_ms=slowest_ms,
        cost_microusd=row["cost"],
        corrections=row["corrections"],
        usual_silence_ms=round(row["silences"][0]),
        longest_silence_ms=row["longest"],
        silent_calls=row["silent"],
    )


class _ReasonOf(Func):
    """The code of a `slot_unavailable` item."""

    function = "SUBSTRING"
    template = "%(function)s(%(expressions)s FROM 'reason=([a-z_]+)')"
    output_field = CharField()


def _refusals(period: Period, practice: bool) -> dict[str, int]:
    """Which times callers asked for and did not get, by the booking rules' code."""
    rows = Turn.objects.filter(
        counted(practice=practice, of="call__"),
        speaker=Turn.Speaker.SERVER,
        text__startswith="[SERVER] slot_unavailable",
        call__started_at__gte=period.since,
        call__started_at__lte=period.until,
    ).order_by()
    by_reason = rows.annotate(reason=_ReasonOf("text")).values("reason").annotate(times=Count("pk"))
    return dict(Counter({row["reason"]: row["times"] for row in by_reason if row["reason"]}).most_common())
