"""The order in which a message that was sent gets on. Providers tell of it late, twice and out of order."""

from __future__ import annotations

_RANKS = {"queued": 0, "sending": 1, "sent": 2, "delivered": 3, "read": 4}


def earlier(status: str) -> tuple[str, ...]:
    """The statuses from which a message may move to this one. A failure told after the delivery is none."""
    if status == "failed":
        return ("queued", "sending", "sent")
    return tuple(name for name, rank in _RANKS.items() if rank < _RANKS[status])
