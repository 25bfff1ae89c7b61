"""A business file into rows: what is there is kept, what differs is changed, what is gone goes.

Rows are recognised by what the file calls them (ids, numbers, dates), so a second import of the same file
finds everything as it should be and touches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from agentlocator.business_files.errors import BadBusinessFile, Problem
from agentlocator.business_files.parts import CALL_SETTINGS, BusinessFile, ClosurePart, ResourcePart, Week
from agentlocator.business_files.sync import Changes, assign, sync
from booking.facts import DEFAULT_RESOURCE
from booking.models import Closure, OpeningHours, OwnerRule, Resource, Service
from booking.owner_rules import confirm_all
from calls.models import PhoneLine
from calls.prompts import follow_settings
from crm.models import Business, BusinessSettings, Membership
from crm.tenancy import for_business, for_everyone
from faq.models import FaqEntry
from faq.tasks import queue_embedding

_WindowKey = tuple[int | None, int, time, time]  # resource, weekday, opens, closes
_ClosureKey = tuple[int | None, date, time | None, time | None]  # resource, date, opens, closes
_NOTHING_ELSE: Mapping[str, Any] = {}  # of rows that their key describes completely


def import_business(file: BusinessFile) -> tuple[Business, Changes]:
    """Create or update the business in one transaction.

    Raises BadBusinessFile, with nothing written, if a number in it belongs to another business.
    """
    changes = Changes()
    with transaction.atomic():
        business = _business(file, changes)
        _refuse_lines_of_others(file, business)
        with for_business(business):
            _settings(file, business, changes)
            _owner_rules(business, changes)
            follow_settings(business, by=None)
            _lines(file, business, changes)
            resources = _resources(file, business, changes)
            _services(file, business, resources, changes)
            _hours(file, business, resources, changes)
            _closures(file, business, resources, changes)
            _faq(file, business, changes)
        _staff(file, business, changes)
    return business, changes


def _business(file: BusinessFile, changes: Changes) -> Business:
    wanted = {"name": file.name, "timezone": file.timezone}
    business, is_new = Business.objects.select_for_update().get_or_create(slug=file.slug, defaults=wanted)
    if is_new:
        business.refresh_from_db()  # the zone's name has become a zone
        changes.note("business", "created")
    elif assign(business, wanted | {"timezone": Business(timezone=file.timezone).timezone}):
        changes.note("business", "changed")
    return business


def _refuse_lines_of_others(file: BusinessFile, business: Business) -> None:
    with for_everyone("a telephone number has one owner in the whole installation"):
        lines_of_others = PhoneLine.objects.filter(number__in=file.lines).exclude(business=business)
        taken = set(lines_of_others.values_list("number", flat=True))
    problems = [
        Problem(f"business.lines[{index}]", "this number belongs to another business")
        for index, number in enumerate(file.lines)
        if number in taken
    ]
    if problems:
        raise BadBusinessFile(problems)


def _settings(file: BusinessFile, business: Business, changes: Changes) -> None:
    part = file.settings
    wanted = {
        "slot_size_min": part.slot_size_min,
        "allow_24_7": part.allow_24_7,
        "booking_window_days": part.booking_window_days,
        "min_notice_min": part.min_notice_min,
        "cancel_notice_min": part.cancel_notice_min,
        "daily_limit": part.daily_limit,
        "require_phone_before_booking": part.require_phone_before_booking,
        "phone_source": part.phone_source,
        "ai_prompt_calls": part.ai_prompt_calls,
        "ai_prompt_whatsapp": part.ai_prompt_whatsapp,
        "transfer_to": part.transfer_to,
        **{name: getattr(part, name) for name in CALL_SETTINGS},
        "holidays_calendar": file.holidays_calendar,
        "holidays_closed": file.holidays_closed,
    }
    row, is_new = BusinessSettings.objects.get_or_create(business=business, defaults=wanted)
    if is_new or assign(row, wanted):
        changes.note("settings", "created" if is_new else "changed")


def _owner_rules(business: Business, changes: Changes) -> None:
    """What the file's instructions state counts as confirmed; what is no longer stated holds no longer."""
    changed = set(confirm_all(business, by=None, now=timezone.now()))
    in_force = set(OwnerRule.objects.filter(is_confirmed=True).values_list("field", flat=True))
    for field in sorted(changed):
        changes.note("rules of the instructions", "confirmed" if field in in_force else "dropped")


def _lines(file: BusinessFile, business: Business, changes: Changes) -> None:
    sync(
        changes,
        "lines",
        PhoneLine.objects.all(),
        key=lambda row: row.number,
        wanted=dict.fromkeys(file.lines, _NOTHING_ELSE),
        new=lambda number: PhoneLine(business=business, number=number, verified_at=timezone.now()),
    )


