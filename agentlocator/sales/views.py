"""Quotes and drafts of invoices: the list, one of them, and the form in which one is written."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agentlocator.sales.deciding import Changed, change_seen, trace_of
from agentlocator.sales.forms import MORE_ROWS, LineSet, NewForm, TermsForm, initial_lines, initial_terms
from agentlocator.sales.listing import TONES, lead_named, listing_of
from crm.lead_search import matching
from crm.models import Lead, SalesDocument
from crm.names import name_of
from crm.replies import toast
from crm.roles import business_here, member_required, user_here
from crm.sales import MOST_LINES, NotOpen, draft_document
from crm.words import one_line
from whatsapp import errors
from whatsapp.documents import messages_with, title_of
from whatsapp.models import Message

STALE, INVALID = 409, 422
SUGGESTED = 10
_PREFIX = "lines"
_Status = SalesDocument.Status


@require_safe
@member_required
def index(request: HttpRequest) -> HttpResponse:
    """Which quotes and drafts wait for a word, and what became of the others?"""
    part = ("#more" if "after" in request.GET else "#rows") if request.headers.get("HX-Request") else ""
    return render(request, f"sales/list.html{part}", {"listing": listing_of(request.GET)})


@require_safe
@member_required
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    document = document_or_404(pk)
    message = messages_with(document).first() if document.status in (_Status.SENT, _Status.VOID) else None
    context = {
        "document": document,
        "totals": document.totals,
        "tone": TONES[_Status(document.status)],
        "made_by": name_of(document.made_by),
        "decided_by": name_of(document.decided_by),
        "message": message,
        "not_sent": errors.words(message.error) if message and message.status == Message.Status.FAILED else "",
        "may_send": document.status == _Status.APPROVED or (message and message.status == Message.Status.FAILED),
    }
    return render(request, "sales/detail.html", context)


@require_safe
@member_required
def pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file, for the staff of the business alone."""
    document = document_or_404(pk)
    if not document.pdf:
        raise Http404
    try:
        content = document.pdf.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    name = f"{title_of(document)}.pdf"
    response = FileResponse(content, content_type="application/pdf", as_attachment=True, filename=name)
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def new(request: HttpRequest) -> HttpResponse:
    """A new one for the customer that `lead` in the address names; without one, the customer is looked for."""
    if "lead" not in request.GET:
        term = one_line(request.GET.get("q", ""))[:80]
        found = Lead.objects.filter(matching(term)).order_by("-pk")[:SUGGESTED] if len(term) > 1 else []
        return render(request, "sales/choose.html", {"found": found, "term": term})
    lead = lead_named(request.GET["lead"])
    if lead is None:
        raise Http404
    today = timezone.now().astimezone(business_here(request).timezone).date()
    if request.method != "POST":
        head = NewForm(initial={"key": secrets.token_urlsafe(12)})
        return _form(request, LineSet(prefix=_PREFIX), TermsForm(today=today), lead=lead, head=head)
    head, lines, terms = NewForm(request.POST), LineSet(_rows_of(request.POST), prefix=_PREFIX), _terms(request)
    if "show" in request.POST:
        return _form(request, lines, terms, lead=lead, head=head, is_asking=True)
    if not all([head.is_valid(), lines.is_valid(), terms.is_valid()]):
        return _form(request, lines, terms, lead=lead, head=head, status=INVALID)
    document = draft_document(
        business=business_here(request),
        kind=SalesDocument.Kind(head.cleaned_data["kind"]),
        lead=lead,
        content=terms.content(lines.lines),
        now=timezone.now(),
        by=user_here(request),
        key=f"form:{head.cleaned_data['key']}",
    )
    return to_document(request, document, _("Saved. The document waits for approval."))


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """While it waits. Who changed it meanwhile goes before; what was typed stays."""
    document = document_or_404(pk)
    if document.status != _Status.WAITING:
        return decided_already(request, document)
    if request.method != "POST":
        lines = LineSet(prefix=_PREFIX, initial=initial_lines(document))
        terms = TermsForm(today=_today(request), initial=initial_terms(document))
        return _form(request, lines, terms, document=document, seen=trace_of(document))
    lines, terms, seen = LineSet(_rows_of(request.POST), prefix=_PREFIX), _terms(request), request.POST.get("seen", "")
    if "show" in request.POST:
        return _form(request, lines, terms, document=document, seen=seen, is_asking=True)
    if not all([lines.is_valid(), terms.is_valid()]):
        return _form(request, lines, terms, document=document, seen=seen, status=INVALID)
    try:
        change_seen(document=document, content=terms.content(lines.lines), seen=seen)
    except Changed:
        now_as = document_or_404(pk)
        return _form(request, lines, terms, document=now_as, seen=trace_of(now_as), is_stale=True, status=STALE)
    except NotOpen:
        return decided_already(request, document)
    return to_document(request, document, _("Saved."))


@require_POST
@member_required
def sums(request: HttpRequest) -> HttpResponse:
    """The sums of what is being typed; nothing is kept."""
    lines, terms = LineSet(request.POST, prefix=_PREFIX), _terms(request)
    return render(request, "sales/form.html#sums", {"totals": terms.totals(lines.lines)})


def document_or_404(pk: int) -> SalesDocument:
    rows = SalesDocument.objects.select_related("lead", "business", "made_by", "decided_by")
    return get_object_or_404(rows, pk=pk)


def to_document(request: HttpRequest, document: SalesDocument, text: str, *, failed: bool = False) -> HttpResponse:
    return toast(request, HttpResponseRedirect(reverse("sales:detail", args=[document.pk])), text, failed=failed)


def decided_already(request: HttpRequest, document: SalesDocument) -> HttpResponse:
    text = _("The document was decided about meanwhile, and does not change any more.")
    return to_document(request, document, text, failed=True)


def _today(request: HttpRequest) -> Any:
    return timezone.now().astimezone(business_here(request).timezone).date()


def _terms(request: HttpRequest) -> TermsForm:
    return TermsForm(request.POST, today=_today(request))


def _rows_of(given: QueryDict) -> QueryDict:
    """With more empty rows where they were asked for."""
    count = given.get(f"{_PREFIX}-TOTAL_FORMS", "")
    if given.get("show") != "more" or not (count.isascii() and count.isdecimal() and len(count) < 4):
        return given
    changed = given.copy()
    changed[f"{_PREFIX}-TOTAL_FORMS"] = str(min(int(count) + MORE_ROWS, MOST_LINES))
    return changed


def _form(
    request: HttpRequest,
    lines: Any,
    terms: TermsForm,
    *,
    document: SalesDocument | None = None,
    lead: Lead | None = None,
    head: NewForm | None = None,
    seen: str = "",
    is_stale: bool = False,
    is_asking: bool = False,
    status: int = 200,
) -> HttpResponse:
    """`is_asking`: for more rows or the sums; that no line is filled in yet is no fault then."""
    totals = terms.totals(lines.lines) if lines.is_bound else document.totals if document else None
    context = {
        "document": document,
        "lead": lead or (document.lead if document else None),
        "head": head,
        "lines": lines,
        "terms": terms,
        "totals": totals,
        "seen": seen,
        "is_stale": is_stale,
        "lines_errors": [] if is_asking or not lines.is_bound else lines.non_form_errors(),
        "most": MOST_LINES,
    }
    return render(request, "sales/form.html", context, status=status)
