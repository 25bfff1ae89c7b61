"""Customers from a file and as a file; and what every import shares: rehearsed first, then whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.models import Business, Lead, Medium
from crm.phones import national, normalize_phone
from crm.services import set_lead_status
from crm.tables import Cell, Column, Row
from crm.tenancy import for_business


# --- every import ------------------------------------------------------------------------------------
class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    ERROR = "error"


@dataclass(frozen=True)
class RowReport:
    """What became of one row, or would. `details` are sentences: the problems, or what changes."""

    number: int
    outcome: Outcome
    subject: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    rows: tuple[RowReport, ...]
    is_written: bool

    def count(self, outcome: Outcome) -> int:
        return sum(row.outcome is outcome for row in self.rows)

    def counts(self) -> dict[str, int]:
        return {str(outcome): self.count(outcome) for outcome in Outcome}


def run_import(
    work: Callable[[], Iterable[RowReport]], *, business: Business, skip_errors: bool, is_rehearsal: bool
) -> Report:
    """What `work` reports, in one transaction; undone if it is a rehearsal, or has errors that are not to be skipped.

    Imports of one business stand in line, so that one file sent twice at once is still imported once.
    """
    with for_business(business), transaction.atomic():
        Business.objects.select_for_update(no_key=True).get(pk=business.pk)
        rows = tuple(work())
        has_errors = any(row.outcome is Outcome.ERROR for row in rows)
        is_written = not is_rehearsal and (skip_errors or not has_errors)
        if not is_written:
            transaction.set_rollback(True)
    return Report(rows, is_written)


def about(column: Column, problem: str) -> str:
    """A problem with the column that it is in."""
    return f"{column.heading}: {problem}"


def read_name(text: str, column: Column, problems: list[str]) -> str:
    name = " ".join(text.split())
    if len(name) > _LONGEST_NAME:
        problems.append(about(column, _("Longer than %(count)d signs. Shorten it.") % {"count": _LONGEST_NAME}))
    return name


def read_phone(text: str, column: Column, problems: list[str]) -> str:
    """E.164, or empty where the row has none."""
    number = normalize_phone(text) if text else ""
    if number is None and re.fullmatch(r"\d(\.\d+)?E\+\d+", text, re.IGNORECASE):
        problems.append(
            about(column, _("Excel has cut the number short. Format the column as text and write it anew."))
        )
    elif number is None:
        problems.append(about(column, _("This is no phone number. Write it with its area code, such as 052-000-0147.")))
    return number or ""


def choice_of(labels: Mapping[str, object], text: str) -> str | None:
    """The value whose label or code this is; None if it is neither."""
    wanted = text.strip().casefold()
    return next((value for value, label in labels.items() if wanted in (value, str(label).casefold())), None)


# --- customers ---------------------------------------------------------------------------------------
NAME = Column("name", "שם", ("שם מלא", "שם הלקוח", "שם לקוח", "לקוח", "full name", "customer", "customer name"))
PHONE = Column(
    "phone", "טלפון", ("נייד", "טלפון נייד", "מספר טלפון", "מס׳ טלפון", "מספר", "mobile", "phone number", "cell")
)
STAGE = Column("status", "שלב", ("סטטוס", "מצב", "stage"))
NOTES = Column("notes", "הערות", ("הערה", "notes", "note", "comments", "comment"))
LEAD_COLUMNS = (NAME, PHONE, STAGE, NOTES)
LEAD_HEADINGS = (*(column.heading for column in LEAD_COLUMNS), "אמצעי קשר", "נוצר", "קשר אחרון")
_LONGEST_NAME = 120


@dataclass(frozen=True)
class _Person:
    """One row, read."""

    number: int
    name: str
    phone: str
    status: str
    notes: str

    @property
    def key(self) -> tuple[str, str]:
        """By the number; who has none goes by the name."""
        return (self.phone, "") if self.phone else ("", self.name.casefold())


@dataclass
class _Book:
    """The customers that the file's rows speak of, and which row spoke of them first."""

    known: dict[tuple[str, str], Lead]
    first_rows: dict[tuple[str, str], int] = field(default_factory=dict)


def import_leads(
    rows: Sequence[Row], *, business: Business, now: datetime, skip_errors: bool = False, is_rehearsal: bool = False
) -> Report:
    """Create and update customers by their phone number. An empty cell changes nothing."""
    return run_import(
        lambda: _import_leads(rows, business, now),
        business=business,
        skip_errors=skip_errors,
        is_rehearsal=is_rehearsal,
    )


