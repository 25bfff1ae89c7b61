"""Customers, their timeline, and follow-ups."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import Business, FollowUp, Lead, LeadIdentity, Role
from crm.tenancy import for_business
from tests.support.factories import (
    ActivityFactory,
    BusinessFactory,
    FollowUpFactory,
    LeadFactory,
    LeadIdentityFactory,
)
from tests.support.pages import fields_of, signed_in, text_of


@pytest.fixture
def salon(db: None) -> Business:
    business: Business = BusinessFactory()
    return business


@pytest.fixture
def noa(salon: Business) -> Client:
    return signed_in(salon, Role.STAFF)


def page_of(lead: Lead) -> str:
    return f"/admin/crm/lead/{lead.pk}/change/"


def test_noa_adds_a_customer_with_a_number_as_people_write_it(salon: Business, noa: Client) -> None:
    fields = fields_of(noa.get("/admin/crm/lead/add/")) | {"name": "רונית לוי", "phone": "053-000 0226"}

    assert noa.post("/admin/crm/lead/add/", fields).status_code == 302
    with for_business(salon):
        assert Lead.objects.get().phone == "+972530000226"


def test_the_same_number_twice_is_refused_in_words(salon: Business, noa: Client) -> None:
    LeadFactory(business=salon, phone="+972530000226")
    fields = fields_of(noa.get("/admin/crm/lead/add/")) | {"name": "אחרת", "phone": "0530000226"}

    response = noa.post("/admin/crm/lead/add/", fields)

    assert response.status_code == 200
    assert "המספר כבר רשום אצל לקוח אחר." in text_of(response)


def test_a_wrong_number_is_refused_in_words(salon: Business, noa: Client) -> None:
    fields = fields_of(noa.get("/admin/crm/lead/add/")) | {"phone": "12"}

    assert "מספר הטלפון לא תקין." in text_of(noa.post("/admin/crm/lead/add/", fields))


def test_the_number_is_shown_as_it_is_dialled(salon: Business, noa: Client) -> None:
    lead = LeadFactory(business=salon, phone="+972520000147")

    assert fields_of(noa.get(page_of(lead)))["phone"] == "052-000-0147"
    assert '<bdi dir="ltr">052-000-0147</bdi>' in noa.get("/admin/crm/lead/").content.decode()


def test_the_timeline_is_read_only(salon: Business, noa: Client) -> None:
    lead = LeadFactory(business=salon)
    ActivityFactory(business=salon, lead=lead, text="נקבע תור לתספורת")

    response = noa.get(page_of(lead))

    assert "נקבע תור לתספורת" in text_of(response)
    assert not [name for name in fields_of(response) if name.startswith("activity") and name.endswith("text")]


def test_staff_do_not_delete_customers(salon: Business, noa: Client) -> None:
    lead = LeadFactory(business=salon)

    assert noa.get(f"/admin/crm/lead/{lead.pk}/delete/").status_code == 403
    assert signed_in(salon).get(f"/admin/crm/lead/{lead.pk}/delete/").status_code == 200


def test_follow_ups_say_how_they_stand(salon: Business, noa: Client) -> None:
    now = timezone.now()
    FollowUpFactory(business=salon, reason="ישנה", due_at=now - timedelta(hours=1))
    FollowUpFactory(business=salon, reason="חדשה", due_at=now + timedelta(hours=1))
    done = FollowUpFactory(business=salon, reason="גמורה", due_at=now)

    noa.post("/admin/crm/followup/", {"action": "mark_done", "_selected_action": [done.pk]})

    page = text_of(noa.get("/admin/crm/followup/"))
    assert all(word in page for word in ("באיחור", "פתוחה", "בוצע"))
    with for_business(salon):
        assert [row.reason for row in FollowUp.objects.filter(done_at__isnull=False)] == ["גמורה"]
        assert FollowUp.objects.get(pk=done.pk).done_by_id == int(noa.session["_auth_user_id"])


def test_when_a_follow_up_was_done_is_written_by_doing_it_alone(salon: Business, noa: Client) -> None:
    row = FollowUpFactory(business=salon, reason="להתקשר")
    page = f"/admin/crm/followup/{row.pk}/change/"
    made_up = {"done_at_0": "01/01/2020", "done_at_1": "10:00", "done_at": "2020-01-01 10:00"}

    assert noa.post(page, fields_of(noa.get(page)) | made_up | {"reason": "לחזור"}).status_code == 302

    with for_business(salon):
        row = FollowUp.objects.get()
    assert (row.reason, row.done_at, row.done_by) == ("לחזור", None, None)


def test_a_stage_leads_where_the_house_lets_it_lead(salon: Business, noa: Client) -> None:
    lead = LeadFactory(business=salon, name="דנה", status=Lead.Status.REGULAR)
    page = noa.get(page_of(lead))

    refused = noa.post(page_of(lead), fields_of(page) | {"status": "new"})
    moved = noa.post(page_of(lead), fields_of(page) | {"status": "in_progress"})

    assert 'value="new"' not in page.content.decode()
    assert (refused.status_code, moved.status_code) == (200, 302)
    with for_business(salon):
        assert Lead.objects.get().status == "in_progress"


def test_a_follow_up_for_a_caller_without_a_name_shows_how_to_reach_them(salon: Business, noa: Client) -> None:
    FollowUpFactory(business=salon, lead=LeadFactory(business=salon, name="", phone="+972541119999"))

    page = noa.get("/admin/crm/followup/").content.decode()
    assert '<bdi dir="ltr">054-111-9999</bdi>' in page
    assert "+972541119999" not in page


# --- numbers of people whose cards were made one ----------------------------------------------------------
def test_a_further_number_of_somebody_else_is_refused(salon: Business, noa: Client) -> None:
    LeadIdentityFactory(
        business=salon,
        lead=LeadFactory(business=salon, name="דנה", phone="+972540000001"),
        channel="phone",
        external_id="+972520000147",
    )
    other = LeadFactory(business=salon, name="רון", phone="")

    response = noa.post(page_of(other), fields_of(noa.get(page_of(other))) | {"phone": "052-000-0147"})

    assert response.status_code == 200
    assert "המספר כבר רשום אצל לקוח אחר." in text_of(response)
    with for_business(salon):
        assert Lead.objects.get(pk=other.pk).phone == ""


def test_ones_own_further_number_may_become_the_first(salon: Business, noa: Client) -> None:
    lead = LeadFactory(business=salon, name="דנה", phone="+972540000001")
    LeadIdentityFactory(business=salon, lead=lead, channel="phone", external_id="+972520000147")

    assert noa.post(page_of(lead), fields_of(noa.get(page_of(lead))) | {"phone": "052-000-0147"}).status_code == 302

    with for_business(salon):
        assert Lead.objects.get().phone == "+972520000147"
        assert not LeadIdentity.objects.exists()
