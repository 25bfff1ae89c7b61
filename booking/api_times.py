"""REST: bookable times, and the rules that decide about them (contract section 4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from booking import api_docs, services
from booking.api_forms import PolicyQuery, SlotsQuery, WhyQuery, answer, start_of_query, valid
from booking.policy import BusinessPolicy, windows_on
from booking.rules import write_week
from crm.api import BusinessScoped


class SlotsView(BusinessScoped):
    @extend_schema(parameters=[SlotsQuery], responses=api_docs.SLOTS)
    def get(self, request: Request) -> Response:
        """The bookable times whose local start date is this date."""
        asked = valid(SlotsQuery, request.query_params.dict())
        found = services.find_slots(
            business=self.required_business(),
            date=asked["date"],
            service_id=asked.get("service"),
            resource_id=asked.get("resource"),
            now=timezone.now(),
        )
        return answer(found)


class WhyView(BusinessScoped):
    @extend_schema(parameters=[WhyQuery], responses=api_docs.WHY)
    def get(self, request: Request) -> Response:
        """Whether this time may be booked and, if not, which rule is against it, where it was set, and what is near."""
        asked = valid(WhyQuery, request.query_params.dict())
        business = self.required_business()
        explanation = services.explain(
            business=business,
            start=start_of_query(asked["start_iso"], business),
            service_id=asked.get("service"),
            resource_id=asked.get("resource"),
            now=timezone.now(),
        )
        return Response(explanation.as_dict())


class PolicyView(BusinessScoped):
    @extend_schema(parameters=[PolicyQuery], responses=api_docs.POLICY)
    def get(self, request: Request) -> Response:
        """The rules in force: settings, and what the owner confirmed of the assistant's instructions."""
        valid(PolicyQuery, request.query_params.dict())
        now = timezone.now()
        return Response(_policy(services.effective_policy(self.required_business(), now=now), now))


# What the outside calls it, where the policy's own word differs.
_FIELDS = {
    "slot_size_min": "slot_size_min",
    "allow_24_7": "allow_24_7",
    "booking_window_days": "booking_window_days",
    "min_notice_min": "min_notice_min",
    "cancel_notice_min": "cancel_notice_min",
    "daily_limit": "daily_limit",
    "require_phone_before_booking": "require_phone",
    "phone_source": "phone_source",
}


def _policy(policy: BusinessPolicy, now: datetime) -> dict[str, dict[str, Any]]:
    return {
        "timezone": {"value": str(policy.timezone), "source": "settings"},
        "opening_hours": {
            "value": None if policy.allow_24_7 else write_week(policy.hours),
            "source": policy.sources["hours"],
        },
        "special_days": {"value": _special_days(policy, now), "source": "closures"},
        **{name: {"value": getattr(policy, own), "source": policy.sources[own]} for name, own in _FIELDS.items()},
    }


def _special_days(policy: BusinessPolicy, now: datetime) -> list[dict[str, Any]]:
    """Dates from today to the end of the booking window whose hours are not their weekday's."""
    days = sorted({*policy.closures, *policy.like_friday})
    first, last = policy.local(now).date(), policy.last_date(now)
    return [
        {
            "date": day.isoformat(),
            "name": policy.day_names.get(day, ""),
            "hours": [[f"{window.opens:%H:%M}", f"{window.closes:%H:%M}"] for window in windows_on(policy, day)],
        }
        for day in days
        if first <= day <= last
    ]
