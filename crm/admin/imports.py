"""Lists that owners carry in and out as files: import with a preview, export of what the list shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldBooleanWidget

from crm.carrying import note_carried
from crm.imports import Outcome, Report
from crm.lead_imports import LEAD_COLUMNS, LEAD_HEADINGS, import_leads, lead_cells
from crm.models import Business, PendingImport, Role
from crm.pages.downloads import download, table_file
from crm.pending_imports import keep_import, kept_import, rows_of
from crm.roles import current_business, role_of
from crm.tables import MAX_BYTES, MAX_ROWS, Cell, Column, Row, Unreadable, read_table
from crm.tenancy import current_business_id

SHOWN_ERRORS = 200
SHOWN_ROWS = 50


@dataclass(frozen=True)
class Carried:
    """What one list carries in and out."""

    kind: str  # also the name of its files
    title: str | Promise
    columns: Sequence[Column]
    headings: Sequence[str]
    example: str
    cells: Callable[[Iterable[Any]], Iterator[list[Cell]]]
    max_rows: int = MAX_ROWS


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("file"),
        help_text=_("CSV or Excel (.xlsx), up to 5 MB."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )


class OutsideRulesForm(FileForm):
    outside_rules = forms.BooleanField(
        label=_("also outside the rules"),
        required=False,
        help_text=_("Past dates, closed hours and the like are booked all the same. A taken time never is."),
        widget=UnfoldBooleanWidget(),
    )


class CarriedAdmin(ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """A list with import and export. Both are the owner's, inside one business."""

    carried: ClassVar[Carried]
    file_form: ClassVar[type[FileForm]] = FileForm
    actions_list = ("bring_in", "take_out_csv", "take_out_excel")

    def run_import(
        self, rows: Sequence[Row], *, business: Business, by: User, choices: dict[str, bool], **how: bool
    ) -> Report:
        """The import of this list; `how` is `is_rehearsal` or `skip_errors`."""
        raise NotImplementedError

    def has_carry_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return role_of(request) is Role.OWNER and current_business_id() is not None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The export's buttons know what the list is narrowed to."""
        response: HttpResponse = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data and request.GET:
            for button in response.context_data.get("actions_list", ()):
                if "/export-" in button.get("path", ""):
                    button["path"] += f"?{request.GET.urlencode()}"
        return response

    # --- out ---------------------------------------------------------------------------------------
    @action(description=_("Export to CSV"), url_path="export-csv", permissions=["carry"])  # type: ignore[untyped-decorator]  # unfold ships no types
    def take_out_csv(self, request: HttpRequest) -> HttpResponseBase:
        return self._take_out(request, is_excel=False)

    @action(description=_("Export to Excel"), url_path="export-excel", permissions=["carry"])  # type: ignore[untyped-decorator]  # as above
    def take_out_excel(self, request: HttpRequest) -> HttpResponseBase:
        return self._take_out(request, is_excel=True)

    def _take_out(self, request: HttpRequest, *, is_excel: bool) -> HttpResponseBase:
        """All that the list is narrowed to, however long it is."""
        try:
            rows: QuerySet[Any] = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return self._to_list()
        cells = self.carried.cells(rows.select_related("business").iterator(chunk_size=2000))
        title = str(self.carried.title)
        file, media_type, count = table_file(title, self.carried.headings, cells, is_excel=is_excel)
        self._audit(request, _now("Exported: %(count)d rows") % {"count": count}, {"exported": count})
        name = f"{self.carried.kind}-{timezone.localdate():%Y-%m-%d}.{'xlsx' if is_excel else 'csv'}"
        return download(request, file, name=name, content_type=media_type)

    # --- in ----------------------------------------------------------------------------------------
    @action(description=_("Import"), url_path="import", permissions=["carry"])  # type: ignore[untyped-decorator]  # as above
    def bring_in(self, request: HttpRequest) -> HttpResponse:
        """A file, then its preview, then the import: nothing is written before."""
        if "pending" in request.POST:
            return self._confirmed(request)
        form = self.file_form(request.POST, request.FILES) if request.method == "POST" else self.file_form()
        if form.is_valid():
            try:
                content = form.cleaned_data["file"].read(MAX_BYTES + 1)
                table = read_table(content, self.carried.columns, max_rows=self.carried.max_rows)
            except Unreadable as unreadable:
                form.add_error("file", str(unreadable))
            else:
                choices = {name: bool(value) for name, value in form.cleaned_data.items() if name != "file"}
                pending = keep_import(
                    business=_business(request),
                    by=_user(request),
                    kind=self.carried.kind,
                    rows=table.rows,
                    choices=choices,
                    now=timezone.now(),
                )
                return self._preview(request, pending, table.ignored)
        return self._page(request, {"form": form})

    def _preview(self, request: HttpRequest, pending: PendingImport, ignored: Sequence[str]) -> HttpResponse:
        report = self._run(request, pending, is_rehearsal=True)
        return self._page(request, {"pending": pending.pk, "ignored": ignored} | _shown(report))

    def _confirmed(self, request: HttpRequest) -> HttpResponse:
        """Sent twice, the second finds nothing left to import: every import knows its rows again."""
        pk, now = request.POST["pending"], timezone.now()
        pending = None
        if pk.isdecimal():
            pending = kept_import(pk=int(pk), by=_user(request), kind=self.carried.kind, now=now)
        if pending is None:
            text = _("This file has been imported already, or an hour has passed. Choose it again.")
            self.message_user(request, text, messages.WARNING)
            return HttpResponseRedirect(request.path)
        report = self._run(request, pending, skip_errors="skip" in request.POST)
        if not report.is_written:
            return self._page(request, {"pending": pending.pk, "is_refused": True} | _shown(report))
        pending.delete()
        self._tell(request, report)
        return self._to_list()

    def _tell(self, request: HttpRequest, report: Report) -> None:
        count = report.count(Outcome.CREATED) + report.count(Outcome.UPDATED)
        summary = ngettext("One row was imported.", "%(count)d rows were imported.", count) % {"count": count}
        self._audit(request, summary, report.counts())
        self.message_user(request, summary, messages.SUCCESS)
        if left_out := [row.number for row in report.rows if row.outcome is Outcome.ERROR]:
            numbers = ", ".join(str(number) for number in left_out[:SHOWN_ROWS])
            text = _now("Rows that were not imported: %(rows)s.")
            self.message_user(request, text % {"rows": numbers}, messages.WARNING)

    def _run(self, request: HttpRequest, pending: PendingImport, **how: bool) -> Report:
        return self.run_import(
            rows_of(pending), business=_business(request), by=_user(request), choices=pending.choices, **how
        )

    def _page(self, request: HttpRequest, more: dict[str, Any]) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": _("Import"),
            "opts": self.opts,
            "page_name": _("Import"),
            "page_parent": self.opts.verbose_name_plural,
            "page_parent_url": self._list_address(),
            "carried": self.carried,
        }
        return render(request, "admin/imports/import.html", context | more)

    def _list_address(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def _to_list(self) -> HttpResponse:
        return HttpResponseRedirect(self._list_address())

    def _audit(self, request: HttpRequest, text: str, counts: dict[str, int]) -> None:
        note_carried(
            model=self.model,
            business=_business(request),
            by=_user(request),
            kind=self.carried.kind,
            text=text,
            counts=counts,
        )


def _shown(report: Report) -> dict[str, Any]:
    """What the preview shows of a report: all counts, and the first rows of each sort."""
    errors = [row for row in report.rows if row.outcome is Outcome.ERROR]
    changes = [row for row in report.rows if row.outcome in (Outcome.CREATED, Outcome.UPDATED)]
    return {
        "counts": report.counts(),
        "to_write": len(changes),
        "errors": errors[:SHOWN_ERRORS],
        "more_errors": max(0, len(errors) - SHOWN_ERRORS),
        "changes": changes[:SHOWN_ROWS],
        "more_changes": max(0, len(changes) - SHOWN_ROWS),
    }


def _business(request: HttpRequest) -> Business:
    return cast(Business, current_business(request))  # `has_carry_permission` has looked


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)  # the admin lets nobody else in


class LeadTables(CarriedAdmin):
    """Customers as a file."""

    carried = Carried(
        kind="customers",
        title=_("customers"),
        columns=LEAD_COLUMNS,
        headings=LEAD_HEADINGS,
        example="שם,טלפון,שלב,הערות",
        cells=lead_cells,
    )

    def run_import(
        self, rows: Sequence[Row], *, business: Business, by: User, choices: dict[str, bool], **how: bool
    ) -> Report:
        return import_leads(
            rows,
            business=business,
            now=timezone.now(),
            skip_errors=how.get("skip_errors", False),
            is_rehearsal=how.get("is_rehearsal", False),
        )
