"""Every list of the admin: one's own rows only, and as many queries for three rows as for one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.models import Business
from tests.support import factories
from tests.support.factories import NOW
from tests.support.pages import platform_admin, text_of

Make = Callable[[Business, int], object]


def _appointment(business: Business, number: int) -> object:
    return factories.AppointmentFactory(
        business=business,
        starts_at=NOW + timedelta(hours=number),
        service=factories.ServiceFactory(business=business),
        customer_name=f"לקוחה {number}",
    )


LISTS: dict[str, Make] = {
    "booking/appointment": _appointment,
    "booking/service": lambda business, number: factories.ServiceFactory(
        business=business, name=f"טיפול {number}", resources=[factories.ResourceFactory(business=business)]
    ),
    "booking/resource": lambda business, number: factories.ResourceFactory(business=business, name=f"כיסא {number}"),
    "calls/callsession": lambda business, number: factories.CallSessionFactory(
        business=business, lead=factories.LeadFactory(business=business, name=f"מתקשרת {number}")
    ),
    "calls/promptversion": lambda business, number: factories.PromptVersionFactory(
        business=business, number=number * 1000, note=f"שינוי {number}", written_by=factories.UserFactory()
    ),
    "calls/blockednumber": lambda business, number: factories.BlockedNumberFactory(
        business=business, number=f"+97252000{number:04d}", reason=f"סיבה {number}", blocked_by=factories.UserFactory()
    ),
    "crm/lead": lambda business, number: factories.LeadFactory(business=business, name=f"לקוחה {number}"),
    "crm/followup": lambda business, number: factories.FollowUpFactory(business=business, reason=f"משימה {number}"),
    "faq/faqentry": lambda business, number: factories.FaqEntryFactory(business=business, question=f"שאלה {number}"),
}


def test_what_calls_cost_is_listed_for_owners_alone(salon: Business, dana: Client, noa: Client) -> None:
    factories.CallSessionFactory(business=salon, cost_microusd=1_234_567)
    address = "/admin/calls/callsession/"

    assert "$1.23" in text_of(dana.get(address))
    assert "1.23" not in text_of(noa.get(address))
    assert "עלות" not in text_of(noa.get(address))


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("who", ["dana", "platform"])
def test_three_rows_cost_no_more_queries_than_one(salon: Business, dana: Client, name: str, who: str) -> None:
    client = dana if who == "dana" else platform_admin()
    make = LISTS[name]
    make(salon, 1)
    client.get(f"/admin/{name}/")

    with CaptureQueriesContext(connection) as one:
        assert client.get(f"/admin/{name}/").status_code == 200
    make(salon, 2)
    make(salon, 3)
    with CaptureQueriesContext(connection) as three:
        assert client.get(f"/admin/{name}/").status_code == 200

    assert len(three) == len(one)


@pytest.mark.parametrize("name", LISTS)
def test_rows_of_another_business_are_neither_listed_nor_opened(
    salon: Business, next_door: Business, dana: Client, noa: Client, name: str
) -> None:
    LISTS[name](salon, 1)
    foreign = LISTS[name](next_door, 77)

    for client in (dana, noa):
        page = text_of(client.get(f"/admin/{name}/"))
        assert "77" not in page
        assert client.get(f"/admin/{name}/{foreign.pk}/change/").status_code == 404  # type: ignore[attr-defined]
        assert client.get(f"/admin/{name}/{foreign.pk}/history/").status_code == 404  # type: ignore[attr-defined]
        assert client.get(f"/admin/{name}/{foreign.pk}/delete/").status_code in (403, 404)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", LISTS)
def test_the_platform_sees_all_businesses_and_opens_each_row(salon: Business, next_door: Business, name: str) -> None:
    admin = platform_admin()
    rows = [LISTS[name](salon, 1), LISTS[name](next_door, 2)]

    page = text_of(admin.get(f"/admin/{name}/"))

    assert "המספרה של דנה" in page
    assert "המספרה של רות" in page
    for row in rows:
        assert admin.get(f"/admin/{name}/{row.pk}/change/").status_code == 200  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", LISTS)
def test_search_and_filters_work(salon: Business, dana: Client, name: str) -> None:
    LISTS[name](salon, 1)

    assert dana.get(f"/admin/{name}/?q=1").status_code == 200
    assert dana.get(f"/admin/{name}/?q=zzzzzz").status_code == 200
