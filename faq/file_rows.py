"""Answers from a file and as a file. A question is one entry: its wording tells which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count

from django.utils.translation import gettext as _

from crm.imports import Outcome, Report, RowReport, about, run_import
from crm.models import Business
from crm.tables import Cell, Column, Row
from crm.words import one_line
from faq.models import LONGEST_QUESTION, MOST_PHRASINGS, FaqEntry
from faq.tasks import queue_embedding

QUESTION = Column("question", "שאלה", ("השאלה", "question", "faq"), is_required=True)
ANSWER = Column("answer", "תשובה", ("התשובה", "מענה", "answer", "reply"), is_required=True)
PHRASINGS = Column("phrasings", "ניסוחים נוספים", ("ניסוחים", "ניסוח", "phrasings", "variants", "alternatives"))
FROM = Column("valid_from", "בתוקף מ", ("מתאריך", "תחילה", "valid from", "from"))
UNTIL = Column("valid_until", "בתוקף עד", ("עד תאריך", "תוקף", "valid until", "until", "expires"))
ACTIVE = Column("is_active", "פעילה", ("פעיל", "active", "enabled"))
FAQ_COLUMNS = (QUESTION, ANSWER, PHRASINGS, FROM, UNTIL, ACTIVE)
FAQ_HEADINGS = tuple(column.heading for column in FAQ_COLUMNS)
LONGEST_ANSWER = 2_000
_PARTED = re.compile(r"\s*[|\n]\s*")
_YES, _NO = ("כן", "yes", "true", "1", "v", "✓"), ("לא", "no", "false", "0")


@dataclass
class _Read:
    """One row's values, by the entry's fields; what the file does not have is left out."""

    number: int
    question: str
    values: dict[str, object] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def import_entries(
    rows: Sequence[Row], *, business: Business, skip_errors: bool = True, is_rehearsal: bool = False
) -> Report:
    """Creates what is new and updates what the file says otherwise; entries that it does not have stay."""
    report = run_import(
        lambda: _work(rows, business), business=business, skip_errors=skip_errors, is_rehearsal=is_rehearsal
    )
    if report.is_written:
        queue_embedding(business.pk)
    return report


def _work(rows: Sequence[Row], business: Business) -> Iterator[RowReport]:
    entries = list(FaqEntry.objects.all())
    known = {key_of(entry.question): entry for entry in entries}
    taken = {entry.slug for entry in entries}
    slugs = (slug for number in count(len(taken) + 1) if (slug := f"faqentry-{number}") not in taken)
    first: dict[str, int] = {}
    for read in map(_read, rows):
        key = key_of(read.question)
        if not read.problems and first.setdefault(key, read.number) != read.number:
            twice = _("Already in row %(row)d. Keep one of the two.") % {"row": first[key]}
            read.problems.append(about(QUESTION, twice))
        if read.problems:
            yield RowReport(read.number, Outcome.ERROR, read.question, tuple(read.problems))
        elif (entry := known.get(key)) is not None:
            yield _updated(entry, read)
        else:
            FaqEntry.objects.create(business=business, slug=next(slugs), question=read.question, **read.values)
            yield RowReport(read.number, Outcome.CREATED, read.question)


def key_of(question: str) -> str:
    """Questions that differ in case, spaces and closing marks are one."""
    return one_line(question).rstrip("?!. ").casefold()


def _updated(entry: FaqEntry, read: _Read) -> RowReport:
    changed = [name for name, value in read.values.items() if getattr(entry, name) != value]
    if not changed:
        return RowReport(read.number, Outcome.UNCHANGED, read.question)
    for name in changed:
        setattr(entry, name, read.values[name])
    if entry.valid_from and entry.valid_until and entry.valid_until < entry.valid_from:
        problem = about(UNTIL, _("The end lies before the beginning."))
        return RowReport(read.number, Outcome.ERROR, read.question, (problem,))
    entry.save()
    headings = {column.key: column.heading for column in FAQ_COLUMNS}
    details = tuple(about(_column(name), _("replaced")) for name in changed if name in headings)
    return RowReport(read.number, Outcome.UPDATED, read.question, details)


def _column(key: str) -> Column:
    return next(column for column in FAQ_COLUMNS if column.key == key)


def _read(row: Row) -> _Read:
    read = _Read(row.number, one_line(row.get("question")))
    if not read.question:
        read.problems.append(about(QUESTION, _("It is empty.")))
    elif len(read.question) > LONGEST_QUESTION:
        read.problems.append(
            about(QUESTION, _("Longer than %(count)d signs. Shorten it.") % {"count": LONGEST_QUESTION})
        )
    answer = row.get("answer").strip()
    if not answer:
        read.problems.append(about(ANSWER, _("It is empty.")))
    elif len(answer) > LONGEST_ANSWER:
        read.problems.append(about(ANSWER, _("Longer than %(count)d signs. Shorten it.") % {"count": LONGEST_ANSWER}))
    read.values["answer"] = answer
    if "phrasings" in row.cells:
        read.values["phrasings"] = _phrasings(row.get("phrasings"), read.problems)
    for column in (FROM, UNTIL):
        if column.key in row.cells:
            read.values[column.key] = _day(row.get(column.key), column, read.problems)
    if row.get("is_active"):
        read.values["is_active"] = _yes_or_no(row.get("is_active"), read.problems)
    begins, ends = read.values.get("valid_from"), read.values.get("valid_until")
    if isinstance(begins, date) and isinstance(ends, date) and ends < begins:
        read.problems.append(about(UNTIL, _("The end lies before the beginning.")))
    return read


def _phrasings(text: str, problems: list[str]) -> list[str]:
    parts = [one_line(part) for part in _PARTED.split(text)]
    found = list(dict.fromkeys(part for part in parts if part))
    if any(len(part) > LONGEST_QUESTION for part in found):
        problems.append(about(PHRASINGS, _("Longer than %(count)d signs. Shorten it.") % {"count": LONGEST_QUESTION}))
    if len(found) > MOST_PHRASINGS:
        problems.append(about(PHRASINGS, _("At most %(count)d wordings.") % {"count": MOST_PHRASINGS}))
    return found


def _day(text: str, column: Column, problems: list[str]) -> date | None:
    if not text:
        return None
    for form in ("%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d", "%d/%m/%y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  # a date has no zone
        except ValueError:
            continue
    problems.append(about(column, _("Write the date as day/month/year.")))
    return None


def _yes_or_no(text: str, problems: list[str]) -> bool:
    word = text.strip().casefold()
    if word not in (*_YES, *_NO):
        problems.append(about(ACTIVE, _("Write yes or no.")))
    return word in _YES


def entry_cells(entries: Iterable[FaqEntry]) -> Iterator[list[Cell]]:
    """One line of `FAQ_HEADINGS` for each; importing them again changes nothing."""
    for entry in entries:
        phrasings = " | ".join(entry.phrasings)
        active = _YES[0] if entry.is_active else _NO[0]
        yield [entry.question, entry.answer, phrasings, entry.valid_from, entry.valid_until, active]
