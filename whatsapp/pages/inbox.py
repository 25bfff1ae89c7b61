"""The inbox: who waits for a human answer, and one conversation in full."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from crm.lead_services import members_of
from crm.names import name_of
from crm.roles import business_here, is_owner, member_required, user_here
from whatsapp import desk, finding
from whatsapp.finding import PAGE, Hit, Wanted
from whatsapp.health import trouble_of
from whatsapp.models import Channel, Conversation, QuickReply
from whatsapp.pages.forms import LIMITS, WordsForm
from whatsapp.reading import person, thread, writing_to

_State = Conversation.State
_LONGEST_TERM = 80
QUICK = 12  # of the business's quick replies


@member_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The conversations. By HTMX their rows alone: the next ones `after` a place, else those of now."""
    if _is_part(request):
        return render(request, "inbox/index.html#rows", _listed(request))
    return _page(request, {"chosen": None})


@member_required
@require_safe
def conversation(request: HttpRequest, pk: int) -> HttpResponse:
    """One conversation beside the others. By HTMX it alone, or what is new in it (`part`), or what was before."""
    row = conversation_of(pk)
    part = request.GET.get("part", "") if _is_part(request) else None
    if part == "lines":
        return render(request, "inbox/index.html#lines", {"chosen": row, "thread": _thread(request, row)})
    if part != "live" or "seen" in request.GET:
        # Looking at it is what makes it read; doing that twice, or by the browser's leave, changes nothing more.
        desk.mark_read(conversation=row)
        row.unread = 0
    context = opened(request, row)
    if part == "live":
        return render(request, "inbox/index.html#live", context)
    if part is not None:
        return _varied(render(request, "inbox/index.html#open", context | _choices(request)))
    return _page(request, context)


def conversation_of(pk: int) -> Conversation:
    """One of the current business, with what its page shows of it. Raises Http404."""
    rows = Conversation.objects.select_related("lead", "channel", "assigned_to", "business")
    return get_object_or_404(rows, pk=pk)


def _is_part(request: HttpRequest) -> bool:
    """Asked for by a script for a part of the page; whoever goes back in the history needs the whole."""
    htmx: Any = request.htmx  # type: ignore[attr-defined]  # set by django-htmx
    return bool(htmx) and not htmx.history_restore_request


def _varied(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ("HX-Request",))
    return response


def _page(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    whole = context | _listed(request) | _choices(request) | _frame()
    return _varied(render(request, "inbox/index.html", whole, status=status))


def page_with(request: HttpRequest, row: Conversation, **changes: Any) -> HttpResponse:
    """The whole page again with what was not accepted, for browsers without scripts."""
    return _page(request, opened(request, row) | changes, status=422)


# --- one conversation --------------------------------------------------------------------------------
def opened(request: HttpRequest, row: Conversation) -> dict[str, Any]:
    now = timezone.now()
    writing = writing_to(row, now=now)
    return (
        headed(request, row)
        | {
            "thread": _thread(request, row),
            "person": person(row, now=now),
            "writing": writing,
            "form": WordsForm(initial={"text": _quick(request)}),
            "key": secrets.token_hex(8),
        }
        | LIMITS
    )


def headed(request: HttpRequest, row: Conversation) -> dict[str, Any]:
    """What the strip above the messages says: who answers now, and whose it is."""
    members = [(member.pk, name_of(member)) for member in members_of(business_here(request))]
    return {
        "chosen": row,
        "members": members,
        "assigned_name": name_of(row.assigned_to) if row.assigned_to else "",
        "is_waiting": row.state == _State.WAITING,
        "is_assistant": row.state == _State.ASSISTANT,
        "is_staff": row.state == _State.STAFF,
        "is_closed": row.state == _State.CLOSED,
        "is_owner": is_owner(request),
    }


def _thread(request: HttpRequest, row: Conversation) -> Any:
    numbers = {name: _number(request.GET.get(name, "")) for name in ("before", "at", "since")}
    return thread(row, before=numbers["before"], at=numbers["at"], since=numbers["since"])


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _quick(request: HttpRequest) -> str:
    """The words of the quick reply that the address names."""
    key = _number(request.GET.get("quick", ""))
    row = QuickReply.objects.filter(pk=key).first() if key else None
    return row.text if row else ""


def _choices(request: HttpRequest) -> dict[str, Any]:
    return {"quick_replies": list(QuickReply.objects.order_by("title")[:QUICK])}


# --- the list ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Row:
    """A conversation of the list. `at`: its place in it, in microseconds."""

    conversation: Conversation
    who: str
    initials: str
    waits: bool
    at: int
    hit: Hit | None


@dataclass(frozen=True)
class Segment:
    key: str
    title: str
    is_current: bool
    count: str


def wanted_of(request: HttpRequest) -> Wanted:
    """The filters of the address; what makes no sense there is as good as not said. Who searches looks everywhere."""
    term = " ".join(request.GET.get("q", "").split())[:_LONGEST_TERM]
    segment = request.GET.get("show", "")
    if segment not in finding.SEGMENTS:
        segment = finding.ALL if term else finding.OPEN
    return Wanted(user_here(request).pk, segment, term)


def _listed(request: HttpRequest) -> dict[str, Any]:
    wanted = wanted_of(request)
    found = finding.page(wanted, after=request.GET.get("after", ""))
    shown = found[:PAGE]
    counted = finding.counts(wanted.user_id)
    return {
        "rows": _rows(shown, wanted.term),
        "after": finding.place_of(shown[-1]) if len(found) > PAGE else "",
        "is_further": "after" in request.GET,
        "wanted": wanted,
        "segments": [
            Segment(key, str(title), key == wanted.segment, _counted(counted.get(key)))
            for key, title in finding.SEGMENTS.items()
            if key != finding.ALL or wanted.term
        ],
        "waiting": counted[finding.WAITING],
    }


def _counted(count: int | None) -> str:
    if not count:
        return ""
    return f"{finding.COUNTED - 1}+" if count >= finding.COUNTED else str(count)


def _rows(conversations: Sequence[Conversation], term: str) -> list[Row]:
    found = finding.hits(conversations, term) if term else {}
    return [
        Row(
            row,
            str(row.lead),
            "".join(word[0] for word in row.lead.name.split()[:2]),
            row.state == _State.WAITING or (row.state == _State.STAFF and row.unread > 0),
            int(row.last_message_at.timestamp() * 1_000_000),
            found.get(row.pk),
        )
        for row in conversations
    ]


def _frame() -> dict[str, Any]:
    """What stands above: whether anything can come and go at all."""
    channels = list(Channel.objects.filter(is_current=True).order_by("provider"))
    whatsapp = next((row for row in channels if row.provider != Channel.Provider.WEB), None)
    return {
        "whatsapp": whatsapp,
        "whatsapp_trouble": trouble_of(whatsapp, timezone.now()) if whatsapp else None,
        "has_channel": bool(channels),
    }
