"""How long callers waited for an answer: medians and the slowest twentieth, counted by the database.

Every figure is one of contract section 5, in milliseconds from the moment the caller stopped speaking.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db.models import Aggregate, Count, F, FloatField, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, TruncDate

from calls.models import Turn

TOTAL = "TOTAL_LATENCY_MS"
STEPS = (
    "STT_FIRST_PARTIAL_MS",
    "STT_FINAL_MS",
    "AI_FIRST_AUDIO_MS",
    "TTS_READY_MS",
    "FIRST_AUDIO_SENT_MS",
    TOTAL,
)
SLOW_MS = 3000  # from here on an answer stands out
USUAL_TARGET_MS, SLOWEST_TARGET_MS = 2200, 3300  # of whole answers


class Percentiles(Aggregate):
    """Median and 95th percentile as a list of two; None where nothing was measured."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = ArrayField(FloatField())


@dataclass(frozen=True)
class Spread:
    """The median, and what 95 of a hundred stay under, in milliseconds."""

    usual_ms: int
    slowest_ms: int

    @property
    def is_on_target(self) -> bool:
        return self.usual_ms <= USUAL_TARGET_MS and self.slowest_ms <= SLOWEST_TARGET_MS


@dataclass(frozen=True)
class Day:
    on_date: date
    answers: int
    total: Spread


@dataclass(frozen=True)
class Latency:
    """Of the calls that began in a stretch of time. Steps that were never measured are missing."""

    calls: int
    answers: int  # with a whole time
    slow: int
    interrupted: int
    steps: Mapping[str, Spread]
    reasons: Mapping[str, int]  # what ended the callers' turns -> how often
    days: list[Day]  # newest first

    @property
    def total(self) -> Spread | None:
        return self.steps.get(TOTAL)


def latency_since(since: datetime, *, zone: ZoneInfo, practice: bool) -> Latency:
    """Of the current business, in three queries. `practice`: calls that were only practised count too."""
    rows = Turn.objects.filter(speaker=Turn.Speaker.CALLER, call__started_at__gte=since).exclude(metrics={})
    if not practice:
        rows = rows.filter(call__is_practice=False)
    found = rows.aggregate(
        call_count=Count("call", distinct=True),
        answer_count=Count("pk", filter=Q(metrics__has_key=TOTAL)),
        slow_count=Count("pk", filter=Q(metrics__TOTAL_LATENCY_MS__gt=SLOW_MS)),
        interrupted_count=Count("pk", filter=Q(metrics__BARGE_IN_HIT=True)),
        **{name: Percentiles(measured(name)) for name in STEPS},
    )
    return Latency(
        calls=found["call_count"],
        answers=found["answer_count"],
        slow=found["slow_count"],
        interrupted=found["interrupted_count"],
        steps={name: spread for name in STEPS if (spread := _spread(found[name])) is not None},
        reasons=_reasons(rows),
        days=_days(rows, zone),
    )


def _reasons(rows: QuerySet[Turn]) -> dict[str, int]:
    known = rows.filter(metrics__has_key="EOU_REASON").order_by()
    counted = (
        known.annotate(reason=KeyTextTransform("EOU_REASON", "metrics"))
        .values("reason")
        .annotate(count=Count("pk"))
        .order_by("-count", "reason")
    )
    return {str(row["reason"]): int(row["count"]) for row in counted}


def _days(rows: QuerySet[Turn], zone: ZoneInfo) -> list[Day]:
    whole = rows.filter(metrics__has_key=TOTAL).annotate(day=TruncDate("call__started_at", tzinfo=zone)).order_by()
    counted = whole.values("day").annotate(answers=Count("pk"), spread=Percentiles(measured(TOTAL)))
    days = ((row["day"], row["answers"], _spread(row["spread"])) for row in counted.order_by(F("day").desc()))
    return [Day(day, answers, spread) for day, answers, spread in days if spread is not None]


def measured(name: str) -> Cast:
    """One figure of a turn, as a number to count with."""
    return Cast(KeyTextTransform(name, "metrics"), FloatField())


def _spread(values: list[float] | None) -> Spread | None:
    return None if values is None or values[0] is None else Spread(round(values[0]), round(values[1]))
