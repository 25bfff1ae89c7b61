"""Which of two outcomes tells more about a call that had several streams."""

from __future__ import annotations

from calls.models import CallSession

_Outcome = CallSession.Outcome
_BEST_FIRST = (
    _Outcome.BOOKED,
    _Outcome.RESCHEDULED,
    _Outcome.CANCELLED,
    _Outcome.TRANSFERRED,
    _Outcome.MESSAGE,
    _Outcome.ANSWERED,
    _Outcome.FAILED,
    _Outcome.ABANDONED,
    "",
)


def better(known: str, further: str) -> str:
    """The one to keep."""
    return min(known, further, key=_BEST_FIRST.index)