def _resources(file: BusinessFile, business: Business, changes: Changes) -> dict[str, Resource]:
    """The resources of the file by id. A file without any means the one that every business has."""
    parts = file.resources or (ResourcePart(DEFAULT_RESOURCE, business.name[:80]),)
    return sync(
        changes,
        "resources",
        Resource.objects.all(),
        key=lambda row: row.slug,
        wanted={part.id: {"name": part.name, "daily_limit": part.daily_limit, "is_active": True} for part in parts},
        new=lambda slug: Resource(business=business, slug=slug),
    )


def _services(file: BusinessFile, business: Business, resources: Mapping[str, Resource], changes: Changes) -> None:
    rows = sync(
        changes,
        "services",
        Service.objects.prefetch_related("resources"),
        key=lambda row: row.slug,
        wanted={
            part.id: {
                "name": part.name,
                "duration_min": part.duration_min,
                "buffer_before_min": part.buffer_before_min,
                "buffer_after_min": part.buffer_after_min,
                "price": part.price,
                "is_active": True,
            }
            for part in file.services
        },
        new=lambda slug: Service(business=business, slug=slug),
    )
    for part in file.services:
        given_by = {resources[slug].pk for slug in part.resources}
        if given_by != {resource.pk for resource in rows[part.id].resources.all()}:
            rows[part.id].resources.set(given_by)
            changes.note("services", "given by other resources")


def _hours(file: BusinessFile, business: Business, resources: Mapping[str, Resource], changes: Changes) -> None:
    keys = list(_windows(None, file.settings.opening_hours))
    for part in file.resources:
        keys += _windows(resources[part.id].pk, part.hours)
    sync(
        changes,
        "opening hours",
        OpeningHours.objects.all(),
        key=lambda row: (row.resource_id, row.weekday, row.opens, row.closes),
        wanted=dict.fromkeys(keys, _NOTHING_ELSE),
        new=lambda key: OpeningHours(
            business=business, resource_id=key[0], weekday=key[1], opens=key[2], closes=key[3]
        ),
    )


def _windows(resource_id: int | None, week: Week) -> Iterable[_WindowKey]:
    for day, windows in week.items():
        for window in windows:
            yield resource_id, day, window.opens, window.closes


def _closures(file: BusinessFile, business: Business, resources: Mapping[str, Resource], changes: Changes) -> None:
    wanted = dict(_special_days(None, file.closures))
    for part in file.resources:
        wanted |= _special_days(resources[part.id].pk, part.closures)
    sync(
        changes,
        "closures",
        Closure.objects.all(),
        key=lambda row: (row.resource_id, row.on_date, row.opens, row.closes),
        wanted=wanted,
        new=lambda key: Closure(business=business, resource_id=key[0], on_date=key[1], opens=key[2], closes=key[3]),
    )


def _special_days(
    resource_id: int | None, parts: Iterable[ClosurePart]
) -> Iterable[tuple[_ClosureKey, Mapping[str, Any]]]:
    for part in parts:
        values = {"reason": part.reason}
        if not part.hours:
            yield (resource_id, part.date, None, None), values
        for window in part.hours:
            yield (resource_id, part.date, window.opens, window.closes), values


def _faq(file: BusinessFile, business: Business, changes: Changes) -> None:
    sync(
        changes,
        "faq",
        FaqEntry.objects.all(),
        key=lambda row: row.slug,
        wanted={
            part.id: {
                "question": part.question,
                "answer": part.answer,
                "phrasings": list(part.phrasings),
                "valid_from": part.valid_from,
                "valid_until": part.valid_until,
                "is_active": True,
            }
            for part in file.faq
        },
        new=lambda slug: FaqEntry(business=business, slug=slug),
    )
    queue_embedding(business.pk)


def _staff(file: BusinessFile, business: Business, changes: Changes) -> None:
    if file.staff is None:
        return
    users = get_user_model().objects
    people = {user.get_username(): user for user in users.filter(username__in=[part.username for part in file.staff])}
    for part in file.staff:
        if part.username not in people:
            # Nobody can sign in as them before they are given a password; what they may do then is their role's matter.
            people[part.username] = users.create_user(part.username, is_staff=True)
            changes.note("users", "created")
    sync(
        changes,
        "staff",
        Membership.objects.filter(business=business).select_related("user"),
        key=lambda row: row.user.get_username(),
        wanted={part.username: {"role": part.role} for part in file.staff},
        new=lambda username: Membership(business=business, user=people[username]),
    )
