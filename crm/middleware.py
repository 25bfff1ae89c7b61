"""The business of a request: the signed-in user's, entered before any view runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from crm.models import Business
from crm.strayed import has_strayed, warning
from crm.tenancy import for_business, for_everyone

SESSION_KEY = "business_id"


def business_of(request: HttpRequest) -> Business | None:
    """The business this user works in now: the one chosen in the session, else the first of theirs.

    A platform admin without a choice works in none, and so sees all of them.
    """
    user = request.user
    if not user.is_authenticated:
        return None
    allowed = businesses_of(user)
    chosen = allowed.filter(pk=request.session.get(SESSION_KEY, 0)).first()
    if chosen is not None or user.is_superuser:
        return chosen
    return allowed.order_by("pk").first()


def businesses_of(user: User) -> QuerySet[Business]:
    """Those this user may work in; platform admins may in all."""
    return Business.objects.all() if user.is_superuser else Business.objects.filter(memberships__user=user)


class BusinessMiddleware:
    """Enters the scope of the user's business; requests of strangers stay without one.

    What was made in another business than it has come to is not carried out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        business = business_of(request)
        request.business = business  # type: ignore[attr-defined]  # read by views
        if business is not None:
            with for_business(business):
                return self.get_response(request)
        if request.user.is_authenticated and request.user.is_superuser:
            with for_everyone("platform administration"):
                return self.get_response(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        """After the request was found to be genuine, before any view writes."""
        return warning(request, businesses_of(cast(User, request.user))) if has_strayed(request) else None
