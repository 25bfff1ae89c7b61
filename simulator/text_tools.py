"""The text side with tools: a receptionist of modest gifts that asks the calendar before it speaks, and scripts.

A script is a list of steps, one for each request: text, or a list of the items below.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from booking.hebrew import Context, parse

Json = dict[str, Any]
_NOW = re.compile(r"^Now: ([^\s,]+)", re.MULTILINE)
_NO_HOURS = {"earliest": None, "latest": None}
_ASKS = re.compile(r"\?|כמה|איפה|מתי|האם")


def call(function: str, /, **arguments: Any) -> Json:
    """An item that calls a function by its name on the wire."""
    return raw_call(function, json.dumps(arguments, ensure_ascii=False))


def raw_call(function: str, arguments: str, call_id: str = "") -> Json:
    """The same with arguments that may be no JSON."""
    return {
        "type": "function_call",
        "id": f"fc_{secrets.token_hex(12)}",
        "call_id": call_id or f"call_{secrets.token_hex(12)}",
        "name": function,
        "arguments": arguments,
        "status": "completed",
    }


def message(text: str, *, whole: bool = True) -> Json:
    """An item that says something; not `whole` where the tokens were used up."""
    return {
        "id": f"msg_{secrets.token_hex(16)}",
        "type": "message",
        "role": "assistant",
        "status": "completed" if whole else "incomplete",
        "content": [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}],
    }


def outputs(step: Any) -> list[Json]:
    """A step of a script as items."""
    if isinstance(step, str):
        return [message(step)]
    return list(step) if isinstance(step, list | tuple) else [step]


def plausible(body: Json) -> list[Json]:
    """What a model with these tools may well do next."""
    items = body.get("input")
    items = [{"role": "user", "content": items}] if isinstance(items, str) else list(items or [])
    last = max((at for at, item in enumerate(items) if item.get("role") == "user"), default=-1)
    asked = _words(items[last]) if last >= 0 else ""
    done = _results(items[last + 1 :])
    known = {tool["name"] for tool in body.get("tools") or ()}
    return [_next(asked, done, _moment(body), known)]


def _next(asked: str, done: list[tuple[str, Json, Json]], now: datetime, known: Iterable[str]) -> Json:
    if done:
        name, given, result = done[-1]
        return _after(name, given, result)
    wish = parse(asked, now, Context())
    if wish.intent in ("book", "none") and wish.date and wish.time and "calendar_find_slots" in known:
        start = f"{wish.date.isoformat()}T{wish.time:%H:%M}"
        return call(
            "calendar_find_slots", start_iso=start, date=None, days=None, service=None, appointment_id=None, **_NO_HOURS
        )
    if wish.intent == "question" or _ASKS.search(asked):
        return call("faq_lookup", question=asked)
    return call("crm_get", lead_id=None)


def _after(name: str, given: Json, result: Json) -> Json:
    if name == "calendar_find_slots" and result.get("ok"):
        return call("calendar_create", start_iso=given["start_iso"], name=None, phone=None, service=None)
    if name == "calendar_create" and result.get("ok"):
        at = datetime.fromisoformat(result["start_iso"])
        when = f"{at.day}/{at.month} בשעה {at:%H:%M}"
        return message(f"התור נקבע ליום {when}, על שם {result['customer_name']}.")
    if result.get("error") == "need_name":
        return message("על איזה שם לרשום את התור?")
    if result.get("error") in ("need_phone", "invalid_phone"):
        return message("לאיזה מספר טלפון לרשום את התור?")
    if result.get("suggestions"):
        hours = " או ".join(each["start_iso"][11:16] for each in result["suggestions"])
        return message(f"הזמן הזה לא פנוי. אפשר ב-{hours}, מה מתאים?")
    if result.get("answer"):
        return message(str(result["answer"]))
    if name == "faq_lookup":
        return call("handoff_to_staff", reason="שאלה שאין לה תשובה", keep_talking=True)
    if name == "handoff_to_staff":
        return message("אעביר את השאלה לצוות, ויחזרו אליך כאן.")
    return message("שלום, במה אפשר לעזור?")


def _results(items: Iterable[Json]) -> list[tuple[str, Json, Json]]:
    """(name, arguments, result) of the calls that were answered, in order."""
    calls = {item["call_id"]: item for item in items if item.get("type") == "function_call"}
    found = []
    for item in items:
        if item.get("type") == "function_call_output" and item.get("call_id") in calls:
            made = calls[item["call_id"]]
            found.append((made["name"], _read(made["arguments"]), _read(item.get("output"))))
    return found


def _read(text: Any) -> Json:
    try:
        read = json.loads(text)
    except (TypeError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _words(item: Json) -> str:
    content = item.get("content", "")
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", "") for part in content)


def _moment(body: Json) -> datetime:
    told = _NOW.search(str(body.get("instructions") or ""))
    return datetime.fromisoformat(told[1]) if told else datetime.now().astimezone()
