"""What the matchers find in a sentence, before anyone decides what it is for."""

from dataclasses import dataclass, field
from typing import Literal

from booking.hebrew.resolve import Parts

Kind = Literal["date", "time", "part", "moment", "period"]
Marker = Literal["", "at", "to", "from", "after", "before", "about", "between"]


@dataclass(slots=True)
class Item:
    """A value and where it was said. `until` is the end of a spoken range of hours."""

    kind: Kind
    start: int
    end: int
    parts: Parts
    marker: Marker = ""
    strong: bool = True
    until: Parts | None = None
    until_open: bool = False
    period: str = ""  # week, next_week, weekend, next_weekend, month, next_month
    role: Literal["new", "from", "reject"] = "new"
    notes: set[str] = field(default_factory=set)
