"""Running calls as a page shows them: in the viewer's language, with everything that people said escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import get_template
from django.utils import timezone
from django.utils.translation import gettext as _

from calls.call_page import split_heard
from calls.chips import chip_of, staff_chip
from calls.live.reading import ASKABLE, OnLine
from calls.live.words import known_in_words, outcome_in_words, state_in_words
from crm.models import Business
from crm.templatetags.isolates import clock

LINE, CALL = "calls/live.html#line", "calls/live.html#call"


class Shown:
    """For one business. Call it within the viewer's language and the business's time zone."""

    def __init__(self, business: Business) -> None:
        self._zone = ZoneInfo(str(business.timezone))
        self._drawn: dict[str, tuple[OnLine, str]] = {}  # calls as they were shown last

    def calls(self, calls: Iterable[OnLine]) -> Iterator[dict[str, Any]]:
        """Some calls of the list."""
        now = timezone.now()
        return (self._call(call, now) for call in calls)

    def forget_others(self, sids: set[str]) -> None:
        """Only these are on the line still."""
        self._drawn = {sid: drawn for sid, drawn in self._drawn.items() if sid in sids}

    def _call(self, call: OnLine, now: datetime) -> dict[str, Any]:
        """One call. One that is as before keeps its markup; how long it lasts the page counts by itself."""
        state_text = state_in_words(call.state, call.with_whom)
        seconds = max(0, round((now - call.started).total_seconds()))
        before, html = self._drawn.get(call.sid, (None, ""))
        if before != call:
            html = get_template(CALL).render({"call": call, "state_text": state_text, "seconds": seconds})
            self._drawn[call.sid] = call, html
        return {
            "sid": call.sid,
            "who": call.name,
            "phone": call.phone,
            "started": call.started.isoformat(),
            "seconds": seconds,
            "began": str(_("Began at %(time)s")) % {"time": clock(call.started)},
            "state": call.state,
            "state_text": state_text,
            "askable": call.is_askable,
            "last": call.last,
            "html": html,
        }

    def news(self, news: dict[str, Any]) -> dict[str, Any]:
        """How a call of the list goes on."""
        state = news["state"]
        words = state_in_words(state)
        return {
            "sid": news["sid"],
            "state": state,
            "state_text": words,
            "last": news["last"],
            "askable": state in ASKABLE,
        }

    def events(self, events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """What happened."""
        now = timezone.now()
        return (self._event(event, now) for event in events)

    def _event(self, event: dict[str, Any], now: datetime) -> dict[str, Any]:
        match event["kind"]:
            case "line":
                return {name: event[name] for name in ("seq", "kind", "index", "speaker", "text", "heard")} | {
                    "at_ms": event["line_ms"],
                    "html": self.line(event, now=now),
                }
            case "state":
                return event | {"text": state_in_words(event["state"], event.get("name", ""))}
            case "known":
                today = now.astimezone(self._zone).date()
                items = list(known_in_words(tuple(event["facts"]), today))
                return {"seq": event["seq"], "kind": "known", "items": items}
            case "ended":
                return event | {"text": outcome_in_words(event["outcome"])}
            case "left":
                return event | {"text": state_in_words("voicemail" if event["to"] == "voicemail" else "transferring")}
            case _:
                return event

    def line(self, line: dict[str, Any], *, now: datetime) -> str:
        """One line of the transcript; nothing for one in which nothing was said."""
        chip = None
        if line.get("deed"):
            chip = staff_chip(line["deed"], line["by"])
        elif not line["text"]:
            return ""
        elif line["speaker"] == "server":
            chip = chip_of(line["text"], today=now.astimezone(self._zone).date(), zone=self._zone)
        heard, unheard = split_heard(line["text"], line["heard"])
        shown = {"line": line, "heard": heard, "unheard": unheard, "chip": chip, "at_s": line["line_ms"] // 1000}
        return str(get_template(LINE).render(shown)).strip()


def latest(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events without the versions of a line that a later one replaces."""
    listed = list(events)
    last = {event["index"]: event["seq"] for event in listed if event["kind"] == "line"}
    return [event for event in listed if event["kind"] != "line" or last[event["index"]] == event["seq"]]
