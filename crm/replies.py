"""What a page is told beside its content: a toast, with a way back where there is one."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse


def toast(
    request: HttpRequest, response: HttpResponse, text: str, *, undo: str = "", failed: bool = False
) -> HttpResponse:
    """Tell the user `text` once. `undo`: an address that takes it back when posted to.

    HTMX shows it at once; without scripts the next page does.
    """
    if request.headers.get("HX-Request"):
        news = {"text": text, "undo": undo, "failed": failed}
        earlier = json.loads(response.headers.get("HX-Trigger", "{}"))
        response.headers["HX-Trigger"] = json.dumps(earlier | {"toast": news})  # ASCII, as headers are
    else:
        messages.add_message(request, messages.ERROR if failed else messages.SUCCESS, text, extra_tags=undo)
    return response
