"""The lists of the REST API: whose rows, which fields, how many queries."""

from __future__ import annotations

import datetime as dt
import logging

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from agentlocator.logs import LineFormatter
from calls.models import CallSession
from crm.models import Lead, Medium, Role
from crm.tenancy import current_business_id, for_business
from tests.support.factories import (
    NOW,
    AppointmentFactory,
    BusinessFactory,
    CallSessionFactory,
    LeadFactory,
    MembershipFactory,
    SuperuserFactory,
    TurnFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

LISTS = ["/api/v1/leads/", "/api/v1/calls/", "/api/v1/appointments/"]


def client_of(user):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.get_or_create(user=user)[0].key}")
    return client


@pytest.fixture
def salon():
    return BusinessFactory(slug="dana")


@pytest.fixture
def garage():
    return BusinessFactory(slug="garage")


@pytest.fixture
def noa(salon):
    """Noa, who works at the salon only."""
    return client_of(MembershipFactory(business=salon).user)


def rows(response):
    assert response.status_code == 200, response.content
    assert set(response.json()) == {"count", "next", "previous", "results"}
    assert response.json()["count"] == len(response.json()["results"])
    return response.json()["results"]


# --- Whose rows ---
@pytest.mark.parametrize("address", [*LISTS, "/api/v1/turns/?call=CA1", "/api/v1/slots/"])
def test_without_a_token_nothing_is_answered(address):
    assert APIClient().get(address).status_code == 401


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("slug", ["garage", "no-such-business", "", "dana\x00", "דנה", "d" * 60])
def test_another_business_and_none_at_all_are_the_same_404(noa, garage, address, slug):
    assert noa.get(address, {"business": slug}).status_code == 404


@pytest.mark.parametrize("address", LISTS)
def test_lists_hold_the_rows_of_the_named_business(noa, salon, garage, address):
    AppointmentFactory(business=garage)
    CallSessionFactory(business=garage)
    assert rows(noa.get(address, {"business": "dana"})) == []
    appointment = AppointmentFactory(business=salon)
    CallSessionFactory(business=salon, lead=appointment.lead)
    assert len(rows(noa.get(address, {"business": "dana"}))) == 1
    assert len(rows(noa.get(address))) == 1  # her only business goes without saying


def test_who_works_in_two_businesses_sees_both_or_the_named_one(salon, garage):
    user = MembershipFactory(business=salon).user
    MembershipFactory(business=garage, user=user)
    mine, other, _foreign = LeadFactory(business=salon), LeadFactory(business=garage), LeadFactory()
    client = client_of(user)
    assert {row["id"] for row in rows(client.get("/api/v1/leads/"))} == {mine.pk, other.pk}
    assert [row["id"] for row in rows(client.get("/api/v1/leads/", {"business": "garage"}))] == [other.pk]


def test_who_works_nowhere_sees_nothing(salon):
    LeadFactory(business=salon)
    client = client_of(UserFactory())
    assert rows(client.get("/api/v1/leads/")) == []
    assert client.get("/api/v1/leads/", {"business": "dana"}).status_code == 404


def test_a_platform_admin_sees_every_business(salon, garage):
    LeadFactory(business=salon)
    LeadFactory(business=garage)
    client = client_of(SuperuserFactory())
    assert len(rows(client.get("/api/v1/leads/"))) == 2
    assert len(rows(client.get("/api/v1/leads/", {"business": "garage"}))) == 1
    assert client.get("/api/v1/leads/", {"business": "nowhere"}).status_code == 404


def test_single_rows_of_another_business_are_404(noa, garage):
    lead, call = LeadFactory(business=garage), CallSessionFactory(business=garage, call_sid="CA1")
    TurnFactory(business=garage, call=call)
    assert noa.get(f"/api/v1/leads/{lead.pk}/").status_code == 404
    assert noa.get("/api/v1/calls/CA1/").status_code == 404
    assert noa.get("/api/v1/turns/", {"call": "CA1"}).status_code == 404
    assert noa.get("/api/v1/turns/", {"call": "CA1", "business": "garage"}).status_code == 404


def test_the_token_and_not_the_session_decides(noa, salon, garage):
    LeadFactory(business=salon)
    LeadFactory(business=garage)
    noa.force_login(MembershipFactory(business=garage).user)
    assert len(rows(noa.get("/api/v1/leads/", {"business": "dana"}))) == 1


def test_no_scope_is_left_behind(noa):
    noa.get("/api/v1/leads/")
    noa.get("/api/v1/leads/", {"business": "garage"})
    assert current_business_id() is None


