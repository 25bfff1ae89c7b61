"""Which calls a list shows: by how they ended, when, with whom, and by words that were said in them.

A word that is said in every tenth call and one that was said once need different ways to stay quick among millions of
lines. So the newest calls are looked through one by one first; only what is too rare to fill a page among them is
looked up in the indexes, where few rows are found for it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from calls.call_page import ENDINGS
from calls.models import CallSession, Turn
from crm.models import FollowUp, Lead
from crm.phones import numbers_like

PAGE = 50
NEAREST = 200
LOOKED_THROUGH = (NEAREST, 1500)  # of the newest calls, first and then, for a word that may be in many of them
MOST_PEOPLE = 2000  # whose calls are looked up one by one
INDEXED_FROM = 3  # letters; the trigram indexes know no shorter pieces, but they do know how words begin
UNANSWERED = (CallSession.Status.BUSY, CallSession.Status.NO_ANSWER, CallSession.Status.CANCELED)
SPOKEN = (Turn.Speaker.CALLER, Turn.Speaker.ASSISTANT, Turn.Speaker.STAFF)
_CURSOR = re.compile(r"(\d{1,18})-(\d{1,18})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Wanted:
    """What is asked for. `since` and `until` are instants; empty values do not matter."""

    segment: str = ""  # attention booked unanswered
    since: datetime | None = None
    until: datetime | None = None
    outcome: str = ""
    ending: str = ""  # words of `ENDINGS`
    lead_id: int | None = None
    version_id: int | None = None
    with_practice: bool = False
    term: str = ""


@dataclass(frozen=True)
class Cursor:
    """A place in the list, which is newest first."""

    started_at: datetime
    pk: int

    def __str__(self) -> str:
        return f"{(self.started_at - _EPOCH) // timedelta(microseconds=1)}-{self.pk}"

    @classmethod
    def of(cls, call: CallSession) -> Cursor:
        return cls(call.started_at, call.pk)

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """None for what is no cursor."""
        match = _CURSOR.fullmatch(text)
        try:
            return cls(_EPOCH + timedelta(microseconds=int(match[1])), int(match[2])) if match else None
        except OverflowError:
            return None


def rows(wanted: Wanted) -> QuerySet[CallSession]:
    """Everything that is asked for but the term, newest first."""
    found = _unsegmented(wanted)
    return found.filter(_SEGMENTS[wanted.segment]()) if wanted.segment else found


def _unsegmented(wanted: Wanted) -> QuerySet[CallSession]:
    found = CallSession.objects.order_by("-started_at", "-pk")
    if not wanted.with_practice:
        found = found.filter(is_practice=False)
    if wanted.since:
        found = found.filter(started_at__gte=wanted.since)
    if wanted.until:
        found = found.filter(started_at__lt=wanted.until)
    if wanted.outcome:
        found = found.filter(outcome=wanted.outcome)
    if wanted.ending:
        found = found.filter(_ended(wanted.ending))
    if wanted.lead_id is not None:
        found = found.filter(lead=wanted.lead_id)
    if wanted.version_id is not None:
        found = found.filter(prompt_version=wanted.version_id)
    return found


def _strands(wanted: Wanted) -> list[QuerySet[CallSession]]:
    """The same as rows that no call stands twice in: each is quickly read from its newest call on."""
    if wanted.segment != "attention":
        return [rows(wanted)]
    found = _unsegmented(wanted)
    return [found.filter(_to_do()), found.filter(_unseen_failure())]


def page(wanted: Wanted, *, after: Cursor | None = None, size: int = PAGE) -> list[CallSession]:
    """So many calls and one more, if there is one; customers are loaded with them."""
    found: list[CallSession] = []
    for strand in _strands(wanted):
        found += _read(_from(strand, after), wanted.term, size + 1)
    return sorted(found, key=_newest, reverse=True)[: size + 1]


def count(wanted: Wanted, *, most: int) -> int:
    """How many calls there are, counted up to `most`; terms are not looked at."""
    first, *further = [strand.order_by().values("pk")[:most] for strand in _strands(wanted)]
    return min(most, (first.union(*further, all=True) if further else first).count())


def _from(found: QuerySet[CallSession], after: Cursor | None) -> QuerySet[CallSession]:
    if after is None:
        return found
    found = found.filter(Q(started_at=after.started_at, pk__lt=after.pk) | Q(started_at__lt=after.started_at))
    return found.filter(started_at__lte=after.started_at)  # says the same again, in the words of the index


def _read(found: QuerySet[CallSession], term: str, count: int) -> list[CallSession]:
    shown = found.select_related("lead").defer("prompt")
    if not term:
        return list(shown[:count])
    for reach in LOOKED_THROUGH:
        near = list(found.values_list("pk", "started_at")[: reach + 1])
        keys = [pk for pk, _started_at in near[:reach]]
        # The time says nothing new, but in the words of the index: it is read no further back.
        looked = shown.filter(started_at__gte=near[-1][1]) if near else shown.none()
        about = list(looked.filter(_is_about(term, keys))[:count])
        if len(about) == count or len(near) <= reach:  # the page is full, or there are no more
            return about
    both = [*shown.filter(_by_person(term))[:count], *shown.filter(pk__in=_by_words(term))[:count]]
    return sorted({call.pk: call for call in both}.values(), key=_newest, reverse=True)[:count]


def _newest(call: CallSession) -> tuple[datetime, int]:
    return call.started_at, call.pk


def matching(wanted: Wanted) -> QuerySet[CallSession]:
    """All of them, newest first, for those who have time."""
    if not wanted.term:
        return rows(wanted)
    of_people = _keys(CallSession.objects.filter(lead__in=_people(wanted.term).values("pk")))
    return rows(wanted).filter(Q(pk__in=of_people) | Q(pk__in=_by_words(wanted.term)))


def newer(wanted: Wanted, *, than: datetime, most: int) -> int:
    """How many calls have begun since, that the list would show; counted up to `most`."""
    fresh = rows(replace(wanted, term="")).filter(started_at__gt=than)
    if wanted.term:
        fresh = fresh.filter(_is_about(wanted.term, list(fresh.values_list("pk", flat=True)[:NEAREST])))
    return fresh[:most].count()


# --- segments ----------------------------------------------------------------------------------------
def _to_do() -> Q:
    """Something about the call is still to be done."""
    return Q(call_sid__in=FollowUp.objects.filter(done_at=None).exclude(call_sid="").values("call_sid"))


def _unseen_failure() -> Q:
    """It failed, and nobody has done anything about it."""
    about = FollowUp.objects.filter(call_sid=OuterRef("call_sid")).exclude(call_sid="")
    return Q(outcome=CallSession.Outcome.FAILED) & ~Q(Exists(about))


def _needs_person() -> Q:
    return _to_do() | _unseen_failure()


def _unanswered() -> Q:
    return Q(outcome=CallSession.Outcome.ABANDONED) | Q(outcome="", status__in=UNANSWERED)


_SEGMENTS = {
    "attention": _needs_person,
    "booked": lambda: Q(outcome=CallSession.Outcome.BOOKED),
    "unanswered": _unanswered,
}


def needing_person(calls: Iterable[CallSession]) -> set[int]:
    """Those of these calls that a person must look at; one query."""
    shown = list(calls)
    about: dict[str, bool] = {}
    told = FollowUp.objects.filter(call_sid__in=[call.call_sid for call in shown])
    for call_sid, done_at in told.values_list("call_sid", "done_at"):
        about[call_sid] = about.get(call_sid, False) or done_at is None
    failed = CallSession.Outcome.FAILED
    return {call.pk for call in shown if about.get(call.call_sid, call.outcome == failed)}


def _ended(words: str) -> Q:
    """All the reasons that are told in the same words; what follows a reason's colon differs."""
    found = Q(pk__in=())
    for reason, told in ENDINGS.items():
        if told == words:
            found |= Q(end_reason=reason) | Q(end_reason__startswith=f"{reason}:")
    return found


