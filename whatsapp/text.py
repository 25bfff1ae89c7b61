"""What strangers write, made fit to be kept: their words stay, what cannot be seen or stored goes."""

from __future__ import annotations

import re
from typing import Any

from crm.words import one_line

LONGEST = 65_536  # WhatsApp's own limit
# Everything of C0 but tab and line end, and what turns the direction of the text around it.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NAME = 120


def clean(text: object) -> str:
    """As it was written, without characters that a database refuses or that change how others' words are shown."""
    return _UNSEEN.sub("", str(text or "").replace("\r\n", "\n"))[:LONGEST]


def clean_line(text: object, longest: int = _NAME) -> str:
    """A name or a label: one line."""
    return one_line(clean(text))[:longest].rstrip()


def place_of(latitude: Any, longitude: Any, name: Any, address: Any) -> dict[str, Any]:
    """A point on the map; what is no point is none."""
    try:
        point = {"latitude": float(latitude), "longitude": float(longitude)}
    except (TypeError, ValueError):
        return {}
    if not (abs(point["latitude"]) <= 90 and abs(point["longitude"]) <= 180):
        return {}
    return {**point, "name": clean_line(name), "address": clean_line(address, 300)}
