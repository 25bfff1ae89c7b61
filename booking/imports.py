"""Appointments from a file and as a file. A row of a file books through the same service as a call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from booking.intervals import Interval
from booking.models import Appointment, Resource, Service
from booking.policy import instant_of
from booking.results import Refused
from booking.services import Override, complete_appointment, create_appointment, record_no_show
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
)
from crm.limits import YEARS
from crm.models import Business, BusinessSettings, Medium
from crm.phones import national
from crm.tables import Cell, Column, Row
from crm.tenancy import for_business

DATE = Column("date", "תאריך", ("יום", "מועד", "day", "start", "start date"), is_required=True)
TIME = Column("time", "שעה", ("שעת התחלה", "התחלה", "משעה", "hour", "start time"))
SERVICE = Column("service", "שירות", ("טיפול", "סוג טיפול", "סוג התור", "treatment"))
RESOURCE = Column("resource", "אצל", ("עם", "מטפל", "מטפלת", "כיסא", "עמדה", "with", "staff"))
STATUS = Column("status", "מצב", ("סטטוס", "state"))
COLUMNS = (DATE, TIME, NAME, PHONE, SERVICE, RESOURCE, STATUS)
HEADINGS = (*(column.heading for column in COLUMNS), "משך (דקות)", "אמצעי קשר", "נקבע ביום")
COLUMN_OF_CODE = {"need_name": NAME, "need_phone": PHONE, "invalid_phone": PHONE, "unknown_service": SERVICE}

_DATE = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4}|\d{2})|(\d{4})-(\d{1,2})-(\d{1,2})")
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?::00)?\s*(am|pm)?", re.IGNORECASE)
MAX_ROWS = 1_000  # each row is a booking, and its owner waits for all of them
_BLOCKED_BEFORE, _BLOCKED_AFTER = timedelta(days=1), timedelta(days=2)  # no appointment keeps others further away
_CENTURY = 2000
_NOON = 12

Status = Appointment.Status


@dataclass(frozen=True)
class _Wish:
    """One row, read."""

    number: int
    start: datetime
    name: str
    phone: str
    service: str  # ids of the business file; empty: none in particular
    resource: str
    status: str

    @property
    def person(self) -> str:
        return self.phone or self.name.casefold()

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two rows of a file the same wish."""
        return (self.start, self.person, self.service, self.resource)


@dataclass(frozen=True)
class _Catalogue:
    """What could ever be booked, what is in use first: old appointments name old services."""

    business: Business
    services: dict[str, str]  # id -> name
    resources: dict[str, str]


def import_appointments(
    rows: Sequence[Row],
    *,
    business: Business,
    by: User,
    now: datetime,
    outside_rules: bool = False,
    skip_errors: bool = False,
    is_rehearsal: bool = False,
) -> Report:
    """Books what is not booked yet. With `outside_rules` an owner's word goes against the business's own rules.

    Nothing is written if a row has an error, unless those are to be skipped. Each day is a transaction of its own, so
    that callers never wait for a whole file; a time that one of them takes between the look and the booking is told.
    A rehearsal undoes each day by itself too, and yet knows of what runs across midnight.
    """
    with for_business(business):
        read = _read_all(rows, business)
    override = Override(reason=_("Import")) if outside_rules else None
    work = _Work(business, by, now, override)
    if is_rehearsal or not skip_errors:
        report = _day_by_day(read, work, is_rehearsal=True)
        if is_rehearsal or report.count(Outcome.ERROR):
            return report
    return _day_by_day(read, work, is_rehearsal=False)


@dataclass(frozen=True)
class _Work:
    """Whose appointments are booked by whom, and with which word against the rules."""

    business: Business
    by: User
    now: datetime
    override: Override | None


def _day_by_day(read: Sequence[_Wish | RowReport], work: _Work, *, is_rehearsal: bool) -> Report:
    days: dict[date, list[_Wish]] = {}
    reports = [wish for wish in read if isinstance(wish, RowReport)]
    for wish in read:
        if isinstance(wish, _Wish):
            days.setdefault(wish.start.date(), []).append(wish)
    rehearsed: list[Appointment] = []
    for wishes in days.values():
        of_day = partial(_rehearse_day, wishes, work, rehearsed) if is_rehearsal else partial(_import_day, wishes, work)
        day = run_import(of_day, business=work.business, skip_errors=True, is_rehearsal=is_rehearsal)
        reports += day.rows
    return Report(tuple(sorted(reports, key=lambda row: row.number)), is_written=not is_rehearsal)


