"""Noa works with her customers in a real browser, at both widths, with scripts and without."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, Route
from pytest_django.live_server_helper import LiveServer

from crm.models import Business, FollowUp, Lead, Role
from crm.tenancy import for_business
from tests.agentlocator.leads.conftest import member
from tests.support.browser import NEEDS_BROWSER, WIDTHS, Browser, barriers, fits
from tests.support.factories import (
    ActivityFactory,
    BusinessFactory,
    FollowUpFactory,
    LeadFactory,
    LeadTagFactory,
    TagFactory,
)

pytestmark = NEEDS_BROWSER


@pytest.fixture(params=WIDTHS)
def browser(request: pytest.FixtureRequest, live_server: LiveServer) -> Iterator[Browser]:
    browser = Browser(live_server.url, request.param)
    yield browser
    assert browser.wrong == []


@pytest.fixture
def desk(live_server: LiveServer) -> Iterator[Browser]:
    browser = Browser(live_server.url, 1280, expected=("/move/",))
    yield browser
    assert browser.wrong == []


@pytest.fixture
def shop(transactional_db: None) -> Business:
    business: Business = BusinessFactory(with_settings=True, name="המספרה של דנה")
    now = timezone.now()
    for name, status in (
        ("אורלי דיין", "new"),
        ("הילה רז", "in_progress"),
        ("יוסי כהן", "booked"),
        ("יוסף כהן", "regular"),
    ):
        lead = LeadFactory(business=business, name=name, status=status, created_at=now)
        ActivityFactory(business=business, lead=lead, text="שאלה על חניה", occurred_at=now)
        LeadTagFactory(business=business, lead=lead, tag=TagFactory(business=business))
        FollowUpFactory(business=business, lead=lead, due_at=now - timedelta(minutes=20))
    return business


@pytest.fixture
def owner(shop: Business) -> User:
    return member(shop, Role.OWNER, "dana", "דנה")


def lead_named(shop: Business, name: str) -> Lead:
    with for_business(shop):
        return Lead.objects.get(name=name)


def test_every_page_fits_and_is_open_to_all(shop: Business, owner: User, browser: Browser) -> None:
    yossi, yosef = lead_named(shop, "יוסי כהן"), lead_named(shop, "יוסף כהן")
    addresses = (
        *("/leads/board/", "/leads/?view=list", "/leads/new/", "/leads/import/", f"/leads/{yossi.pk}/"),
        *(f"/leads/{yossi.pk}/merge/", f"/leads/{yossi.pk}/merge/?with={yosef.pk}", "/leads/?view=list&q=אין"),
    )

    def story(page: Page) -> list[object]:
        found: list[object] = []
        for address in addresses:
            page.goto(address)
            found += [(address, "too wide")] if not fits(page) else []
            found += [(address, barrier) for barrier in barriers(page)]
        return found

    assert browser.visit(story, user=owner) == []


def test_a_card_is_dragged_taken_back_and_refused(shop: Business, owner: User, desk: Browser) -> None:
    def story(page: Page) -> list[str]:
        page.goto("/leads/board/")
        card = page.locator(".lead", has_text="הילה רז")
        said = []
        with page.expect_response("**/move/"):
            card.drag_to(page.locator("#column-booked"))
        page.locator("#column-booked .lead", has_text="הילה רז").wait_for()
        said.append(page.locator(".toast span").inner_text())
        with page.expect_navigation():
            page.locator(".toast button").click()
        page.locator("#column-in_progress .lead", has_text="הילה רז").wait_for()
        card.locator("summary").click()
        with page.expect_response("**/move/"):
            card.get_by_role("button", name="חדשים").click()
        page.locator(".toast[role=alert]").wait_for()
        said.append(page.locator(".toast span").inner_text())
        page.locator("#column-in_progress .lead", has_text="הילה רז").wait_for()
        return said

    said = desk.visit(story, user=owner)

    assert said == [
        "לקוח אחד עבר אל ״נקבע תור״.",
        "לקוח אחד לא עבר. מ״בטיפול״ לא עוברים אל ״חדשים״.",
    ]
    assert lead_named(shop, "הילה רז").status == "in_progress"


@pytest.mark.parametrize("scripts", [True, False])
def test_several_are_chosen_and_moved(shop: Business, owner: User, live_server: LiveServer, scripts: bool) -> None:
    browser = Browser(live_server.url, 1280, scripts=scripts)

    def story(page: Page) -> str:
        page.goto("/leads/?view=list")
        if scripts:
            page.fill("#lead-q", "כהן")
            page.wait_for_url("**q=*")
            page.locator("#lead-rows tr", has_text="אורלי").wait_for(state="detached")
            page.locator("#pick-all").check()
        else:
            for name in ("יוסי כהן", "יוסף כהן"):
                page.locator("#lead-rows tr", has_text=name).locator("input").check()
        page.get_by_text("שינוי שלב").click()
        page.locator("button[value='stage:irrelevant']").click()
        page.locator(".toast").wait_for()
        return page.locator(".toast").inner_text()

    assert "שני לקוחות עברו אל ״לא רלוונטי״." in browser.visit(story, user=owner)
    assert browser.wrong == []
    assert lead_named(shop, "יוסי כהן").status == lead_named(shop, "יוסף כהן").status == "irrelevant"
    assert lead_named(shop, "הילה רז").status == "in_progress"


def test_what_a_quick_noa_does_meanwhile_is_not_lost(shop: Business, owner: User, desk: Browser) -> None:
    lead = lead_named(shop, "אורלי דיין")
    held: list[Route] = []

    def story(page: Page) -> tuple[list[str], str]:
        page.route("**/tags/**", lambda route: held.append(route), times=1)
        page.goto(f"/leads/{lead.pk}/")
        page.fill("#tag-name", "כלה")
        page.locator("#tag-name").press("Enter")
        page.locator("html.busy").wait_for()
        page.select_option("#who", label="דנה")  # while the tag is still on its way
        page.get_by_role("button", name="בוצע").click()
        page.fill("#id_text", "אוהבת תה")
        [first] = held
        first.continue_()
        page.locator(".labels .chip", has_text="כלה").wait_for()
        page.locator(".sub", has_text="באחריות דנה").wait_for()
        page.get_by_text("אין משימות פתוחות.").wait_for()
        typed = page.input_value("#id_text")
        page.route("**/notes/**", lambda route: held.append(route), times=1)
        page.get_by_role("button", name="הוספת הערה").dblclick()
        page.fill("#id_text", "אוהבת תה, בלי סוכר")
        page.get_by_role("button", name="הוספת הערה").click()
        held[1].continue_()
        page.locator(".timeline .note", has_text="בלי סוכר").wait_for()
        page.locator("html:not(.busy)").wait_for()
        return page.locator(".timeline .note p.words").all_inner_texts(), typed

    assert desk.visit(story, user=owner) == (["אוהבת תה, בלי סוכר", "אוהבת תה"], "אוהבת תה")
    assert lead_named(shop, "אורלי דיין").assigned_to == owner


def test_the_last_of_quick_choices_holds(shop: Business, owner: User, desk: Browser) -> None:
    lead = lead_named(shop, "אורלי דיין")
    held: list[Route] = []

    def story(page: Page) -> None:
        page.route("**/assign/", lambda route: held.append(route), times=1)
        page.goto(f"/leads/{lead.pk}/")
        page.select_option("#who", label="דנה")
        page.locator("html.busy").wait_for()
        page.select_option("#who", value="")
        page.select_option("#who", label="דנה")
        held[0].continue_()
        page.locator(".sub", has_text="באחריות דנה").wait_for()
        page.locator("html:not(.busy)").wait_for()

    desk.visit(story, user=owner)

    assert desk.wrong == []
    assert lead_named(shop, "אורלי דיין").assigned_to == owner


def test_a_morning_on_one_card(shop: Business, owner: User, browser: Browser) -> None:
    lead = lead_named(shop, "אורלי דיין")

    def story(page: Page) -> str:
        page.goto(f"/leads/{lead.pk}/")
        page.fill("#id_text", "אוהבת תה")
        page.get_by_role("button", name="הוספת הערה").click()
        page.locator(".timeline .note", has_text="אוהבת תה").wait_for()
        page.fill("#tag-name", "כלה")
        page.locator("#tag-name").press("Enter")
        page.locator(".labels .chip", has_text="כלה").wait_for()
        page.select_option("#who", label="דנה")
        page.locator(".sub", has_text="באחריות דנה").wait_for()
        page.get_by_role("button", name="בוצע").click()
        page.get_by_text("אין משימות פתוחות.").wait_for()
        return page.locator("h1").inner_text()

    assert browser.visit(story, user=owner) == "אורלי דיין"
    with for_business(shop):
        assert FollowUp.objects.filter(lead=lead, done_at=None).count() == 0
    assert lead_named(shop, "אורלי דיין").assigned_to == owner
