"""The life of an appointment: one table of moves. Nobody changes `status` but by a move that stands here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

HELD, CONFIRMED, CANCELLED, COMPLETED, NO_SHOW = "held", "confirmed", "cancelled", "completed", "no_show"


class Move(StrEnum):
    HOLD = "hold"
    RELEASE = "release"  # the call is over, or the hold expired: the row goes
    CREATE = "create"
    CONFIRM_ATTENDANCE = "confirm_attendance"
    RESCHEDULE = "reschedule"
    RESIZE = "resize"
    CANCEL = "cancel"
    COMPLETE = "complete"
    MISS = "miss"


# Move -> status before -> status after; None is no row. What is cancelled stays cancelled: its time may be somebody
# else's by now.
MOVES: Mapping[Move, Mapping[str | None, str | None]] = {
    Move.HOLD: {None: HELD, HELD: HELD},
    Move.RELEASE: {HELD: None},
    Move.CREATE: {None: CONFIRMED, HELD: CONFIRMED},
    Move.CONFIRM_ATTENDANCE: {CONFIRMED: CONFIRMED},
    Move.RESCHEDULE: {CONFIRMED: CONFIRMED},
    Move.RESIZE: {CONFIRMED: CONFIRMED},
    Move.CANCEL: {CONFIRMED: CANCELLED},
    Move.COMPLETE: {CONFIRMED: COMPLETED, NO_SHOW: COMPLETED},
    Move.MISS: {CONFIRMED: NO_SHOW, COMPLETED: NO_SHOW},
}


def may(move: Move, status: str | None) -> bool:
    return status in MOVES[move]


def after(move: Move, status: str | None) -> str:
    """The status after a move that is allowed and leaves a row; None is no row yet."""
    to = MOVES[move][status]
    assert to is not None  # only a hold leaves no row
    return to
