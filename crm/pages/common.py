"""What the pages of customers share: who asks, in which business, and where they came from."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from crm.models import Business
from crm.replies import toast
from crm.roles import current_business


def business_here(request: HttpRequest) -> Business:
    """The business of a page that `member_required` guards."""
    return cast(Business, current_business(request))


def user_here(request: HttpRequest) -> User:
    return cast(User, request.user)


def back(
    request: HttpRequest, default: str = "leads:list", *, text: str = "", undo: str = "", failed: bool = False
) -> HttpResponseRedirect:
    """To the page that a form names in `next`, and nowhere outside; there `text` is told."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=False)
    response = HttpResponseRedirect(wanted if is_ours else reverse(default))
    if text:
        toast(request, response, text, undo=undo, failed=failed)
    return response
