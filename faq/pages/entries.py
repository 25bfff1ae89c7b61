"""The page of questions and answers: what is answered, what could not be, and how an entry is written."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.replies import tell, toast
from crm.roles import business_here, member_required, owner_required
from crm.row_ids import id_in
from crm.undo import recall, remember
from faq.attachments import ENDINGS, media_type_of
from faq.entries import add_entry, bring_back, change_entry, remove_entry, trace_of, uses_of
from faq.models import FaqEntry, UnansweredQuestion, local_day
from faq.pages.forms import EntryForm, initial_of
from faq.pages.listing import listing_of, page_context
from faq.questions import count_open, draft_of, entry_from_question

STALE, INVALID = 409, 422
_REMOVED = "faq entry"


@require_safe
@member_required
def index(request: HttpRequest) -> HttpResponse:
    """What does the assistant answer, and what could it not?"""
    now, business = timezone.now(), business_here(request)
    if request.headers.get("HX-Request") and request.headers.get("HX-Target") != "faq":
        part = "#more" if "after" in request.GET else "#entries"
        listing = listing_of(request.GET, today=local_day(now, business.timezone))
        return render(request, f"faq/index.html{part}", {"listing": listing})
    part = "#whole" if request.headers.get("HX-Request") else ""
    return render(request, f"faq/index.html{part}", page_context(request, business, now))


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def add(request: HttpRequest) -> HttpResponse:
    """A new one; `from` in the address names the unanswered question that it answers."""
    asked = request.POST.get("from") or request.GET.get("from") or ""
    head = _head(asked) if asked else None
    if request.method != "POST":
        return _form(request, EntryForm(initial=_draft(head)), head=head)
    form = EntryForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, form, head=head, status=INVALID)
    values = form.values() | {"media": form.cleaned_data["file"]}
    if head is not None:
        entry_from_question(head=head, **values)
    else:
        add_entry(business=business_here(request), **values)
    return told(request, _("The answer was added."))


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Who changed it meanwhile goes before; what was typed stays."""
    entry = get_object_or_404(FaqEntry, pk=pk)
    if request.method != "POST":
        return _form(request, EntryForm(initial=initial_of(entry)), entry=entry, seen=trace_of(entry))
    form, seen = EntryForm(request.POST, request.FILES), request.POST.get("seen", "")
    if not form.is_valid():
        return _form(request, form, entry=entry, seen=seen, status=INVALID)
    changed = change_entry(entry=entry, values=form.values(), seen=seen)
    if changed.is_stale:
        seen = trace_of(changed.entry)
        return _form(request, form, entry=changed.entry, seen=seen, is_stale=True, status=STALE)
    return told(request, _("Saved."))


@require_http_methods(["GET", "HEAD", "POST"])
@owner_required
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Asked first, with how often it was given; then it can be taken back."""
    entry = get_object_or_404(FaqEntry.objects.select_related("business"), pk=pk)
    if request.method != "POST":
        part = "#dialog" if request.headers.get("HX-Request") else ""
        context = {"entry": entry, "uses": uses_of(entry, now=timezone.now())}
        return render(request, f"faq/remove.html{part}", context)
    token = remember(request, _REMOVED, **remove_entry(entry=entry))
    return told(request, _("The answer was deleted."), undo=reverse("faq:restore", args=[token]))


@require_POST
@owner_required
def restore(request: HttpRequest, token: str) -> HttpResponse:
    kind, kept = recall(request, token) or ("", {})
    if kind != _REMOVED:
        return told(request, _("It cannot be taken back any more."), failed=True)
    if bring_back(business=business_here(request), kept=kept) is None:
        return told(request, _("Its id belongs to another answer by now, so it stays deleted."), failed=True)
    return told(request, _("The answer is back."))


@require_safe
@member_required
def media(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The picture or file of an answer, as what it is by its first bytes."""
    entry = get_object_or_404(FaqEntry, pk=pk)
    if not entry.media or not entry.media.storage.exists(str(entry.media.name)):
        raise Http404
    file = entry.media.open("rb")
    kind = media_type_of(file.read(16)) or "application/octet-stream"
    file.seek(0)
    name = f"{entry.slug}{ENDINGS.get(kind, '')}"
    response = FileResponse(file, content_type=kind, filename=name, as_attachment=kind not in ENDINGS)
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _head(asked: str) -> UnansweredQuestion:
    return get_object_or_404(UnansweredQuestion.objects.select_related("business"), pk=id_in(asked), group=None)


def _draft(head: UnansweredQuestion | None) -> dict[str, Any]:
    if head is None:
        return {}
    draft = draft_of(head)
    return {"question": draft.question, "phrasings": "\n".join(draft.phrasings)}


def _form(
    request: HttpRequest,
    form: EntryForm,
    *,
    entry: FaqEntry | None = None,
    head: UnansweredQuestion | None = None,
    seen: str = "",
    is_stale: bool = False,
    status: int = 200,
) -> HttpResponse:
    part = "#dialog" if request.headers.get("HX-Request") else ""
    context = {"form": form, "entry": entry, "head": head, "seen": seen, "is_stale": is_stale}
    return render(request, f"faq/form.html{part}", context, status=status)


def told(request: HttpRequest, text: str, *, undo: str = "", failed: bool = False) -> HttpResponse:
    """Back to the page. With scripts nothing is swapped: the page hears that something changed and renews itself."""
    if request.headers.get("HX-Request"):
        response = tell(HttpResponse(status=204), "faq", {"questions": count_open()})
        return toast(request, response, text, undo=undo, failed=failed)
    return toast(request, HttpResponseRedirect(reverse("faq:index")), text, undo=undo, failed=failed)
