"""The keys of a business file (contract section 6) and what each may hold. Pure: no database, no clock.

What a file does not say has its default, so that the file alone decides what the business becomes. Only a
missing `staff` leaves things as they are: nobody is shut out because a file does not mention people.
"""

from __future__ import annotations

import functools
import re
import zoneinfo
from collections.abc import Collection
from datetime import date
from decimal import Decimal

import holidays

from agentlocator.business_files import yaml_text
from agentlocator.business_files.errors import BadBusinessFile, Problem
from agentlocator.business_files.hours import read_week, read_windows, refuse_overlaps
from agentlocator.business_files.nodes import Keys, Node
from agentlocator.business_files.parts import (
    CALL_SETTINGS,
    BusinessFile,
    ClosurePart,
    FaqPart,
    ResourcePart,
    ServicePart,
    SettingsPart,
    StaffPart,
    Week,
)
from calls.ringing import Obstacle, obstacle_to
from crm.limits import (
    BARGE_IN_LEVELS,
    CALL_COSTS_CENTS,
    CALL_LENGTHS_MIN,
    DAILY_LIMITS,
    NOTICE_MIN,
    PATIENCE_MS,
    RECORDINGS_KEPT_DAYS,
    SLOT_SIZES_MIN,
    WINDOW_DAYS,
)
from crm.phones import normalize_phone
from faq.models import MOST_PHRASINGS

SETTINGS_KEYS = (
    "slot_size_min",
    "allow_24_7",
    "opening_hours_json",
    "booking_window_days",
    "min_notice_min",
    "cancel_notice_min",
    "daily_limit",
    "require_phone_before_booking",
    "phone_source",
    "ai_prompt",
    "transfer_to",
    *CALL_SETTINGS,
)

_SLUG = re.compile(r"[-A-Za-z0-9_]{1,50}")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_USERNAME = re.compile(r"[\w.@+-]{1,150}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NOT_RUNG = {
    Obstacle.SPECIAL: "is a premium or other special number; calls are not handed to those",
    Obstacle.ABROAD: "is neither in Israel nor in a country of one of business.lines; calls are not handed there",
}
_HIGHEST_PRICE = Decimal("999999.99")


def parse(text: str) -> BusinessFile:
    """The file's content. Raises BadBusinessFile with every problem, each under its key's path."""
    data = yaml_text.read(text)
    if data is None:
        raise BadBusinessFile([Problem("", "the file is empty")])
    problems: list[Problem] = []
    file = _file(Node(data, "", problems))
    if problems:
        raise BadBusinessFile(problems)
    return file


def _file(root: Node) -> BusinessFile:
    keys = root.keys(
        required=["business"],
        optional=["settings", "resources", "services", "closures", "holidays", "faq", "staff"],
    )
    business = keys.read("business", lambda node: node.keys(["slug", "name"], ["timezone", "lines"]), Keys())
    lines = business.read("lines", lambda node: node.distinct(_phone, str, "number"), ())
    resources = keys.read("resources", lambda node: node.distinct(_resource, lambda row: row.id, "id"), ())
    resource_ids = {resource.id for resource in resources}
    holiday = keys.read("holidays", lambda node: node.keys(["calendar"], ["closed"]), Keys())
    return BusinessFile(
        slug=business.read("slug", _slug, ""),
        name=business.read("name", lambda node: node.line(120), ""),
        timezone=business.read("timezone", _timezone, "Asia/Jerusalem"),
        lines=lines,
        settings=keys.read("settings", lambda node: _settings(node, lines), SettingsPart()),
        resources=resources,
        services=keys.read(
            "services",
            lambda node: node.distinct(lambda item: _service(item, resource_ids), lambda row: row.id, "id"),
            (),
        ),
        closures=keys.read("closures", _closures, ()),
        holidays_calendar=holiday.read("calendar", lambda node: node.choice(_calendars()), ""),
        holidays_closed=holiday.read("closed", Node.boolean, False),
        faq=keys.read("faq", lambda node: node.distinct(_faq, lambda row: row.id, "id"), ()),
        staff=keys.read("staff", _all_staff, None),
    )


