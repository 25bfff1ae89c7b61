"""Noa changes several customers at once, drags one, and takes it back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from crm.models import Business, FollowUp, Lead, LeadTag, Role, Tag
from crm.pages.lead_bulk import AT_ONCE
from crm.tenancy import for_business
from tests.agentlocator.leads.conftest import member
from tests.support.factories import FollowUpFactory, LeadFactory, LeadTagFactory, TagFactory
from tests.support.pages import text_of

LIST = "/leads/?view=list"


def do(client: Client, leads: list[Lead], act: str, **fields: str) -> str:
    """The words of the toast on the next page."""
    ids = [str(lead.pk) for lead in leads]
    response = client.post("/leads/bulk/", {"ids": ids, "act": act, "next": LIST, **fields})
    assert response["Location"] == LIST
    return toast_of(client.get(LIST))


def toast_of(page: HttpResponse) -> str:
    html = page.content.decode()
    part = html[html.index('id="toasts"') :]
    return part[: part.index("</div>")]


def take_back(client: Client, toast: str) -> str:
    address = toast.split('action="')[1].split('"')[0]
    return text_of(client.post(address, follow=True))


def stages(business: Business) -> list[str]:
    with for_business(business):
        return list(Lead.objects.order_by("pk").values_list("status", flat=True))


def test_a_stage_for_many_and_back(salon: Business, noa: Client) -> None:
    leads = [LeadFactory(business=salon, status=stage) for stage in ("new", "new", "booked", "in_progress")]

    toast = do(noa, leads, "stage:in_progress")

    assert "3 לקוחות עברו אל ״בטיפול״." in toast
    assert stages(salon) == ["in_progress"] * 4
    with for_business(salon):
        Lead.objects.filter(pk=leads[0].pk).update(status="regular")  # somebody moved on meanwhile
    assert "שני לקוחות חזרו למצב הקודם." in take_back(noa, toast)
    assert stages(salon) == ["regular", "new", "booked", "in_progress"]
    assert "כבר אי אפשר לבטל את הפעולה." in take_back(noa, toast)


def test_who_may_not_move_is_told_with_the_reason(salon: Business, noa: Client) -> None:
    leads = [LeadFactory(business=salon, status=stage) for stage in ("new", "regular", "regular")]

    toast = do(noa, leads, "stage:booked")

    assert "לקוח אחד עבר אל ״נקבע תור״. שני לקוחות לא עברו. מ״קבועים״ לא עוברים אל ״נקבע תור״." in toast
    assert stages(salon) == ["booked", "regular", "regular"]


def test_tags_are_put_on_and_taken_off(salon: Business, noa: Client) -> None:
    leads = [LeadFactory(business=salon) for _ in range(3)]
    LeadTagFactory(business=salon, lead=leads[0], tag=TagFactory(business=salon, name="כלה"))

    toast = do(noa, leads, "tag_add", name=" כלה ")
    assert "התגית ״כלה״ נוספה לשני לקוחות. אצל לקוח אחד לא היה מה לשנות." in toast
    with for_business(salon):
        assert (Tag.objects.count(), LeadTag.objects.count()) == (1, 3)
    take_back(noa, toast)
    with for_business(salon):
        assert [link.lead_id for link in LeadTag.objects.all()] == [leads[0].pk]

    toast = do(noa, leads, "tag_remove", name="כלה")
    assert "התגית ״כלה״ הוסרה מלקוח אחד." in toast
    take_back(noa, toast)
    with for_business(salon):
        assert LeadTag.objects.count() == 1
    assert "אין תגית כזאת." in do(noa, leads, "tag_remove", name="אין")
    assert "צריך לכתוב את התגית." in do(noa, leads, "tag_add", name=" ")


def test_people_are_given_to_a_member_and_back(
    salon: Business, noa: Client, noa_herself: User, dana_herself: User
) -> None:
    leads = [LeadFactory(business=salon), LeadFactory(business=salon, assigned_to=dana_herself)]

    toast = do(noa, leads, f"assign:{noa_herself.pk}")
    assert "שני לקוחות עברו לאחריות נועה." in toast
    take_back(noa, toast)
    with for_business(salon):
        assert list(Lead.objects.order_by("pk").values_list("assigned_to", flat=True)) == [None, dana_herself.pk]
    assert "לקוח אחד בלי אחראי. אצל לקוח אחד לא היה מה לשנות." in do(noa, leads, "assign:")


def test_a_follow_up_for_each_and_back(salon: Business, noa: Client, noa_herself: User) -> None:
    leads = [LeadFactory(business=salon) for _ in range(2)]
    fields = {"reason": "לחזור עם מחיר", "when": "tomorrow", "to": str(noa_herself.pk), "key": "k1"}

    toast = do(noa, leads, "follow_up", **fields)
    assert "נוספו שתי משימות." in toast
    do(noa, leads, "follow_up", **fields)  # the same form, sent again
    with for_business(salon):
        rows = list(FollowUp.objects.order_by("pk"))
        assert [(row.lead_id, row.reason, row.assigned_to_id) for row in rows] == [
            (lead.pk, "לחזור עם מחיר", noa_herself.pk) for lead in leads
        ]
        assert all(row.due_at > timezone.now() for row in rows)
        FollowUp.objects.filter(pk=rows[0].pk).update(done_at=timezone.now())
    take_back(noa, toast)
    with for_business(salon):
        assert [row.pk for row in FollowUp.objects.all()] == [rows[0].pk]
    assert "נוספו" not in do(noa, leads, "follow_up", reason="", when="tomorrow")


@pytest.mark.parametrize("act", ["stage:irrelevant", "tag_add", "tag_remove", "assign:", "follow_up"])
def test_a_customer_of_the_garage_among_them_stops_everything(
    salon: Business, garage: Business, noa: Client, act: str
) -> None:
    ours, theirs = LeadFactory(business=salon), LeadFactory(business=garage)
    fields = {"ids": [ours.pk, theirs.pk], "act": act, "name": "כלה", "reason": "לחזור", "when": "hour"}

    assert noa.post("/leads/bulk/", fields).status_code == 404

    assert stages(salon) == stages(garage) == ["new"]
    for business in (salon, garage):
        with for_business(business):
            assert not LeadTag.objects.exists()
            assert not FollowUp.objects.exists()


def test_nobody_of_the_garage_is_given_a_customer(salon: Business, garage: Business, noa: Client) -> None:
    lead, ron = LeadFactory(business=salon), member(garage, Role.STAFF, "ron", "רון")

    for answer in (
        noa.post("/leads/bulk/", {"ids": [lead.pk], "act": f"assign:{ron.pk}"}),
        noa.post(f"/leads/{lead.pk}/assign/", {"who": ron.pk}),
        noa.get(f"{LIST}&who={ron.pk}"),
    ):
        assert answer.status_code == 404
    fields = {"ids": [lead.pk], "act": "follow_up", "reason": "לחזור", "when": "hour", "to": ron.pk}
    noa.post("/leads/bulk/", fields)
    with for_business(salon):
        assert not FollowUp.objects.exists()
        assert Lead.objects.get().assigned_to is None


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"act": "stage:booked"}, "לא נבחרו לקוחות."),
        ({"act": "stage:booked", "ids": ["x", "-1", "٣"]}, "לא נבחרו לקוחות."),
        ({"act": "stage:booked", "ids": [str(n) for n in range(1, AT_ONCE + 2)]}, "אפשר לשנות עד 500 לקוחות יחד."),
    ],
)
def test_nobody_or_too_many_is_told(salon: Business, noa: Client, fields: dict[str, object], told: str) -> None:
    noa.post("/leads/bulk/", fields)

    assert told in text_of(noa.get(LIST))


@pytest.mark.parametrize("act", ["", "nonsense", "stage:nonsense", "stage:"])
def test_an_action_that_is_none_changes_nothing(salon: Business, noa: Client, act: str) -> None:
    lead = LeadFactory(business=salon)

    toast = do(noa, [lead], act)

    assert 'role="alert"' in toast
    assert stages(salon) == ["new"]


def test_the_way_back_leads_nowhere_outside(salon: Business, noa: Client) -> None:
    lead = LeadFactory(business=salon)
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        fields = {"ids": [lead.pk], "act": "stage:booked", "next": elsewhere}
        assert noa.post("/leads/bulk/", fields)["Location"] == "/leads/"


# --- one card, dragged ------------------------------------------------------------------------------------
def test_a_dragged_card_stays_where_it_may(salon: Business, noa: Client) -> None:
    lead = LeadFactory(business=salon)

    moved = noa.post(f"/leads/{lead.pk}/move/", {"to": "in_progress"}, headers={"HX-Request": "true"})
    assert (moved.status_code, stages(salon)) == (204, ["in_progress"])
    assert "undo" in moved["HX-Trigger"]

    refused = noa.post(f"/leads/{lead.pk}/move/", {"to": "new"}, headers={"HX-Request": "true"})
    assert (refused.status_code, stages(salon)) == (422, ["in_progress"])
    assert b'"failed": true' in refused["HX-Trigger"].encode()


def test_without_scripts_the_menu_does_the_same(salon: Business, noa: Client) -> None:
    lead = LeadFactory(business=salon, status="booked")

    noa.post(f"/leads/{lead.pk}/move/", {"to": "new", "next": "/leads/board/"})
    assert "מ״נקבע תור״ לא עוברים אל ״חדשים״." in text_of(noa.get("/leads/board/"))

    noa.post(f"/leads/{lead.pk}/move/", {"to": "regular", "next": "/leads/board/"})
    assert stages(salon) == ["regular"]


def test_an_undo_of_another_session_is_none(salon: Business, noa: Client, dana: Client) -> None:
    lead = LeadFactory(business=salon)
    toast = do(noa, [lead], "stage:booked")

    assert "כבר אי אפשר לבטל את הפעולה." in take_back(dana, toast)
    assert stages(salon) == ["booked"]


def test_overdue_filter_and_bulk_meet(salon: Business, noa: Client) -> None:
    late, other = LeadFactory(business=salon), LeadFactory(business=salon)
    FollowUpFactory(business=salon, lead=late, due_at=timezone.now() - timedelta(days=1))
    response = noa.get(f"{LIST}&due=overdue")

    assert f'value="{late.pk}" form="bulk"' in response.content.decode()
    assert f'value="{other.pk}" form="bulk"' not in response.content.decode()
