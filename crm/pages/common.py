"""The way back from a form to the page it was on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from crm.replies import toast


def own_page(request: HttpRequest, default: str) -> str:
    """The page of ours that `next` names, and nowhere outside."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()})
    return wanted if is_ours else reverse(default)


def back(
    request: HttpRequest, default: str = "leads:list", *, text: str = "", undo: str = "", failed: bool = False
) -> HttpResponseRedirect:
    """To the page that a form names in `next`; there `text` is told."""
    response = HttpResponseRedirect(own_page(request, default))
    if text:
        toast(request, response, text, undo=undo, failed=failed)
    return response
