"""Who writes down what callers say: the configured models, best first, without those that have let us down."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

REMEMBERED_SECONDS = 3600.0  # for so long the process does not ask again for a model that was refused
MAX_FAILURES = 3  # transcripts in a row

_refused_until: dict[tuple[str, str], float] = {}  # by the provider's address and the model


class Transcribers:
    """One call's choice. `address` tells providers apart; `now` counts seconds."""

    def __init__(self, models: Sequence[str], address: str, now: Callable[[], float] = time.monotonic) -> None:
        self._address = address
        self._now = now
        usable = [model for model in models if _refused_until.get((address, model), 0.0) <= now()]
        self._models = usable or list(models)
        self._at = 0
        self._failures = 0
        self.switches = 0  # in mid-call

    @property
    def current(self) -> str:
        return self._models[self._at]

    def refused(self) -> bool:
        """The provider does not take the current model; false if there is no other."""
        _refused_until[self._address, self.current] = self._now() + REMEMBERED_SECONDS
        return self._next()

    def succeeded(self) -> None:
        self._failures = 0

    def failed(self) -> bool:
        """One more transcript did not come about; true if the next model shall try from now on."""
        self._failures += 1
        if self._failures < MAX_FAILURES or not self._next():
            return False
        self._failures = 0
        self.switches += 1
        return True

    def _next(self) -> bool:
        if self._at + 1 >= len(self._models):
            return False
        self._at += 1
        return True
