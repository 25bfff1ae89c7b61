"""Stories in a real browser: what Dana does, in both widths, without a script error or a foreign request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from booking.models import Closure, Holiday, OpeningHours, OwnerRule
from crm.models import Business, BusinessSettings, Role
from crm.tenancy import for_business
from tests.support.browser import NEEDS_BROWSER, WIDTHS, Browser, fits
from tests.support.factories import PASSWORD, MembershipFactory, UserFactory

pytestmark = NEEDS_BROWSER


@pytest.fixture(params=WIDTHS)
def browser(request: pytest.FixtureRequest, live_server: LiveServer) -> Iterator[Browser]:
    browser = Browser(live_server.url, request.param)
    yield browser
    assert browser.wrong == []


@pytest.fixture
def owned(transactional_db: None, salon: Business) -> Business:
    MembershipFactory(
        user=UserFactory(username="dana", first_name="דנה", is_staff=True), business=salon, role=Role.OWNER
    )
    return salon


def sign_in(page: Page) -> None:
    page.goto("/")
    page.fill("#id_login", "dana")
    page.fill("#id_password", PASSWORD)
    page.click("#login-form [type=submit]")
    page.wait_for_url("**/")


def test_dana_mends_her_opening_hours(owned: Business, browser: Browser) -> None:
    def story(page: Page) -> tuple[str, bool]:
        sign_in(page)
        page.goto(f"/admin/crm/business/{owned.pk}/change/#openinghours")
        page.get_by_text("הוספת חלון").click()
        page.locator("[name=openinghours-5-weekday]").select_option("2")
        page.fill("[name=openinghours-5-opens]", "13:00")
        page.fill("[name=openinghours-5-closes]", "21:00")
        page.locator("[name=_save]").click()
        complaint = page.get_by_text("חופפים")
        complaint.wait_for()
        text, readable = complaint.inner_text(), fits(page)
        page.fill("[name=openinghours-5-opens]", "20:00")
        page.locator("[name=_save]").click()
        page.get_by_text("בהצלחה").first.wait_for()
        return text, readable

    text, readable = browser.visit(story)

    assert "יום שלישי: החלונות 10:00–20:00 ו־13:00–21:00 חופפים. אפשר לאחד אותם או לשנות שעה." in text
    assert readable
    with for_business(owned):
        tuesday = OpeningHours.objects.filter(weekday=2).values_list("opens", "closes")
        assert list(tuesday) == [(time(10), time(20)), (time(20), time(21))]


def test_dana_books_and_cancels(owned: Business, browser: Browser) -> None:
    def story(page: Page) -> tuple[str, str]:
        sign_in(page)
        page.goto("/admin/booking/appointment/add/")
        page.fill("[name=customer_name]", "רונית לוי")
        page.fill("[name=customer_phone]", "0530000226")
        page.fill("[name=starts_at_0]", "01/01/2020")
        page.fill("[name=starts_at_1]", "12:00")
        page.get_by_role("button", name="קביעת התור").click()
        refusal = page.get_by_text("המועד כבר עבר.")
        refusal.wait_for()
        [day, hour] = page.locator("bdi", has_text="/20").first.inner_text().split()
        page.fill("[name=starts_at_0]", day)
        page.fill("[name=starts_at_1]", hour)
        page.get_by_role("button", name="קביעת התור").click()
        page.get_by_text("התור נקבע.").wait_for()
        booked = page.locator(".al-badge").first.inner_text()
        more = page.get_by_text("more_horiz")
        if more.is_visible():
            more.click()
        page.get_by_text("ביטול התור", exact=True).locator("visible=true").first.click()
        page.get_by_text("לבטל את התור?").wait_for()
        page.get_by_role("button", name="ביטול התור").click()
        page.get_by_text("התור בוטל.").wait_for()
        return booked, page.locator(".al-badge").first.inner_text()

    assert browser.visit(story) == ("נקבע", "בוטל")


def test_dana_previews_a_closure_and_thinks_again(owned: Business, browser: Browser) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    page_of_business = f"/admin/crm/business/{owned.pk}/change/#closure"

    def story(page: Page) -> tuple[list[bool], list[str]]:
        sign_in(page)
        page.goto(page_of_business)
        page.get_by_text("הוספת סגירה").click()
        page.fill("[name=closure-0-on_date]", f"{tomorrow:%d/%m/%Y}")
        page.fill("[name=closure-0-reason]", "חופשה")
        page.locator("[name=_preview]").click()
        page.get_by_text("עוד לא נשמר דבר.").wait_for()
        readable = [fits(page)]
        page.get_by_role("button", name="חזרה לעריכה").click()
        page.locator("[name=closure-0-reason]").wait_for()
        kept = [page.input_value("[name=closure-0-on_date]"), page.input_value("[name=closure-0-reason]")]
        page.locator("[name=_preview]").click()
        page.get_by_role("button", name="שמירה").click()
        page.get_by_text("בהצלחה").first.wait_for()
        return [*readable, fits(page)], kept

    assert browser.visit(story) == ([True, True], [f"{tomorrow:%d/%m/%Y}", "חופשה"])
    with for_business(owned):
        assert list(Closure.objects.values_list("on_date", "reason")) == [(tomorrow, "חופשה")]


def test_dana_works_without_scripts(owned: Business, browser: Browser) -> None:
    browser.scripts = False
    tomorrow = timezone.localdate() + timedelta(days=1)
    with for_business(owned):
        BusinessSettings.objects.update(ai_prompt_calls="קובעים תורים כל רבע שעה.", holidays_calendar="IL")

    def story(page: Page) -> None:
        sign_in(page)
        page.goto(f"/admin/crm/business/{owned.pk}/change/?rows=1")
        page.fill("[name=closure-0-on_date]", f"{tomorrow:%d/%m/%Y}")
        page.locator("[name=_preview]").click()
        page.get_by_text("עוד לא נשמר דבר.").wait_for()
        page.get_by_role("button", name="שמירה").click()
        page.get_by_text("בהצלחה").first.wait_for()
        page.get_by_role("button", name="אישור הכלל").click()
        page.get_by_text("הכלל בתוקף.").wait_for()
        page.goto(f"/admin/booking/holiday/?year={tomorrow.year + 1}")
        page.locator("[name=_save]").click()
        page.get_by_text("חגי השנה הזאת נקבעו.").wait_for()

    browser.visit(story)

    with for_business(owned):
        assert Closure.objects.get().on_date == tomorrow
        assert OwnerRule.objects.get().is_confirmed
        assert Holiday.objects.exists()


def test_every_page_fits_and_is_quiet(owned: Business, browser: Browser) -> None:
    addresses = (
        "/",
        "/admin/",
        "/admin/booking/appointment/",
        "/admin/booking/appointment/add/",
        "/admin/booking/appointment/why-not/?starts_at_0=01/01/2020&starts_at_1=10:00",
        "/admin/booking/holiday/",
        "/admin/booking/service/add/",
        "/admin/crm/lead/add/",
        "/admin/crm/followup/add/",
        "/admin/faq/faqentry/add/",
        "/admin/password_change/",
        "/api/docs/",
    )

    def story(page: Page) -> list[str]:
        sign_in(page)
        too_wide = []
        for address in addresses:
            page.goto(address)
            if not fits(page):
                too_wide.append(address)
        return too_wide

    assert browser.visit(story) == []
