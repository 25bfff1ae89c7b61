"""REST as contract section 4 has it: statuses, shapes, and nothing of anybody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from rest_framework.authtoken.models import Token

from booking import services
from booking.models import Appointment, OwnerRule, Resource
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business
from tests.support.factories import (
    AppointmentFactory,
    ClosureFactory,
    LeadFactory,
    MembershipFactory,
    ServiceFactory,
    SuperuserFactory,
    UserFactory,
)

SIX = "2026-11-22T18:00:00+02:00"
WISH = {
    "business": "dana",
    "start_iso": SIX,
    "customer_name": "דנה כהן",
    "customer_phone": "052-000-0147",
}


class Api:
    """A user of the REST API with a token of theirs."""

    def __init__(self, user: Any) -> None:
        token = Token.objects.create(user=user)
        self.client = Client(headers={"Authorization": f"Token {token.key}"})

    def get(self, address: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{address}", query)

    def post(self, address: str, body: Any, **headers: str) -> Any:
        return self.client.post(f"/api/v1/{address}", body, content_type="application/json", headers=headers)

    def book(self, key: str = "", **changes: Any) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return self.post("appointments/", WISH | changes, **headers)


@pytest.fixture(autouse=True)
def _saturday(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def noa(salon: Business) -> Api:
    """Noa works at Dana's salon and nowhere else."""
    return Api(MembershipFactory(business=salon).user)


@pytest.fixture
def booked(noa: Api) -> int:
    return int(noa.book().json()["appointment_id"])


def appointments(business: Business) -> list[Appointment]:
    with for_business(business):
        return list(Appointment.objects.order_by("pk"))


# --- slots --------------------------------------------------------------------------------------------
def test_the_slots_of_a_day(noa: Api):
    answer = noa.get("slots/", business="dana", date="2026-11-22")
    assert answer.status_code == 200
    body = answer.json()
    assert body["ok"] is True
    assert body["slots"][0] == {"start_iso": "2026-11-22T10:00:00+02:00", "end_iso": "2026-11-22T11:00:00+02:00"}
    assert len(body["slots"]) == 10


def test_a_closed_day_is_an_empty_list(noa: Api, salon: Business):
    ClosureFactory(business=salon, on_date="2026-11-22")
    answer = noa.get("slots/", business="dana", date="2026-11-22")
    assert (answer.status_code, answer.json()) == (200, {"ok": True, "slots": []})


def test_the_slots_of_a_service(noa: Api, salon: Business):
    ServiceFactory(business=salon, slug="color", duration_min=540)
    answer = noa.get("slots/", business="dana", date="2026-11-22", service="color", resource="noa")
    assert [slot["start_iso"][11:16] for slot in answer.json()["slots"]] == ["10:00", "11:00"]


def test_the_slots_of_an_unknown_service(noa: Api):
    answer = noa.get("slots/", business="dana", date="2026-11-22", service="perm")
    assert answer.status_code == 422
    assert answer.json() == {
        "ok": False,
        "error": "unknown_service",
        "message": "השירות, או מי שנותן אותו, לא מוכר.",
        "suggestions": [],
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"business": "dana"}, "date"),
        ({"business": "dana", "date": "22/11/2026"}, "date"),
        ({"business": "dana", "date": "2026-02-30"}, "date"),
        ({"business": "dana", "date": "2026-11-22", "servise": "color"}, "servise"),
        ({"date": "2026-11-22"}, "business"),
    ],
)
def test_a_question_that_cannot_be_read_names_its_field(noa: Api, query: dict[str, str], field: str):
    answer = noa.get("slots/", **query)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


# --- booking ------------------------------------------------------------------------------------------
def test_a_booking_is_created(noa: Api, salon: Business):
    answer = noa.book()
    assert answer.status_code == 201
    [row] = appointments(salon)
    assert answer.json() == {
        "ok": True,
        "appointment_id": row.pk,
        "start_iso": SIX,
        "end_iso": "2026-11-22T19:00:00+02:00",
    }
    assert row.medium == "api"


