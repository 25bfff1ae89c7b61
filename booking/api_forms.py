"""REST: what comes in, read strictly, and booking results on their way out with their status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from django.http import Http404
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from booking import wording
from booking.models import Appointment
from booking.policy import Unreadable, read_start
from booking.results import Refused
from crm.api import StrictSerializer, StrictText
from crm.models import Business, Medium

_STATUS_OF_CODE = {
    "slot_taken": status.HTTP_409_CONFLICT,
    "not_allowed": status.HTTP_409_CONFLICT,
}
_PLUS_AS_SPACE = re.compile(r"(?<=\d) (?=\d\d:?\d\d$)")  # an unescaped + of a query arrives as a space


class SlotsQuery(StrictSerializer):
    business = StrictText(help_text="The business's short name.")
    date = serializers.DateField(help_text="The local date, YYYY-MM-DD.")
    service = StrictText(required=False, help_text="The service's id in the business file.")
    resource = StrictText(required=False, help_text="The resource's id in the business file.")


class WhyQuery(StrictSerializer):
    business = StrictText(help_text="The business's short name.")
    start_iso = StrictText(help_text="ISO 8601 with an offset, its + escaped as %2B.")
    service = StrictText(required=False, help_text="The service's id in the business file.")
    resource = StrictText(required=False, help_text="The resource's id in the business file.")


class PolicyQuery(StrictSerializer):
    business = StrictText(required=False, help_text="The business's short name; needless for whoever has one only.")


class AppointmentQuery(serializers.Serializer[Any]):
    business = serializers.CharField(required=False)
    status = serializers.ChoiceField(Appointment.Status.choices, required=False)
    medium = serializers.ChoiceField(Medium.choices, required=False)
    call_sid = serializers.CharField(required=False)


class NewAppointment(StrictSerializer):
    """A missing name or phone is not a broken request: the booking core answers `need_name`, `need_phone`."""

    business = StrictText()
    start_iso = StrictText(help_text="ISO 8601 with an offset.")
    customer_name = StrictText(required=False, allow_blank=True, allow_null=True, max_length=120)
    customer_phone = StrictText(required=False, allow_blank=True, allow_null=True)
    service = StrictText(required=False, allow_null=True)
    resource = StrictText(required=False, allow_null=True)


class NewStart(StrictSerializer):
    business = StrictText(required=False)
    start_iso = StrictText(help_text="ISO 8601 with an offset.")


class NoFields(StrictSerializer):
    business = StrictText(required=False)


def valid(form: type[StrictSerializer], data: Any) -> Mapping[str, Any]:
    checked = form(data=data)
    checked.is_valid(raise_exception=True)
    return cast(Mapping[str, Any], checked.validated_data)


def start_of_query(text: str, business: Business) -> str:
    """The start that a query names; a 400 if it is no time at all."""
    start = _PLUS_AS_SPACE.sub("+", text) if "T" in text else text
    if read_start(start, business.timezone) is Unreadable.NOT_A_TIME:
        raise ValidationError({"start_iso": [wording.refusal("invalid_time")]})
    return start


def answer(result: Any, *, success: int = status.HTTP_200_OK) -> Response:
    """The result as contract section 4 has it, with its status."""
    if not isinstance(result, Refused):
        return Response(result.as_dict(), status=success)
    if result.unparseable:
        raise ValidationError({"start_iso": [result.message]})
    if result.code == "unknown_appointment":
        raise Http404
    return Response(result.as_dict(), status=_STATUS_OF_CODE.get(result.code, status.HTTP_422_UNPROCESSABLE_ENTITY))