# --- the term ----------------------------------------------------------------------------------------
def _is_about(term: str, calls: Collection[int]) -> Q:
    """Those of these calls, which are looked through one by one.

    Their keys stand in the search of the lines, too: else all lines of the business that have the word would be read.
    """
    among = Q(pk__in=calls)
    if len(term) < INDEXED_FROM:
        return among & _name_begins("lead__name", term)
    said = Turn.objects.filter(call__in=calls, text__icontains=term, speaker__in=SPOKEN).order_by()
    found = Q(lead__name__icontains=term) | Q(call_sid=term)
    for digits in numbers_like(term):
        found |= Q(from_number__icontains=digits) | Q(lead__phone__icontains=digits)
    return among & (found | Q(pk__in=said.values("call_id")))


def _people(term: str) -> QuerySet[Lead]:
    found = _name_begins("name", term) if len(term) < INDEXED_FROM else Q(name__icontains=term)
    for digits in numbers_like(term):
        found |= Q(phone__icontains=digits)
    return Lead.objects.filter(found).order_by()


def _by_person(term: str) -> Q:
    """Few people are named one by one; of many, one of the newest calls will be."""
    keys = list(_people(term).values_list("pk", flat=True)[: MOST_PEOPLE + 1])
    if len(keys) <= MOST_PEOPLE:
        return Q(lead__in=keys)
    return Q(lead__name__icontains=term) if len(term) >= INDEXED_FROM else _name_begins("lead__name", term)