def test_a_taken_time_is_a_conflict_with_the_nearest_alternatives(noa: Api, salon: Business, booked: int):
    answer = noa.book()
    assert answer.status_code == 409
    assert answer.json() == {
        "ok": False,
        "error": "slot_taken",
        "message": "המועד נתפס.",
        "suggestions": [
            {"start_iso": "2026-11-22T17:00:00+02:00", "end_iso": SIX},
            {"start_iso": "2026-11-22T19:00:00+02:00", "end_iso": "2026-11-22T20:00:00+02:00"},
        ],
    }
    assert len(appointments(salon)) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"start_iso": "2026-11-22T18:00:00"}, "invalid_time"),
        ({"start_iso": "2026-03-27T02:30:00+02:00"}, "invalid_time"),
        ({"service": "perm"}, "unknown_service"),
        ({"resource": "ron"}, "unknown_service"),
        ({"customer_name": ""}, "need_name"),
        ({"customer_name": None}, "need_name"),
        ({"customer_phone": ""}, "need_phone"),
        ({"customer_phone": None}, "need_phone"),
        ({"customer_phone": "5"}, "invalid_phone"),
        ({"start_iso": "2026-11-20T18:00:00+02:00"}, "past"),
        ({"start_iso": "2026-11-21T10:00:00+02:00"}, "too_soon"),
        ({"start_iso": "2027-11-22T18:00:00+02:00"}, "beyond_window"),
        ({"start_iso": "2026-11-24T18:00:00+02:00"}, "closed_day"),
        ({"start_iso": "2026-11-22T09:00:00+02:00"}, "outside_hours"),
        ({"start_iso": "2026-11-22T10:15:00+02:00"}, "off_grid"),
    ],
)
def test_every_other_refusal_is_unprocessable(noa: Api, salon: Business, changes: dict[str, Any], code: str):
    with for_business(salon):
        BusinessSettings.objects.update(min_notice_min=180)
    ClosureFactory(business=salon, on_date="2026-11-24")
    answer = noa.book(**changes)
    assert answer.status_code == 422
    body = answer.json()
    assert set(body) == {"ok", "error", "message", "suggestions"}
    assert (body["ok"], body["error"]) == (False, code)
    assert appointments(salon) == []


@pytest.mark.parametrize("field", ["customer_name", "customer_phone"])
def test_a_missing_name_or_phone_is_asked_for(noa: Api, field: str):
    body = {name: value for name, value in WISH.items() if name != field}
    answer = noa.post("appointments/", body)
    assert answer.status_code == 422
    assert answer.json()["error"] == field.replace("customer", "need")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"start_iso": "tomorrow"}, "start_iso"),
        ({"start_iso": 1795360800}, "start_iso"),
        ({"start_iso": None}, "start_iso"),
        ({"customer_name": 7}, "customer_name"),
        ({"customer_name": ["דנה"]}, "customer_name"),
        ({"customer_name": "ד\x00נה"}, "customer_name"),
        ({"customer_phone": 520000147}, "customer_phone"),
        ({"service": 7}, "service"),
        ({"resource": True}, "resource"),
        ({"business": 7}, "business"),
        ({"start": SIX}, "start"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(noa: Api, salon: Business, changes: dict[str, Any], field: str):
    answer = noa.book(**changes)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]
    assert appointments(salon) == []


@pytest.mark.parametrize("body", ["{", "[]", '"x"', "null"])
def test_a_body_that_is_no_object_is_refused(noa: Api, body: str):
    assert noa.post("appointments/", body).status_code == 400


def test_a_repeated_key_answers_as_the_first_time(noa: Api, salon: Business):
    first = noa.book(key="k1")
    again = noa.book(key="k1")
    other = noa.book(key="k1", start_iso="2026-11-22T12:00:00+02:00")
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 201)
    assert first.json() == again.json() == other.json()
    assert len(appointments(salon)) == 1