@pytest.mark.parametrize(
    ("body", "status"),
    [({"business": 5}, 400), ({"business": None}, 400), ({"business": ["dana"]}, 400), ({}, 400), ([], 400), ("x", 400),
     ({"business": "garage"}, 404), ({"business": ""}, 404)],
)  # fmt: skip  # pairs
def test_a_body_that_names_no_business_of_the_user_is_refused(noa, garage, body, status):
    response = noa.post("/api/v1/appointments/", body, format="json")
    assert response.status_code == status
    if isinstance(body, dict) and status == 400:
        assert "business" in response.json()


# --- Leads ---
def test_a_lead_as_the_contract_has_it(noa, salon):
    lead = LeadFactory(business=salon, name="דנה לוי", phone="+972520000147")
    expected = {
        "id": lead.pk,
        "name": "דנה לוי",
        "phone": "+972520000147",
        "status": "new",
        "source": "phone",
        "created_at": "2026-11-24T10:00:00+02:00",
    }
    assert rows(noa.get("/api/v1/leads/")) == [expected]
    assert noa.get(f"/api/v1/leads/{lead.pk}/").json() == expected


def test_leads_are_filtered_by_stage_source_and_number(noa, salon):
    dana = LeadFactory(business=salon, phone="+972520000147", status=Lead.Status.BOOKED)
    yossi = LeadFactory(business=salon, source=Medium.WHATSAPP)

    def found(**query):
        return [row["id"] for row in rows(noa.get("/api/v1/leads/", query))]

    assert found() == [yossi.pk, dana.pk]
    assert found(status="booked") == [dana.pk]
    assert found(source="whatsapp") == [yossi.pk]
    assert found(phone="052-000-0147") == [dana.pk]


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/api/v1/leads/?status=great", "status"),
        ("/api/v1/leads/?source=", "source"),
        ("/api/v1/leads/?phone=12", "phone"),
        ("/api/v1/leads/?phone=%00", "phone"),
        ("/api/v1/calls/?outcome=great", "outcome"),
        ("/api/v1/calls/?started_after=yesterday", "started_after"),
        ("/api/v1/turns/", "call"),
        ("/api/v1/turns/?call=", "call"),
        ("/api/v1/turns/?call=%00", "call"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_by_name(noa, address, field):
    response = noa.get(address)
    assert response.status_code == 400
    assert list(response.json()) == [field]


@pytest.mark.parametrize(
    "address",
    ["/api/v1/leads/999999999999999999999999/", "/api/v1/leads/x/", "/api/v1/calls/%00/", "/api/v1/leads/?page=99"],
)
def test_addresses_of_nothing_are_404(noa, address):
    assert noa.get(address).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_leads_and_calls_are_read_only(noa, salon, method):
    lead = LeadFactory(business=salon)
    assert getattr(noa, method)("/api/v1/leads/", {}, format="json").status_code == 405
    assert getattr(noa, method)(f"/api/v1/leads/{lead.pk}/", {}, format="json").status_code == 405


# --- Calls and turns ---
def test_a_call_as_the_contract_has_it(noa, salon):
    appointment = AppointmentFactory(business=salon)
    CallSessionFactory(
        business=salon,
        call_sid="CA1",
        from_number="+972520000147",
        to_number="+97233334444",
        outcome=CallSession.Outcome.BOOKED,
        duration_s=95,
        summary="נקבע תור",
        appointment=appointment,
        lead=appointment.lead,
        dead_air_ms=1200,
        false_claims=1,
        cost_microusd=123_456,
    )
    expected = {
        "call_sid": "CA1",
        "from": "+972520000147",
        "to": "+97233334444",
        "status": "completed",
        "outcome": "booked",
        "started_at": "2026-11-24T10:00:00+02:00",
        "duration_s": 95,
        "summary": "נקבע תור",
        "appointment_id": appointment.pk,
        "lead_id": appointment.lead_id,
        "dead_air_ms": 1200,
        "false_claims": 1,
    }
    assert rows(noa.get("/api/v1/calls/")) == [expected]
    assert noa.get("/api/v1/calls/CA1/").json() == expected


def test_what_a_call_cost_is_told_to_its_owner_alone(salon, garage):
    """Dana owns the salon and works at the garage."""
    dana = MembershipFactory(business=salon, role=Role.OWNER).user
    MembershipFactory(business=garage, user=dana)
    CallSessionFactory(business=salon, call_sid="CA1", cost_microusd=123_456)
    CallSessionFactory(business=garage, call_sid="CA2", cost_microusd=654_321)

    told = {row["call_sid"]: row.get("cost_microusd") for row in rows(client_of(dana).get("/api/v1/calls/"))}

    assert told == {"CA1": 123_456, "CA2": None}
    assert client_of(dana).get("/api/v1/calls/CA1/?business=dana").json()["cost_microusd"] == 123_456
    assert "cost_microusd" not in client_of(dana).get("/api/v1/calls/CA2/?business=garage").json()
    assert client_of(SuperuserFactory()).get("/api/v1/calls/CA2/").json()["cost_microusd"] == 654_321


def test_calls_are_listed_newest_first_and_filtered(noa, salon):
    def call(sid, hours, **values):
        CallSessionFactory(business=salon, call_sid=sid, started_at=NOW + dt.timedelta(hours=hours), **values)

    def found(**query):
        return [row["call_sid"] for row in rows(noa.get("/api/v1/calls/", query))]

    call("CA1", 0, outcome="booked", from_number="+972520000147")
    call("CA2", 1, status="in-progress", from_number="+972520000148")
    assert found() == ["CA2", "CA1"]
    assert found(status="in-progress") == ["CA2"]
    assert found(outcome="booked") == ["CA1"]
    assert found(phone="0520000147") == ["CA1"]
    assert found(started_after=(NOW + dt.timedelta(hours=1)).isoformat()) == ["CA2"]
    assert found(started_before=(NOW + dt.timedelta(hours=1)).isoformat()) == ["CA1"]


def test_the_turns_of_a_call_in_their_order(noa, salon):
    call = CallSessionFactory(business=salon, call_sid="CA1")
    metrics = {"TOTAL_LATENCY_MS": 1400, "BARGE_IN_HIT": False}
    TurnFactory(
        business=salon, call=call, index=1, speaker="assistant", text="שלום", heard_fraction=0.5, metrics=metrics
    )
    TurnFactory(business=salon, call=call, index=0, text="היי", at_ms=10)
    TurnFactory(business=salon, index=0)  # of another call
    assert rows(noa.get("/api/v1/turns/", {"call": "CA1"})) == [
        {"index": 0, "speaker": "caller", "text": "היי", "heard_fraction": 1.0, "at_ms": 10, "metrics": {}},
        {"index": 1, "speaker": "assistant", "text": "שלום", "heard_fraction": 0.5, "at_ms": 1000, "metrics": metrics},
    ]


def test_lists_come_in_pages(noa, salon):
    for _ in range(51):
        LeadFactory(business=salon)
    page = noa.get("/api/v1/leads/", {"business": "dana"}).json()
    assert (page["count"], len(page["results"]), page["previous"]) == (51, 50, None)
    last = noa.get(page["next"]).json()
    assert (len(last["results"]), last["next"]) == (1, None)


# --- Cost ---
def queries_of(client, address):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("address", [*LISTS, "/api/v1/turns/?call=CA0"])
def test_the_number_of_queries_does_not_grow_with_the_rows(noa, salon, address):
    def add(n):
        appointment = AppointmentFactory(business=salon, starts_at=NOW + dt.timedelta(days=n))
        call = CallSessionFactory(business=salon, call_sid=f"CA{n}", appointment=appointment, lead=appointment.lead)
        TurnFactory(business=salon, call=call if n == 0 else CallSession.objects.get(call_sid="CA0"))

    with for_business(salon):
        add(0)
        with_one = queries_of(noa, address)
        add(1)
        add(2)
        assert queries_of(noa, address) == with_one


def test_the_schema_describes_the_lists_without_a_warning(capsys):
    schema = client_of(SuperuserFactory()).get("/api/schema/?format=json").json()
    assert set(schema["components"]["schemas"]["Call"]["properties"]) >= {"from", "to", "lead_id", "dead_air_ms"}
    names = {parameter["name"] for parameter in schema["paths"]["/api/v1/turns/"]["get"]["parameters"]}
    assert names >= {"call", "business", "page"}
    assert "Warning" not in capsys.readouterr().err


def test_a_refused_request_leaves_no_number_in_the_log(noa, garage, caplog):
    noa.get("/api/v1/leads/", {"phone": "052-000-0147", "business": "garage"})
    assert [record.name for record in caplog.records] == ["django.request"]
    assert "0147" not in LineFormatter().format(caplog.records[0])


def test_every_line_goes_through_the_formatter_that_hides_secrets():
    """Django brings handlers of its own, which know nothing of it."""
    assert logging.getLogger("django").handlers == []
    assert logging.getLogger("django").propagate
