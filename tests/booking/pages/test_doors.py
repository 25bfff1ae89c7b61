"""Who may open and do what: another business learns nothing, and staff do not decide for the owner."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from booking.models import Appointment, Closure
from booking.rearranging import version_of
from crm.models import Business, Role
from crm.tenancy import for_business
from tests.booking.pages.conftest import again, at, book, resource, service
from tests.support.factories import LeadFactory
from tests.support.pages import platform_admin, signed_in, text_of

PAGES = ("", "new/", "people/?q=shira", "print/", "events/?start=2026-11-22&end=2026-11-29", "closure/", "link/")
OF_ONE = ("", "cancel/", "move/")
DEEDS = ("cancel/", "move/", "undo/", "confirm/", "complete/", "miss/")
SHUT = {"closure/": {"date": "25/11/2026", "_save": "1"}, "link/": {"what": "issue"}}


@pytest.fixture
def ruth(next_door: Business) -> Client:
    return signed_in(next_door, Role.OWNER, first_name="רות")


@pytest.mark.parametrize("page", [*PAGES, "1/", "1/move/"])
def test_strangers_sign_in_first(salon: Business, client: Client, page: str):
    answer = client.get(f"/calendar/{page}")

    assert answer.status_code == 302
    assert "next=" in answer["Location"]


@pytest.mark.parametrize("page", OF_ONE)
def test_another_businesss_appointment_is_not_there(salon: Business, ruth: Client, page: str):
    row = book(salon, at(12))

    assert ruth.get(f"/calendar/{row.pk}/{page}").status_code == 404


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("accepts", ["text/html", "application/json"])
def test_and_nothing_can_be_done_to_it(salon: Business, ruth: Client, deed: str, accepts: str):
    row = book(salon, at(12))
    wish = {"version": version_of(row), "starts_at": "2026-11-25T15:00:00", "date": "25/11/2026"}

    answer = ruth.post(f"/calendar/{row.pk}/{deed}", wish, headers={"Accept": accepts})

    assert answer.status_code == 404
    assert again(salon, row.pk).starts_at == at(12)
    assert again(salon, row.pk).status == "confirmed"


@pytest.mark.parametrize("name", ["resource", "service", "lead"])
def test_an_id_of_another_business_is_not_there_in_addresses_and_forms(
    salon: Business, next_door: Business, ruth: Client, name: str
):
    theirs = {
        "resource": resource(salon, "noa"),
        "service": service(salon, "cut"),
        "lead": LeadFactory(business=salon, name="תמר חזן"),
    }[name]
    wish: dict[str, Any] = {
        "customer_name": "רונית לוי",
        "customer_phone": "0530000226",
        "date": "24/11/2026",
        "starts_at": at(12).isoformat(),
        name: theirs.pk,
    }

    assert ruth.get("/calendar/new/", {name: theirs.pk}).status_code == 404
    assert ruth.post("/calendar/new/", wish).status_code == 404
    assert ruth.post("/calendar/new/", wish | {"_show": "1"}).status_code == 404
    with for_business(next_door):
        assert not Appointment.objects.exists()


def test_nor_is_another_businesss_resource_anywhere_else(salon: Business, next_door: Business, ruth: Client):
    theirs = resource(salon, "noa").pk
    row = book(next_door, at(12))
    wish = {"version": version_of(row), "starts_at": "2026-11-25T15:00:00", "resource": theirs}

    assert ruth.get("/calendar/", {"resource": theirs}).status_code == 404
    assert ruth.get("/calendar/print/", {"resource": theirs}).status_code == 404
    feed = {"resource": theirs, "start": "2026-11-22", "end": "2026-11-29"}
    assert ruth.get("/calendar/events/", feed).status_code == 404
    assert ruth.post(f"/calendar/{row.pk}/move/", wish).status_code == 404
    assert ruth.post(f"/calendar/{row.pk}/move/", wish, headers={"Accept": "application/json"}).status_code == 404
    assert ruth.get(f"/calendar/{row.pk}/move/", {"resource": theirs}).status_code == 404
    assert ruth.post("/calendar/closure/", {"date": "25/11/2026", "resource": theirs, "_save": "1"}).status_code == 404
    assert ruth.post("/calendar/link/", {"what": "issue", "resource": theirs}).status_code == 404
    assert again(next_door, row.pk).starts_at == at(12)


@pytest.mark.parametrize("raw", ["noa", "-1", "٣", "9" * 30, "1.5"])
def test_an_id_that_is_none_is_not_there_either(salon: Business, noa: Client, raw: str):
    assert noa.get("/calendar/", {"resource": raw}).status_code == 404
    assert noa.get("/calendar/new/", {"lead": raw}).status_code == 404


def test_ruth_sees_nothing_of_danas_day(salon: Business, ruth: Client):
    book(salon, at(12), "שירה כץ")

    for page in ("", "?view=month", "print/", "events/?start=2026-11-22&end=2026-11-29"):
        assert "שירה" not in ruth.get(f"/calendar/{page}").content.decode()


@pytest.mark.parametrize("page", list(SHUT))
def test_staff_neither_close_nor_hand_out_links(salon: Business, noa: Client, page: str):
    assert noa.get(f"/calendar/{page}").status_code == 403
    assert noa.post(f"/calendar/{page}", SHUT[page]).status_code == 403
    with for_business(salon):
        assert not Closure.objects.exists()
    assert f"/calendar/{page}" not in noa.get("/calendar/").content.decode()


def test_owners_see_the_way_there(salon: Business, dana: Client):
    page = dana.get("/calendar/").content.decode()

    assert "/calendar/closure/" in page
    assert "/calendar/link/" in page


@pytest.mark.parametrize("deed", ["undo/", "confirm/"])
def test_what_changes_something_is_not_done_by_looking(salon: Business, noa: Client, deed: str):
    row = book(salon, at(12))

    assert noa.get(f"/calendar/{row.pk}/{deed}").status_code == 405


def test_an_unknown_deed_is_not_there(salon: Business, noa: Client):
    assert noa.post(f"/calendar/{book(salon, at(12)).pk}/forget/").status_code == 404


def test_platform_admins_enter_a_business_first(salon: Business):
    admin = platform_admin()
    assert admin.get("/calendar/")["Location"] == "/"

    admin.post("/business/", {"business": "dana"})

    assert "יומן" in text_of(admin.get("/calendar/"))
    assert admin.get("/calendar/link/").status_code == 200


@pytest.mark.parametrize("page", ["/calendar/new/", "/calendar/{pk}/move/", "/calendar/closure/", "/calendar/link/"])
def test_a_page_of_its_own_answers_with_pages_and_a_sheet_with_sheets(salon: Business, dana: Client, page: str) -> None:
    """Or a refusal would open a second form, in a dialog above the first."""
    address = page.format(pk=book(salon, at(12)).pk)

    alone = dana.get(address).content.decode()
    sheet = dana.get(address, headers={"HX-Request": "true"}).content.decode()

    assert re.search(r'<form [^>]*action="/calendar/[^>]*hx-post', sheet)
    assert not re.search(r'<form [^>]*action="/calendar/[^>]*hx-post', alone)
