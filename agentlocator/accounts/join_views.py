"""The page behind an invitation's link: joining in one click, or with a name and a password."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agentlocator.accounts.invitations import State, accept, account_of, find, is_for, state_of
from agentlocator.accounts.languages import choose
from agentlocator.accounts.team_forms import JoinForm
from crm.middleware import SESSION_KEY
from crm.models import Invitation
from crm.replies import toast


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """What the link offers this person; a link that is good no more says what to do."""
    invitation = find(secret)
    state = state_of(invitation, now=timezone.now()) if invitation else None
    context: dict[str, Any] = {
        "invitation": invitation,
        "state": state.value if state else "unknown",
        "path": request.path,
    }
    if invitation is None or state is not State.OPEN:
        return render(request, "agentlocator/join.html", context | {"offer": "none"})
    if request.user.is_authenticated:
        if not is_for(invitation, request.user):
            return render(request, "agentlocator/join.html", context | {"offer": "other"})
        if request.method == "POST":
            return _enter(request, invitation, request.user)
        return render(request, "agentlocator/join.html", context | {"offer": "click"})
    if account_of(invitation) is not None:
        return render(request, "agentlocator/join.html", context | {"offer": "sign_in"})
    form = JoinForm(request.POST or None, email=invitation.email)
    if request.method == "POST" and form.is_valid():
        return _welcome(request, invitation, form)
    context |= {"offer": "new", "form": form}
    return render(request, "agentlocator/join.html", context, status=422 if form.errors else 200)


def _welcome(request: HttpRequest, invitation: Invitation, form: JoinForm) -> HttpResponse:
    """A new person with a proven address: only who reads its letters knows the link."""
    adapter = get_adapter()
    with transaction.atomic():
        user = User(email=invitation.email, first_name=form.cleaned_data["name"], is_staff=True)
        user.set_password(form.cleaned_data["password1"])
        adapter.populate_username(request, user)
        user.save()
        EmailAddress.objects.create(user=user, email=invitation.email, verified=True, primary=True)
        choose(user, get_language() or "")
        if accept(invitation, user=user, now=timezone.now()) is not State.OPEN:
            transaction.set_rollback(True)  # somebody used or withdrew the link a moment ago
            return HttpResponseRedirect(request.path)
    adapter.login(request, user)
    return _home(request, invitation)


def _enter(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    if accept(invitation, user=user, now=timezone.now()) is not State.OPEN:
        return HttpResponseRedirect(request.path)
    return _home(request, invitation)


def _home(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    request.session[SESSION_KEY] = invitation.business_id
    text = _("Welcome to the team of {business}.").format(business=invitation.business.name)
    return toast(request, HttpResponseRedirect(reverse("home")), text)
