"""Customers as a file: in with a preview, out as the list shows them. Both are the owner's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from crm.carrying import note_carried
from crm.imports import Outcome, Report
from crm.lead_imports import LEAD_COLUMNS, LEAD_HEADINGS, Existing, import_leads, lead_cells
from crm.lead_list import LeadQuery
from crm.models import Lead, PendingImport
from crm.pages.downloads import download, table_file
from crm.pending_imports import forget_import, keep_import, kept_import, rows_of
from crm.replies import toast
from crm.roles import business_here, owner_required, user_here
from crm.tables import MAX_BYTES, MAX_ROWS, Row, Unreadable, guess_places, read_lines

KIND = "lead_file"
SHOWN_ERRORS, SHOWN_CHANGES, SHOWN_SAMPLES = 200, 10, 2
_TITLES: dict[Existing, str | Promise] = {
    Existing.FILL: gettext_lazy("fill in what is empty on their card"),
    Existing.REPLACE: gettext_lazy("what the file says holds"),
    Existing.SKIP: gettext_lazy("leave them as they are"),
}


# --- out -----------------------------------------------------------------------------------------------
@owner_required
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """What the list is narrowed to, all of it, row by row into a file."""
    is_excel = request.GET.get("format") == "xlsx"
    query = LeadQuery.of(request.GET)
    found = query.rows(user=user_here(request), now=timezone.now())
    cells = lead_cells(found.iterator(chunk_size=2000))
    file, media_type, count = table_file(_("Customers"), LEAD_HEADINGS, cells, is_excel=is_excel)
    note_carried(
        model=Lead,
        business=business_here(request),
        by=user_here(request),
        kind="customers",
        text=_("Exported: %(count)d rows") % {"count": count},
        counts={"exported": count},
    )
    name = f"customers-{timezone.localdate():%Y-%m-%d}.{'xlsx' if is_excel else 'csv'}"
    return download(request, file, name=name, content_type=media_type)


# --- in ------------------------------------------------------------------------------------------------
class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("file"),
        help_text=gettext_lazy("CSV or Excel (.xlsx), up to 5 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx", "class": "field"}),
    )

    def clean_file(self) -> list[tuple[int, list[str]]]:
        try:
            return read_lines(self.cleaned_data["file"].read(MAX_BYTES + 1))
        except Unreadable as unreadable:
            raise ValidationError(str(unreadable)) from unreadable


@owner_required
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """A file. Its rows wait for an hour at most; no customer is written."""
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "columns": LEAD_COLUMNS, "max_rows": f"{MAX_ROWS:,}"}
        return render(request, "leads/import.html", context, status=422 if form.is_bound else 200)
    (_number, headings), *lines = form.cleaned_data["file"]
    pending = keep_import(
        business=business_here(request),
        by=user_here(request),
        kind=KIND,
        rows=[Row(number, {str(at): cell for at, cell in enumerate(line) if cell}) for number, line in lines],
        choices={"headings": headings},
        now=timezone.now(),
    )
    return HttpResponseRedirect(reverse("leads:import_preview", args=[pending.pk]))


@dataclass(frozen=True)
class Matched:
    """One column of the file: its heading, what its cells look like, and what they are taken for."""

    name: str  # of the form's field
    heading: str
    samples: list[str]
    key: str


@owner_required
@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What the rows would do, with the columns as they are matched now; posted, it is done."""
    pending = kept_import(pk=pk, by=user_here(request), kind=KIND, now=timezone.now())
    if pending is None:
        response = HttpResponseRedirect(reverse("leads:import"))
        text = _("This file has been imported already, or an hour has passed. Choose it again.")
        toast(request, response, text, failed=True)
        return response
    asked = request.POST if request.method == "POST" else request.GET
    rows, matched = rows_of(pending), _matched(pending, asked)
    existing = Existing(asked["existing"]) if asked.get("existing") in list(Existing) else Existing.FILL
    problem = _problem(matched)
    if request.method == "POST" and "refresh" not in request.POST and not problem:
        return _confirmed(request, pending, _meant(rows, matched), existing)
    report = None if problem else _run(request, _meant(rows, matched), existing, is_rehearsal=True)
    context = {
        "pending": pending,
        "matched": matched,
        "columns": LEAD_COLUMNS,
        "problem": problem,
        "existing": existing,
        "existings": [(choice.value, title) for choice, title in _TITLES.items()],
    }
    return render(request, "leads/import_preview.html", context | (_shown(report) if report else {}))


