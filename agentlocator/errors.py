"""Pages for what could not be done: a failure of ours with a code to quote, and forms that are out of date."""

from __future__ import annotations

import secrets
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string

from crm.addresses import page_of

CODE_HEADER = "X-Failure-Code"  # beside which the code stands in the log
OUT_OF_DATE_HEADER = "X-Out-Of-Date"


def server_error(request: HttpRequest, template_name: str = "500.html") -> HttpResponseServerError:
    """Renders without context processors: the database may be what failed, and is not asked.

    Django logs the failure once this has answered; `agentlocator.logs` finds the code on the request.
    """
    code = secrets.token_hex(3).upper()
    request.failure_code = code  # type: ignore[attr-defined]  # ours, for the log line
    again = request.get_full_path() if request.method == "GET" else ""
    page = render_to_string(template_name, {"code": code, "again": again})
    return HttpResponseServerError(page, headers={CODE_HEADER: code})


def form_out_of_date(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without today's token, as after signing in again in another tab: nobody was refused anything.

    The header tells scripts so; the page leads back to where the form is, fresh.
    """
    page = render(request, "403_csrf.html", {"again": page_of(request)}, status=HTTPStatus.FORBIDDEN)
    page.headers[OUT_OF_DATE_HEADER] = "1"
    return page