def test_a_repeated_key_of_a_refusal_is_refused_again(noa: Api, booked: int):
    assert noa.book(key="k1").status_code == 409
    noa.post(f"appointments/{booked}/cancel/", {})
    assert noa.book(key="k1").status_code == 409


def test_a_repeated_key_answers_the_same_after_the_appointment_moved(noa: Api, salon: Business):
    first = noa.book(key="k1").json()
    noa.post(f"appointments/{first['appointment_id']}/reschedule/", {"start_iso": "2026-11-22T12:00:00+02:00"})
    assert noa.book(key="k1").json() == first


# --- changing -----------------------------------------------------------------------------------------
def test_cancelling(noa: Api, salon: Business, booked: int):
    answer = noa.post(f"appointments/{booked}/cancel/", {})
    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    assert [row.status for row in appointments(salon)] == ["cancelled"]
    assert noa.post(f"appointments/{booked}/cancel/", {}).status_code == 200


def test_moving(noa: Api, salon: Business, booked: int):
    answer = noa.post(f"appointments/{booked}/reschedule/", {"start_iso": "2026-11-22T12:00:00+02:00"})
    assert answer.status_code == 200
    assert answer.json() == {
        "ok": True,
        "appointment_id": booked,
        "start_iso": "2026-11-22T12:00:00+02:00",
        "end_iso": "2026-11-22T13:00:00+02:00",
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"start_iso": "2026-11-22T10:15:00+02:00"}, 422),
        ({"start_iso": "2026-11-22T11:00:00+02:00"}, 409),
        ({"start_iso": "six"}, 400),
        ({}, 400),
        ({"start_iso": SIX, "customer_name": "רות"}, 400),
    ],
)
def test_moves_that_are_refused(noa: Api, salon: Business, booked: int, body: dict[str, str], expected: int):
    assert noa.book(start_iso="2026-11-22T11:00:00+02:00").status_code == 201
    assert noa.post(f"appointments/{booked}/reschedule/", body).status_code == expected
    assert appointments(salon)[0].starts_at == datetime.fromisoformat(SIX)


def test_too_late_for_a_customer(noa: Api, salon: Business, booked: int):
    """Whoever speaks for a customer keeps the business's cut-off; the staff, at its own screen, need not."""
    with for_business(salon):
        BusinessSettings.objects.update(cancel_notice_min=48 * 60)
    for address, body in (("cancel", {}), ("reschedule", {"start_iso": "2026-11-22T12:00:00+02:00"})):
        answer = noa.post(f"appointments/{booked}/{address}/", body)
        assert (answer.status_code, answer.json()["error"]) == (422, "too_late")
        assert set(answer.json()) == {"ok", "error", "message", "suggestions"}
    assert [row.status for row in appointments(salon)] == ["confirmed"]


def test_the_customer_says_they_will_come(noa: Api, salon: Business, booked: int):
    answer = noa.post(f"appointments/{booked}/confirm/", {})
    assert (answer.status_code, answer.json()["appointment_id"]) == (200, booked)
    assert appointments(salon)[0].attendance_confirmed_at is not None
    assert noa.post(f"appointments/{booked}/confirm/", {}).status_code == 200


@pytest.mark.parametrize(("address", "status"), [("complete", "completed"), ("no_show", "no_show")])
def test_what_became_of_it_is_noted_once_it_has_begun(
    noa: Api, salon: Business, booked: int, address: str, status: str
):
    early = noa.post(f"appointments/{booked}/{address}/", {})
    assert (early.status_code, early.json()["error"]) == (409, "not_allowed")
    with time_machine.travel(SIX, tick=False):
        answer = noa.post(f"appointments/{booked}/{address}/", {"business": "dana"})
    assert (answer.status_code, answer.json()) == (
        200,
        {"ok": True, "appointment_id": booked, "start_iso": SIX, "end_iso": "2026-11-22T19:00:00+02:00"},
    )
    assert [row.status for row in appointments(salon)] == [status]


