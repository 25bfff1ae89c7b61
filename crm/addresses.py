"""The page somebody was on when a request was made."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

_READ = ("GET", "HEAD")
HOME = "/"


def page_of(request: HttpRequest) -> str:
    """The address that was read, or the page of ours whose form was sent: what takes forms often shows no page."""
    if request.method in _READ:
        return request.get_full_path()
    asked_from = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(asked_from, allowed_hosts={request.get_host()}):
        return HOME
    parts = urlsplit(asked_from)
    return (parts.path or HOME) + (f"?{parts.query}" if parts.query else "")
