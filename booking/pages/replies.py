"""How a page of the calendar answers: a fragment for HTMX, the whole page without it, and back to where one was."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse

SHEET = "sheet"
_ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}


def page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """The part of the page that a dialog shows, or the page around it."""
    name = f"{template}#{SHEET}" if request.headers.get("HX-Request") else template
    return render(request, name, context, status=status)


def done(request: HttpRequest, text: str, *, day: date, undo: str = "") -> HttpResponse:
    """Back to the calendar as it was looked at, with this date in it; a toast says what happened."""
    messages.add_message(request, messages.SUCCESS, text, extra_tags=undo)
    address = _calendar(request, day)
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _calendar(request: HttpRequest, day: date) -> str:
    index = reverse("calendar:index")
    here = urlsplit(request.headers.get("HX-Current-URL", ""))
    kept = {name: values for name, values in parse_qs(here.query).items() if here.path == index and name != "date"}
    query = QueryDict(mutable=True)
    for name in ("view", "resource", "cancelled"):
        query.setlist(name, kept.get(name, []))
    query["date"] = day.isoformat()
    return f"{index}?{query.urlencode()}"


def data(value: object, *, status: int = 200) -> HttpResponse:
    """An answer for a script. No `<` of a name stands in it as such, whoever may take it for a page."""
    text = json.dumps(value, ensure_ascii=False).translate(_ESCAPED)
    return HttpResponse(text, content_type="application/json", status=status)


def with_query(address: str, **values: object) -> str:
    given = {name: value for name, value in values.items() if value not in (None, "")}
    return f"{address}?{urlencode(given)}" if given else address