def _settings(node: Node, lines: Collection[str]) -> SettingsPart:
    keys, default = node.keys(optional=SETTINGS_KEYS), SettingsPart()
    prompts = keys.read("ai_prompt", lambda child: child.keys(optional=["calls", "whatsapp"]), Keys())
    return SettingsPart(
        slot_size_min=keys.read("slot_size_min", lambda child: child.within(SLOT_SIZES_MIN), default.slot_size_min),
        allow_24_7=keys.read("allow_24_7", Node.boolean, default.allow_24_7),
        opening_hours=keys.read("opening_hours_json", read_week, default.opening_hours),
        booking_window_days=keys.read(
            "booking_window_days", lambda child: child.within(WINDOW_DAYS), default.booking_window_days
        ),
        min_notice_min=keys.read("min_notice_min", lambda child: child.within(NOTICE_MIN), default.min_notice_min),
        cancel_notice_min=keys.read(
            "cancel_notice_min", lambda child: child.within(NOTICE_MIN), default.cancel_notice_min
        ),
        daily_limit=keys.read("daily_limit", _daily_limit, default.daily_limit),
        require_phone_before_booking=keys.read(
            "require_phone_before_booking", Node.boolean, default.require_phone_before_booking
        ),
        phone_source=keys.read(
            "phone_source", lambda child: child.choice(("keypad", "caller_id")), default.phone_source
        ),
        ai_prompt_calls=prompts.read("calls", lambda child: child.text(blank=True), ""),
        ai_prompt_whatsapp=prompts.read("whatsapp", lambda child: child.text(blank=True), ""),
        transfer_to=keys.read("transfer_to", lambda child: _telephone(child, lines), ""),
        record_calls=keys.read("record_calls", Node.boolean, default.record_calls),
        recordings_kept_days=keys.read(
            "recordings_kept_days", lambda child: child.within(RECORDINGS_KEPT_DAYS), default.recordings_kept_days
        ),
        max_call_min=keys.read("max_call_min", lambda child: child.within(CALL_LENGTHS_MIN), default.max_call_min),
        max_call_cost_cents=keys.read(
            "max_call_cost_cents", lambda child: child.within(CALL_COSTS_CENTS), default.max_call_cost_cents
        ),
        patience_ms=keys.read("patience_ms", lambda child: child.within(PATIENCE_MS), default.patience_ms),
        barge_in_level=keys.read("barge_in_level", lambda child: child.within(BARGE_IN_LEVELS), default.barge_in_level),
    )


def _daily_limit(node: Node) -> int:
    return node.within(DAILY_LIMITS)


def _slug(node: Node) -> str:
    return node.matching(_SLUG, "must be Latin letters, digits, - and _, at most 50")


def _id(node: Node) -> str:
    return node.matching(_ID, "must be lower-case Latin letters, digits, - and _, at most 40")


@functools.cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones()) - {"localtime", "posixrules", "Factory"}


def _timezone(node: Node) -> str:
    name = node.text()
    if name and name not in _zones():
        node.refuse("is not a time zone such as Asia/Jerusalem")
    return name


@functools.cache
def _calendars() -> tuple[str, ...]:
    return tuple(sorted(holidays.list_supported_countries()))


def _phone(node: Node) -> str:
    raw = node.text()
    number = normalize_phone(raw)
    if raw.strip() and number is None:
        node.refuse("is not a telephone number such as +97233334444")
    return number or ""


def _telephone(node: Node, lines: Collection[str]) -> str:
    """A number that may ring. Whoever reads a file in says that its lines are the business's own."""
    number = _phone(node)
    if number and (obstacle := obstacle_to(number, [line for line in lines if line])):
        node.refuse(_NOT_RUNG[obstacle])
    return number


