"""Forms that were made in one business and are sent in another: a second tab switched meanwhile.

The business stands in the session, so every tab is in the one that was entered last. Each form says which it was made
in; one of another business writes nothing, and what was typed is kept.
"""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from crm.models import Business
from crm.replies import toast
from crm.row_ids import id_in

FIELD, HEADER = "_business", "X-Business"
NOWHERE = "0"  # a platform admin who sees the rows of all
_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
# What is a person's own, the way between businesses, and the API, which names its business itself.
_OF_NO_BUSINESS = ("/accounts/", "/admin/logout/", "/api/", "/business/", "/join/", "/me/language/")
_STALE = 409


def key_of(request: HttpRequest) -> str:
    """What a page made for this request says of its business; strangers' pages say nothing."""
    if not hasattr(request, "business") or not request.user.is_authenticated:
        return ""
    return str(request.business.pk) if request.business else NOWHERE


def has_strayed(request: HttpRequest) -> bool:
    """Whether this was made in another business than it has come to, and writes, or is a part of a page made there."""
    if not request.user.is_authenticated or request.path.startswith(_OF_NO_BUSINESS):
        return False
    if request.method in _SAFE and HEADER not in request.headers:
        return False  # a page of its own, which says whose it is
    said = _said(request)
    return bool(said) and said != key_of(request)


def warning(request: HttpRequest, allowed: QuerySet[Business]) -> HttpResponse:
    """Nothing was written, and how it can be. `allowed`: the businesses of this user."""
    said = _said(request)
    key = id_in(said)
    then = allowed.filter(pk=key).first() if key is not None else None
    present: Business | None = request.business  # type: ignore[attr-defined]  # set by the middleware
    names = {
        "then": then.name if then else _("another business"),
        "now": present.name if present else _("all businesses"),
    }
    told = _("This page was opened in “%(then)s”, and you work in “%(now)s” by now. Nothing was saved.") % names
    remedy = _("Go back to “%(then)s” in another tab; then it can be saved here.") % names if then else ""
    text = f"{told} {remedy}".strip()
    if request.accepts("text/html") and not request.headers.get("HX-Request"):
        typed = [(name, value) for name, values in request.POST.lists() for value in values]
        context = {"told": told, "then": then, "typed": typed, "address": request.get_full_path()}
        return render(request, "other_business.html", context | {"has_files": bool(request.FILES)}, status=_STALE)
    if request.headers.get("HX-Request"):
        return toast(request, HttpResponse(status=_STALE, headers={"HX-Reswap": "none"}), text, failed=True)
    return JsonResponse({"ok": False, "text": text}, status=_STALE)


def _said(request: HttpRequest) -> str:
    return request.headers.get(HEADER) or request.POST.get(FIELD, "")
