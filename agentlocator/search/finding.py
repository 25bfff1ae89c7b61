"""Looking for a word in everything of one business. A handful of queries, each bounded, each by an index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.db.models import F, Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from agentlocator.search.marks import excerpt, mark
from agentlocator.search.places import date_in, places_for
from booking.models import Appointment
from calls.badges import caller_name
from calls.models import CallSession, Turn
from crm.lead_search import matching
from crm.models import Business, Lead
from crm.phones import national, numbers_like
from crm.templatetags.isolates import isolate, near, phone

SHORTEST = 2
SHORTEST_SPOKEN = 3  # of words in transcripts, as the index knows them
SHOWN = 5
_PEOPLE = 50  # whose calls and appointments are looked up
_RECENT_CALLS = 300  # whose transcripts are read before all others
_SPOKEN = 200
_FEWEST_DIGITS = 4


@dataclass(frozen=True)
class Hit:
    address: str
    title: SafeString | str
    detail: SafeString | str
    icon: str


@dataclass(frozen=True)
class Section:
    """`more` leads to the whole list, where there is one that understands the same words."""

    key: str
    title: str
    hits: list[Hit]
    more: str = ""


def find(term: str, *, business: Business, is_owner: bool, now: datetime, today: date) -> list[Section]:
    """What fits, by kind; kinds without a hit are left out. `term` is tidy and not too short."""
    people = _people(term)
    sections = [
        Section(
            "people",
            _("Customers"),
            [_person(lead, term) for lead in people[:SHOWN]],
            _more("leads:list", term, people),
        ),
        Section("calls", _("Calls"), list(_calls(term, people))),
        Section("appointments", _("Appointments"), list(_appointments(people, term, now=now, today=today))),
        Section("places", _("Pages and settings"), list(_places(term, business, is_owner=is_owner))),
    ]
    return [section for section in sections if section.hits]


def _more(view: str, term: str, found: list[Lead]) -> str:
    return f"{reverse(view)}?{urlencode({'q': term})}" if len(found) > SHOWN else ""


def _people(term: str) -> list[Lead]:
    """Those met last first. Sorting keeps the database from reading rows until a few fit: the index finds them all."""
    met_last = F("last_contact_at").desc(nulls_last=True)
    return list(Lead.objects.filter(matching(term)).order_by(met_last, "-pk")[:_PEOPLE])


def _person(lead: Lead, term: str) -> Hit:
    name = mark(lead.name, term) if lead.name else _("unknown")
    return Hit(
        reverse("leads:detail", args=[lead.pk]), format_html("<bdi>{}</bdi>", name), _number(lead.phone, term), "user"
    )


def _number(number: str, term: str) -> SafeString | str:
    """The number, marked where the term is a part of it in any writing."""
    digits = "".join(char for char in term if char.isdigit())
    plain = national(number) if number else ""
    if len(digits) >= _FEWEST_DIGITS and digits.removeprefix("972") in plain.replace("-", ""):
        return format_html("<mark>{}</mark>", isolate(plain))
    return phone(number)


def _calls(term: str, people: list[Lead]) -> Iterator[Hit]:
    """Those in which the words were said, then those of the people found, newest first."""
    spoken = _spoken(term)
    for turn in spoken:
        detail = format_html('{} · <span dir="auto">{}</span>', near(turn.call.started_at), excerpt(turn.text, term))
        yield Hit(
            f"{_address(turn.call)}?turn={turn.index}#turn-{turn.index}",
            format_html("<bdi>{}</bdi>", caller_name(turn.call)),
            detail,
            "phone",
        )
    theirs = Q(lead__in=[lead.pk for lead in people])
    for number in numbers_like(term):
        theirs |= Q(from_number__icontains=number)
    rows = CallSession.objects.filter(theirs, from_browser=False).select_related("lead").defer("prompt")
    for call in rows.exclude(pk__in=[turn.call_id for turn in spoken]).order_by("-started_at")[: SHOWN - len(spoken)]:
        outcome = call.get_outcome_display() if call.outcome else call.get_status_display()
        title = format_html("<bdi>{}</bdi>", caller_name(call))
        yield Hit(_address(call), title, format_html("{} · {}", near(call.started_at), outcome), "phone")


def _spoken(term: str) -> list[Turn]:
    """One line of each call in which it was said. The newest calls are read first: a word that everybody says has
    millions of lines, and a rare one is found by the index."""
    if len(term) < SHORTEST_SPOKEN or not any(char.isalpha() for char in term):
        return []
    lines = Turn.objects.filter(text__icontains=term, speaker__in=(Turn.Speaker.CALLER, Turn.Speaker.ASSISTANT))
    recent = CallSession.objects.filter(from_browser=False).order_by("-started_at").values_list("pk", flat=True)
    found = list(
        lines.filter(call__in=list(recent[:_RECENT_CALLS])).values_list("call_id", "pk").order_by("call", "index")
    )
    if len(dict(found)) < SHOWN:
        newest = (F("call_id") + 0).desc()  # an expression: sorted by a column, lines would be read until some fit
        found += lines.order_by(newest, "index").values_list("call_id", "pk")[:_SPOKEN]
    first: dict[int, int] = {}
    for call_id, pk in found:
        first.setdefault(call_id, pk)
    rows = Turn.objects.filter(pk__in=first.values(), call__from_browser=False).select_related("call__lead")
    return list(rows.defer("call__prompt").order_by("-call__started_at")[:SHOWN])


def _appointments(people: Iterable[Lead], term: str, *, now: datetime, today: date) -> Iterator[Hit]:
    """Of the people found, those to come first; and a day of the calendar, if that is what was typed."""
    if (day := date_in(term, today=today)) is not None:
        query = urlencode({"view": "day", "date": f"{day:%Y-%m-%d}"})
        yield Hit(
            f"{reverse('calendar:index')}?{query}",
            format_html(_("The calendar on {}"), isolate(f"{day:%d/%m/%Y}")),
            "",
            "cal",
        )
    status = Appointment.Status
    rows = Appointment.objects.filter(
        lead__in=[lead.pk for lead in people],
        status__in=(status.CONFIRMED, status.COMPLETED, status.NO_SHOW, status.CANCELLED),
    )
    rows = rows.select_related("service")
    coming = list(rows.filter(starts_at__gte=now).order_by("starts_at")[:SHOWN])
    past = list(rows.filter(starts_at__lt=now).order_by("-starts_at")[: SHOWN - len(coming)])
    for row in [*coming, *past]:
        parts = [near(row.starts_at), row.service.name if row.service else "", row.get_status_display()]
        detail = (
            format_html("{}<bdi>{}</bdi> · {}", format_html("{} · ", parts[0]), parts[1], parts[2])
            if parts[1]
            else format_html("{} · {}", parts[0], parts[2])
        )
        yield Hit(
            reverse("calendar:detail", args=[row.pk]),
            format_html("<bdi>{}</bdi>", mark(row.customer_name, term)),
            detail,
            "cal",
        )


def _places(term: str, business: Business, *, is_owner: bool) -> Iterator[Hit]:
    for place, _at in zip(places_for(term, is_owner=is_owner), range(SHOWN), strict=False):
        yield Hit(place.address(business), mark(str(place.title), term), "", place.icon)


def _address(call: CallSession) -> str:
    return reverse("call_pages:detail", args=[call.call_sid])
