"""What a page is told beside its content: a toast, with a way back where there is one."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse


def tell(response: HttpResponse, event: str, detail: dict[str, Any]) -> HttpResponse:
    """An event for the scripts of the page that asked, beside those that it is told of already."""
    earlier = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps(earlier | {event: detail})  # ASCII, as headers are
    return response


def toast(
    request: HttpRequest, response: HttpResponse, text: str, *, undo: str = "", failed: bool = False
) -> HttpResponse:
    """Tell the user `text` once. `undo`: an address that takes it back when posted to.

    HTMX shows it at once; without scripts the next page does.
    """
    if request.headers.get("HX-Request"):
        tell(response, "toast", {"text": text, "undo": undo, "failed": failed})
    else:
        messages.add_message(request, messages.ERROR if failed else messages.SUCCESS, text, extra_tags=undo)
    return response
