"""Twenty whole calls at once, from the ring to the row: do all of them book, and how long does a turn take?"""

from __future__ import annotations

from pathlib import Path

from agentlocator.runtime import processes
from benchmarks import figures
from benchmarks.bridges import Bridge
from benchmarks.children import report_of
from benchmarks.figures import number, percentile, times
from benchmarks.world import ACCOUNT, NUMBER, TOKEN

CALLS = 20
VAD_S, TRANSCRIPT_S, FIRST_AUDIO_S = 0.5, 0.4, 0.7  # the provider's usual times
WITHIN_S = 150.0
STORED_WITHIN_S = 10.0
PROVIDER_MS = 1000 * (VAD_S + TRANSCRIPT_S + FIRST_AUDIO_S)


def run(product: Bridge, scratch: Path) -> bool:
    """Call, print, and tell whether all have booked."""
    figures.note(f"… {CALLS} calls by the full stand-ins")
    options = {
        "server": product.url,
        "provider-port": product.provider_port,
        "rest-port": product.rest_port,
        "to": NUMBER,
        "account-sid": ACCOUNT,
        "auth-token": TOKEN,
    }
    arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    failed: dict[str, list[str]] = report_of("benchmarks.callers", *arguments, scratch=scratch, within_s=WITHIN_S)
    processes.wait_until(lambda: _stored(list(failed)) == len(failed), STORED_WITHIN_S, every_s=0.2)
    booked = _booked(list(failed))
    turns = _whole_turns(list(failed))
    figures.table(
        ["calls", "booked", "turns", "whole turn p50", "p95 ms", "provider's own", "ratio p50", "p95"],
        [
            [
                *(str(len(failed)), str(len(booked)), str(len(turns))),
                *(number(percentile(turns, percent)) for percent in (50, 95)),
                number(PROVIDER_MS),
                *(times(percentile(turns, percent), PROVIDER_MS) for percent in (50, 95)),
            ]
        ],
    )
    figures.note("whole turn: from the caller's last sound to the first sound of the answer, spoken turns only.")
    for sid in sorted(failed, key=list(failed).index):
        if sid not in booked or failed[sid]:
            figures.note(f"! call {list(failed).index(sid) + 1}: {'; '.join(failed[sid]) or 'no appointment'}")
    return len(booked) == CALLS


def _stored(sids: list[str]) -> int:
    from calls.models import EventLog  # noqa: PLC0415  # Django is set up by now
    from crm.tenancy import for_everyone  # noqa: PLC0415  # as above

    with for_everyone("the benchmark reads what its own calls left"):
        return EventLog.objects.filter(call__call_sid__in=sids).count()


def _booked(sids: list[str]) -> set[str]:
    """The calls with an appointment; each slot is somebody's alone."""
    from booking.models import Appointment  # noqa: PLC0415  # Django is set up by now
    from crm.tenancy import for_everyone  # noqa: PLC0415  # as above

    with for_everyone("the benchmark reads what its own calls left"):
        rows = Appointment.objects.filter(call_sid__in=sids, status=Appointment.Status.CONFIRMED)
        return set(rows.values_list("call_sid", flat=True))


def _whole_turns(sids: list[str]) -> list[float]:
    from calls.models import Turn  # noqa: PLC0415  # Django is set up by now
    from crm.tenancy import for_everyone  # noqa: PLC0415  # as above

    with for_everyone("the benchmark reads what its own calls left"):
        metrics = list(Turn.objects.filter(call__call_sid__in=sids).values_list("metrics", flat=True))
    return [
        float(each["TOTAL_LATENCY_MS"])
        for each in metrics
        if each and "TOTAL_LATENCY_MS" in each and each.get("EOU_REASON") == "vad"
    ]