def _rehearse_day(wishes: Sequence[_Wish], work: _Work, rehearsed: list[Appointment]) -> Iterator[RowReport]:
    """As `_import_day`, among what other days of the file would have left near this one; what it would leave is added.

    The rows are put back as they were, customers and all: those are undone too, but foreign keys are looked at only
    when a transaction is committed, which this one never is.
    """
    _lock_everything()
    starts = [wish.start for wish in wishes]
    near = Interval(min(starts) - _BLOCKED_BEFORE, max(starts) + _BLOCKED_AFTER)
    left = [row for row in rehearsed if row.during.lower < near.end and near.start < row.during.upper]
    Appointment.objects.bulk_create(left, ignore_conflicts=True)  # a caller may have taken the place meanwhile
    of_day = Appointment.objects.filter(starts_at__in=set(starts))
    known = set(of_day.values_list("pk", flat=True))
    yield from _enter_day(wishes, work)
    rehearsed += of_day.exclude(pk__in=known)


def _import_day(wishes: Sequence[_Wish], work: _Work) -> Iterator[RowReport]:
    _lock_everything()
    yield from _enter_day(wishes, work)


def _enter_day(wishes: Sequence[_Wish], work: _Work) -> Iterator[RowReport]:
    booked = _booked([wish.start for wish in wishes])
    first_rows: dict[tuple[object, ...], int] = {}
    for wish in wishes:
        first = first_rows.setdefault(wish.key, wish.number)
        if first != wish.number:
            problem = about(DATE, _("Already in row %(row)d. Keep one of the two.") % {"row": first})
            yield _report(wish, Outcome.ERROR, problem)
        # In UTC: in the hour that the clock repeats, Python calls no time of one zone equal to any of another.
        elif any(_is(appointment, wish) for appointment in booked.get((wish.start.astimezone(UTC), wish.person), ())):
            yield _report(wish, Outcome.UNCHANGED)
        else:
            problem = _book(wish, work)
            yield _report(wish, Outcome.ERROR, problem) if problem else _report(wish, Outcome.CREATED)


def _lock_everything() -> None:
    """What the rows will lock one by one, at once and in the order in which callers do: nobody waits in a circle."""
    list(BusinessSettings.objects.select_for_update(no_key=True).values_list("pk"))
    list(Resource.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _report(wish: _Wish, outcome: Outcome, *details: str) -> RowReport:
    who = wish.name or national(wish.phone) if wish.name or wish.phone else ""
    return RowReport(wish.number, outcome, ", ".join(filter(None, [who, f"{wish.start:%d/%m/%Y %H:%M}"])), details)


# --- reading -----------------------------------------------------------------------------------------
def _read_all(rows: Sequence[Row], business: Business) -> list[_Wish | RowReport]:
    catalogue = _Catalogue(
        business,
        dict(Service.objects.order_by("-is_active", "pk").values_list("slug", "name")),
        dict(Resource.objects.order_by("-is_active", "pk").values_list("slug", "name")),
    )
    return [_read(row, catalogue) for row in rows]


def _read(row: Row, catalogue: _Catalogue) -> _Wish | RowReport:
    problems: list[str] = []
    read_surplus(row, problems)
    name = read_name(row.get("name"), NAME, problems)
    phone = read_phone(row.get("phone"), PHONE, problems)
    start = _read_start(row, catalogue.business, problems)
    service = _one_of(row, SERVICE, catalogue.services, problems)
    resource = _one_of(row, RESOURCE, catalogue.resources, problems)
    status = _one_of(row, STATUS, {value: str(label) for value, label in Status.choices}, problems)
    if problems or start is None:
        return RowReport(row.number, Outcome.ERROR, name, tuple(problems))
    return _Wish(row.number, start, name, phone, service, resource, status or Status.CONFIRMED)


def _one_of(row: Row, column: Column, names: dict[str, str], problems: list[str]) -> str:
    """The id behind a name or an id; empty where the cell is."""
    text = row.get(column.key)
    found = choice_of(names, text) if text else ""
    if found is None:
        known = ", ".join(names.values()) or "–"
        unknown = _("“%(text)s” is not known. Known are: %(known)s.") % {"text": text, "known": known}
        problems.append(about(column, unknown))
    return found or ""


def _read_start(row: Row, business: Business, problems: list[str]) -> datetime | None:
    """The instant on the business's own clock."""
    day_text, _space, rest = row.get("date").partition(" ")
    day, hour = _read_date(day_text), _read_time(row.get("time") or rest.strip())
    if day is None:
        problems.append(about(DATE, _("There is no such date. Write it as 24/11/2026.")))
    if hour is None:
        problems.append(about(TIME, _("There is no such time. Write it as 18:00.")))
    if day is None or hour is None:
        return None
    instant = instant_of(datetime.combine(day, hour), business.timezone)
    if instant is None:
        problems.append(about(TIME, _("The clock skips this time on that day. Choose another.")))
        return None
    return instant.astimezone(business.timezone)


def _read_date(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    day, month, year = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    try:
        read = date(int(year) + (_CENTURY if len(year) == len("26") else 0), int(month), int(day))
    except ValueError:
        return None
    return read if read.year in YEARS else None


def _read_time(text: str) -> time | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2]), (found[3] or "").lower()
    if half:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half == "pm" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        return None


