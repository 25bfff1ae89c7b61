"""What the dialog and the menu want done next; the machine turns each move into actions."""

from __future__ import annotations

from dataclasses import dataclass, field


# --- said by the assistant ---------------------------------------------------------------------------
@dataclass(frozen=True)
class Say:
    """Let the assistant speak; `item` is the `[SERVER]` text it goes by, None if its instructions suffice."""

    item: str | None = None
    lasting: bool = False


@dataclass(frozen=True)
class Note:
    """Tell the model something without asking it to speak."""

    item: str


@dataclass(frozen=True)
class Hold:
    """The caller asked for a moment: nothing is said now."""


@dataclass(frozen=True)
class Goodbye:
    """The caller has what they wanted: say goodbye and end."""


# --- asked of the calendar. Starts are local "YYYY-MM-DD HH:MM", phones E.164 ------------------------
@dataclass(frozen=True)
class Check:
    """May this be booked? `moving` is the appointment that would go there."""

    start: str
    service: str | None
    moving: int | None = None


@dataclass(frozen=True)
class Book:
    start: str
    name: str
    phone: str
    service: str | None


@dataclass(frozen=True)
class Find:
    """Which appointments stand under this number?"""

    phone: str


@dataclass(frozen=True)
class Reschedule:
    appointment_id: int
    start: str
    phone: str


@dataclass(frozen=True)
class Cancel:
    appointment_id: int
    phone: str


@dataclass(frozen=True)
class FindSlots:
    """The next free times strictly after `after`; from now on if it is empty."""

    after: str
    count: int
    service: str | None


# --- without the assistant ---------------------------------------------------------------------------
@dataclass(frozen=True)
class OpenMenu:
    """The caller goes on by keys; `choice` is the key of the menu that was pressed already."""

    choice: str = ""


@dataclass(frozen=True)
class CloseMenu:
    """Back to the assistant, who speaks by `item`, as in `Say`."""

    item: str | None = None
    lasting: bool = False


@dataclass(frozen=True)
class Speak:
    """Say a line without the provider, after those before it. Keys are those of `calls.voice.lines`."""

    key: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HandOver:
    """Give the caller to a person (`transfer`) or to the machine that takes messages (`voicemail`)."""

    to: str
    topic: str


@dataclass(frozen=True)
class End:
    """Let what was said last play out, then hang up."""

    reason: str


Move = (
    Say
    | Note
    | Hold
    | Goodbye
    | Check
    | Book
    | Find
    | Reschedule
    | Cancel
    | FindSlots
    | OpenMenu
    | CloseMenu
    | Speak
    | HandOver
    | End
)


class Questions:
    """What was asked last, and how much has been asked: a bare answer belongs to the question it was said after."""

    def __init__(self) -> None:
        self.standing: str | None = None  # name phone time confirm which service more
        self.count = 0
        self._last = Say()

    def ask(self, what: str, item: str | None = None) -> Say:
        self.standing = what
        self.count += 1
        self._last = Say(item)
        return self._last

    def again(self) -> Say:
        """The standing question once more; news of something done is no question."""
        return Say() if self.standing == "more" else self._last