@pytest.mark.parametrize("address", ["cancel", "confirm", "complete", "no_show", "reschedule"])
def test_a_change_takes_no_fields_it_does_not_know(noa: Api, booked: int, address: str):
    assert noa.post(f"appointments/{booked}/{address}/", {"start_iso": SIX, "why": "x"}).status_code == 400


def test_the_history_says_who_did_what_and_when(noa: Api, salon: Business, booked: int):
    noa.post(f"appointments/{booked}/reschedule/", {"start_iso": "2026-11-22T12:00:00+02:00"})
    noa.post(f"appointments/{booked}/cancel/", {})
    user = salon.memberships.get().user.username
    changes = noa.get(f"appointments/{booked}/").json()["changes"]
    assert [(change["kind"], change["old_start_iso"], change["new_start_iso"]) for change in changes] == [
        ("created", None, SIX),
        ("rescheduled", SIX, "2026-11-22T12:00:00+02:00"),
        ("cancelled", None, "2026-11-22T12:00:00+02:00"),
    ]
    rest = {"medium": "api", "by": user, "at": "2026-11-21T08:00:00+02:00", "overrode": "", "reason": ""}
    assert [{name: change[name] for name in rest} for change in changes] == [rest] * 3


def test_the_history_names_an_owners_override(noa: Api, salon: Business):
    owner = MembershipFactory(business=salon, role="owner").user
    booked = services.create_appointment(
        business=salon,
        start_iso="2026-11-22T09:15:00+02:00",
        customer_name="דנה",
        customer_phone="0520000147",
        medium="staff",
        now=datetime.fromisoformat(SIX) - timedelta(days=1),
        by=owner,
        override=services.Override(reason="לקוחה ותיקה"),
    )
    [change] = noa.get(f"appointments/{booked.as_dict()['appointment_id']}/").json()["changes"]
    assert (change["by"], change["overrode"], change["reason"]) == (owner.username, "outside_hours", "לקוחה ותיקה")


def test_what_has_taken_place_is_neither_cancelled_nor_moved(noa: Api, salon: Business):
    with for_business(salon):
        row = AppointmentFactory(business=salon, resource=Resource.objects.get(), status="completed")
    answer = noa.post(f"appointments/{row.pk}/cancel/", {})
    assert (answer.status_code, answer.json()["error"]) == (409, "not_allowed")
    assert noa.post(f"appointments/{row.pk}/reschedule/", {"start_iso": SIX}).status_code == 409


# --- the rules ----------------------------------------------------------------------------------------
def test_why_a_time_is_refused(noa: Api, salon: Business):
    answer = noa.get("slots/why/", business="dana", start_iso="2026-11-22T10:15:00+02:00")
    assert answer.status_code == 200
    assert answer.json() == {
        "ok": False,
        "error": "off_grid",
        "rule": "grid",
        "source": "settings",
        "message": "לא בשעה שנקבעים בה תורים (כל 60 דקות).",
        "suggestions": [
            {"start_iso": "2026-11-22T10:00:00+02:00", "end_iso": "2026-11-22T11:00:00+02:00"},
            {"start_iso": "2026-11-22T11:00:00+02:00", "end_iso": "2026-11-22T12:00:00+02:00"},
        ],
    }


def test_why_and_booking_say_the_same(noa: Api, salon: Business, booked: int):
    ClosureFactory(business=salon, on_date="2026-11-24")
    for start in (SIX, "2026-11-22T09:00:00+02:00", "2026-11-24T10:00:00+02:00", "2026-11-20T10:00:00+02:00"):
        refused, why = noa.book(start_iso=start).json(), noa.get("slots/why/", business="dana", start_iso=start).json()
        assert {name: why[name] for name in refused} == refused
        assert why["rule"]


