"""Leads, their timeline and stages."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from crm.models import Activity, FollowUp, Lead, Medium
from crm.services import STAGE_MOVES, add_follow_up, better_name, record_activity, set_lead_status, upsert_lead
from crm.tenancy import NoBusiness, OtherBusiness, for_business
from tests.support.factories import NOW, BusinessFactory, LeadFactory

pytestmark = pytest.mark.django_db

DANA = "+972520000147"
LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture
def salon():
    business = BusinessFactory()
    with for_business(business):
        yield business


def meet(business, *, phone=DANA, name="", source=Medium.PHONE, now=NOW):
    return upsert_lead(business=business, phone=phone, name=name, source=source, now=now)


def test_a_first_contact_makes_a_lead(salon):
    lead = Lead.objects.get(pk=meet(salon, name="דנה לוי").pk)
    assert (lead.name, lead.phone, lead.source, lead.status) == ("דנה לוי", DANA, "phone", "new")
    assert (lead.created_at, lead.last_contact_at) == (NOW, NOW)


def test_the_same_number_is_the_same_lead_met_again(salon):
    first = meet(salon, name="דנה")
    again = meet(salon, source=Medium.WHATSAPP, now=LATER)
    assert again.pk == first.pk
    again.refresh_from_db()
    assert (again.name, again.source) == ("דנה", "phone")
    assert (again.created_at, again.last_contact_at) == (NOW, LATER)


def test_a_contact_reported_late_does_not_turn_back_the_last_one(salon):
    meet(salon, now=LATER)
    assert meet(salon, now=NOW).last_contact_at == LATER


def test_without_a_number_everyone_is_someone_new(salon):
    assert meet(salon, phone=None, name="דנה").pk != meet(salon, phone="", name="דנה").pk
    assert set(Lead.objects.values_list("phone", flat=True)) == {""}


@pytest.mark.parametrize(
    ("known", "heard", "kept"),
    [
        ("", "דנה", "דנה"),
        ("דנה", "", "דנה"),
        ("דנה", "דנה לוי", "דנה לוי"),
        ("לוי", "דנה לוי", "דנה לוי"),
        ("דנה לוי", "דנה", "דנה לוי"),
        ("דנה לוי", "יוסי כהן", "דנה לוי"),
        ("דנה", "יוסי כהן", "דנה"),
    ],
)
def test_the_name_that_says_more_stays(known, heard, kept):
    assert better_name(known, heard) == kept


def test_a_name_is_stored_in_one_tidy_line(salon):
    assert meet(salon, name="  דנה\n\x00 לוי ").name == "דנה לוי"
    assert len(meet(salon, phone=None, name="ד" * 500).name) == 120


def test_another_business_has_its_own_lead_of_the_same_number(salon):
    mine = meet(salon)
    other = BusinessFactory()
    with for_business(other):
        assert meet(other).pk != mine.pk
    with pytest.raises(OtherBusiness):
        meet(other, phone="+972520000148")


def test_outside_a_business_nobody_is_met():
    with pytest.raises(NoBusiness):
        meet(BusinessFactory())


@pytest.mark.django_db(transaction=True)
def test_simultaneous_first_contacts_make_one_lead():
    business = BusinessFactory()
    callers = 6
    start = threading.Barrier(callers)

    def call(number):
        try:
            with for_business(business):
                start.wait()
                return meet(business, name="דנה לוי" if number % 2 else "דנה").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(callers) as threads:
        met = set(threads.map(call, range(callers)))
    with for_business(business):
        assert met == {Lead.objects.get().pk}
        assert Lead.objects.get().name == "דנה לוי"


def test_an_activity_told_twice_is_one(salon):
    lead = LeadFactory()

    def tell(text):
        return record_activity(lead=lead, kind="call", medium=Medium.PHONE, text=text, occurred_at=NOW, key="call:CA1")

    assert tell("נקבע תור").pk == tell("ועוד פעם").pk
    assert Activity.objects.get().text == "נקבע תור"
    assert Activity.objects.get().business == salon


def test_a_follow_up_asked_for_twice_is_one(salon):
    for _ in range(2):
        add_follow_up(business=salon, lead=LeadFactory(), reason="לחזור", due_at=LATER, key="message:CA1")
    assert FollowUp.objects.count() == 1


@pytest.mark.parametrize("before", Lead.Status.values)
@pytest.mark.parametrize("after", Lead.Status.values)
def test_a_stage_changes_only_as_the_table_says(salon, before, after):
    lead = LeadFactory(status=before)
    moved = set_lead_status(lead=lead, status=after)
    assert moved == (after in STAGE_MOVES[before])
    lead.refresh_from_db()
    assert lead.status == (after if moved else before)


def test_the_row_and_not_the_copy_in_hand_decides_a_move(salon):
    lead = LeadFactory()
    stale = Lead.objects.get(pk=lead.pk)
    set_lead_status(lead=lead, status=Lead.Status.REGULAR)
    assert not set_lead_status(lead=stale, status=Lead.Status.BOOKED)
    assert stale.status == "new"
