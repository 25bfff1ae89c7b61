"""One call, prepared for reading: the lines of the transcript, and what is said about its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from calls.chips import Chip, chip_of, corrected, staff_chip
from calls.models import Turn

SHORTEST_GAP_S = 2  # of lines that are missing; less is no loss
QUOTED = 120  # characters of what was said wrongly
# What the conversation, the shell and the webhooks write as `end_reason`; what follows a colon differs.
ENDINGS = {
    "caller hung up": gettext_noop("the caller hung up"),
    "ended by the staff": gettext_noop("the staff ended it"),
    "the caller said goodbye": gettext_noop("the caller said goodbye"),
    "the caller needs nothing more": gettext_noop("the caller needed nothing more"),
    "the caller was silent": gettext_noop("the caller was silent"),
    "the call's limit was reached": gettext_noop("the call's limit was reached"),
    "booked by keys": gettext_noop("booked by keys"),
    "handed over: transfer": gettext_noop("handed over to a person"),
    "handed over: voicemail": gettext_noop("handed over to take a message"),
    "no capacity": gettext_noop("all lines were busy"),
    "provider lost": gettext_noop("a fault of the voice provider"),
    "the provider is unreachable": gettext_noop("a fault of the voice provider"),
    "the provider's session did not begin": gettext_noop("a fault of the voice provider"),
    "stream lost": gettext_noop("the connection to the carrier broke"),
    "stream went silent": gettext_noop("the connection to the carrier broke"),
    "bad frames": gettext_noop("the connection to the carrier broke"),
}
MICROUSD = 1_000_000


@dataclass(frozen=True)
class Line:
    """Speech with what was heard of it, a chip for a deed of the server, or (`gap_s`) that something is missing."""

    speaker: str
    at_s: int
    index: int = 0
    at_ms: int = 0
    heard: str = ""
    unheard: str = ""
    cut_off: bool = False
    chip: Chip | None = None
    gap_s: int = 0
    by: str = ""  # who whispered it


def lines_of(turns: Iterable[Turn], *, today: date, zone: ZoneInfo) -> Iterator[Line]:
    """The transcript from first to last; empty lines (noise that was left out) are not shown."""
    before: Turn | None = None
    said = ""
    for turn in turns:
        if before is not None and (gap_s := _missing_s(before, turn)):
            yield Line("gap", before.at_ms // 1000, index=before.index + 1, at_ms=before.at_ms, gap_s=gap_s)
        before = turn
        if (line := _line_of(turn, said, today=today, zone=zone)) is not None:
            yield line
        if turn.speaker == Turn.Speaker.ASSISTANT and turn.text:
            said = turn.text


def _line_of(turn: Turn, said: str, *, today: date, zone: ZoneInfo) -> Line | None:
    """`said`: the assistant's last words before it, which a correction is about."""
    at_s = turn.at_ms // 1000
    if turn.speaker == Turn.Speaker.SERVER:
        chip = chip_of(turn.text, today=today, zone=zone)
        if chip.corrects and said:
            chip = corrected(said if len(said) <= QUOTED else f"…{said[-QUOTED:]}", chip.corrects)
        return Line(turn.speaker, at_s, turn.index, turn.at_ms, chip=chip)
    if deed := turn.metrics.get("DEED"):
        return Line(
            turn.speaker, at_s, turn.index, turn.at_ms, chip=staff_chip(str(deed), str(turn.metrics.get("BY", "")))
        )
    if not turn.text:
        return None
    heard, unheard = split_heard(turn.text, turn.heard_fraction)
    by = str(turn.metrics.get("BY", ""))
    return Line(turn.speaker, at_s, turn.index, turn.at_ms, heard, unheard, cut_off=bool(unheard), by=by)


def _missing_s(before: Turn, turn: Turn) -> int:
    """How much of the call lies between two lines whose numbers say that there were others between them."""
    seconds = (turn.at_ms - before.at_ms) // 1000
    return seconds if turn.index > before.index + 1 and seconds >= SHORTEST_GAP_S else 0


def split_heard(text: str, fraction: float) -> tuple[str, str]:
    """The words that were heard and those that were not; the cut falls between words."""
    if fraction >= 1:
        return text, ""
    words = text.split(" ")
    kept = round(len(words) * max(0.0, fraction))
    return " ".join(words[:kept]), " ".join(words[kept:])


def ending_in_words(reason: str) -> str:
    """How a call ended; empty for what is not known here, which is for the log."""
    known = ENDINGS.get(reason) or ENDINGS.get(reason.partition(":")[0])
    return _(known) if known else ""


def cost_in_dollars(microusd: int) -> str:
    """As "$0.12"; a cost that would round to nothing as "<$0.01", none at all as nothing."""
    if not microusd:
        return ""
    return "<$0.01" if microusd < MICROUSD // 100 else f"${microusd / MICROUSD:.2f}"
