"""What came of an attempt to send one message."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Taken:
    """The provider has it. `status`: how far it got by its word; `look_again`: nobody will tell, we ask."""

    provider_id: str
    status: str = "sent"
    error: str = ""
    look_again: bool = False


@dataclass(frozen=True)
class Later:
    """Not now. `unsure`: it may have been taken all the same. `seconds`: not before, by the provider's word."""

    error: str
    unsure: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class Never:
    """No attempt will help."""

    error: str


Outcome = Taken | Later | Never
