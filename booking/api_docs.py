"""REST: what comes out, for the OpenAPI document, with an example of every answer.

`tests/booking/test_api_docs.py` asks for each of them and compares.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from booking.models import AppointmentChange
from crm.api import FIELD_ERRORS, NOT_FOUND, documented
from crm.models import Medium

SIX, SEVEN = "2026-11-24T18:00:00+02:00", "2026-11-24T19:00:00+02:00"
FIVE = "2026-11-24T17:00:00+02:00"
_NEAR = [{"start_iso": FIVE, "end_iso": SIX}, {"start_iso": SEVEN, "end_iso": "2026-11-24T20:00:00+02:00"}]
_SLOT = {"start_iso": SIX, "end_iso": SEVEN}

REFUSALS = {
    "invalid_time": "השעה לא ברורה, או לא קיימת בתאריך הזה.",
    "unknown_service": "השירות, או מי שנותן אותו, לא מוכר.",
    "need_name": "חסר שם.",
    "need_phone": "חסר מספר טלפון.",
    "invalid_phone": "מספר הטלפון לא תקין.",
    "past": "המועד כבר עבר.",
    "too_soon": "פחות מההתראה הנדרשת (שעתיים).",
    "beyond_window": "רחוק מדי: אפשר לקבוע עד 21/12/2026.",
    "closed_day": "סגור ביום שבת 28/11/2026.",
    "outside_hours": "מחוץ לשעות הפתיחה (10:00–20:00).",
    "off_grid": "לא בשעה שנקבעים בה תורים (כל 60 דקות).",
    "slot_taken": "המועד נתפס.",
}
CHANGE_REFUSALS = {
    "not_allowed": "אי אפשר לשנות את התור הזה.",
    "too_late": "אפשר לבטל או להזיז תור עד שעתיים לפני תחילתו. אחר כך רק דרך הצוות.",
}
_ABOUT_FIELDS = ("invalid_time", "unknown_service", "need_name", "need_phone", "invalid_phone", *CHANGE_REFUSALS)
_OTHERS = tuple(code for code in REFUSALS if code != "slot_taken")
_OF_THE_TIME = tuple(code for code in _OTHERS if not code.endswith(("name", "phone")))


# --- shapes ------------------------------------------------------------------------------------------
class SlotShape(serializers.Serializer[Any]):
    start_iso = serializers.DateTimeField()
    end_iso = serializers.DateTimeField()


class SlotsShape(serializers.Serializer[Any]):
    ok = serializers.BooleanField()
    slots = SlotShape(many=True)


class BookedShape(serializers.Serializer[Any]):
    ok = serializers.BooleanField()
    appointment_id = serializers.IntegerField()
    start_iso = serializers.DateTimeField()
    end_iso = serializers.DateTimeField()


class RefusedShape(serializers.Serializer[Any]):
    """Why not, in a code and in a Hebrew sentence, and at most two times that are free, nearest first."""

    ok = serializers.BooleanField()
    error = serializers.ChoiceField([*REFUSALS, *CHANGE_REFUSALS])
    message = serializers.CharField()
    suggestions = SlotShape(many=True)


class WhyShape(serializers.Serializer[Any]):
    """The rule that decides, and where it was set."""

    ok = serializers.BooleanField()
    error = serializers.CharField(allow_null=True)
    rule = serializers.CharField(allow_null=True)
    source = serializers.CharField(  # type: ignore[assignment]  # a key of the answer; the metaclass takes it out of the attributes
        allow_null=True, help_text="settings, prompt, default, closures, resource or calendar"
    )
    message = serializers.CharField()
    suggestions = SlotShape(many=True)


class RuleShape(serializers.Serializer[Any]):
    value = serializers.JSONField()
    source = serializers.CharField(help_text="settings, prompt, default or closures")  # type: ignore[assignment]  # as above


class PolicyShape(serializers.Serializer[Any]):
    timezone = RuleShape()
    slot_size_min = RuleShape()
    allow_24_7 = RuleShape()
    opening_hours = RuleShape(help_text='As in the business file: {"sun": [["10:00", "20:00"]], …}.')
    special_days = RuleShape(help_text="Dates of the booking window on which other windows open, or none.")
    booking_window_days = RuleShape()
    min_notice_min = RuleShape()
    cancel_notice_min = RuleShape()
    daily_limit = RuleShape()
    require_phone_before_booking = RuleShape()
    phone_source = RuleShape()


class ChangeShape(serializers.Serializer[Any]):
    """One thing that happened to an appointment."""

    kind = serializers.ChoiceField(AppointmentChange.Kind.choices)
    medium = serializers.ChoiceField(Medium.choices)
    by = serializers.CharField(allow_null=True, help_text="The signed-in user, if there was one.")
    at = serializers.DateTimeField()
    old_start_iso = serializers.DateTimeField(allow_null=True)
    new_start_iso = serializers.DateTimeField(allow_null=True)
    overrode = serializers.CharField(help_text="The code that an owner's word went against; else empty.")
    reason = serializers.CharField()


# --- answers -----------------------------------------------------------------------------------------
def _refusal(code: str) -> OpenApiExample:
    message = REFUSALS.get(code) or CHANGE_REFUSALS[code]
    suggestions = [] if code in _ABOUT_FIELDS else _NEAR
    return OpenApiExample(code, {"ok": False, "error": code, "message": message, "suggestions": suggestions})


def refusals(description: str, *codes: str) -> OpenApiResponse:
    return OpenApiResponse(RefusedShape, description, [_refusal(code) for code in codes])


_BOOKED = {"ok": True, "appointment_id": 17} | _SLOT
_NOT_NOW = {409: refusals("Its status does not allow it.", "not_allowed")}
FOUND = documented(
    SlotsShape,
    "The bookable times, earliest first; an empty list where there are none.",
    {"ok": True, "slots": [_SLOT]},
)
CREATED = documented(BookedShape, "Booked: the row is committed.", _BOOKED)
CHANGED = documented(BookedShape, "Done: the row is committed.", _BOOKED)
UNREADABLE_START = documented(
    FIELD_ERRORS,
    "A field cannot be read; the body names it.",
    {"start_iso": ["השעה לא ברורה, או לא קיימת בתאריך הזה."]},
)

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Any text of the client's, one per wish. A repeated key answers as the first time, refusals included, "
    "and books nothing new.",
)
WISH = OpenApiExample(
    "a haircut at six",
    {
        "business": "dana",
        "start_iso": SIX,
        "customer_name": "דנה לוי",
        "customer_phone": "052-000-0147",
        "service": "haircut",
        "resource": "noa",
    },
    request_only=True,
)
MOVE = OpenApiExample("an hour later", {"start_iso": SEVEN}, request_only=True)

SLOTS = {
    200: FOUND,
    400: documented(FIELD_ERRORS, "A field cannot be read; the body names it.", {"date": ["לתאריך פורמט שגוי."]}),
    404: NOT_FOUND,
    422: refusals("No such service or resource.", "unknown_service"),
}
CREATE = {
    201: CREATED,
    400: UNREADABLE_START,
    404: NOT_FOUND,
    409: refusals("The time is taken.", "slot_taken"),
    422: refusals("Not bookable; the first code that applies.", *_OTHERS),
}
CANCEL = {200: CHANGED, 404: NOT_FOUND, **_NOT_NOW, 422: refusals("After the business's cut-off.", "too_late")}
RESCHEDULE = {
    200: CHANGED,
    400: UNREADABLE_START,
    404: NOT_FOUND,
    409: refusals("The time is taken, or the status does not allow it.", "slot_taken", "not_allowed"),
    422: refusals("Not bookable, or after the business's cut-off.", "too_late", *_OF_THE_TIME),
}
NOTE = {200: CHANGED, 404: NOT_FOUND, **_NOT_NOW}
WHY = {
    200: OpenApiResponse(
        WhyShape,
        "What the rules say, whether it is yes or no.",
        [
            OpenApiExample(
                "refused",
                {
                    "ok": False,
                    "error": "off_grid",
                    "rule": "grid",
                    "source": "settings",
                    "message": REFUSALS["off_grid"],
                    "suggestions": _NEAR,
                },
            ),
            OpenApiExample(
                "free",
                {
                    "ok": True,
                    "error": None,
                    "rule": None,
                    "source": None,
                    "message": "המועד פנוי.",
                    "suggestions": [_SLOT],
                },
            ),
        ],
    ),
    400: UNREADABLE_START,
    404: NOT_FOUND,
}
POLICY = {
    200: documented(
        PolicyShape,
        "The rules in force, each with where it was set.",
        {
            "timezone": {"value": "Asia/Jerusalem", "source": "settings"},
            "slot_size_min": {"value": 15, "source": "prompt"},
            "allow_24_7": {"value": False, "source": "settings"},
            "opening_hours": {"value": {"sun": [["10:00", "20:00"]]}, "source": "settings"},
            "special_days": {
                "value": [{"date": "2026-12-05", "name": "חנוכה", "hours": [["10:00", "13:00"]]}],
                "source": "closures",
            },
            "booking_window_days": {"value": 30, "source": "settings"},
            "min_notice_min": {"value": 0, "source": "settings"},
            "cancel_notice_min": {"value": 120, "source": "settings"},
            "daily_limit": {"value": None, "source": "settings"},
            "require_phone_before_booking": {"value": True, "source": "settings"},
            "phone_source": {"value": "keypad", "source": "settings"},
        },
    ),
    404: NOT_FOUND,
}
APPOINTMENT: dict[str, Any] = {
    "id": 17,
    **_SLOT,
    "status": "confirmed",
    "medium": "api",
    "customer_name": "דנה לוי",
    "customer_phone": "+972520000147",
    "service": "haircut",
    "resource": "noa",
    "call_sid": "",
    "attendance_confirmed_at": None,
    "created_at": "2026-11-21T08:00:00+02:00",
}
HISTORY = [
    {
        "kind": "created",
        "medium": "api",
        "by": "noa",
        "at": "2026-11-21T08:00:00+02:00",
        "old_start_iso": None,
        "new_start_iso": SIX,
        "overrode": "",
        "reason": "",
    }
]
