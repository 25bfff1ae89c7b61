"""Dana types in one tab and switches to her other business in a second: what she typed stays, and she is told."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from crm.models import Business, FollowUp, Role
from crm.tenancy import for_everyone
from tests.support.browser import NEEDS_BROWSER, Browser
from tests.support.factories import BusinessFactory, MembershipFactory, UserFactory

pytestmark = NEEDS_BROWSER


@pytest.fixture
def clinic(db: None) -> Business:
    return BusinessFactory(slug="clinic", name="הקליניקה", with_settings=True)


def test_a_dialog_of_the_salon_after_a_switch_to_the_clinic(
    salon: Business, clinic: Business, live_server: LiveServer
) -> None:
    dana = UserFactory(username="dana", is_staff=True)
    for business in (salon, clinic):
        MembershipFactory(user=dana, business=business, role=Role.OWNER)
    browser = Browser(live_server.url, 1280, expected=("/follow-ups/",))

    def story(page: Page) -> tuple[str, str]:
        page.goto("/follow-ups/")
        page.locator("header.top a", has_text="משימה").first.click()
        reason = page.locator("dialog [name=reason]")
        reason.fill("להתקשר לרונית")
        other = page.context.new_page()
        other.goto("/")
        other.locator(".side .switcher summary").click()
        other.locator(".side .switcher button", has_text="הקליניקה").click()
        other.wait_for_load_state()
        page.locator("dialog form.follow-up [type=submit], dialog form.follow-up button.pri").first.click()
        told = page.locator("dialog .toast")  # above the open dialog, not beneath it
        told.wait_for()
        return told.inner_text(), reason.input_value()

    told, typed = browser.visit(story, user=dana)

    assert "העמוד הזה נפתח בעסק ״המספרה של דנה״" in told
    assert "״הקליניקה״" in told
    assert typed == "להתקשר לרונית"
    with for_everyone("both businesses are looked at"):
        assert not FollowUp.objects.exists()
