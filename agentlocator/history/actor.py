"""Tells the database which user a change comes from, for the trigger that notes changes of settings."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

from agentlocator.history.tables import WATCHED

_WRITES = re.compile(rf'(?:INSERT INTO|UPDATE|DELETE FROM) "(?:{"|".join(WATCHED)})"')
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class _Signed:
    """Around every statement of a request: one that writes settings says whose it is.

    Connections are shared by requests, so outside a transaction the name is taken back at once; inside one it ends
    with it.
    """

    def __init__(self, user_id: int) -> None:
        self._user_id = user_id

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not _WRITES.match(sql):
            return execute(sql, params, many, context)
        is_local = context["connection"].in_atomic_block
        _set_user(context, str(self._user_id), is_local=is_local)
        try:
            return execute(sql, params, many, context)
        finally:
            if not is_local:
                _set_user(context, "", is_local=False)


def _set_user(context: dict[str, Any], user_id: str, *, is_local: bool) -> None:
    with context["connection"].cursor() as cursor:
        cursor.execute("SELECT set_config('agentlocator.user_id', %s, %s)", [user_id, is_local])


class ActorMiddleware:
    """Changes of settings made by this request are noted with its user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in _SAFE_METHODS or not request.user.is_authenticated:
            return self.get_response(request)
        with connection.execute_wrapper(_Signed(request.user.pk)):
            return self.get_response(request)
