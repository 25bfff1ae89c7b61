"""The page for what should not have happened: a code to quote, which stands in the log beside what went wrong."""

from __future__ import annotations

import secrets

from django.http import HttpRequest, HttpResponseServerError
from django.template.loader import render_to_string

CODE_HEADER = "X-Failure-Code"


def server_error(request: HttpRequest, template_name: str = "500.html") -> HttpResponseServerError:
    """Renders without context processors: the database may be what failed, and is not asked.

    Django logs the failure once this has answered; `agentlocator.logs` finds the code on the request.
    """
    code = secrets.token_hex(3).upper()
    request.failure_code = code  # type: ignore[attr-defined]  # ours, for the log line
    again = request.get_full_path() if request.method == "GET" else ""
    page = render_to_string(template_name, {"code": code, "again": again})
    return HttpResponseServerError(page, headers={CODE_HEADER: code})
