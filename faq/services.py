"""What a business answers to the questions of its customers; the door for the apps above."""

from __future__ import annotations

from faq.entries import add_entry, change_entry, remove_entry
from faq.lookup import Match, active_entries, index_of, match, match_among
from faq.questions import entry_from_question, forget_questions, note_answered, note_unanswered
from faq.tasks import queue_embedding

__all__ = [
    "Match",
    "active_entries",
    "add_entry",
    "change_entry",
    "entry_from_question",
    "forget_questions",
    "index_of",
    "match",
    "match_among",
    "note_answered",
    "note_unanswered",
    "queue_embedding",
    "remove_entry",
]
