"""The OpenAPI document keeps its word: every example in it is, key for key, what the API answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from booking.models import Appointment, Resource
from booking.policy import DAY_KEYS
from crm.models import Business, BusinessSettings
from crm.tenancy import for_business
from tests.booking.test_api import SIX, WISH, Api
from tests.support.factories import AppointmentFactory, ClosureFactory, MembershipFactory, SuperuserFactory

MINE = ("/api/v1/slots/", "/api/v1/policy/", "/api/v1/appointments/", "/api/v1/leads/")
NEXT = "2026-11-22T12:00:00+02:00"


@pytest.fixture(autouse=True)
def _saturday(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def api(salon: Business) -> Api:
    with for_business(salon):
        BusinessSettings.objects.update(min_notice_min=180)
    ClosureFactory(business=salon, on_date="2026-11-24")
    return Api(MembershipFactory(business=salon).user)


@pytest.fixture
def document(db: None) -> dict[str, Any]:
    body: dict[str, Any] = Api(SuperuserFactory()).client.get("/api/schema/?format=json").json()
    return body


def test_the_document_is_valid_and_drawn_without_a_warning(tmp_path: Path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yaml"))


def test_the_idempotency_key_is_documented(document: dict[str, Any]):
    parameters = document["paths"]["/api/v1/appointments/"]["post"]["parameters"]
    [key] = [parameter for parameter in parameters if parameter["name"] == "Idempotency-Key"]
    assert key["in"] == "header"
    assert "answers as the first time" in key["description"]


def test_no_answer_is_left_without_a_shape(document: dict[str, Any]):
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                for content in answer.get("content", {}).values():
                    assert content["schema"], (path, status)


# --- each example ----------------------------------------------------------------------------------------
CHANGES = {
    "not_allowed": {"start_iso": NEXT},
    "invalid_time": {"start_iso": SIX[:-6]},
    "unknown_service": {"service": "perm"},
    "need_name": {"customer_name": ""},
    "need_phone": {"customer_phone": ""},
    "invalid_phone": {"customer_phone": "5"},
    "past": {"start_iso": "2026-11-20T18:00:00+02:00"},
    "too_soon": {"start_iso": "2026-11-21T10:00:00+02:00"},
    "beyond_window": {"start_iso": "2027-11-22T18:00:00+02:00"},
    "closed_day": {"start_iso": "2026-11-24T18:00:00+02:00"},
    "outside_hours": {"start_iso": "2026-11-22T09:00:00+02:00"},
    "off_grid": {"start_iso": "2026-11-22T10:15:00+02:00"},
    "slot_taken": {"start_iso": NEXT},
}


class World:
    """One salon and a way to be given each documented answer."""

    def __init__(self, api: Api, salon: Business) -> None:
        self.api, self.salon = api, salon

    def answer(self, path: str, method: str, status: int, example: dict[str, Any]) -> Any:
        words = re.findall(r"\w+", path.removeprefix("/api/v1/"))
        ask: Callable[[int, str], Any] = getattr(self, "_".join([method, *words]))
        return ask(status, example.get("error") or "")

    def get_slots(self, status: int, code: str) -> Any:
        query: dict[str, Any] = {"business": "dana", "date": "2026-11-22"}
        query |= {200: {}, 400: {"date": "x"}, 404: {"business": "ruth"}, 422: {"service": "perm"}}[status]
        return self.api.get("slots/", **query)

    def get_slots_why(self, status: int, code: str) -> Any:
        query: dict[str, Any] = {"business": "dana", "start_iso": CHANGES.get(code, {}).get("start_iso", SIX)}
        query |= {200: {}, 400: {"start_iso": "x"}, 404: {"business": "ruth"}}[status]
        return self.api.get("slots/why/", **query)

    def get_policy(self, status: int, code: str) -> Any:
        return self.api.get("policy/", business={200: "dana", 404: "ruth"}[status])

    def get_appointments(self, status: int, code: str) -> Any:
        self.booked()
        return self.api.get("appointments/", business="dana")

    def get_appointments_id(self, status: int, code: str) -> Any:
        return self.api.get(f"appointments/{self.row_for(status)}/")

    def get_leads(self, status: int, code: str) -> Any:
        self.booked()
        return self.api.get("leads/")

    def get_leads_id(self, status: int, code: str) -> Any:
        self.booked()
        with for_business(self.salon):
            lead = Appointment.objects.get().lead_id
        return self.api.get(f"leads/{lead if status == 200 else 0}/")

    def post_appointments(self, status: int, code: str) -> Any:
        if code == "slot_taken":
            self.booked(NEXT)
        special = {400: {"start_iso": "six"}, 404: {"business": "ruth"}}.get(status, CHANGES.get(code, {}))
        return self.api.post("appointments/", WISH | special)

    def post_appointments_id_reschedule(self, status: int, code: str) -> Any:
        row = self.row_for(status, code)
        if code == "slot_taken":
            self.booked(NEXT)
        start = "six" if status == 400 else CHANGES.get(code, {}).get("start_iso", NEXT)
        if code == "unknown_service":
            with for_business(self.salon):
                Resource.objects.update(is_active=False)
        return self.api.post(f"appointments/{row}/reschedule/", {"start_iso": start})

    def post_appointments_id_cancel(self, status: int, code: str) -> Any:
        return self.api.post(f"appointments/{self.row_for(status, code)}/cancel/", {})

    def post_appointments_id_confirm(self, status: int, code: str) -> Any:
        return self.api.post(f"appointments/{self.row_for(status, code)}/confirm/", {})

    def post_appointments_id_complete(self, status: int, code: str) -> Any:
        return self.noted("complete", status, code)

    def post_appointments_id_no_show(self, status: int, code: str) -> Any:
        return self.noted("no_show", status, code)

    def noted(self, what: str, status: int, code: str) -> Any:
        row = self.booked() if status != 404 else 0
        with time_machine.travel(datetime.fromisoformat(SIX) + timedelta(hours=0 if status == 200 else -1), tick=False):
            return self.api.post(f"appointments/{row}/{what}/", {})

    def row_for(self, status: int, code: str = "") -> int:
        """A row that brings about this answer: none, one that is over, one that is near, or an ordinary one."""
        if status == 404:
            return 0
        if code == "not_allowed":
            with for_business(self.salon):
                return int(
                    AppointmentFactory(business=self.salon, resource=Resource.objects.get(), status="completed").pk
                )
        row = self.booked()
        if code == "too_late":
            with for_business(self.salon):
                BusinessSettings.objects.update(cancel_notice_min=48 * 60)
        return row

    def booked(self, start: str = SIX) -> int:
        return int(self.api.book(start_iso=start).json()["appointment_id"])


def same_keys(documented: Any, answered: Any) -> bool:
    """Whether both have the same keys all the way down, and values of one kind where neither is null."""
    if isinstance(documented, dict) and documented.keys() <= set(DAY_KEYS):
        return isinstance(answered, dict) and answered.keys() <= set(DAY_KEYS)  # opening hours: keys are data
    if isinstance(documented, dict) and isinstance(answered, dict):
        return documented.keys() == answered.keys() and all(
            same_keys(documented[key], answered[key]) for key in documented
        )
    if isinstance(documented, list) and isinstance(answered, list):
        return all(same_keys(documented[0], item) for item in answered[:1]) if documented else True
    return documented is None or answered is None or type(documented) is type(answered)


def examples(document: dict[str, Any]) -> Iterator[tuple[str, str, int, str, Any]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                for content in answer.get("content", {}).values():
                    for name, example in content.get("examples", {}).items():
                        yield path, method, int(status), name, example["value"]


def own_examples() -> list[tuple[str, str, int, str]]:
    """Collected without a database, so that each is a test of its own."""
    from drf_spectacular.generators import SchemaGenerator

    document = SchemaGenerator().get_schema(request=None, public=True)
    return [found[:4] for found in examples(document) if found[0].startswith(MINE)]


@pytest.mark.parametrize(("path", "method", "status", "name"), own_examples())
def test_an_example_is_what_the_api_answers(
    api: Api, salon: Business, document: dict[str, Any], path: str, method: str, status: int, name: str
):
    [example] = [found[4] for found in examples(document) if found[:4] == (path, method, status, name)]
    answer = World(api, salon).answer(path, method, status, example)

    assert answer.status_code == status
    body = answer.json()
    if status == 400:  # each broken field would have its own name
        assert all(isinstance(sentence, str) for sentences in body.values() for sentence in sentences)
        assert list(body) == list(example)
        return
    assert same_keys(example, body), (example, body)
    if "error" in example:
        assert body["error"] == example["error"]


def test_every_answer_of_every_own_address_has_an_example():
    from drf_spectacular.generators import SchemaGenerator

    document = SchemaGenerator().get_schema(request=None, public=True)
    bare = [
        (path, method, status)
        for path, operations in document["paths"].items()
        if path.startswith(MINE)
        for method, operation in operations.items()
        for status, answer in operation["responses"].items()
        if not all(content.get("examples") for content in answer.get("content", {"": {}}).values())
    ]
    assert bare == []
