"""Pages that can be found by what they are about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crm.models import Business

_DATE = re.compile(r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}))?")


@dataclass(frozen=True)
class Place:
    """`words`: what people call it besides its title. `anchor`: the part of the page; `of_business`: its form."""

    title: Promise
    words: Promise
    view: str
    icon: str = "gear"
    anchor: str = ""
    owners: bool = False
    of_business: bool = False

    def address(self, business: Business) -> str:
        return reverse(self.view, args=[business.pk] if self.of_business else []) + self.anchor


_BUSINESS = "admin:crm_business_change"
PLACES = (
    Place(_("Calls"), _("calls, missed, recordings, transcript"), "call_pages:list", "phone"),
    Place(_("Live calls"), _("live, now, listen in, whisper, take over"), "call_pages:live", "live"),
    Place(_("Calendar"), _("calendar, appointments, day, week, month, print"), "calendar:index", "cal"),
    Place(_("Customers"), _("customers, people, leads, board, list"), "leads:list", "users"),
    Place(_("Follow-ups"), _("follow-ups, tasks, call back, reminders, to do"), "follow_ups:list", "check"),
    Place(_("Practice call"), _("practice, try, test, microphone, draft"), "practice:index", "mic"),
    Place(_("Insights"), _("insights, reports, statistics, response times, busy hours"), "insights:index", "chart"),
    Place(
        _("Questions and answers"),
        _("questions, answers, parking, address, prices"),
        "faq:index",
        "faq",
    ),
    Place(
        _("Opening hours"),
        _("hours, open, closed, week, Friday, Saturday, 24/7"),
        "week:index",
        "clock",
    ),
    Place(
        _("Closures and special days"),
        _("closed, holiday, vacation, special day, time off"),
        _BUSINESS,
        "cal",
        "#closure",
        of_business=True,
    ),
    Place(_("Holidays"), _("holidays, holiday eve, Passover, approve"), "admin:booking_holiday_changelist", "star"),
    Place(_("Services"), _("services, treatments, prices, duration, buffer"), "admin:booking_service_changelist"),
    Place(
        _("Who serves"), _("staff, chairs, therapists, resources, rooms"), "admin:booking_resource_changelist", "user"
    ),
    Place(
        _("Rules of booking"),
        _("interval, notice, booking window, daily limit, cancelling, rules"),
        _BUSINESS,
        "gear",
        of_business=True,
    ),
    Place(
        _("Phone numbers"),
        _("number, line, telephony, Twilio, connect"),
        _BUSINESS,
        "phone",
        "#phoneline",
        owners=True,
        of_business=True,
    ),
    Place(
        _("Instructions"),
        _("instructions, prompt, versions, what the assistant says"),
        "admin:calls_promptversion_changelist",
        "doc",
    ),
    Place(
        _("Lines without the assistant"),
        _("voice, recorded lines, greeting, menu by keys"),
        "admin:calls_voiceclip_changelist",
        "mic",
        owners=True,
    ),
    Place(_("Blocked callers"), _("blocked, block a number, nuisance"), "admin:calls_blockednumber_changelist", "miss"),
    Place(
        _("Links to a personal calendar"),
        _("iCalendar, Google, Outlook, calendar link"),
        "admin:booking_calendarfeed_changelist",
        "cal",
        owners=True,
    ),
    Place(_("Team"), _("team, invite, roles, owner, staff, permissions"), "team:index", "users", owners=True),
    Place(
        _("System status"),
        _("status, connection, provider, key, check, systems"),
        "connections:index",
        "srv",
        owners=True,
    ),
    Place(_("History"), _("history, changes, who changed, undo, audit"), "history:index", "doc", owners=True),
    Place(_("All settings"), _("settings, administration"), "admin:index", "gear", owners=True),
)


def places_for(term: str, *, is_owner: bool) -> Iterator[Place]:
    """The pages whose title or words begin with every word of the term; titles first."""
    wanted = term.casefold().split()
    open_to_them = [place for place in PLACES if is_owner or not place.owners]
    by_title = [place for place in open_to_them if _fits(str(place.title), wanted)]
    yield from by_title
    yield from (
        place for place in open_to_them if place not in by_title and _fits(f"{place.title} {place.words}", wanted)
    )


def _fits(text: str, wanted: list[str]) -> bool:
    words = re.split(r"[\s,\-־/]+", text.casefold())
    return all(any(word.startswith(part) for word in words) for part in wanted)


def date_in(term: str, *, today: date) -> date | None:
    """The day that somebody typed, 24/11 or 24/11/2026; without a year the nearest one to come."""
    found = _DATE.fullmatch(term)
    if found is None:
        return None
    day, month, year = int(found[1]), int(found[2]), int(found[3] or today.year)
    try:
        named = date(year, month, day)
        return named.replace(year=year + 1) if not found[3] and named < today else named
    except ValueError:
        return None
