"""The business's own answers during a call: loaded as it begins, looked up in memory, off the audio path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crm.models import Business, Medium
from crm.words import one_line
from faq.matching import Index
from faq.services import active_entries, index_of

LONGEST = 600  # of what is said in one breath; the rest of a longer answer is in the instructions


@dataclass(frozen=True)
class Answers:
    """The entries of one business that may be given by telephone now."""

    index: Index | None = None
    by_id: Mapping[str, str] = field(default_factory=dict)

    def to(self, question: str) -> str:
        """What to say to this question, in the owner's words; empty where no entry surely answers it."""
        found = self.index.find(question).id if self.index is not None else None
        return self.by_id[found] if found is not None else ""


def load_answers(business: Business, now: datetime) -> Answers:
    """One query; the index is built once for a set of entries."""
    entries = active_entries(business, now, Medium.PHONE)
    if not entries:
        return Answers()
    return Answers(index_of(entries), {str(entry.pk): one_line(entry.answer)[:LONGEST] for entry in entries})
