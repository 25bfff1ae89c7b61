"""The list of calls: who called, and did it end well?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from calls import finding
from calls.badges import caller_name, is_running, outcome_badge
from calls.call_page import cost_in_dollars, ending_in_words
from calls.chips import day_text
from calls.finding import Cursor, Hit
from calls.models import CallSession, PhoneLine
from calls.pages import filters
from calls.pages.filters import Filters
from crm.carrying import note_carried
from crm.models import SavedFilter
from crm.pages.downloads import download, table_file
from crm.phones import national
from crm.roles import business_here, member_required, owner_required, user_here
from crm.tables import Cell
from crm.templatetags.isolates import isolate

SAVED_AS = "calls"  # the page of its saved filters
COUNTED = 1000  # calls of a segment, at most
MOST_NEWS = 50


@dataclass(frozen=True)
class Row:
    """One call as the list shows it. `address` opens it, at the line that was found if there is one."""

    call: CallSession
    who: str | SafeString
    outcome: SafeString
    running: bool
    running_s: int
    needs_person: bool
    hit: Hit | None

    @property
    def number(self) -> str:
        return self.call.from_number if self.call.from_number.startswith("+") else ""

    @property
    def initials(self) -> str:
        name = self.call.lead.name if self.call.lead else ""
        return "".join(word[0] for word in name.split()[:2])


@dataclass(frozen=True)
class Day:
    on_date: date
    rows: list[Row]
    is_begun: bool  # its heading stands above already

    @property
    def title(self) -> SafeString:
        """Today and yesterday by name, the year only where it is another one."""
        today = timezone.localdate()
        if self.on_date.year != today.year:
            return format_html("{}", isolate(f"{self.on_date:%d/%m/%Y}"))
        near = {today: _("Today"), today - timedelta(days=1): _("Yesterday")}.get(self.on_date)
        return format_html("{}, {}", near, day_text(self.on_date)) if near else day_text(self.on_date)


@dataclass(frozen=True)
class Segment:
    key: str
    title: str
    count: int | None  # None: not counted
    more: bool  # there are more than were counted
    is_current: bool


@require_safe
@member_required
def call_list(request: HttpRequest) -> HttpResponse:
    """The page; its list alone where HTMX asks for that; further rows only, where it asks for more of them."""
    asked = filters.read(request.GET)
    after = Cursor.read(request.GET.get("after", ""))
    calls = finding.page(asked.wanted(), after=after)
    context: dict[str, Any] = {
        "filters": asked,
        "days": list(_days(calls[: finding.PAGE], asked.term, after)),
        "next": Cursor.of(calls[finding.PAGE - 1]) if len(calls) > finding.PAGE else None,
        "after": after,
    }
    part = context["part"] = part_for(request)
    if part and after:
        template = "calls/list.html#rows"
    else:
        template = "calls/list.html#found" if part else "calls/list.html"
        context |= _frame(request, asked, calls)
    response = render(request, template, context, status=422 if asked.form.errors else 200)
    patch_vary_headers(response, ("HX-Request",))
    return response


def part_for(request: HttpRequest) -> bool:
    """Whether HTMX asks for a part of the page; going back in the history it wants the whole again."""
    htmx = request.htmx  # type: ignore[attr-defined]  # set by django-htmx
    return bool(htmx) and not htmx.history_restore_request


@require_safe
@member_required
def news(request: HttpRequest) -> HttpResponse:
    """How many calls came since the list was made: the list itself does not jump."""
    since = Cursor.read(request.GET.get("since", ""))
    if since is None:
        raise Http404
    asked = filters.read(request.GET)
    count = finding.newer(asked.wanted(), than=since.started_at, most=MOST_NEWS)
    return render(request, "calls/list.html#news", {"filters": asked, "since": since, "count": count})


@require_safe
@owner_required
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """All that the filter finds, newest first, as a file."""
    business = business_here(request)
    asked = filters.read(request.GET)
    calls = finding.matching(asked.wanted()).select_related("lead").defer("prompt")
    rows = (_exported(call) for call in calls.iterator(chunk_size=2000))
    file, media_type, count = table_file(_("Calls"), _headings(), rows, is_excel=kind == "xlsx")
    note_carried(
        model=CallSession,
        business=business,
        by=user_here(request),
        kind="calls",
        text=_("Exported: %(count)d rows") % {"count": count},
        counts={"exported": count},
    )
    name = f"calls-{slugify(business.slug)}-{timezone.localdate():%Y-%m-%d}.{kind}"
    return download(request, file, name=name, content_type=media_type)


# --- the frame ---------------------------------------------------------------------------------------
def _frame(request: HttpRequest, asked: Filters, calls: Sequence[CallSession]) -> dict[str, Any]:
    """What stands around the rows."""
    now = timezone.now()
    newest = calls[0].started_at if calls else now
    return {
        "segments": list(_segments(asked)),
        "periods": filters.PERIODS.items(),
        "outcomes": CallSession.Outcome.choices,
        "words": list(asked.words()),
        "state": [(name, request.GET[name]) for name in filters.STATE if request.GET.get(name)],
        "since": Cursor(max(newest, now), 0),
        "lately": _lately(asked, now),
        "saved": list(SavedFilter.objects.filter(user=request.user.pk, page=SAVED_AS)),
        "query": kept_query(request),
        "line": PhoneLine.objects.order_by("pk").values_list("number", flat=True).first() if not calls else "",
    }


def _segments(asked: Filters) -> Iterator[Segment]:
    for key, title in filters.SEGMENTS.items():
        count = finding.count(asked.wanted(segment=key), most=COUNTED + 1) if asked.can_be_counted else None
        more = count is not None and count > COUNTED
        yield Segment(key, str(title), min(count, COUNTED) if count is not None else None, more, key == asked.segment)


def _lately(asked: Filters, now: datetime) -> dict[str, int]:
    """How many calls came today and in the last seven days."""
    today = filters.midnight(timezone.localdate(now))
    rows = CallSession.objects.filter(started_at__gte=today - timedelta(days=6)).order_by()
    if not asked.with_practice:
        rows = rows.filter(is_practice=False)
    return rows.aggregate(today=Count("pk", filter=Q(started_at__gte=today)), week=Count("pk"))


def kept_query(request: HttpRequest) -> str:
    """The filters of the address, as they are saved and exported."""
    query = request.GET.copy()
    for name in ("after", "since"):
        query.pop(name, None)
    for name in [name for name in query if not query[name]]:
        del query[name]
    return query.urlencode()


# --- the rows ----------------------------------------------------------------------------------------
def _days(calls: Sequence[CallSession], term: str, after: Cursor | None) -> Iterator[Day]:
    begun = timezone.localdate(after.started_at) if after else None
    for day, rows in groupby(_rows(calls, term), key=lambda row: timezone.localdate(row.call.started_at)):
        yield Day(day, list(rows), day == begun)


def _rows(calls: Sequence[CallSession], term: str) -> Iterator[Row]:
    waiting = finding.needing_person(calls)
    found = finding.hits(calls, term) if term else {}
    now = timezone.now()
    for call in calls:
        yield Row(
            call=call,
            who=caller_name(call),
            outcome=outcome_badge(call),
            running=is_running(call),
            running_s=max(0, int((now - call.started_at).total_seconds())),
            needs_person=call.pk in waiting,
            hit=found.get(call.pk),
        )


# --- the file ----------------------------------------------------------------------------------------
def _headings() -> list[str]:
    return [
        _("Started"),
        _("Caller"),
        _("Phone"),
        _("Outcome"),
        _("Summary"),
        _("Duration (seconds)"),
        _("End"),
        _("Corrections"),
        _("Cost"),
        _("practice"),
        _("Call id"),
    ]


def _exported(call: CallSession) -> list[Cell]:
    return [
        timezone.localtime(call.started_at).replace(tzinfo=None, microsecond=0),
        call.lead.name if call.lead else "",
        national(call.from_number) if call.from_number.startswith("+") else "",
        str(call.get_outcome_display() or call.get_status_display()),
        call.summary,
        call.duration_s,
        ending_in_words(call.end_reason),
        call.false_claims,
        cost_in_dollars(call.cost_microusd),
        _("yes") if call.is_practice else "",
        call.call_sid,
    ]
