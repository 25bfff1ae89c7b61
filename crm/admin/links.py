"""Where a follow-up came from. Apps above this one say how to get there, by the first word of its key."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm.models import FollowUp

Address = Callable[[str], str]

_addresses: dict[str, Address] = {}


def origin_of(word: str) -> Callable[[Address], Address]:
    """Register the decorated function: the rest of a key that begins with `word:` -> a page's address, or empty."""

    def register(address: Address) -> Address:
        _addresses[word] = address
        return address

    return register


def link_of(row: FollowUp) -> SafeString | str:
    """The way to what the follow-up is about; empty where there is none."""
    word, _sign, rest = row.key.partition(":")
    address = _addresses[word](rest) if word in _addresses else ""
    return format_html('<a class="al-link" href="{}">{}</a>', address, _("To the call")) if address else ""
