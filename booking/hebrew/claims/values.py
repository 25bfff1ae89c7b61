"""What a sentence of the assistant claims."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["booked", "moved", "cancelled", "sent", "call_back", "free", "price", "hours"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim, and the words that say what it is about, normalised."""

    kind: Kind
    words: str
    negated: bool = False  # free: taken, full; hours: closed
    future: bool = False  # sent: it is promised, not said to be done
    reminder: bool = False  # sent: of a reminder
    done: bool = False  # booked: just now, by its verb; not that it stands
    amounts: tuple[str, ...] = ()  # price: shekels as digits, "80" or "79.9"
