"""Ids of rows as addresses and forms say them."""

from __future__ import annotations

from django.db.models import BigAutoField

_LARGEST = BigAutoField.MAX_BIGINT
_LONGEST = len(str(_LARGEST))


def id_in(text: str) -> int | None:
    """The id that the text says; None where no row can have it, so that the database is not asked."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST):
        return None
    pk = int(text)
    return pk if pk <= _LARGEST else None
