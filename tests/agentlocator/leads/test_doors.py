"""Who may come in at which address of the customers: strangers, the garage next door, staff, owners."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import get_resolver

from agentlocator import lead_urls
from crm.models import Activity, Business, FollowUp, Lead, LeadMerge, LeadTag, PendingImport, Role, SavedFilter
from crm.tenancy import for_business
from tests.agentlocator.leads.conftest import member
from tests.support.factories import (
    ActivityFactory,
    LeadFactory,
    LeadMergeFactory,
    LeadTagFactory,
    SavedFilterFactory,
    TagFactory,
)
from tests.support.pages import platform_admin

OWNERS = ("export", "import", "import_preview")
OWN = ("list", "board", "new", "bulk", "undo", "export", "import", "filter_add")  # they name no row of a business
POSTS = {
    *("bulk", "undo", "filter_add", "filter_remove", "merge_undo", "move", "edit", "assign", "tag_add", "tag_remove"),
    *("follow_up", "note_add", "note_edit", "note_remove", "note_put_back"),
}


@pytest.fixture
def rows(salon: Business, dana: Client, dana_herself: object) -> dict[str, int]:
    """One row for every address that names one."""
    lead = LeadFactory(business=salon, name="סוד")
    note = ActivityFactory(business=salon, lead=lead, kind="note", by=dana_herself)
    tag = TagFactory(business=salon)
    LeadTagFactory(business=salon, lead=lead, tag=tag)
    kept = SavedFilterFactory(business=salon, user=dana_herself)
    merge = LeadMergeFactory(business=salon, kept=lead)
    with for_business(salon):
        pending = PendingImport.objects.create(
            business=salon, kind="lead_file", rows=[[2, {"0": "סוד"}]], choices={"headings": ["שם"]}, by=dana_herself
        )
    return {
        "lead": lead.pk,
        "note": note.pk,
        "tag": tag.pk,
        "filter": kept.pk,
        "merge": merge.pk,
        "pending": pending.pk,
    }


def address_of(name: str, rows: dict[str, int]) -> str:
    pattern = next(str(entry.pattern) for entry in lead_urls.urlpatterns if entry.name == name)
    pk = {"filter_remove": "filter", "merge_undo": "merge", "import_preview": "pending"}.get(name, "lead")
    filled = pattern.replace("<int:pk>", str(rows[pk])).replace("<int:note>", str(rows["note"]))
    return "/leads/" + filled.replace("<int:tag>", str(rows["tag"])).replace("<str:token>", "token")


NAMES = [entry.name for entry in lead_urls.urlpatterns]
FIELDS = {
    "name": "אחר",
    "phone": "",
    "text": "אחרת",
    "to": "booked",
    "seen": "",
    "who": "",
    "reason": "x",
    "when": "hour",
}


def state(business: Business) -> list[object]:
    with for_business(business):
        return [
            list(model.objects.order_by("pk").values())
            for model in (Lead, Activity, LeadTag, FollowUp, LeadMerge, SavedFilter, PendingImport)
        ]


@pytest.mark.parametrize("name", NAMES)
def test_strangers_sign_in_first(rows: dict[str, int], name: str) -> None:
    for answer in (Client().get(address_of(name, rows)), Client().post(address_of(name, rows), FIELDS)):
        assert answer.status_code == 302
        assert "next=" in answer["Location"]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in OWN])
def test_the_garage_finds_nothing_and_changes_nothing(
    salon: Business, garage: Business, rows: dict[str, int], name: str
) -> None:
    ron = Client()
    ron.force_login(member(garage, Role.OWNER, "ron", "רון"))
    before = state(salon)

    for answer in (ron.get(address_of(name, rows)), ron.post(address_of(name, rows), FIELDS)):
        # An import that is not theirs is as one that was used: back to the beginning, and nothing is learned.
        expected = (302,) if name == "import_preview" else (404, 405)
        assert answer.status_code in expected
        assert "סוד" not in answer.content.decode()
    assert state(salon) == before


@pytest.mark.parametrize("name", OWNERS)
def test_files_are_the_owners(rows: dict[str, int], noa: Client, dana: Client, name: str) -> None:
    address = address_of(name, rows)

    assert noa.get(address).status_code == 403
    assert noa.post(address).status_code == 403
    shown = dana.get(address)
    assert shown.status_code == 200
    shown.close()


def test_what_staff_may_not_do_is_not_shown(rows: dict[str, int], noa: Client, dana: Client) -> None:
    for address in ("/leads/?view=list", "/leads/board/", f"/leads/{rows['lead']}/"):
        shown, hidden = dana.get(address).content.decode(), noa.get(address).content.decode()
        for door in ("/leads/export/", "/leads/import/", "/delete/"):
            assert door not in hidden
        assert "/leads/export/" in shown or "/delete/" in shown


@pytest.mark.parametrize("name", sorted(POSTS))
def test_what_changes_something_is_never_a_link(rows: dict[str, int], noa: Client, name: str) -> None:
    assert noa.get(address_of(name, rows)).status_code == 405


def test_every_address_is_known_here() -> None:
    assert len(NAMES) == len(set(NAMES))
    assert get_resolver().namespace_dict["leads"][0] == "leads/"


def test_a_platform_admin_enters_a_business_first(rows: dict[str, int]) -> None:
    admin = platform_admin()

    assert admin.get("/leads/board/")["Location"] == "/"
    assert admin.get(f"/leads/{rows['lead']}/")["Location"] == "/"