def _resource(node: Node) -> ResourcePart:
    keys = node.keys(["id", "name"], ["hours", "daily_limit", "closures"])
    return ResourcePart(
        id=keys.read("id", _id, ""),
        name=keys.read("name", lambda child: child.line(80), ""),
        hours=keys.read("hours", _own_hours, {}),
        daily_limit=keys.read("daily_limit", _daily_limit, None),
        closures=keys.read("closures", _closures, ()),
    )


def _own_hours(node: Node) -> Week:
    seen = len(node.problems)
    week = read_week(node)
    if not week and len(node.problems) == seen:
        node.refuse("has no windows; leave it out where the hours are the business's")
    return week


def _service(node: Node, resource_ids: Collection[str]) -> ServicePart:
    keys = node.keys(["id", "name", "duration_min"], ["buffer_before_min", "buffer_after_min", "price", "resources"])

    def known_resource(child: Node) -> str:
        name = child.text()
        if name and name not in resource_ids:
            child.refuse("is not the id of a resource of this file")
        return name

    return ServicePart(
        id=keys.read("id", _id, ""),
        name=keys.read("name", lambda child: child.line(80), ""),
        duration_min=keys.read("duration_min", lambda child: child.integer(5, 1440), 5),
        buffer_before_min=keys.read("buffer_before_min", lambda child: child.integer(0, 480), 0),
        buffer_after_min=keys.read("buffer_after_min", lambda child: child.integer(0, 480), 0),
        price=keys.read("price", lambda child: child.money(_HIGHEST_PRICE), None),
        resources=keys.read("resources", lambda child: child.distinct(known_resource, str, "resource"), ()),
    )


def _closures(node: Node) -> tuple[ClosurePart, ...]:
    closures = node.distinct(_closure, lambda row: row.date, "date")
    days = zip(closures, node.items(), strict=False)
    refuse_overlaps((row.date.toordinal(), row.hours, item.child("hours", None)) for row, item in days)
    return closures


def _closure(node: Node) -> ClosurePart:
    keys = node.keys(["date"], ["hours", "reason"])
    return ClosurePart(
        date=keys.read("date", _date, date.min),
        hours=keys.read("hours", read_windows, ()),
        reason=keys.read("reason", lambda child: child.line(80), ""),
    )


def _date(node: Node) -> date:
    text = node.text()
    try:
        return date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        if text:
            node.refuse("is not a date such as 2026-12-05")
        return date.min


def _faq(node: Node) -> FaqPart:
    keys = node.keys(["id", "question", "answer"], ["phrasings", "valid_from", "valid_until"])
    valid_from, valid_until = keys.read("valid_from", _date, None), keys.read("valid_until", _date, None)
    if valid_from and valid_until and valid_until < valid_from:
        keys["valid_until"].refuse("lies before valid_from")
    phrasings = keys.read("phrasings", lambda child: child.distinct(_phrasing, str, "wording"), ())
    if len(phrasings) > MOST_PHRASINGS:
        keys["phrasings"].refuse(f"has more than {MOST_PHRASINGS} wordings")
    return FaqPart(
        id=keys.read("id", _id, ""),
        question=keys.read("question", lambda child: child.line(200), ""),
        answer=keys.read("answer", Node.text, ""),
        phrasings=phrasings,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def _phrasing(node: Node) -> str:
    return node.line(200)


def _all_staff(node: Node) -> tuple[StaffPart, ...]:
    return node.distinct(_staff, lambda row: row.username, "username")


def _staff(node: Node) -> StaffPart:
    keys = node.keys(["username"], ["role"])
    return StaffPart(
        username=keys.read(
            "username", lambda child: child.matching(_USERNAME, "must be letters, digits and @ . + - _"), ""
        ),
        role=keys.read("role", lambda child: child.choice(("owner", "staff")), "staff"),
    )
