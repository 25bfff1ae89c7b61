"""What customers asked in vain: kept without telling who they are, grouped by the same matcher, made into entries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Max, QuerySet
from django.db.models.functions import Coalesce, Greatest

from crm.models import Business
from crm.tenancy import for_business
from crm.words import one_line
from faq.matching import Index, Item, is_wish
from faq.matching.words import STOP, words_of
from faq.models import LONGEST_ASKED, LONGEST_QUESTION, FaqEntry, FaqUse, UnansweredQuestion, local_day

COMPARED = 200  # open groups that a new question may join, the latest ones
MOST_COUNTED = 99
_NUMBER = re.compile(r"\+?\d[\d\s().-]{5,}\d")
_ADDRESS = re.compile(r"\S+@\S+\.\S+")


def kept_text(text: str) -> str:
    """A question as it is kept: one line, without telephone numbers and addresses."""
    return _ADDRESS.sub("…", _NUMBER.sub("…", one_line(text)))[:LONGEST_ASKED].strip()


def note_unanswered(
    *, business: Business, text: str, medium: str, now: datetime, reference: str = ""
) -> UnansweredQuestion | None:
    """Keeps a question that got no answer, once for each place it was asked in.

    None: there is nothing to keep (a wish to book, no telling word), or it is there already.
    """
    said = kept_text(text)
    if not says_something(said) or is_wish(said):
        return None
    with for_business(business), transaction.atomic():
        Business.objects.select_for_update(no_key=True).get(pk=business.pk)  # two alike at once are one group
        row = UnansweredQuestion(
            business=business, text=said, medium=medium, reference=reference[:64], asked_at=now, group=_like(said)
        )
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            return None
    return row


def says_something(text: str) -> bool:
    return any(word not in STOP and len(word) > 1 and not word.isdigit() for word in words_of(text))


def _like(text: str) -> UnansweredQuestion | None:
    """The first question of a group that asks the same; one that was turned down takes its kind in silence."""
    heads = UnansweredQuestion.objects.filter(group=None, entry=None).order_by("-asked_at", "-pk")[:COMPARED]
    rows = {str(head.pk): head for head in heads}
    for head in rows.values():
        if words_of(head.text) == words_of(text):
            return head
    found = Index.of([Item(key, head.text, "") for key, head in rows.items()]).find(text)
    return rows[found.id] if found.id else None


def note_answered(*, entry: FaqEntry, now: datetime) -> None:
    """One more use of this answer today."""
    business = entry.business
    with for_business(business), transaction.atomic():
        day = local_day(now, business.timezone)
        FaqUse.objects.get_or_create(business=business, entry=entry, day=day)
        FaqUse.objects.filter(entry=entry, day=day).update(times=F("times") + 1)


# --- what the page shows -----------------------------------------------------------------------------
def open_groups() -> QuerySet[UnansweredQuestion]:
    """The first questions of groups that wait, with `times` and `last_asked`; most asked first. In a scope."""
    heads = UnansweredQuestion.objects.filter(group=None, entry=None, dismissed_at=None)
    last = Greatest(F("asked_at"), Coalesce(Max("alike__asked_at"), F("asked_at")))
    return heads.annotate(times=Count("alike") + 1, last_asked=last).order_by("-times", "-last_asked", "-pk")


def count_open() -> int:
    """How many groups wait, for the menu, up to what it shows; in the business's scope."""
    return UnansweredQuestion.objects.filter(group=None, entry=None, dismissed_at=None)[:MOST_COUNTED].count()


@dataclass(frozen=True)
class Draft:
    """An entry to be, as the questions suggest it."""

    question: str
    phrasings: tuple[str, ...]


def draft_of(head: UnansweredQuestion) -> Draft:
    """The first question as it was asked, and the other ways in which it was."""
    others = list(head.alike.order_by("asked_at").values_list("text", flat=True)[:50])
    seen = {" ".join(words_of(head.text))}
    phrasings = []
    for text in others:
        key = " ".join(words_of(text))
        if key not in seen:
            seen.add(key)
            phrasings.append(text[:LONGEST_QUESTION])
    return Draft(head.text[:LONGEST_QUESTION], tuple(phrasings[:5]))


def entry_from_question(
    *, head: UnansweredQuestion, question: str, answer: str, phrasings: Sequence[str] = (), **values: object
) -> FaqEntry:
    """The answer to a group: its questions are answered from now on, in these words too."""
    from faq.entries import add_entry  # noqa: PLC0415  # entries know nothing of questions

    with for_business(head.business_id), transaction.atomic():
        entry = add_entry(business=head.business, question=question, answer=answer, phrasings=phrasings, **values)  # type: ignore[arg-type]  # the fields of an entry
        resolve(head=head, entry=entry)
    return entry


def resolve(*, head: UnansweredQuestion, entry: FaqEntry) -> None:
    with for_business(head.business_id):
        UnansweredQuestion.objects.filter(pk=head.pk).update(entry=entry, dismissed_at=None)


def dismiss(*, head: UnansweredQuestion, now: datetime) -> bool:
    """Nobody has to answer this. False if it was done already, or answered."""
    with for_business(head.business_id):
        waiting = UnansweredQuestion.objects.filter(pk=head.pk, entry=None, dismissed_at=None)
        return bool(waiting.update(dismissed_at=now))


def restore(*, head: UnansweredQuestion) -> bool:
    """It waits again after all."""
    with for_business(head.business_id):
        turned_down = UnansweredQuestion.objects.filter(pk=head.pk).exclude(dismissed_at=None)
        return bool(turned_down.update(dismissed_at=None))


def forget_questions(*, business: Business, references: Sequence[str]) -> int:
    """What was asked in these calls and conversations is gone, as a person may ask."""
    with for_business(business):
        return UnansweredQuestion.objects.filter(reference__in=references).delete()[0]