# --- booking -----------------------------------------------------------------------------------------
def _booked(starts: Sequence[datetime]) -> dict[tuple[datetime, str], list[Appointment]]:
    """Appointments at these times, whatever became of them, by time and person."""
    rows = Appointment.objects.exclude(status=Status.HELD).select_related("service", "resource")
    found: dict[tuple[datetime, str], list[Appointment]] = {}
    for row in rows.filter(starts_at__in=set(starts)):
        for person in (row.customer_phone, row.customer_name.casefold()):
            found.setdefault((row.starts_at, person), []).append(row)
    return found


def _is(appointment: Appointment, wish: _Wish) -> bool:
    """Whether the wish is this appointment; what the row leaves open fits anything."""
    service = appointment.service.slug if appointment.service else ""
    return wish.service in ("", service) and wish.resource in ("", appointment.resource.slug)


def _book(wish: _Wish, work: _Work) -> str:
    """Books, and notes what the file says became of it; the problem if there is one, and then nothing is left."""
    if wish.status in (Status.CANCELLED, Status.HELD):
        return about(STATUS, _("Only appointments that stand are imported. Remove the row."))
    with transaction.atomic():
        answer = create_appointment(
            business=work.business,
            start_iso=wish.start,
            customer_name=wish.name,
            customer_phone=wish.phone,
            service_id=wish.service or None,
            resource_id=wish.resource or None,
            medium=Medium.STAFF,
            by=work.by,
            now=work.now,
            override=work.override,
        )
        if isinstance(answer, Refused):
            return about(COLUMN_OF_CODE.get(answer.code, TIME), _in_words(answer))
        note = {Status.COMPLETED: complete_appointment, Status.NO_SHOW: record_no_show}.get(Status(wish.status))
        who: dict[str, Any] = {"now": work.now, "medium": Medium.STAFF, "by": work.by}
        no = note and note(business=work.business, appointment_id=answer.appointment_id, **who)
        if no:
            transaction.set_rollback(True)
            return about(STATUS, no.message)
    return ""


def _in_words(refused: Refused) -> str:
    near = ", ".join(f"{slot.start:%d/%m/%Y %H:%M}" for slot in refused.suggestions)
    return _("{} Near times: {}.").format(refused.message, near) if near else refused.message


# --- writing -----------------------------------------------------------------------------------------
def appointment_cells(rows: Iterable[Appointment]) -> Iterator[list[Cell]]:
    """One line of `HEADINGS` for each, on its business's clock; importing them again changes nothing."""
    statuses, media = dict(Status.choices), dict(Medium.choices)
    for row in rows:
        start = row.starts_at.astimezone(row.business.timezone).replace(tzinfo=None)
        made = row.created_at.astimezone(row.business.timezone).replace(tzinfo=None)
        yield [
            start.date(),
            start.time(),
            row.customer_name,
            national(row.customer_phone) if row.customer_phone else "",
            row.service.name if row.service else "",
            row.resource.name,
            str(statuses[row.status]),
            int((row.ends_at - row.starts_at).total_seconds() // 60),
            str(media[row.medium]),
            made.date(),
        ]
