"""What callers and provider of one load measured together. They share a process, so they share a clock."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Tally:
    """Milliseconds, of the time in which `measuring` was set."""

    measuring: bool = False
    up: list[float] = field(default_factory=list)  # caller -> provider
    down: list[float] = field(default_factory=list)  # provider -> caller, audio that no pacing holds back
    answers: list[float] = field(default_factory=list)  # end of speech -> first audio, without the provider's delays
    stops: list[float] = field(default_factory=list)  # first loud frame -> `clear`
    frames_sent: int = 0
    frames_received: int = 0
    gaps: int = 0  # times the play-out ran dry within a reply
    turns: int = 0
    unanswered: int = 0
    before_answer: dict[int, float] = field(default_factory=dict)  # by call: the bridge's part up to response.create
