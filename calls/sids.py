"""Ids of calls in addresses."""

from __future__ import annotations

from django.urls import register_converter

CALL_SID = r"[A-Za-z0-9_-]{1,64}"


class SidConverter:
    """The id of a call: the letters that carriers use, and nothing that a database would choke on."""

    regex = CALL_SID

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(SidConverter, "sid")
