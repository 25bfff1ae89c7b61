"""Noa watches a call at the salon, whispers, and takes it over: at her own telephone, or not in time."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from calls.models import CallSession
from calls.threads import off_loop
from crm.tenancy import for_everyone
from simulator.carrier import Call
from simulator.person import Person
from tests.agentlocator.stories.conftest import Telephone, heard_by_page, told
from tests.support.browser import NEEDS_BROWSER, WIDTHS, Browser, barriers, fits
from tests.support.browser_call import day_ahead, said
from tests.support.telephone import RATE, House

pytestmark = NEEDS_BROWSER
WHISPER = "יש חניה בחצר"


@pytest.fixture
def rate() -> float:
    """No sound goes through the browser here, and ringing is long."""
    return RATE / 2


def watches(page: Page, telephone: Telephone, person: Person) -> tuple[Call, list[str]]:
    """From an empty page to asking for the call; the call, and what keeps somebody from using the page."""
    page.goto("/calls/live/")
    page.get_by_text("אין שיחות כרגע").wait_for()
    page.locator("#feed-state", has_text="מתעדכן בזמן אמת").wait_for()
    call = telephone.ring(person)
    page.locator(f'#calls [data-sid="{call.sid}"]').wait_for()
    heard_by_page(page, "איך אפשר לעזור")
    telephone.hears(call, "איך אפשר לעזור?")
    telephone.says(call, f"אני רוצה לקבוע תור {said(day_ahead())} בשש בערב")
    page.locator("#lines .al-turn.caller", has_text="בשש בערב").wait_for()
    heard_by_page(page, "הזמן הזה פנוי")
    telephone.hears(call, "הזמן הזה פנוי")
    page.fill("#whisper-text", WHISPER)
    page.press("#whisper-text", "Enter")
    page.locator("#lines .whispered", has_text=WHISPER).wait_for()
    found = barriers(page) + ([] if fits(page) else ["too wide"])
    page.locator("#take-over button").click()
    return call, found


def sees_how_it_ended(page: Page) -> str:
    page.locator("#over:visible").wait_for(timeout=60_000)
    page.click("#to-summary")
    page.locator("#talk", has_text=WHISPER).wait_for()
    return page.locator("#badges").inner_text()


@pytest.mark.parametrize("width", WIDTHS)
async def test_noa_takes_the_caller_over(house: House, noa: User, width: int) -> None:
    telephone = Telephone(house)

    def story(page: Page) -> tuple[list[str], str]:
        call, found = watches(page, telephone, Person("answers", after_s=3, talks_s=8))
        page.locator("#control-answer", has_text="השיחה אצלך").wait_for(timeout=60_000)
        telephone.is_over(call)
        return found, sees_how_it_ended(page)

    found, outcome = await told(Browser(house.server, width), story, noa)

    assert found == []
    assert "הועבר" in outcome
    assert await off_loop(takers) == [noa.pk]


async def test_a_call_that_noa_does_not_take_comes_back(house: House, noa: User) -> None:
    telephone = Telephone(house)

    def story(page: Page) -> tuple[list[str], str]:
        call, found = watches(page, telephone, Person("no_answer"))
        page.locator("#control-answer", has_text="לא הייתה תשובה. השיחה חזרה לעוזר.").wait_for(timeout=60_000)
        heard_by_page(page, "אין מענה כרגע")
        page.locator("#whisper-text:enabled").wait_for()
        telephone.hangs_up(call)
        return found, sees_how_it_ended(page)

    found, _outcome = await told(Browser(house.server, 1280), story, noa)

    assert found == []
    assert await off_loop(takers) == [noa.pk]


def takers() -> list[int | None]:
    with for_everyone("a look at the calls"):
        return list(CallSession.objects.values_list("taken_by_id", flat=True))