def test_why_not_is_answered_with_yes_for_a_free_time(noa: Api):
    body = noa.get("slots/why/", business="dana", start_iso=SIX, resource="noa").json()
    assert (body["ok"], body["error"], body["message"]) == (True, None, "המועד פנוי.")


def test_why_takes_an_unescaped_plus_and_names_what_it_cannot_read(noa: Api, salon: Business):
    assert noa.client.get(f"/api/v1/slots/why/?business=dana&start_iso={SIX}").json()["ok"] is True
    assert noa.get("slots/why/", business="dana", start_iso=SIX, service="perm").json()["error"] == "unknown_service"
    assert noa.get("slots/why/", business="dana", start_iso=SIX[:-6]).json()["error"] == "invalid_time"
    for query, field in (({"start_iso": "six"}, "start_iso"), ({}, "start_iso"), ({"start_iso": SIX, "x": 1}, "x")):
        answer = noa.get("slots/why/", business="dana", **query)
        assert (answer.status_code, list(answer.json())) == (400, [field])
    assert noa.get("slots/why/", start_iso=SIX).json() == {"business": ["חובה למלא."]}


def test_the_policy_in_force_with_its_sources(noa: Api, salon: Business):
    with for_business(salon):
        BusinessSettings.objects.update(cancel_notice_min=120, slot_size_min=30)
        OwnerRule.objects.create(field="slot_size_min", value=15, quote="כל רבע שעה", is_confirmed=True)
        OwnerRule.objects.create(field="min_notice_min", value=60, quote="שעה מראש", is_confirmed=False)
    ClosureFactory(business=salon, on_date="2026-12-05", opens="10:00", closes="13:00", reason="ערב מיוחד")
    ClosureFactory(business=salon, on_date="2027-12-05")
    body = noa.get("policy/", business="dana").json()
    days = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
    assert body == {
        "timezone": {"value": "Asia/Jerusalem", "source": "settings"},
        "slot_size_min": {"value": 15, "source": "prompt"},
        "allow_24_7": {"value": False, "source": "settings"},
        "opening_hours": {"value": {day: [["10:00", "20:00"]] for day in days}, "source": "settings"},
        "special_days": {
            "value": [{"date": "2026-12-05", "name": "ערב מיוחד", "hours": [["10:00", "13:00"]]}],
            "source": "closures",
        },
        "booking_window_days": {"value": 30, "source": "settings"},
        "min_notice_min": {"value": 0, "source": "settings"},
        "cancel_notice_min": {"value": 120, "source": "settings"},
        "daily_limit": {"value": None, "source": "settings"},
        "require_phone_before_booking": {"value": True, "source": "settings"},
        "phone_source": {"value": "keypad", "source": "settings"},
    }
    assert noa.get("policy/").json() == body  # her only business goes without saying


# --- lists --------------------------------------------------------------------------------------------
def test_the_list_carries_what_the_contract_names(noa: Api, salon: Business):
    ServiceFactory(business=salon, slug="haircut", duration_min=60)
    noa.book(service="haircut")
    body = noa.get("appointments/", business="dana").json()
    assert set(body) == {"count", "next", "previous", "results"}
    [row] = body["results"]
    expected = {
        "start_iso": SIX,
        "end_iso": "2026-11-22T19:00:00+02:00",
        "status": "confirmed",
        "medium": "api",
        "customer_name": "דנה כהן",
        "customer_phone": "+972520000147",
        "service": "haircut",
        "resource": "noa",
        "call_sid": "",
        "attendance_confirmed_at": None,
    }
    assert {name: row[name] for name in expected} == expected
    one = noa.get(f"appointments/{row['id']}/").json()
    assert {name: one[name] for name in row} == row
    assert set(one) - set(row) == {"changes"}


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_however_long_it_is(
    noa: Api, salon: Business, count: int, django_assert_num_queries: Any
):
    with for_business(salon):
        chair, lead = Resource.objects.get(), LeadFactory(business=salon)
        service = ServiceFactory(business=salon)
    for n in range(count):
        start = datetime.fromisoformat(SIX) + timedelta(days=n)
        AppointmentFactory(business=salon, resource=chair, lead=lead, service=service, starts_at=start)
    with django_assert_num_queries(4):  # token and user, business, count, rows
        assert noa.get("appointments/", business="dana").json()["count"] == count


