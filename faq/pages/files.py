"""Answers as a file: in with a preview, out all of them. Both are the owner's."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from crm.carrying import note_carried
from crm.imports import Outcome, Report
from crm.pages.downloads import download, table_file
from crm.pending_imports import forget_import, keep_import, kept_import, rows_of
from crm.replies import toast
from crm.roles import business_here, owner_required, user_here
from crm.tables import MAX_BYTES, Table, Unreadable, read_table
from faq.file_rows import FAQ_COLUMNS, FAQ_HEADINGS, entry_cells, import_entries
from faq.models import FaqEntry

KIND = "faq_file"
MAX_ROWS = 1_000
SHOWN = 200  # rows of each kind


@owner_required
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """Every entry, also those that are out of use."""
    is_excel = request.GET.get("format") == "xlsx"
    cells = entry_cells(FaqEntry.objects.order_by("pk").iterator(chunk_size=500))
    file, media_type, count = table_file(_("Questions and answers"), FAQ_HEADINGS, cells, is_excel=is_excel)
    _note(request, _("Exported: %(count)d rows") % {"count": count}, {"exported": count})
    name = f"faq-{timezone.localdate():%Y-%m-%d}.{'xlsx' if is_excel else 'csv'}"
    return download(request, file, name=name, content_type=media_type)


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("file"),
        help_text=gettext_lazy("CSV or Excel (.xlsx), up to 5 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx", "class": "field"}),
    )

    def clean_file(self) -> Table:
        try:
            return read_table(self.cleaned_data["file"].read(MAX_BYTES + 1), FAQ_COLUMNS, max_rows=MAX_ROWS)
        except Unreadable as unreadable:
            raise ValidationError(str(unreadable)) from unreadable


@owner_required
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """A file. Its rows wait for an hour at most; no entry is written."""
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "columns": FAQ_COLUMNS, "max_rows": f"{MAX_ROWS:,}"}
        return render(request, "faq/import.html", context, status=422 if form.is_bound else 200)
    table: Table = form.cleaned_data["file"]
    pending = keep_import(
        business=business_here(request),
        by=user_here(request),
        kind=KIND,
        rows=table.rows,
        choices={"ignored": list(table.ignored)},
        now=timezone.now(),
    )
    return HttpResponseRedirect(reverse("faq:import_preview", args=[pending.pk]))


@owner_required
@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What the rows would do; posted, it is done. Sent twice, the second finds nothing to import."""
    business = business_here(request)
    pending = kept_import(pk=pk, by=user_here(request), kind=KIND, now=timezone.now())
    if pending is None:
        response = HttpResponseRedirect(reverse("faq:import"))
        text = _("This file has been imported already, or an hour has passed. Choose it again.")
        return toast(request, response, text, failed=True)
    rows = rows_of(pending)
    if request.method != "POST":
        report = import_entries(rows, business=business, is_rehearsal=True)
        return render(request, "faq/import_preview.html", {"ignored": pending.choices["ignored"]} | _shown(report))
    with transaction.atomic():
        is_first = forget_import(pending)
        report = import_entries(rows, business=business) if is_first else Report((), is_written=False)
    response = HttpResponseRedirect(reverse("faq:index"))
    if not is_first:
        return toast(request, response, _("This file has been imported already."), failed=True)
    text = _told(report)
    _note(request, text, report.counts())
    return toast(request, response, text)


def _note(request: HttpRequest, text: str, counts: dict[str, int]) -> None:
    who, business = user_here(request), business_here(request)
    note_carried(model=FaqEntry, business=business, by=who, kind="faq", text=text, counts=counts)


def _told(report: Report) -> str:
    count = report.count(Outcome.CREATED) + report.count(Outcome.UPDATED)
    text = ngettext("One answer was imported.", "%(count)d answers were imported.", count) % {"count": count}
    if left := report.count(Outcome.ERROR):
        text += " " + ngettext("One row was left out.", "%(count)d rows were left out.", left) % {"count": left}
    return text


def _shown(report: Report) -> dict[str, Any]:
    errors = [row for row in report.rows if row.outcome is Outcome.ERROR]
    changes = [row for row in report.rows if row.outcome in (Outcome.CREATED, Outcome.UPDATED)]
    return {
        "counts": report.counts(),
        "good": len(report.rows) - len(errors),
        "to_write": len(changes),
        "errors": errors[:SHOWN],
        "more_errors": max(0, len(errors) - SHOWN),
        "changes": changes[:SHOWN],
        "more_changes": max(0, len(changes) - SHOWN),
    }
