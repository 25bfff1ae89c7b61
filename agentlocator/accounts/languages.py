"""Which language a person reads."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest

from crm.models import Preferences

KNOWN = frozenset(code for code, _name in settings.LANGUAGES)


def language_of(request: HttpRequest) -> str:
    """The user's choice; of strangers the one this browser made here; Hebrew otherwise.

    What the browser asks for in its headers says where it was made, not who reads: it is ignored on purpose.
    """
    chosen = chosen_by(request.user) or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in KNOWN else settings.LANGUAGE_CODE


def chosen_by(user: User | AnonymousUser | None) -> str:
    """Empty for strangers and for who never chose."""
    if user is None or isinstance(user, AnonymousUser) or not user.pk:
        return ""
    try:
        return str(user.preferences.language)
    except Preferences.DoesNotExist:
        return ""


def choose(user: User, language: str) -> None:
    Preferences.objects.update_or_create(user=user, defaults={"language": language})
