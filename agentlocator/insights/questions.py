"""What callers asked and the assistant could not tell them: it promised that somebody would get back to them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Q, Subquery

from agentlocator.insights.period import Period
from calls.models import Turn

PASSED_ON = "אעביר את הפרטים"  # the core of the sentence for what the assistant does not know (R11)
SHOWN = 8
LOOKED_AT = 2000  # of the newest; a business with more has its answer in the first eight
_NOT_WORDS = re.compile(r"[^\w\s]", re.UNICODE)
_POLITE = frozenset(("שלום", "היי", "הי", "אהלן", "בבקשה", "תודה", "רציתי", "לשאול", "לדעת", "אני", "אפשר", "אה", "אמ"))


@dataclass(frozen=True)
class Question:
    """One question in the words of the caller who asked it last."""

    text: str
    times: int
    last_asked_at: datetime
    call_sid: str


def unanswered_questions(period: Period, counted: Q) -> list[Question]:
    """The most frequent first. `counted`: which calls' turns are looked at."""
    asked_before = (
        Turn.objects.filter(call=OuterRef("call"), index__lt=OuterRef("index"), speaker=Turn.Speaker.CALLER)
        .exclude(text="")
        .order_by("-index")
    )
    rows = (
        Turn.objects.filter(
            counted,
            speaker=Turn.Speaker.ASSISTANT,
            text__contains=PASSED_ON,
            call__started_at__gte=period.since,
            call__started_at__lte=period.until,
        )
        .annotate(question=Subquery(asked_before.values("text")[:1]))
        .order_by("-call__started_at")
        .values_list("question", "call__started_at", "call__call_sid")[:LOOKED_AT]
    )
    return grouped((text, at, sid) for text, at, sid in rows if text)


def grouped(asked: Iterable[tuple[str, datetime, str]]) -> list[Question]:
    """The same question in other politeness is the same question. `asked` comes newest first."""
    alike: defaultdict[frozenset[str], list[tuple[str, datetime, str]]] = defaultdict(list)
    for each in asked:
        if key := _words(each[0]):
            alike[key].append(each)
    questions = [Question(same[0][0], len(same), same[0][1], same[0][2]) for same in alike.values()]
    return sorted(questions, key=lambda question: (-question.times, -question.last_asked_at.timestamp()))[:SHOWN]


def _words(text: str) -> frozenset[str]:
    return frozenset(_NOT_WORDS.sub(" ", text).split()) - _POLITE
