"""Noa comes to work: what waits, what was said, done and not done, an appointment for somebody, a note about her."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from booking.models import Appointment
from calls.models import CallSession
from calls.threads import off_loop
from crm.models import Activity, FollowUp
from crm.tenancy import for_business
from tests.agentlocator.stories.conftest import toast, told
from tests.support.browser import NEEDS_BROWSER, WIDTHS, Browser, barriers, fits
from tests.support.calls import said
from tests.support.morning import Morning, morning_of
from tests.support.telephone import House

pytestmark = NEEDS_BROWSER
ASKED = "כמה עולה צבע שורש, ומי יכולה לחזור אליי?"


@pytest.fixture
def morning(transactional_db: None) -> Morning:
    """The call behind what waits has words, too."""
    morning = morning_of()
    with for_business(morning.business):
        call = CallSession.objects.get(call_sid=morning.follow_up.call_sid)
    said(call, 0, "assistant", "שלום, איך אפשר לעזור?")
    said(call, 1, "caller", ASKED)
    return morning


@pytest.mark.parametrize("width", WIDTHS)
async def test_noas_morning(house: House, morning: Morning, width: int) -> None:
    waiting, customer = morning.follow_up, morning.follow_up.lead
    assert customer is not None
    later = timezone.localtime() + timedelta(days=3)

    def reads_the_call(page: Page) -> list[str]:
        page.goto("/")
        row = page.locator(f"#follow-up-{waiting.pk}")
        wrong = barriers(page)
        row.get_by_role("link", name="השיחה").click()
        page.locator("#talk", has_text=ASKED).wait_for()
        return wrong + barriers(page)

    def ticks_it_off_and_on_again(page: Page) -> None:
        page.goto("/")
        row = page.locator(f"#follow-up-{waiting.pk}")
        row.get_by_role("button", name="בוצע").click()
        row.wait_for(state="detached")
        page.locator("#toasts .toast").get_by_role("button", name="החזרה").click()
        row.wait_for()

    def books(page: Page) -> list[str]:
        page.goto(f"/leads/{customer.pk}/")
        page.locator("a[data-new]", has_text="תור חדש").click()
        page.wait_for_url("**/calendar/new/**")
        assert page.input_value("[name=customer_name]") == customer.name
        with page.expect_response("**/calendar/new/"):
            page.select_option("[name=service]", label="תספורת")
        with page.expect_response("**/calendar/new/"):
            page.fill("[name=date]", f"{later:%d/%m/%Y}")
            page.locator("[name=date]").press("Tab")
        page.locator(f'#new-times label:has([value^="{later:%Y-%m-%d}T12:00"])').click()
        wrong = barriers(page)
        page.get_by_role("button", name="קביעת התור").click()
        toast(page, f"התור של {customer.name} נקבע")
        return wrong

    def writes_a_note(page: Page) -> None:
        page.goto(f"/leads/{customer.pk}/")
        page.fill("#id_text", "רוצה לבוא עם הבת")
        page.get_by_role("button", name="הוספת הערה").click()
        page.locator(".timeline .note", has_text="רוצה לבוא עם הבת").wait_for()

    def story(page: Page) -> list[str]:
        wrong = reads_the_call(page)
        ticks_it_off_and_on_again(page)
        wrong += books(page)
        writes_a_note(page)
        return wrong if fits(page) else [*wrong, "too wide"]

    assert await told(Browser(house.server, width), story, morning.noa) == []

    def kept() -> tuple[object, ...]:
        with for_business(morning.business):
            booked = Appointment.objects.filter(lead=customer).latest("starts_at")
            note = Activity.objects.get(lead=customer, text="רוצה לבוא עם הבת")
            return (
                FollowUp.objects.get(pk=waiting.pk).done_at,
                f"{timezone.localtime(booked.starts_at):%Y-%m-%d %H:%M}",
                note.by_id,
            )

    assert await off_loop(kept) == (None, f"{later:%Y-%m-%d} 12:00", morning.noa.pk)
