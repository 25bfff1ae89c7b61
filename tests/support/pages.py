"""A signed-in reader of pages and filler of admin forms."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

from crm.models import Business, Role
from tests.support.factories import MembershipFactory, SuperuserFactory, UserFactory


def signed_in(business: Business | None = None, role: Role = Role.OWNER, **user: Any) -> Client:
    """A browser of Dana, who owns the business, or of Noa, who works there; of nobody's member without one."""
    person = UserFactory(is_staff=True, **user)
    if business is not None:
        MembershipFactory(user=person, business=business, role=role)
    client = Client()
    client.force_login(person)
    return client


def platform_admin() -> Client:
    client = Client()
    client.force_login(SuperuserFactory())
    return client


def text_of(response: HttpResponse) -> str:
    """What a reader sees, with single spaces."""
    html = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", response.content.decode())
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "input" and name and (given.get("type") not in ("checkbox", "radio", "submit") or "checked" in given):
            self.values[name] = given.get("value") or ("on" if given.get("type") == "checkbox" else "")
        elif tag == "select" and name:
            self._select = name
            self.values.setdefault(name, "")
        elif tag == "option" and self._select and "selected" in given:
            self.values[self._select] = given.get("value") or ""
        elif tag == "textarea" and name:
            self._area = name
            self.values[name] = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None


def fields_of(response: HttpResponse) -> dict[str, str]:
    """Every form field of the page with its present value, ready to be changed and sent back."""
    parser = _Fields()
    parser.feed(response.content.decode())
    return {name: value for name, value in parser.values.items() if "__prefix__" not in name}
