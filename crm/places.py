"""Where a page of a list ended, as the address of the next one says it: the instant and the id of its last row."""

from __future__ import annotations

from datetime import datetime

from django.utils.dateparse import parse_datetime

from crm.row_ids import id_in


def place_at(instant: datetime, pk: int) -> str:
    return f"{instant.isoformat()}_{pk}"


def split_place(place: str) -> tuple[datetime | None, int | None]:
    """The instant and the id of a place in an address; None where it is none."""
    instant, _sign, pk = place.partition("_")
    try:
        moment = parse_datetime(instant)
    except ValueError:
        moment = None
    return (moment if moment and moment.tzinfo else None), id_in(pk)