def _by_words(term: str) -> QuerySet[CallSession]:
    """Keys of the calls in which it was said, or whose number or id it is."""
    if len(term) < INDEXED_FROM:
        return CallSession.objects.none()
    said = Turn.objects.filter(text__icontains=term, speaker__in=SPOKEN).order_by()
    numbers = [_keys(CallSession.objects.filter(from_number__icontains=digits)) for digits in numbers_like(term)]
    return _keys(CallSession.objects.filter(call_sid=term)).union(said.values("call_id"), *numbers)


def _keys(calls: QuerySet[CallSession]) -> QuerySet[CallSession]:
    return calls.order_by().values("pk")  # type: ignore[return-value]  # rows of keys, for a subquery


def _name_begins(field: str, term: str) -> Q:
    return Q(**{f"{field}__istartswith": term}) | Q(**{f"{field}__icontains": f" {term}"})


# --- what was said -----------------------------------------------------------------------------------
AROUND = 60  # characters shown on each side of what was found


@dataclass(frozen=True)
class Hit:
    """The first line of a call that has the term, cut to what stands around it; `more`: further lines that have it."""

    index: int
    before: str
    found: str
    after: str
    more: int


def hits(calls: Collection[CallSession], term: str) -> dict[int, Hit]:
    """By the call's key, for those in whose words the term is; one query."""
    if len(term) < INDEXED_FROM or not calls:
        return {}
    lines = Turn.objects.filter(
        call__in=[call.pk for call in calls], text__icontains=term, speaker__in=SPOKEN
    ).order_by("call_id", "index")
    found: dict[int, Hit] = {}
    for call_id, index, text in lines.values_list("call_id", "index", "text"):
        first = found.get(call_id)
        found[call_id] = replace(first, more=first.more + 1) if first else _hit(index, text, term)
    return found


def _hit(index: int, text: str, term: str) -> Hit:
    at = text.lower().find(term.lower())
    if at < 0:  # the database folds letters that Python does not
        return Hit(index, text[: 2 * AROUND], "", "", 0)
    end = at + len(term)
    before, after = text[:at], text[end:]
    if len(before) > AROUND:
        before = f"…{before[-AROUND:].partition(' ')[2]}"
    if len(after) > AROUND:
        after = f"{after[:AROUND].rpartition(' ')[0]}…"
    return Hit(index, before, text[at:end], after, 0)
