"""Where a page of a list ended, as the address of the next one says it: the instant and the id of its last row."""

from __future__ import annotations

from datetime import datetime

from django.utils.dateparse import parse_datetime

_LONGEST_ID = 10


def place_at(instant: datetime, pk: int) -> str:
    return f"{instant.isoformat()}_{pk}"


def split_place(place: str) -> tuple[datetime | None, int | None]:
    """The instant and the id of a place in an address; None where it is none."""
    instant, _sign, pk = place.partition("_")
    try:
        moment = parse_datetime(instant)
    except ValueError:
        moment = None
    is_id = pk.isascii() and pk.isdecimal() and len(pk) < _LONGEST_ID
    return (moment if moment and moment.tzinfo else None), (int(pk) if is_id else None)
