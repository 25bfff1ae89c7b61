"""Ruth opens a business, sets her hours and tries her assistant, before anybody calls it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from pytest_django.fixtures import Settings

from booking.models import Appointment
from calls.models import PracticeAppointment
from calls.threads import off_loop
from crm.tenancy import for_everyone
from tests.agentlocator.stories.conftest import heard_by_page, told
from tests.support.browser import NEEDS_BROWSER, WIDTHS, Browser, barriers, fits
from tests.support.browser_call import day_ahead, said
from tests.support.factories import PASSWORD
from tests.support.telephone import House

pytestmark = NEEDS_BROWSER
DENIED = ("--deny-permission-prompts",)  # no microphone here: she types


def signs_up(page: Page) -> None:
    page.goto("/accounts/signup/")
    page.fill("[name=name]", "רות כהן")
    page.fill("[name=business_name]", "המספרה של רות")
    page.fill("[name=email]", "ruth@example.com")
    page.fill("[name=password1]", PASSWORD)
    page.get_by_role("button", name="פתיחת העסק").click()
    page.locator(".setup", has_text="חמישה צעדים ואפשר לענות").wait_for()


def steps_done(page: Page) -> list[str]:
    return page.locator(".setup li.done b").all_inner_texts()


def sets_her_hours(page: Page) -> None:
    """From the first step of the list: Sunday, then the same on every other day."""
    page.locator(".setup li", has_text="שעות פתיחה").get_by_role("link").click()
    page.locator("label[for=open-0]").click()
    sunday = page.locator('.day[data-day="0"]')
    sunday.locator("[name$=-opens]").last.fill("10:00")
    sunday.locator("[name$=-closes]").last.fill("20:00")
    sunday.locator("[data-copy-day]").click()
    for box in page.locator("#copy-dialog input:enabled").all():
        box.check()
    page.locator("#copy-dialog [data-copy=chosen]").click()
    page.locator("#effect", has_text="10:00–20:00").wait_for()  # what the assistant will say
    page.locator("#savebar").get_by_role("button", name="שמירה").click()
    page.locator("#toasts .toast", has_text="נשמר.").wait_for()


def says(page: Page, text: str, answer: str) -> None:
    page.fill("#say", text)
    page.press("#say", "Enter")
    heard_by_page(page, answer)


def books_by_typing(page: Page) -> None:
    page.locator(".setup li", has_text="שיחת ניסיון").get_by_role("link").click()
    page.wait_for_url("**/practice/")
    page.click("#begin")
    heard_by_page(page, "איך אפשר לעזור")
    says(page, f"אני רוצה לקבוע תור {said(day_ahead())} בשש בערב", "הזמן הזה פנוי")
    says(page, "כן", "מה השם המלא")
    says(page, "רועי כהן", "מספר טלפון")
    says(page, "0520000147", "התור נקבע בהצלחה")
    page.locator("[data-diary] li").first.wait_for()
    page.click("#hang-up")
    page.locator("[data-over]").wait_for(timeout=20_000)


@pytest.mark.parametrize("width", WIDTHS)
async def test_from_sign_up_to_a_practice_booking(house: House, settings: Settings, width: int) -> None:
    settings.SIGN_UP_OPEN = True
    settings.PRACTICE_MODE = True

    def story(page: Page) -> tuple[list[list[str]], list[str]]:
        signs_up(page)
        done = [steps_done(page)]
        wrong = barriers(page)
        sets_her_hours(page)
        page.goto("/")
        done.append(steps_done(page))
        books_by_typing(page)
        wrong += barriers(page)
        page.goto("/")
        done.append(steps_done(page))
        return done, wrong if fits(page) else [*wrong, "too wide"]

    done, wrong = await told(Browser(house.server, width, flags=DENIED), story)

    assert wrong == []
    assert done == [[], ["שעות פתיחה"], ["שעות פתיחה", "שיחת ניסיון"]]
    assert await off_loop(booked) == (["רועי כהן"], 0)


def booked() -> tuple[list[str], int]:
    """Names of the practice diary, and how many real appointments there are."""
    with for_everyone("a look at what was made"):
        return list(PracticeAppointment.objects.values_list("customer_name", flat=True)), Appointment.objects.count()
