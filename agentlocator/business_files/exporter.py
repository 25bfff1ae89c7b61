"""A business as its file. Importing the file again changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from agentlocator.business_files import yaml_text
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
from booking.models import Closure, OpeningHours, Resource, Service
from booking.policy import DAY_KEYS, Window
from calls.models import PhoneLine
from crm.models import Business, BusinessSettings, Membership
from crm.tenancy import for_business
from faq.models import FaqEntry


def export_business(business: Business) -> str:
    """The business's file as YAML text."""
    return dump(load(business))


def load(business: Business) -> BusinessFile:
    """The business as the file would describe it. What is out of use is not part of it."""
    with for_business(business):
        settings = BusinessSettings.objects.filter(business=business).first() or BusinessSettings(business=business)
        weeks: defaultdict[int | None, dict[int, tuple[Window, ...]]] = defaultdict(dict)
        for row in OpeningHours.objects.order_by("weekday", "opens"):
            week = weeks[row.resource_id]
            week[row.weekday] = (*week.get(row.weekday, ()), Window(row.opens, row.closes))
        closures = _closures()
        team = Membership.objects.filter(business=business).select_related("user").order_by("pk")
        return BusinessFile(
            slug=business.slug,
            name=business.name,
            timezone=str(business.timezone),
            lines=tuple(PhoneLine.objects.order_by("pk").values_list("number", flat=True)),
            settings=_settings(settings, weeks[None]),
            resources=tuple(
                ResourcePart(row.slug, row.name, weeks[row.pk], row.daily_limit, closures.get(row.pk, ()))
                for row in Resource.objects.filter(is_active=True).order_by("pk")
            ),
            services=tuple(_services()),
            closures=closures.get(None, ()),
            holidays_calendar=settings.holidays_calendar,
            holidays_closed=settings.holidays_closed,
            faq=tuple(
                FaqPart(row.slug, row.question, row.answer, tuple(row.phrasings), row.valid_from, row.valid_until)
                for row in FaqEntry.objects.filter(is_active=True).order_by("pk")
            ),
            staff=tuple(StaffPart(row.user.get_username(), str(row.role)) for row in team),
        )


def _settings(row: BusinessSettings, week: Week) -> SettingsPart:
    return SettingsPart(
        slot_size_min=row.slot_size_min,
        allow_24_7=row.allow_24_7,
        opening_hours=week,
        booking_window_days=row.booking_window_days,
        min_notice_min=row.min_notice_min,
        cancel_notice_min=row.cancel_notice_min,
        daily_limit=row.daily_limit,
        require_phone_before_booking=row.require_phone_before_booking,
        phone_source=str(row.phone_source),  # a default is still an enum member
        ai_prompt_calls=row.ai_prompt_calls,
        ai_prompt_whatsapp=row.ai_prompt_whatsapp,
        transfer_to=row.transfer_to,
        **{name: getattr(row, name) for name in CALL_SETTINGS},
    )


def _services() -> Iterable[ServicePart]:
    for row in Service.objects.filter(is_active=True).prefetch_related("resources").order_by("pk"):
        yield ServicePart(
            id=row.slug,
            name=row.name,
            duration_min=row.duration_min,
            buffer_before_min=row.buffer_before_min,
            buffer_after_min=row.buffer_after_min,
            price=row.price,
            resources=tuple(resource.slug for resource in row.resources.all() if resource.is_active),
        )


def _closures() -> Mapping[int | None, tuple[ClosurePart, ...]]:
    """Special days by resource; under None those of the whole business."""
    days: defaultdict[tuple[int | None, date], list[Closure]] = defaultdict(list)
    for row in Closure.objects.order_by("on_date", "opens"):
        days[row.resource_id, row.on_date].append(row)
    parts: defaultdict[int | None, tuple[ClosurePart, ...]] = defaultdict(tuple)
    for (resource_id, day), rows in days.items():
        windows = [Window(row.opens, row.closes) for row in rows if row.opens is not None and row.closes is not None]
        parts[resource_id] += (ClosurePart(day, tuple(windows), rows[0].reason),)
    return parts


def dump(file: BusinessFile) -> str:
    """The file's text; `schema.parse` reads the same values from it."""
    business = {"slug": file.slug, "name": file.name, "timezone": file.timezone, "lines": list(file.lines)}
    data: dict[str, object] = {
        "business": business,
        "settings": _settings_keys(file.settings),
        "resources": [_resource_keys(part) for part in file.resources],
        "services": [_service_keys(part) for part in file.services],
        "closures": _closure_keys(file.closures),
    }
    if file.holidays_calendar:
        data["holidays"] = {"calendar": file.holidays_calendar, "closed": file.holidays_closed}
    data["faq"] = [_faq_keys(part) for part in file.faq]
    if file.staff is not None:
        data["staff"] = [{"username": part.username, "role": part.role} for part in file.staff]
    return yaml_text.write(data)


def _faq_keys(part: FaqPart) -> dict[str, object]:
    """What is optional is left out where there is none."""
    optional = {"phrasings": list(part.phrasings), "valid_from": part.valid_from, "valid_until": part.valid_until}
    keys: dict[str, object] = {"id": part.id, "question": part.question, "answer": part.answer}
    return keys | _without_empty(optional)


def _settings_keys(part: SettingsPart) -> dict[str, object]:
    keys: dict[str, object] = {
        "slot_size_min": part.slot_size_min,
        "allow_24_7": part.allow_24_7,
        "opening_hours_json": _week(part.opening_hours),
        "booking_window_days": part.booking_window_days,
        "min_notice_min": part.min_notice_min,
        "require_phone_before_booking": part.require_phone_before_booking,
        "phone_source": part.phone_source,
    }
    limits = {"cancel_notice_min": part.cancel_notice_min, "daily_limit": part.daily_limit}
    prompts = _without_empty({"calls": part.ai_prompt_calls, "whatsapp": part.ai_prompt_whatsapp})
    keys |= _without_empty(limits | {"ai_prompt": prompts, "transfer_to": part.transfer_to})
    default = SettingsPart()
    return keys | {name: getattr(part, name) for name in CALL_SETTINGS if getattr(part, name) != getattr(default, name)}


def _resource_keys(part: ResourcePart) -> dict[str, object]:
    own = {"hours": _week(part.hours), "daily_limit": part.daily_limit, "closures": _closure_keys(part.closures)}
    return {"id": part.id, "name": part.name} | _without_empty(own)


def _closure_keys(parts: Iterable[ClosurePart]) -> list[dict[str, object]]:
    return [
        _without_empty({"date": part.date, "hours": [_window(window) for window in part.hours], "reason": part.reason})
        for part in parts
    ]


def _service_keys(part: ServicePart) -> dict[str, object]:
    keys: dict[str, object] = {"id": part.id, "name": part.name, "duration_min": part.duration_min}
    buffers = {"buffer_before_min": part.buffer_before_min, "buffer_after_min": part.buffer_after_min}
    keys |= _without_empty(buffers)
    if part.price is not None:
        keys["price"] = int(part.price) if part.price == part.price.to_integral_value() else float(part.price)
    return keys | _without_empty({"resources": list(part.resources)})


def _without_empty(keys: dict[str, Any]) -> dict[str, object]:
    return {key: value for key, value in keys.items() if value}


def _week(week: Week) -> dict[str, list[list[str]]]:
    return {DAY_KEYS[day]: [_window(window) for window in week[day]] for day in sorted(week)}


def _window(window: Window) -> list[str]:
    return [f"{window.opens:%H:%M}", f"{window.closes:%H:%M}"]
