"""The figures of the insights page as tables of a file: what is shown, and what its charts are drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from agentlocator.insights.figures import Day, Insights, Totals
from agentlocator.insights.period import Period
from agentlocator.insights.words import REFUSALS, WEEKDAYS, busy_hours
from calls.models import CallSession
from calls.prices import AS_OF
from crm.tables import Cell, Sheet

_MILLION = 1_000_000


def sheets_of(found: Insights, period: Period) -> Iterator[Sheet]:
    """In the order of the page. For owners: there is cost in it."""
    yield _short(found, period)
    yield _by_day(found.days)
    yield _outcomes(found)
    yield _hours(found)
    yield Sheet(
        _("Unanswered questions"),
        [_("question"), _("times"), _("last asked")],
        [(each.text, each.times, _local(each.last_asked_at)) for each in found.questions],
    )
    yield Sheet(
        _("Refused times"),
        [_("reason"), _("times")],
        [(str(REFUSALS.get(code, code)), times) for code, times in found.refusals.items()],
    )


def _short(found: Insights, period: Period) -> Sheet:
    total = found.latency.total
    rows: list[tuple[Cell, ...]] = [
        *zip(_names_of_totals(), _totals(found.now), _totals(found.before), strict=True),
        (_("usual response time (ms)"), total.usual_ms if total else None),
        (_("95% within (ms)"), total.slowest_ms if total else None),
        (_("interruptions"), found.latency.interrupted),
        (_("refused times"), sum(found.refusals.values())),
        (_("from the day"), period.first_day),
        (_("figures of"), _local(found.as_of)),
        (_("price list of"), AS_OF),
    ]
    return Sheet(_("In short"), [_("figure"), _("this time"), _("the time before")], rows)


def _names_of_totals() -> list[str]:
    return [
        _("calls"),
        _("appointments booked"),
        _("ended in an appointment (%)"),
        _("corrections"),
        _("calls with a correction"),
        _("longest silence (ms)"),
        _("calls with a silence over 4 seconds"),
        _("cost ($)"),
        _("cost of a call ($)"),
    ]


def _totals(of: Totals) -> list[Cell]:
    return [
        of.calls,
        of.booked,
        of.booked_share,
        of.corrections,
        of.corrected_calls,
        of.longest_silence_ms,
        of.silent_calls,
        round(of.cost_microusd / _MILLION, 4),
        round(of.dollars_a_call, 4),
    ]


def _by_day(days: list[Day]) -> Sheet:
    headings = [
        _("date"),
        _("calls"),
        _("appointments booked"),
        _("usual response time (ms)"),
        _("95% within (ms)"),
        _("usual silence (ms)"),
        _("longest silence (ms)"),
        _("calls with a silence over 4 seconds"),
        _("corrections"),
        _("cost ($)"),
    ]
    return Sheet(_("By day"), headings, [_of_day(day) for day in days])


def _of_day(day: Day) -> tuple[Cell, ...]:
    return (
        day.on_date,
        day.calls,
        day.booked,
        day.usual_ms,
        day.slowest_ms,
        day.usual_silence_ms,
        day.longest_silence_ms,
        day.silent_calls,
        day.corrections,
        round(day.cost_microusd / _MILLION, 4),
    )


def _outcomes(found: Insights) -> Sheet:
    ended = sum(found.outcomes.values())
    rows = [
        (str(CallSession.Outcome(outcome).label), calls, round(100 * calls / ended))
        for outcome, calls in found.outcomes.items()
    ]
    return Sheet(_("How the calls ended"), [_("outcome"), _("calls"), "%"], rows)


def _hours(found: Insights) -> Sheet:
    hours = busy_hours(found.hours)
    rows: list[tuple[Cell, ...]] = [
        (str(name), *(found.hours.get((weekday, hour), 0) for hour in hours)) for weekday, name in enumerate(WEEKDAYS)
    ]
    return Sheet(_("When people call"), [_("day"), *(f"{hour:02d}:00" for hour in hours)], rows)


def _local(instant: datetime) -> datetime:
    """Without its zone, which a sheet cannot hold."""
    return timezone.localtime(instant).replace(tzinfo=None)
