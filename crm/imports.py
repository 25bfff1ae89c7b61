"""What every import shares: rehearsed first, then whole or not at all; and columns that several of them read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.models import Business
from crm.phones import normalize_phone
from crm.tables import Column, Row
from crm.tenancy import for_business

NAME = Column("name", "שם", ("שם מלא", "שם הלקוח", "שם לקוח", "לקוח", "full name", "customer", "customer name"))
PHONE = Column(
    "phone", "טלפון", ("נייד", "טלפון נייד", "מספר טלפון", "מס׳ טלפון", "מספר", "mobile", "phone number", "cell")
)
_LONGEST_NAME = 120
_SHOWN_SURPLUS = 60  # letters
_SHORTEST_PHONE = 9  # digits, with the area code


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
    work: Callable[[], Iterable[RowReport]],
    *,
    business: Business,
    skip_errors: bool,
    is_rehearsal: bool,
    stands_in_line: bool = True,
) -> Report:
    """What `work` reports, in one transaction; undone if it is a rehearsal, or has errors that are not to be skipped.

    Imports of one business stand in line, so that one file sent twice at once is still imported once. A rehearsal that
    writes nothing on its way need not: it waits for nobody and keeps nobody waiting.
    """
    with for_business(business), transaction.atomic():
        if stands_in_line:
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


def read_surplus(row: Row, problems: list[str]) -> None:
    """A cell under no heading is mostly the rest of a text with a comma: the row's other cells may be wrong, too."""
    if row.surplus:
        cells = ", ".join(row.surplus)
        shown = cells if len(cells) <= _SHOWN_SURPLUS else f"{cells[:_SHOWN_SURPLUS]}…"
        told = _("“%(cells)s” stands under no heading. Put a text with commas in quotation marks, or add a heading.")
        problems.append(told % {"cells": shown})


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
    elif number is None and sum(sign.isdecimal() for sign in text) < _SHORTEST_PHONE:
        problems.append(about(column, _("The phone number is too short. Write it with its area code.")))
    elif number is None:
        problems.append(about(column, _("This is no phone number. Write it with its area code, such as 052-000-0147.")))
    return number or ""


def choice_of(labels: Mapping[str, object], text: str) -> str | None:
    """The value whose label or code this is; None if it is neither."""
    wanted = text.strip().casefold()
    return next((value for value, label in labels.items() if wanted in (value, str(label).casefold())), None)


def wall_clock(instant: datetime | None) -> datetime | None:
    """As the business's clock shows it, to the minute; Excel knows no zones."""
    return timezone.localtime(instant).replace(tzinfo=None, second=0, microsecond=0) if instant else None
