"""Two cards of one person made one, and taken apart again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from agentlocator.lead_merge import KEPT_FOR, merge_leads, relations, undo_merge
from booking.models import Appointment
from crm.models import Activity, Business, Lead, LeadIdentity, LeadMerge, LeadTag, Medium
from crm.services import upsert_lead
from crm.tenancy import for_business
from tests.support.factories import (
    NOW,
    ActivityFactory,
    AppointmentFactory,
    BusinessFactory,
    CallSessionFactory,
    ConversationFactory,
    FlowMessageFactory,
    FollowUpFactory,
    LeadFactory,
    LeadIdentityFactory,
    LeadMergeFactory,
    LeadTagFactory,
    SalesDocumentFactory,
    TagFactory,
    UserFactory,
)
from tests.support.pages import text_of

# One row of each relation. A new relation without a line here fails below, and with it whoever forgot the merge.
MAKERS: dict[str, Callable[..., Any]] = {
    "booking.Appointment.lead": AppointmentFactory,
    "calls.CallSession.lead": CallSessionFactory,
    "crm.Activity.lead": ActivityFactory,
    "crm.FollowUp.lead": FollowUpFactory,
    "crm.LeadIdentity.lead": LeadIdentityFactory,
    "crm.LeadMerge.kept": LeadMergeFactory,
    "crm.LeadTag.lead": LeadTagFactory,
    "crm.SalesDocument.lead": SalesDocumentFactory,
    "whatsapp.Conversation.lead": ConversationFactory,
    "whatsapp.FlowMessage.lead": FlowMessageFactory,
}


@pytest.fixture
def yossi(salon: Business) -> Lead:
    lead: Lead = LeadFactory(business=salon, name="יוסי כהן", phone="+972540000382")
    return lead


@pytest.fixture
def yosef(salon: Business) -> Lead:
    lead: Lead = LeadFactory(business=salon, name="יוסף כהן", phone="+972540000383", notes="מעדיף בוקר")
    return lead


def merged(kept: Lead, other: Lead, by: User, **chosen: str) -> LeadMerge:
    name, phone = chosen.get("name", kept.name), chosen.get("phone", kept.phone)
    merge = merge_leads(kept=kept, other=other, name=name, phone=phone, by=by, now=NOW)
    assert merge is not None
    return merge


def names_of_relations() -> list[str]:
    return sorted(f"{field.model._meta.label}.{field.name}" for field in relations())


def test_no_relation_is_forgotten() -> None:
    assert names_of_relations() == sorted(MAKERS)


def test_everything_moves_and_everything_goes_back(
    salon: Business, yossi: Lead, yosef: Lead, dana_herself: User
) -> None:
    made = {}
    for field in relations():
        label = f"{field.model._meta.label}.{field.name}"
        made[field] = MAKERS[label](business=salon, **{field.name: yosef})
    with for_business(salon):
        before = Lead.objects.filter(pk=yosef.pk).values().get()
        merge = merged(yossi, yosef, dana_herself)
        for field, row in made.items():
            assert getattr(field.model.objects.get(pk=row.pk), field.attname) == yossi.pk, field
        assert not Lead.objects.filter(pk=yosef.pk).exists()

        back = undo_merge(merge=merge, by=dana_herself, now=NOW + KEPT_FOR - timedelta(seconds=1))

        assert back.lead is not None
        assert Lead.objects.filter(pk=yosef.pk).values().get() == before
        for field, row in made.items():
            assert getattr(field.model.objects.get(pk=row.pk), field.attname) == yosef.pk, field


def test_the_kept_card_says_what_both_knew(salon: Business, yosef: Lead, dana_herself: User) -> None:
    yossi = LeadFactory(business=salon, name="יוסי כהן", phone="", notes="אוהב תה", created_at=NOW + timedelta(days=1))
    with for_business(salon):
        Lead.objects.filter(pk=yosef.pk).update(
            status="regular", source="web", last_contact_at=NOW, assigned_to=dana_herself
        )
        merge = merged(yossi, yosef, dana_herself, name="יוסף כהן", phone=yosef.phone)
        row = Lead.objects.get()
        assert (row.name, row.phone, row.status, row.source) == ("יוסף כהן", yosef.phone, "regular", "web")
        assert (row.notes, row.last_contact_at, row.assigned_to) == ("אוהב תה\nמעדיף בוקר", NOW, dana_herself)

        Lead.objects.filter(pk=yossi.pk).update(notes="נכתב אחרי")  # what is written since stays
        undo_merge(merge=merge, by=dana_herself, now=NOW)
        row = Lead.objects.get(pk=yossi.pk)
        assert (row.name, row.phone, row.status, row.source) == ("יוסי כהן", "", "new", "phone")
        assert (row.notes, row.last_contact_at, row.assigned_to) == ("נכתב אחרי", None, None)


def test_tags_of_both_stand_once_and_go_back_to_each(
    salon: Business, yossi: Lead, yosef: Lead, dana_herself: User
) -> None:
    both, his, gone = (TagFactory(business=salon, name=name) for name in ("כלה", "VIP", "ישן"))
    for lead, tags in ((yossi, [both]), (yosef, [both, his, gone])):
        for tag in tags:
            LeadTagFactory(business=salon, lead=lead, tag=tag)
    with for_business(salon):
        merge = merged(yossi, yosef, dana_herself)
        assert sorted(yossi.tags.values_list("name", flat=True)) == ["VIP", "ישן", "כלה"]
        LeadTag.objects.filter(tag=gone).delete()

        undo_merge(merge=merge, by=dana_herself, now=NOW)

        assert [tag.name for tag in yossi.tags.all()] == ["כלה"]
        assert sorted(yosef.tags.values_list("name", flat=True)) == ["VIP", "כלה"]


def test_calls_from_the_other_number_are_still_this_persons(
    salon: Business, yossi: Lead, yosef: Lead, dana_herself: User
) -> None:
    def ring() -> Lead:
        return upsert_lead(business=salon, phone=yosef.phone, name="", source=Medium.PHONE, now=NOW)

    with for_business(salon):
        merge = merged(yossi, yosef, dana_herself)
        assert ring().pk == yossi.pk
        CallSessionFactory(business=salon, lead=yossi)  # after the merge: the kept card's own

        undo_merge(merge=merge, by=dana_herself, now=NOW)

        assert ring().pk == yosef.pk
        assert not LeadIdentity.objects.exists()
        assert (yossi.calls.count(), yosef.calls.count()) == (1, 0)


def test_what_was_moved_on_since_stays_where_it_is(
    salon: Business, yossi: Lead, yosef: Lead, dana_herself: User
) -> None:
    call, third = CallSessionFactory(business=salon, lead=yosef), LeadFactory(business=salon)
    with for_business(salon):
        merge = merged(yossi, yosef, dana_herself)
        type(call).objects.filter(pk=call.pk).update(lead=third)

        undo_merge(merge=merge, by=dana_herself, now=NOW)

        assert type(call).objects.get().lead_id == third.pk


def test_a_merge_of_merges_comes_apart_in_either_order(
    salon: Business, yossi: Lead, yosef: Lead, dana_herself: User
) -> None:
    yos = LeadFactory(business=salon, name="יוס", phone="+972540000384")
    call = CallSessionFactory(business=salon, lead=yos)
    with for_business(salon):
        first = merged(yosef, yos, dana_herself, name="יוס")
        second = merged(yossi, Lead.objects.get(pk=yosef.pk), dana_herself)

        undo_merge(merge=first, by=dana_herself, now=NOW)
        assert Lead.objects.get(pk=yos.pk).calls.get() == call
        assert Lead.objects.get(pk=yossi.pk).name == "יוסי כהן"  # the first merge was another card's

        undo_merge(merge=second, by=dana_herself, now=NOW)
        assert set(Lead.objects.values_list("pk", flat=True)) == {yos.pk, yosef.pk, yossi.pk}
        assert LeadMerge.objects.get(pk=first.pk).kept_id == yosef.pk


def test_thirty_days_later_and_twice_it_stays(salon: Business, yossi: Lead, yosef: Lead, dana_herself: User) -> None:
    with for_business(salon):
        merge = merged(yossi, yosef, dana_herself)
        assert undo_merge(merge=merge, by=dana_herself, now=NOW + KEPT_FOR).lead is None
        assert undo_merge(merge=merge, by=dana_herself, now=NOW).lead is not None
        assert undo_merge(merge=merge, by=dana_herself, now=NOW).lead is None


@pytest.mark.parametrize("number", ["kept", "other"])
def test_a_number_that_is_anothers_by_now_keeps_them_one(
    salon: Business, yossi: Lead, yosef: Lead, dana_herself: User, number: str
) -> None:
    taken = {"kept": yossi.phone, "other": yosef.phone}[number]
    with for_business(salon):
        merge = merged(yossi, yosef, dana_herself, phone=yosef.phone if number == "kept" else yossi.phone)
        LeadFactory(business=salon, phone=taken)

        result = undo_merge(merge=merge, by=dana_herself, now=NOW)

        assert (result.lead, result.taken) == (None, True)
        assert Lead.objects.count() == 2
        assert LeadIdentity.objects.count() == 1  # nothing was taken apart by halves


def test_a_name_or_number_of_neither_card_merges_nothing(
    salon: Business, yossi: Lead, yosef: Lead, dana_herself: User
) -> None:
    with for_business(salon):
        for chosen in ({"name": "אחר", "phone": yossi.phone}, {"name": yossi.name, "phone": "+972500000000"}):
            assert merge_leads(kept=yossi, other=yosef, by=dana_herself, now=NOW, **chosen) is None
        assert (
            merge_leads(kept=yossi, other=yossi, name=yossi.name, phone=yossi.phone, by=dana_herself, now=NOW) is None
        )
        assert Lead.objects.count() == 2


# --- at the same moment -----------------------------------------------------------------------------------
def at_once(*works: Callable[[], Any]) -> list[Any]:
    barrier = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.mark.django_db(transaction=True)
def test_two_merges_at_once_are_one() -> None:
    salon, dana = BusinessFactory(), UserFactory()
    one, two = LeadFactory(business=salon, name="א"), LeadFactory(business=salon, name="ב")

    def merge(kept: Lead, other: Lead) -> LeadMerge | None:
        with for_business(salon):
            return merge_leads(kept=kept, other=other, name=kept.name, phone=kept.phone, by=dana, now=NOW)

    done = at_once(lambda: merge(one, two), lambda: merge(two, one))

    assert [merge is None for merge in done].count(True) == 1
    with for_business(salon):
        assert Lead.objects.count() == LeadMerge.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_whoever_calls_while_their_cards_are_merged_is_not_lost() -> None:
    salon, dana = BusinessFactory(), UserFactory()
    kept, other = LeadFactory(business=salon, name="א"), LeadFactory(business=salon, name="ב")

    def merge() -> None:
        with for_business(salon):
            merge_leads(kept=kept, other=other, name="א", phone=kept.phone, by=dana, now=NOW)

    def call() -> int:
        with for_business(salon):
            return upsert_lead(business=salon, phone=other.phone, name="", source=Medium.PHONE, now=NOW).pk

    at_once(merge, *[call] * 4)

    with for_business(salon):
        assert list(Lead.objects.values_list("pk", flat=True)) == [kept.pk]


# --- the page ---------------------------------------------------------------------------------------------
def test_noa_compares_merges_and_takes_it_back(salon: Business, yossi: Lead, yosef: Lead, noa: Client) -> None:
    for _ in range(4):
        CallSessionFactory(business=salon, lead=yosef)
    AppointmentFactory(business=salon, lead=yosef)
    page = noa.get(f"/leads/{yossi.pk}/merge/?with={yosef.pk}")
    text = text_of(page)
    assert "לאחד את שני הכרטיסים?" in text
    assert "״יוסף כהן״ ייכנס לתוך ״יוסי כהן״." in text
    assert "יעברו: 4 שיחות, תור אחד" in text
    assert "השארת שניהם" in text

    fields = {"with": yosef.pk, "name": "יוסף כהן", "phone": yossi.phone}
    card = noa.post(f"/leads/{yossi.pk}/merge/", fields, follow=True)
    with for_business(salon):
        merge = LeadMerge.objects.get()
        assert (Lead.objects.get().name, Appointment.objects.get().lead_id) == ("יוסף כהן", yossi.pk)
    assert card.content.decode().count(f'action="/leads/merges/{merge.pk}/undo/"') == 2  # in the toast, in the timeline
    assert "054-000-0383" in text_of(card)

    back = noa.post(f"/leads/merges/{merge.pk}/undo/", follow=True)
    assert back.redirect_chain == [(f"/leads/{yosef.pk}/", 302)]
    with for_business(salon):
        assert Lead.objects.count() == 2
        assert Activity.objects.filter(lead=yossi, kind="merge.undone").exists()
    assert "כבר אי אפשר לבטל את הפעולה." in text_of(noa.post(f"/leads/merges/{merge.pk}/undo/", follow=True))


def test_another_card_is_searched_for(salon: Business, yossi: Lead, yosef: Lead, noa: Client) -> None:
    address = f"/leads/{yossi.pk}/merge/"

    assert f"?with={yosef.pk}" in noa.get(address).content.decode()
    assert f"?with={yosef.pk}" in noa.get(f"{address}?q=0383").content.decode()
    assert "אין לקוחות מתאימים" in text_of(noa.get(f"{address}?q=אין כזה"))
    with_itself = noa.get(f"{address}?with={yossi.pk}").content.decode()
    assert f'href="{address}?with={yossi.pk}"' not in with_itself


def test_a_choice_of_neither_is_refused_on_the_page(salon: Business, yossi: Lead, yosef: Lead, noa: Client) -> None:
    fields = {"with": yosef.pk, "name": "אחר", "phone": yossi.phone}

    assert noa.post(f"/leads/{yossi.pk}/merge/", fields).status_code == 422
    with for_business(salon):
        assert Lead.objects.count() == 2


def test_a_card_of_the_garage_is_merged_with_none(
    salon: Business, garage: Business, yossi: Lead, noa: Client, dana_herself: User
) -> None:
    theirs = LeadFactory(business=garage, name="יוסי כהן")
    with for_business(garage):
        merge = merged(theirs, LeadFactory(business=garage), dana_herself)

    assert noa.get(f"/leads/{yossi.pk}/merge/?with={theirs.pk}").status_code == 404
    fields = {"with": theirs.pk, "name": yossi.name, "phone": yossi.phone}
    assert noa.post(f"/leads/{yossi.pk}/merge/", fields).status_code == 404
    assert noa.post(f"/leads/merges/{merge.pk}/undo/").status_code == 404
    assert "יוסי כהן" not in text_of(noa.get(f"/leads/{yossi.pk}/merge/?q=יוסי")).replace("שייך אל יוסי כהן?", "")
