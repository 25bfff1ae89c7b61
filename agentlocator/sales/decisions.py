"""What is decided about a document: approved, rejected, void, sent. What costs money the owners decide."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from agentlocator.sales import deciding
from agentlocator.sales.deciding import Changed, approve_seen, next_number, trace_of, typed_for
from agentlocator.sales.forms import NameForm, ReasonForm
from agentlocator.sales.views import INVALID, STALE, decided_already, document_or_404, to_document
from crm.models import SalesDocument
from crm.roles import member_required, owner_required, user_here
from crm.sales import NotOpen, void_document
from whatsapp.documents import NotSent, send_document

_Status = SalesDocument.Status


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Asked first, with the number that it will get; then it says the same for ever."""
    document = document_or_404(pk)
    if document.status != _Status.WAITING:
        return decided_already(request, document)
    wanted = typed_for(document)
    if request.method != "POST":
        return _asked(request, document, NameForm(wanted=wanted))
    form = NameForm(request.POST, wanted=wanted)
    if not form.is_valid():
        return _asked(request, document, form, status=INVALID)
    seen, number = request.POST.get("seen", ""), request.POST.get("number", "")
    try:
        approved = approve_seen(document=document, by=user_here(request), seen=seen, number=number, now=timezone.now())
    except Changed:
        return _asked(request, document_or_404(pk), form, is_stale=True, status=STALE)
    except NotOpen:
        return decided_already(request, document)
    return to_document(request, approved, _("Approved, with the number %(number)d.") % {"number": approved.number})


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    """It is not wanted, by whoever works here; nothing was issued."""
    document = document_or_404(pk)
    if document.status != _Status.WAITING:
        return decided_already(request, document)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _reason(request, document, form, "reject")
    reason = form.cleaned_data["reason"]
    if not deciding.reject(document=document, by=user_here(request), reason=reason, now=timezone.now()):
        return decided_already(request, document)
    return to_document(request, document, _("The document was rejected."))


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def void(request: HttpRequest, pk: int) -> HttpResponse:
    """An approved one does not count any more; it keeps its number and its words."""
    document = document_or_404(pk)
    if document.status not in (_Status.APPROVED, _Status.SENT):
        return to_document(request, document, _("Only an approved document can be made void."), failed=True)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _reason(request, document, form, "void")
    if not void_document(document=document, reason=form.cleaned_data["reason"]):
        return decided_already(request, document)
    return to_document(request, document, _("The document is void."))


@require_POST
@owner_required
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Through the customer's conversation."""
    document = document_or_404(pk)
    try:
        send_document(document=document, by=user_here(request), now=timezone.now())
    except NotSent as refusal:
        return to_document(request, document, str(refusal), failed=True)
    return to_document(request, document, _("The document is on its way to the customer."))


def _asked(
    request: HttpRequest, document: SalesDocument, form: NameForm, *, is_stale: bool = False, status: int = 200
) -> HttpResponse:
    context = {
        "document": document,
        "totals": document.totals,
        "form": form,
        "wanted": typed_for(document),
        "number": next_number(document.kind),
        "seen": trace_of(document),
        "is_stale": is_stale,
    }
    return _dialog(request, "sales/approve.html", context, status)


def _reason(request: HttpRequest, document: SalesDocument, form: ReasonForm, what: str) -> HttpResponse:
    context = {"document": document, "form": form, "what": what, "is_void": what == "void"}
    return _dialog(request, "sales/reason.html", context, INVALID if form.is_bound else 200)


def _dialog(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    part = "#dialog" if request.headers.get("HX-Request") else ""
    return render(request, f"{template}{part}", context, status=status)
