"""Dana changes what she is not sure of: she sees what it would do, saves it, finds it in the history, puts it back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Locator, Page

from booking.models import OpeningHours, Service
from calls.threads import off_loop
from crm.models import Business
from crm.tenancy import for_business
from tests.agentlocator.stories.conftest import toast, told
from tests.support.browser import NEEDS_BROWSER, WIDTHS, Browser, barriers, fits
from tests.support.factories import AppointmentFactory
from tests.support.telephone import House

pytestmark = NEEDS_BROWSER


def next_tuesday(hour: int) -> datetime:
    """At that hour; a week on if it is Tuesday now."""
    now = timezone.localtime().replace(hour=hour, minute=0, second=0, microsecond=0)
    return now + timedelta(days=(1 - now.weekday() - 1) % 7 + 1)


def tuesday_of(salon: Business) -> list[str]:
    with for_business(salon):
        return [f"{row.opens:%H:%M}–{row.closes:%H:%M}" for row in OpeningHours.objects.filter(weekday=2)]


def length_of_a_cut(salon: Business) -> int:
    with for_business(salon):
        return Service.objects.get(slug="cut").duration_min


def newest_of_history(page: Page) -> Locator:
    page.goto("/history/")
    return page.locator(".saves > li").first


def puts_it_back(page: Page, save: Locator) -> None:
    save.get_by_role("button", name="החזרה לקודם").click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    assert page.evaluate("document.activeElement.textContent") == "השארה"
    dialog.get_by_role("button", name="החזרה").click()
    toast(page, "ההגדרה חזרה למה שהיה קודם.")


@pytest.mark.parametrize("width", WIDTHS)
async def test_a_shorter_tuesday_is_foreseen_saved_and_put_back(
    house: House, salon: Business, dana: User, width: int
) -> None:
    await off_loop(books_gil, salon)

    def story(page: Page) -> tuple[str, list[str]]:
        page.goto("/hours/")
        wrong = barriers(page)
        tuesday = page.locator('.day[data-day="2"]')
        tuesday.locator("[name$=-closes]").first.click()
        page.keyboard.press("Control+A")
        page.keyboard.type("14:00")
        effect = page.locator("#effect", has_text="תור אחד מחוץ לשעות החדשות")
        effect.wait_for()
        assert effect.get_by_text("גיל רונן").is_visible()
        wrong += barriers(page)
        page.locator("#savebar").get_by_role("button", name="שמירה").click()
        toast(page, "נשמר.")
        kept = tuesday.locator("[name$=-closes]").first.input_value()
        save = newest_of_history(page)
        save.locator("del", has_text="20:00").wait_for()
        save.locator("ins", has_text="14:00").wait_for()
        wrong += barriers(page)
        assert save.inner_text().startswith("דנה")
        puts_it_back(page, save)
        newest_of_history(page).locator("ins", has_text="20:00").wait_for()
        page.goto("/hours/")
        assert page.locator('.day[data-day="2"] [name$=-closes]').first.input_value() == "20:00"
        return kept, wrong if fits(page) else [*wrong, "too wide"]

    kept, wrong = await told(Browser(house.server, width), story, dana)

    assert wrong == []
    assert kept == "14:00"
    assert await off_loop(tuesday_of, salon) == ["10:00–20:00"]


def books_gil(salon: Business) -> None:
    at = next_tuesday(18)
    AppointmentFactory(business=salon, starts_at=at, ends_at=at + timedelta(hours=1), customer_name="גיל רונן")


async def test_a_length_in_the_admin_is_undone_from_the_history(house: House, salon: Business, dana: User) -> None:
    def story(page: Page) -> None:
        page.goto("/admin/booking/service/")
        page.get_by_role("link", name="תספורת").first.click()
        page.fill("#id_duration_min", "45")
        page.locator("[name=_save]").click()
        page.wait_for_url("**/admin/booking/service/")
        page.locator("#result_list", has_text="45 דק׳").wait_for()
        save = newest_of_history(page)
        save.locator("ins", has_text="45").wait_for()
        puts_it_back(page, save)
        newest_of_history(page).locator("ins", has_text="60").wait_for()

    await told(Browser(house.server, 1280), story, dana)

    assert await off_loop(length_of_a_cut, salon) == 60
