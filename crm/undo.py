"""Taking back what was just done: the session remembers how, the address in the toast says which.

Kept on our side, so that nobody can "undo" what never happened; used once.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpRequest

from crm.tenancy import current_business_id

_KEY = "undo"
_REMEMBERED = 5  # the toast shows one; a few more for a second window


def remember(request: HttpRequest, kind: str, **data: Any) -> str:
    """Keeps how to take something back; the word that `recall` asks for."""
    token = secrets.token_urlsafe(9)
    earlier: list[dict[str, Any]] = request.session.get(_KEY, [])
    entry = {"token": token, "kind": kind, "business": current_business_id(), "data": data}
    request.session[_KEY] = [*earlier, entry][-_REMEMBERED:]
    return token


def recall(request: HttpRequest, token: str) -> tuple[str, dict[str, Any]] | None:
    """What `remember` was told, once, and in the business that it happened in; None otherwise."""
    kept: list[dict[str, Any]] = request.session.get(_KEY, [])
    found = next((entry for entry in kept if entry["token"] == token), None)
    if found is None or found["business"] != current_business_id():
        return None
    request.session[_KEY] = [entry for entry in kept if entry is not found]
    return found["kind"], found["data"]
