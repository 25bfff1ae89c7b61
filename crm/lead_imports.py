"""Customers from a file and as a file. A number is one person; who has none goes by the name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from crm.imports import (
    NAME,
    PHONE,
    Outcome,
    Report,
    RowReport,
    about,
    choice_of,
    read_name,
    read_phone,
    read_surplus,
    run_import,
    wall_clock,
)
from crm.models import Business, Lead, LeadIdentity, LeadTag, Medium
from crm.phones import national
from crm.services import FURTHER_PHONE, STAGE_MOVES, move_leads
from crm.tables import Cell, Column, Row
from crm.tags import LONGEST, tags_named
from crm.words import one_line

STAGE = Column("status", "שלב", ("סטטוס", "מצב", "stage"))
NOTES = Column("notes", "הערות", ("הערה", "notes", "note", "comments", "comment"))
TAGS = Column("tags", "תגיות", ("תגית", "קבוצה", "tags", "tag", "labels", "groups"))
LEAD_COLUMNS = (NAME, PHONE, STAGE, NOTES, TAGS)
LEAD_HEADINGS = (*(column.heading for column in LEAD_COLUMNS), "אמצעי קשר", "נוצר", "קשר אחרון")

_BATCH = 500


class Existing(StrEnum):
    """What the file may do to customers who are here already."""

    REPLACE = "replace"  # what it says holds
    FILL = "fill"  # only what is empty
    SKIP = "skip"


@dataclass(frozen=True)
class _Person:
    """One row, read."""

    number: int
    name: str
    phone: str
    status: str
    notes: str
    tags: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        """By the number; who has none goes by the name."""
        return (self.phone, "") if self.phone else ("", self.name.casefold())


@dataclass
class _Book:
    """The customers that the file's rows speak of, which row spoke of them first, and what is to be written."""

    known: dict[tuple[str, str], Lead]
    existing: Existing
    tags_of: dict[int, set[str]] = field(default_factory=dict)  # in small letters
    first_rows: dict[tuple[str, str], int] = field(default_factory=dict)
    first_of: dict[int, int] = field(default_factory=dict)  # by customer: two numbers of a file may be one person's
    changed: list[Lead] = field(default_factory=list)
    moves: dict[str, list[int]] = field(default_factory=dict)
    tagged: list[tuple[int, str]] = field(default_factory=list)

    def touched(self) -> set[int]:
        """The customers that writing the book would change."""
        moved = (pk for pks in self.moves.values() for pk in pks)
        return {lead.pk for lead in self.changed} | set(moved) | {pk for pk, _tag in self.tagged}


def import_leads(
    rows: Sequence[Row],
    *,
    business: Business,
    now: datetime,
    skip_errors: bool = False,
    is_rehearsal: bool = False,
    existing: Existing = Existing.REPLACE,
) -> Report:
    """Create and update customers by their phone number. An empty cell changes nothing."""
    return run_import(
        lambda: _import_leads(rows, business, now, existing, is_rehearsal),
        business=business,
        skip_errors=skip_errors,
        is_rehearsal=is_rehearsal,
        stands_in_line=not is_rehearsal,
    )


def _import_leads(
    rows: Sequence[Row], business: Business, now: datetime, existing: Existing, is_rehearsal: bool
) -> list[RowReport]:
    read = [_read(row) for row in rows]
    book, reports = _entered(read, existing, is_locking=not is_rehearsal)
    if is_rehearsal:
        return reports
    _write(book, business)
    pairs = zip(read, reports, strict=True)
    fresh = [person for person, report in pairs if report.outcome is Outcome.CREATED and isinstance(person, _Person)]
    Lead.objects.bulk_create([_new_lead(one, business, now) for one in fresh if not one.phone], batch_size=_BATCH)
    # Who calls at this very moment is a customer before the file says so, and is then updated like anybody known.
    phoned = [_new_lead(person, business, now) for person in fresh if person.phone]
    Lead.objects.bulk_create(phoned, batch_size=_BATCH, ignore_conflicts=True)
    mended = Existing.FILL if existing is Existing.SKIP else existing
    written, _reports = _entered(fresh, mended, is_locking=True)
    _write(written, business)
    return reports


