"""Which conversations the inbox shows: by who answers them, for whom they wait, and by words that were written in them.

A word of every tenth conversation and one that was written once need different ways to stay quick. So the newest
conversations are looked through one by one first; only what is too rare to fill a page among them is looked up in the
indexes, where few rows are found for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lead_search import matching
from crm.models import Lead
from crm.phones import numbers_like
from crm.places import place_at, split_place
from whatsapp.models import Conversation, Message

PAGE = 50
COUNTED = 100  # beyond it a count says "99+"
LOOKED_THROUGH = 1500  # of the newest conversations, for a word that may be in many of them
MOST_PEOPLE = 2000  # whose conversations are looked up one by one
INDEXED_FROM = 3  # letters; the trigram indexes know no shorter pieces, but they do know how words begin
OPEN, WAITING, MINE, ASSISTANT, DONE, ALL = "open", "waiting", "mine", "assistant", "done", "all"
SEGMENTS: Mapping[str, str | Promise] = {
    OPEN: pgettext_lazy("conversations", "Open"),
    WAITING: pgettext_lazy("conversations", "Waiting for the staff"),
    MINE: pgettext_lazy("conversations", "Waiting for me"),
    ASSISTANT: _("The assistant handles"),
    DONE: pgettext_lazy("conversations", "Closed"),
    ALL: _("All"),
}
_State = Conversation.State
# In the words of the index `conversation_waits`.
WAITS = Q(state=_State.WAITING) | Q(state=_State.STAFF, unread__gt=0)


@dataclass(frozen=True)
class Wanted:
    """What is asked for. `user_id`: who asks, for what is theirs."""

    user_id: int
    segment: str = OPEN
    term: str = ""


def rows(wanted: Wanted) -> list[QuerySet[Conversation]]:
    """Everything that is asked for but the term: newest first, in parts that no conversation stands twice in.

    Each part is read from an index of its own.
    """
    found = Conversation.objects.order_by("-last_message_at", "-pk")
    match wanted.segment:
        case "waiting":
            return [found.filter(WAITS)]
        case "mine":
            return [found.filter(assigned_to=wanted.user_id).exclude(state=_State.CLOSED)]
        case "assistant":
            return [found.filter(state=_State.ASSISTANT)]
        case "done":
            return [found.filter(state=_State.CLOSED)]
        case "all":
            return [found]
        case _:
            return [found.filter(state=state) for state in (_State.WAITING, _State.STAFF, _State.ASSISTANT)]


def page(wanted: Wanted, *, after: str = "", size: int = PAGE) -> list[Conversation]:
    """So many conversations and one more, if there is one; with what a row shows of each."""
    found: list[Conversation] = []
    for part in rows(wanted):
        found += _read(_following(part, after), wanted.term, size + 1)
    return sorted(found, key=_newest, reverse=True)[: size + 1]


def place_of(conversation: Conversation) -> str:
    """Where a page ended, for the address of the next."""
    return place_at(conversation.last_message_at, conversation.pk)


def _following(found: QuerySet[Conversation], place: str) -> QuerySet[Conversation]:
    instant, pk = split_place(place)
    if instant is None or pk is None:
        return found
    # Said twice on purpose: the first condition alone can enter the index at the right place.
    found = found.filter(last_message_at__lte=instant)
    return found.filter(Q(last_message_at__lt=instant) | Q(pk__lt=pk))


def _newest(conversation: Conversation) -> tuple[datetime, int]:
    return conversation.last_message_at, conversation.pk


def waiting_for_staff(*, most: int = COUNTED) -> int:
    """How many conversations wait for a person, counted up to `most`."""
    return Conversation.objects.filter(WAITS).order_by()[:most].count()


def counts(user_id: int) -> dict[str, int]:
    """How many conversations the segments of unfinished work have, counted to `COUNTED` at most, in one query."""
    parts = [
        part.order_by().annotate(of=Value(segment)).values_list("of", flat=True)[:COUNTED]
        for segment in (WAITING, MINE, ASSISTANT)
        for part in rows(Wanted(user_id, segment))
    ]
    counted = Counter(parts[0].union(*parts[1:], all=True))
    return {segment: counted[segment] for segment in (WAITING, MINE, ASSISTANT)}


# --- the term ----------------------------------------------------------------------------------------
def _read(found: QuerySet[Conversation], term: str, count: int) -> list[Conversation]:
    shown = found.select_related("lead", "assigned_to")
    if not term:
        return list(shown[:count])
    far = found.values_list("last_message_at", flat=True)[LOOKED_THROUGH : LOOKED_THROUGH + 1].first()
    if far is None:  # there are no more than can be looked through
        return list(shown.filter(_is_about(term))[:count])
    near = list(shown.filter(last_message_at__gte=far).filter(_is_about(term))[:count])
    if len(near) == count:
        return near
    both = [*shown.filter(_of_people(term))[:count], *shown.filter(pk__in=_with_words(term))[:count]]
    return sorted({row.pk: row for row in both}.values(), key=_newest, reverse=True)[:count]


def _is_about(term: str) -> Q:
    """For conversations that are looked through one by one."""
    if len(term) < INDEXED_FROM:
        return _name_begins(term)
    written = Message.objects.filter(conversation=OuterRef("pk"), text__icontains=term, revoked_at=None)
    found = Q(lead__name__icontains=term)
    for digits in numbers_like(term):
        found |= Q(lead__phone__icontains=digits)
    return found | Q(Exists(written))


def _name_begins(term: str) -> Q:
    return Q(lead__name__istartswith=term) | Q(lead__name__icontains=f" {term}")


def _of_people(term: str) -> Q:
    """Few people are named one by one; of many, one of the newest conversations will be."""
    people = Lead.objects.filter(matching(term)).order_by().values_list("pk", flat=True)
    keys = list(people[: MOST_PEOPLE + 1])
    if len(keys) <= MOST_PEOPLE:
        return Q(lead__in=keys)
    return Q(lead__name__icontains=term) if len(term) >= INDEXED_FROM else _name_begins(term)


def _with_words(term: str) -> QuerySet[Message, int]:
    """Keys of the conversations in which it was written."""
    if len(term) < INDEXED_FROM:
        return Message.objects.none().values_list("conversation_id", flat=True)
    written = Message.objects.filter(text__icontains=term, revoked_at=None).order_by()
    return written.values_list("conversation_id", flat=True)


# --- what was written --------------------------------------------------------------------------------
AROUND = 50  # characters shown on each side of what was found


@dataclass(frozen=True)
class Hit:
    """The newest message of a conversation that has the term, cut to what stands around it."""

    message_id: int
    before: str
    found: str
    after: str


def hits(conversations: Collection[Conversation], term: str) -> dict[int, Hit]:
    """By the conversation's key, for those in whose messages the term is; one query."""
    if len(term) < INDEXED_FROM or not conversations:
        return {}
    lines = (
        Message.objects.filter(conversation__in=[row.pk for row in conversations], text__icontains=term)
        .filter(revoked_at=None)
        .order_by("conversation_id", "-pk")
        .distinct("conversation_id")
        .values_list("conversation_id", "pk", "text")
    )
    return {conversation_id: _hit(pk, text, term) for conversation_id, pk, text in lines}


def _hit(message_id: int, text: str, term: str) -> Hit:
    at = text.lower().find(term.lower())
    if at < 0:  # the database folds letters that Python does not
        return Hit(message_id, text[: 2 * AROUND], "", "")
    end = at + len(term)
    before, after = text[:at], text[end:]
    if len(before) > AROUND:
        before = f"…{before[-AROUND:].partition(' ')[2]}"
    if len(after) > AROUND:
        after = f"{after[:AROUND].rpartition(' ')[0]}…"
    return Hit(message_id, before, text[at:end], after)