def _matched(pending: PendingImport, asked: QueryDict) -> list[Matched]:
    headings: list[str] = pending.choices["headings"]
    guessed = {place: key for key, place in guess_places(headings, LEAD_COLUMNS).items()}
    known = {column.key for column in LEAD_COLUMNS}
    first = [row.cells for row in rows_of(pending)[:20]]
    found = []
    for place, heading in enumerate(headings):
        samples = [cells[str(place)] for cells in first if cells.get(str(place))][:SHOWN_SAMPLES]
        key = asked.get(f"column{place}", guessed.get(place, ""))
        if heading or samples:
            found.append(Matched(f"column{place}", heading, samples, key if key in known else ""))
    return found


def _problem(matched: list[Matched]) -> str:
    keys = [column.key for column in matched if column.key]
    titles = {column.key: column.heading for column in LEAD_COLUMNS}
    for key in keys:
        if keys.count(key) > 1:
            return _("Two columns are taken for “%(column)s”. Keep one.") % {"column": titles[key]}
    return "" if {"name", "phone"} & set(keys) else _("Say which column has the name or the phone number.")


def _meant(rows: tuple[Row, ...], matched: list[Matched]) -> list[Row]:
    """The cells by what their columns are taken for. A column that is shown and left out is; one cell is not."""
    places = {column.key: column.name.removeprefix("column") for column in matched if column.key}
    shown = {column.name.removeprefix("column") for column in matched}
    return [
        Row(
            row.number,
            {key: row.get(place) for key, place in places.items()},
            tuple(cell for place, cell in row.cells.items() if place not in shown),
        )
        for row in rows
    ]


def _run(request: HttpRequest, rows: list[Row], existing: Existing, **how: bool) -> Report:
    return import_leads(rows, business=business_here(request), now=timezone.now(), existing=existing, **how)


def _confirmed(request: HttpRequest, pending: PendingImport, rows: list[Row], existing: Existing) -> HttpResponse:
    """Sent twice, the second finds nothing to import: whoever forgets the rows first is the one who imports them."""
    response = HttpResponseRedirect(reverse("leads:list") + "?view=list")
    with transaction.atomic():
        is_first = forget_import(pending)
        report = _run(request, rows, existing, skip_errors=True) if is_first else Report((), is_written=False)
    if not is_first:
        toast(request, response, _("This file has been imported already."), failed=True)
        return response
    count = report.count(Outcome.CREATED) + report.count(Outcome.UPDATED)
    text = ngettext("One customer was imported.", "%(count)d customers were imported.", count) % {"count": count}
    if left := report.count(Outcome.ERROR):
        text += " " + ngettext("One row was left out.", "%(count)d rows were left out.", left) % {"count": left}
    note_carried(
        model=Lead,
        business=business_here(request),
        by=user_here(request),
        kind="customers",
        text=text,
        counts=report.counts(),
    )
    toast(request, response, text)
    return response


def _shown(report: Report) -> dict[str, Any]:
    """All counts, every bad row up to a limit, and the first of the good ones."""
    errors = [row for row in report.rows if row.outcome is Outcome.ERROR]
    changes = [row for row in report.rows if row.outcome in (Outcome.CREATED, Outcome.UPDATED)]
    return {
        "counts": report.counts(),
        "good": len(report.rows) - len(errors),
        "to_write": len(changes),
        "errors": errors[:SHOWN_ERRORS],
        "more_errors": max(0, len(errors) - SHOWN_ERRORS),
        "changes": changes[:SHOWN_CHANGES],
        "more_changes": max(0, len(changes) - SHOWN_CHANGES),
    }
