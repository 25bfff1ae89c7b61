"""What one user decides about themselves: the number that rings, and the language they read."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from agentlocator.accounts.languages import KNOWN, choose
from agentlocator.accounts.team_forms import OwnDetailsForm
from crm.models import Membership
from crm.pages.common import back
from crm.replies import toast
from crm.roles import current_business, sign_in_required

A_YEAR_S = 365 * 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_required
def index(request: HttpRequest) -> HttpResponse:
    """My name, and the telephone on which calls of this business reach me."""
    user = cast(User, request.user)
    with transaction.atomic():
        mine = Membership.objects.filter(user=user, business=current_business(request))
        if request.method == "POST":  # of two windows at once the second finds what the first has saved
            user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
            mine = mine.select_for_update(no_key=True)
        form = OwnDetailsForm(request.POST or None, user=user, membership=mine.first())
        if form.is_valid() and not form.is_stale:
            form.save()
            return toast(request, HttpResponseRedirect(reverse("me")), _("Saved."))
    context = {"form": form, "has_second_factor": user.authenticator_set.exists()}  # type: ignore[attr-defined]  # allauth's, of every user
    return render(request, "agentlocator/me.html", context, status=_status(form))


def _status(form: OwnDetailsForm) -> int:
    if form.is_stale:
        return 409
    return 422 if form.errors else 200


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Read in this language from now on; strangers' browsers remember it in a cookie."""
    chosen = request.POST.get("language", "")
    if chosen not in KNOWN:
        return HttpResponseBadRequest(_("There is no such language here."))
    if request.user.is_authenticated:
        choose(request.user, chosen)
    translation.activate(chosen)
    response = back(request, "home")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=A_YEAR_S,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response