def _entered(
    read: Sequence[_Person | RowReport], existing: Existing, *, is_locking: bool
) -> tuple[_Book, list[RowReport]]:
    """The rows entered in a book, and what becomes of each.

    Looking locks nobody: a call must not wait for a preview. Before writing, the customers that would change, and only
    they, are locked and everything is read anew, until nobody changes whose row somebody else may be changing.
    """
    people = [person for person in read if isinstance(person, _Person)]
    locked: set[int] = set()
    while True:
        book = _book(people, existing)
        reports = [person if isinstance(person, RowReport) else _enter(person, book) for person in read]
        wanted = sorted(book.touched() - locked)
        if not is_locking or not wanted:
            return book, reports
        for start in range(0, len(wanted), _BATCH):
            rows = Lead.objects.select_for_update(no_key=True).filter(pk__in=wanted[start : start + _BATCH])
            locked.update(rows.order_by("pk").values_list("pk", flat=True))
        locked.update(wanted)  # who is gone meanwhile is not found again


def _read(row: Row) -> _Person | RowReport:
    problems: list[str] = []
    read_surplus(row, problems)
    name = read_name(row.get("name"), NAME, problems)
    phone = read_phone(row.get("phone"), PHONE, problems)
    stage = row.get("status")
    status = choice_of(dict(Lead.Status.choices), stage) if stage else ""
    if status is None:
        stages = ", ".join(str(label) for label in Lead.Status.labels)
        problems.append(about(STAGE, _("No such stage. The stages are: %(stages)s.") % {"stages": stages}))
    tags = tuple(filter(None, map(one_line, re.split(r"[,;|\n]", row.get("tags")))))
    if any(len(tag) > LONGEST for tag in tags):
        problems.append(about(TAGS, _("Longer than %(count)d signs. Shorten it.") % {"count": LONGEST}))
    if not row.get("name") and not row.get("phone"):
        problems.append(_("Neither a name nor a phone number. Fill in one of them."))
    if problems:
        return RowReport(row.number, Outcome.ERROR, name, tuple(problems))
    return _Person(row.number, name, phone, status or "", row.get("notes"), tags)


def _book(people: Sequence[_Person], existing: Existing) -> _Book:
    phones = [person.phone for person in people if person.phone]
    further = LeadIdentity.objects.filter(channel=FURTHER_PHONE, external_id__in=phones).select_related("lead")
    known = {(identity.external_id, ""): identity.lead for identity in further}
    known |= {(lead.phone, ""): lead for lead in Lead.objects.filter(phone__in=phones)}
    names = {person.name for person in people if not person.phone}
    known |= {("", lead.name.casefold()): lead for lead in _numberless(names)}
    tags_of: dict[int, set[str]] = {}
    if any(person.tags for person in people):
        links = LeadTag.objects.filter(lead__in=[lead.pk for lead in known.values()])
        for pk, name in links.values_list("lead_id", "tag__name"):
            tags_of.setdefault(pk, set()).add(name.casefold())
    return _Book(known, existing, tags_of)


def _numberless(names: set[str]) -> Iterator[Lead]:
    """Customers without a number who are called so, however it is spelled; of several the first one comes last."""
    if not names:
        return
    wanted = {name.casefold() for name in names}
    alike = Q(name__in=names) | Q(lowered__in=wanted | {name.lower() for name in names})
    for lead in Lead.objects.alias(lowered=Lower("name")).filter(alike, phone="").order_by("-pk"):
        if lead.name and lead.name.casefold() in wanted:
            yield lead


