"""`/history/`: what was changed in the settings, and the way back."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from agentlocator.history.reading import entries_of
from agentlocator.history.tables import WATCHED, thing_of
from agentlocator.history.undo import NotUndone, undo
from crm.models import SettingChange
from crm.replies import toast
from crm.roles import business_here, owner_required
from crm.row_ids import id_in

PAGE = 60  # rows, of which a save of a whole week makes many


@require_safe
@owner_required
def index(request: HttpRequest) -> HttpResponse:
    """Who changed what, newest first."""
    changes = SettingChange.objects.order_by("-pk")
    about = request.GET.get("about", "")
    if about in WATCHED:
        changes = changes.filter(table=about)
    if before := id_in(request.GET.get("before", "")):
        changes = changes.filter(pk__lt=before)
    rows = list(changes[: PAGE + 1])
    context = {
        "entries": entries_of(_whole_saves(rows)),
        "older": _whole_saves(rows)[-1].pk if len(rows) > PAGE else None,
        "about": about,
        "things": [(table, thing_of(table, plural=True)) for table in WATCHED],
    }
    return render(request, "history/index.html", context)


@require_POST
@owner_required
def take_back(request: HttpRequest, transaction: int) -> HttpResponse:
    """Undo one save."""
    business = business_here(request)
    answer = HttpResponseRedirect(reverse("history:index"))
    try:
        undo(business=business, transaction_id=transaction)
    except SettingChange.DoesNotExist:
        raise Http404 from None
    except NotUndone as reason:
        return toast(request, answer, str(reason), failed=True)
    return toast(request, answer, _("It is as it was before."))


def _whole_saves(rows: list[SettingChange]) -> list[SettingChange]:
    """The last save of a full page may have more rows than fit: it begins the next page, unless it is all there is."""
    if len(rows) <= PAGE:
        return rows
    last = rows[-1].transaction
    whole = [row for row in rows if row.transaction != last]
    return whole or rows[:PAGE]