def _import_leads(rows: Sequence[Row], business: Business, now: datetime) -> list[RowReport]:
    read = [_read(row) for row in rows]
    book = _Book(_known([person for person in read if isinstance(person, _Person)]))
    reports = [person if isinstance(person, RowReport) else _enter(person, book) for person in read]
    pairs = zip(read, reports, strict=True)
    fresh = [person for person, report in pairs if report.outcome is Outcome.CREATED and isinstance(person, _Person)]
    # Who calls at this very moment is a customer before the file says so, and is then updated like anybody known.
    new_leads = [_new_lead(person, business, now) for person in fresh]
    Lead.objects.bulk_create(new_leads, batch_size=500, ignore_conflicts=True)
    callers = _Book(_known([person for person in fresh if person.phone]))
    for person in fresh:
        if person.phone:
            _enter(person, callers)
    return reports


def _read(row: Row) -> _Person | RowReport:
    problems: list[str] = []
    name = read_name(row.get("name"), NAME, problems)
    phone = read_phone(row.get("phone"), PHONE, problems)
    stage = row.get("status")
    status = choice_of(dict(Lead.Status.choices), stage) if stage else ""
    if status is None:
        stages = ", ".join(str(label) for label in Lead.Status.labels)
        problems.append(about(STAGE, _("No such stage. The stages are: %(stages)s.") % {"stages": stages}))
    if not row.get("name") and not row.get("phone"):
        problems.append(_("Neither a name nor a phone number. Fill in one of them."))
    if problems:
        return RowReport(row.number, Outcome.ERROR, name, tuple(problems))
    return _Person(row.number, name, phone, status or "", row.get("notes"))


def _known(people: Sequence[_Person]) -> dict[tuple[str, str], Lead]:
    phones = [person.phone for person in people if person.phone]
    leads = {(lead.phone, ""): lead for lead in Lead.objects.select_for_update().filter(phone__in=phones)}
    names = {person.name.casefold() for person in people if not person.phone}
    nameless = Lead.objects.select_for_update().filter(phone="").order_by("-pk") if names else []
    return leads | {
        ("", lead.name.casefold()): lead for lead in nameless if lead.name and lead.name.casefold() in names
    }


def _enter(person: _Person, book: _Book) -> RowReport:
    subject = person.name or national(person.phone)
    first = book.first_rows.setdefault(person.key, person.number)
    if first != person.number:
        twice = _("Already in row %(row)d. Keep one of the two.") % {"row": first}
        return RowReport(person.number, Outcome.ERROR, subject, (about(PHONE if person.phone else NAME, twice),))
    lead = book.known.get(person.key)
    if lead is None:
        return RowReport(person.number, Outcome.CREATED, subject)
    if person.status and lead.status != person.status:
        old, new = lead.get_status_display(), Lead.Status(person.status).label
        if not set_lead_status(lead=lead, status=Lead.Status(person.status)):
            refused = _("Who is “%(old)s” does not become “%(new)s”.") % {"old": old, "new": new}
            return RowReport(person.number, Outcome.ERROR, subject, (about(STAGE, refused),))
        changes = [about(STAGE, _("%(new)s instead of %(old)s") % {"old": old, "new": new})]
    else:
        changes = []
    changes += _update(lead, person)
    return RowReport(person.number, Outcome.UPDATED if changes else Outcome.UNCHANGED, subject, tuple(changes))


def _update(lead: Lead, person: _Person) -> list[str]:
    """Writes the name and notes that differ; what has changed, in words."""
    changes = []
    if person.name and person.name != lead.name:
        instead = _("%(new)s instead of %(old)s") % {"old": lead.name or "–", "new": person.name}
        changes.append(about(NAME, instead))
        lead.name = person.name
    if person.notes and person.notes != lead.notes:
        changes.append(about(NOTES, _("replaced") if lead.notes else _("added")))
        lead.notes = person.notes
    if changes:
        lead.save(update_fields=["name", "notes"])
    return changes


def _new_lead(person: _Person, business: Business, now: datetime) -> Lead:
    return Lead(
        business=business,
        name=person.name,
        phone=person.phone,
        status=person.status or Lead.Status.NEW,
        notes=person.notes,
        source=Medium.STAFF,
        created_at=now,
    )


def lead_cells(leads: Iterable[Lead]) -> Iterator[list[Cell]]:
    """One line of `LEAD_HEADINGS` for each; importing them again changes nothing."""
    stages, media = dict(Lead.Status.choices), dict(Medium.choices)
    for lead in leads:
        phone = national(lead.phone) if lead.phone else ""
        seen = (wall_clock(lead.created_at), wall_clock(lead.last_contact_at))
        yield [lead.name, phone, str(stages[lead.status]), lead.notes, str(media[lead.source]), *seen]


def wall_clock(instant: datetime | None) -> datetime | None:
    """As the business's clock shows it, to the minute; Excel knows no zones."""
    return timezone.localtime(instant).replace(tzinfo=None, second=0, microsecond=0) if instant else None
