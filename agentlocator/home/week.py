"""How well the assistant did in the last seven days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from calls.latency import TOTAL, Percentiles, measured
from calls.models import CallSession, Turn

LENGTH = timedelta(days=7)
FEW_CALLS = 20  # below it a share says nothing
_SAMPLED = 200  # of so many calls, the newest, the answers are measured


@dataclass(frozen=True)
class Week:
    calls: int
    booked: int
    corrected: int  # calls in which the assistant had to correct itself
    usual_s: float | None  # from the end of a caller's sentence to the answer; None where nothing was measured

    @property
    def is_enough(self) -> bool:
        return self.calls >= FEW_CALLS

    @property
    def booked_share(self) -> int:
        return round(100 * self.booked / self.calls) if self.calls else 0


def week_of(now: datetime) -> Week:
    """Two queries."""
    calls = CallSession.objects.filter(started_at__gte=now - LENGTH, from_browser=False)
    counted = calls.aggregate(
        calls=Count("pk"),
        booked=Count("pk", filter=Q(outcome=CallSession.Outcome.BOOKED)),
        corrected=Count("pk", filter=Q(false_claims__gt=0)),
    )
    newest = calls.order_by("-started_at").values("pk")[:_SAMPLED]
    spoken = Turn.objects.filter(call__in=newest, speaker=Turn.Speaker.CALLER, metrics__has_key=TOTAL)
    usual_ms = (spoken.order_by().aggregate(spread=Percentiles(measured(TOTAL)))["spread"] or [None])[0]
    return Week(**counted, usual_s=None if usual_ms is None else usual_ms / 1000)