def _enter(person: _Person, book: _Book) -> RowReport:
    """What becomes of the row; what is to be written for it is noted in the book."""
    subject = person.name or national(person.phone)
    lead = book.known.get(person.key)
    first = book.first_rows.setdefault(person.key, person.number)
    if lead is not None:
        first = min(first, book.first_of.setdefault(lead.pk, person.number))
    if first != person.number:
        twice = _("Already in row %(row)d. Keep one of the two.") % {"row": first}
        return RowReport(person.number, Outcome.ERROR, subject, (about(PHONE if person.phone else NAME, twice),))
    if lead is None:
        return RowReport(person.number, Outcome.CREATED, subject)
    if book.existing is Existing.SKIP:
        return RowReport(person.number, Outcome.UNCHANGED, subject)
    changes: list[str] = []
    if person.status and lead.status != person.status and book.existing is Existing.REPLACE:
        old, new = lead.get_status_display(), Lead.Status(person.status).label
        if person.status not in STAGE_MOVES[lead.status]:
            refused = _("Who is “%(old)s” does not become “%(new)s”.") % {"old": old, "new": new}
            return RowReport(person.number, Outcome.ERROR, subject, (about(STAGE, refused),))
        book.moves.setdefault(person.status, []).append(lead.pk)
        changes = [about(STAGE, _("%(new)s instead of %(old)s") % {"old": old, "new": new})]
    changes += _update(lead, person, book) + _tag(lead, person, book)
    return RowReport(person.number, Outcome.UPDATED if changes else Outcome.UNCHANGED, subject, tuple(changes))


def _update(lead: Lead, person: _Person, book: _Book) -> list[str]:
    """Takes over the name and notes that differ; what has changed, in words."""
    changes = []
    may_replace = book.existing is Existing.REPLACE
    if person.name and person.name != lead.name and (may_replace or not lead.name):
        instead = _("%(new)s instead of %(old)s") % {"old": lead.name or "–", "new": person.name}
        changes.append(about(NAME, instead))
        lead.name = person.name
    if person.notes and person.notes != lead.notes and (may_replace or not lead.notes):
        changes.append(about(NOTES, _("replaced") if lead.notes else _("added")))
        lead.notes = person.notes
    if changes:
        book.changed.append(lead)
    return changes


def _tag(lead: Lead, person: _Person, book: _Book) -> list[str]:
    """Tags are added, never taken."""
    have = book.tags_of.get(lead.pk, set())
    missing = [tag for tag in dict.fromkeys(person.tags) if tag.casefold() not in have]
    book.tagged += [(lead.pk, tag) for tag in missing]
    return [about(TAGS, _("%(tags)s added") % {"tags": ", ".join(missing)})] if missing else []


def _write(book: _Book, business: Business) -> None:
    Lead.objects.bulk_update(book.changed, ["name", "notes"], batch_size=_BATCH)
    for status, pks in book.moves.items():
        move_leads(pks=pks, status=Lead.Status(status))
    tags = tags_named(business=business, names=[tag for _pk, tag in book.tagged])
    links = {(pk, tags[tag.casefold()].pk) for pk, tag in book.tagged}
    LeadTag.objects.bulk_create(
        [LeadTag(business=business, lead_id=lead, tag_id=tag) for lead, tag in sorted(links)],
        batch_size=1000,
        ignore_conflicts=True,
    )


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
    """One line of `LEAD_HEADINGS` for each; importing them again changes nothing. A thousand at a time."""
    stages, media = dict(Lead.Status.choices), dict(Medium.choices)
    queue = iter(leads)
    while batch := list(islice(queue, 1000)):
        tags: dict[int, list[str]] = {}
        links = LeadTag.objects.filter(lead__in=[lead.pk for lead in batch]).order_by("tag__name")
        for pk, name in links.values_list("lead_id", "tag__name"):
            tags.setdefault(pk, []).append(name)
        for lead in batch:
            phone = national(lead.phone) if lead.phone else ""
            seen = (wall_clock(lead.created_at), wall_clock(lead.last_contact_at))
            words = [lead.name, phone, str(stages[lead.status]), lead.notes, ", ".join(tags.get(lead.pk, []))]
            yield [*words, str(media[lead.source]), *seen]
