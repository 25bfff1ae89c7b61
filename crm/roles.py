"""Who may do what in the business of a request: owners decide, staff work, platform admins do both."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from crm.addresses import page_of
from crm.middleware import business_of
from crm.models import Business, Membership, Role


def current_business(request: HttpRequest) -> Business | None:
    """The business this request works in; None for strangers and for platform admins who see all."""
    if not hasattr(request, "business"):
        request.business = business_of(request)  # type: ignore[attr-defined]  # what the middleware sets
    return request.business  # type: ignore[attr-defined, no-any-return]  # set by the middleware


def business_here(request: HttpRequest) -> Business:
    """The business of a page that `member_required` or `owner_required` guards."""
    business = current_business(request)
    assert business is not None  # the decorators let nobody in without one
    return business


def user_here(request: HttpRequest) -> User:
    """Who is signed in, on a page that lets nobody else in."""
    return cast(User, request.user)


def role_of(request: HttpRequest) -> Role | None:
    """The user's role in the current business, read once per request. Platform admins act as owners."""
    if not hasattr(request, "_role"):
        request._role = _find_role(request)  # type: ignore[attr-defined]  # our own cache
    return request._role  # type: ignore[attr-defined, no-any-return]  # our own cache


def _find_role(request: HttpRequest) -> Role | None:
    user = request.user
    if not user.is_authenticated or not user.is_active:
        return None
    if user.is_superuser:
        return Role.OWNER
    business = current_business(request)
    if business is None:
        return None
    role = Membership.objects.filter(user=user, business=business).values_list("role", flat=True).first()
    return Role(role) if role else None


def is_member(request: HttpRequest) -> bool:
    return role_of(request) is not None


def is_owner(request: HttpRequest) -> bool:
    return role_of(request) is Role.OWNER


def is_platform_admin(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser


View = Callable[..., HttpResponseBase]


def sign_in_required(view: View) -> View:
    """Strangers sign in first, and come back to the page they were on."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(page_of(request))
        return view(request, *args, **kwargs)

    return guarded


def member_required(view: View) -> View:
    """For pages of a business: strangers sign in first; who has not entered one chooses first."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if current_business(request) is None:
            return HttpResponseRedirect(reverse("home"))
        return view(request, *args, **kwargs)

    return sign_in_required(guarded)


def owner_required(view: View) -> View:
    """Like `member_required`, for what only owners may do: staff get 403."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_owner(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return member_required(guarded)