def test_a_held_time_is_listed_until_it_expires(noa: Api, salon: Business, now: datetime):
    services.hold_time(business=salon, start=datetime.fromisoformat(SIX), call_sid="CA1", now=now)
    [row] = noa.get("appointments/", business="dana", status="held").json()["results"]
    assert (row["start_iso"], row["customer_name"]) == (SIX, "")
    with time_machine.travel(now + timedelta(seconds=91), tick=False):
        assert noa.get("appointments/", business="dana").json()["count"] == 0


def test_the_list_can_be_narrowed(noa: Api, booked: int):
    noa.post(f"appointments/{booked}/cancel/", {})
    assert noa.get("appointments/", business="dana", status="cancelled").json()["count"] == 1
    assert noa.get("appointments/", business="dana", status="confirmed").json()["count"] == 0
    assert list(noa.get("appointments/", business="dana", status="gone").json()) == ["status"]


# --- one business never sees another ------------------------------------------------------------------
@pytest.fixture
def foreign(other_salon: Business, now: datetime) -> Appointment:
    with for_business(other_salon):
        return AppointmentFactory(
            business=other_salon, resource=Resource.objects.get(), starts_at=datetime.fromisoformat(SIX)
        )


def test_another_business_does_not_exist(noa: Api, foreign: Appointment):
    for answer in (
        noa.get("slots/", business="ruth", date="2026-11-22"),
        noa.get("slots/why/", business="ruth", start_iso=SIX),
        noa.get("policy/", business="ruth"),
        noa.get("appointments/", business="ruth"),
        noa.get("appointments/", business="nobody"),
        noa.book(business="ruth"),
        noa.get(f"appointments/{foreign.pk}/"),
        noa.get(f"appointments/{foreign.pk}/", business="dana"),
        noa.post(f"appointments/{foreign.pk}/cancel/", {}),
        noa.post(f"appointments/{foreign.pk}/cancel/", {"business": "dana"}),
        noa.post(f"appointments/{foreign.pk}/reschedule/", {"start_iso": SIX}),
        *(noa.post(f"appointments/{foreign.pk}/{what}/", {}) for what in ("confirm", "complete", "no_show")),
        noa.get("appointments/99999999999999999999999/"),
    ):
        assert answer.status_code == 404
    assert appointments(foreign.business)[0].status == "confirmed"


def test_a_list_without_a_business_has_the_users_own_rows(noa: Api, booked: int, foreign: Appointment):
    assert [row["id"] for row in noa.get("appointments/").json()["results"]] == [booked]


def test_a_user_of_no_business_sees_nothing(noa: Api, booked: int):
    stranger = Api(UserFactory())
    assert stranger.get("appointments/").json()["count"] == 0
    assert stranger.get("slots/", business="dana", date="2026-11-22").status_code == 404


def test_an_administrator_may_name_any_business(noa: Api, booked: int, foreign: Appointment):
    admin = Api(SuperuserFactory())
    assert admin.get("appointments/", business="ruth").json()["count"] == 1
    assert admin.get("appointments/").json()["count"] == 2


def test_nobody_comes_in_without_a_token(salon: Business, client: Client):
    assert client.get("/api/v1/slots/", {"business": "dana", "date": "2026-11-22"}).status_code == 401
    assert client.post("/api/v1/appointments/", WISH, content_type="application/json").status_code == 401
    assert appointments(salon) == []
