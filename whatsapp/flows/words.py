"""The owner's wording of automatic messages: what may stand in it, and how it is filled in. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_FIELD = re.compile(r"\{([^{}]*)\}")

# Of each purpose: what may be filled in, and what is written for it unless the owner words it.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "confirmation": ("name", "business", "when", "service", "link"),
    "changed": ("name", "business", "news", "link"),
    "reminder": ("name", "business", "when", "service", "link"),
    "missed_call": ("name", "business"),
    "call_summary": ("name", "business", "summary"),
    "follow_up": ("name", "business"),
    "review": ("name", "business", "review"),
}
DEFAULTS: Mapping[str, str] = {
    "confirmation": "שלום {name}, נקבע תור ב{business} {when}. לאישור או לביטול: {link}",
    "changed": "שלום {name}, עדכון מ{business}: {news}",
    "reminder": "שלום {name}, תזכורת לתור ב{business} {when}. לאישור הגעה או לביטול: {link}",
    "missed_call": "שלום, התקשרת אל {business} ולא הספקנו לענות. אפשר לכתוב כאן ונשמח לעזור.",
    "call_summary": "שלום {name}, תודה על השיחה עם {business}. {summary}",
    "follow_up": "שלום {name}, אפשר עוד לעזור בקביעת התור?",
    "review": "שלום {name}, תודה שביקרת ב{business}. נשמח לכמה מילים על הביקור: {review}",
}
MINUTES: Mapping[str, int] = {"reminder": 24 * 60, "follow_up": 3 * 60, "review": 2 * 60, "missed_call": 2}


def unknown_fields(purpose: str, text: str) -> list[str]:
    """The {fields} of the text that this purpose has no value for."""
    return [name for name in _FIELD.findall(text) if name not in FIELDS[purpose]]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The message. A value that is unknown leaves no gap: its spaces and the comma before it go too."""
    filled = _FIELD.sub(lambda found: values.get(found[1], ""), text)
    filled = re.sub(r"[ \t]+([,.:!?])", r"\1", filled)
    return re.sub(r"[ \t]{2,}", " ", filled).strip()
