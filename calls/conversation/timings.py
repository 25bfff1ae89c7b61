"""How long each step of an exchange took, from the moment the caller stopped speaking (contract section 5)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Timings:
    """Of one caller turn. `at` holds the call time of each step that has happened, by its metric's name."""

    index: int
    text: str
    started_ms: int
    stopped_ms: int | None = None
    eou_reason: str = "vad"
    barged_in: bool = False
    at: dict[str, int] = field(default_factory=dict)

    def note(self, name: str, at_ms: int) -> bool:
        """Remember when a step happened; only its first time counts. True if this was it."""
        if name in self.at:
            return False
        self.at[name] = at_ms
        return True

    def metrics(self) -> dict[str, int | str | bool]:
        stopped = self.started_ms if self.stopped_ms is None else self.stopped_ms
        values: dict[str, int | str | bool] = {name: max(0, at - stopped) for name, at in self.at.items()}
        return values | {"BARGE_IN_HIT": self.barged_in, "EOU_REASON": self.eou_reason}
