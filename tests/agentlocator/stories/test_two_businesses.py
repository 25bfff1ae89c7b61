"""Dana and Ruth, each at a browser of her own, while Dana's telephone rings: Ruth learns nothing of it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from crm.models import Business, Lead, Role
from tests.agentlocator.stories.conftest import Telephone, heard_by_page, member, told
from tests.support.browser import NEEDS_BROWSER, Browser
from tests.support.browser_call import day_ahead, said
from tests.support.factories import BusinessFactory, LeadFactory
from tests.support.telephone import DANA as CALLER
from tests.support.telephone import House

pytestmark = NEEDS_BROWSER
CALLER_AS_WRITTEN = "052-123-4567"
WORDS = f"אני רוצה לקבוע תור {said(day_ahead())} בשש בערב"


@pytest.fixture
def ruth(transactional_db: None) -> User:
    business = BusinessFactory(slug="ruth", name="המספרה של רות", with_settings=True)
    return member(business, "רות", Role.OWNER)


@pytest.fixture
def customer(salon: Business) -> Lead:
    lead: Lead = LeadFactory(business=salon, name="רונית לוי", phone=CALLER)
    return lead


def shown(page: Page) -> str:
    return page.locator("body").inner_text()


async def test_ruth_sees_nothing_of_danas_call(house: House, dana: User, ruth: User, customer: Lead) -> None:
    telephone = Telephone(house)
    card = f"/leads/{customer.pk}/"
    browser = Browser(house.server, 1280, expected=("/calls/CA", card))

    def story(danas: Page, ruths: Page) -> tuple[dict[str, str], list[str]]:
        for page in (danas, ruths):
            page.goto("/calls/live/")
            page.locator("#feed-state", has_text="מתעדכן בזמן אמת").wait_for()
        call = telephone.ring()
        telephone.hears(call, "איך אפשר לעזור?")
        telephone.says(call, WORDS)
        heard_by_page(danas, "הזמן הזה פנוי")
        seen = {"live, all along": shown(ruths)}
        for address in ("/", "/calls/", "/calls/live/", "/leads/?view=list", "/search/?q=רונית", "/search/?q=לקבוע"):
            ruths.goto(address)
            seen[address] = shown(ruths)
        forbidden = [f"/calls/{call.sid}/", card, f"/calls/live/?call={call.sid}"]
        answers = []
        for address in forbidden:
            answer = ruths.goto(address)
            assert answer
            answers.append(f"{answer.status} {ruths.locator('h1').inner_text()}")
            seen[address] = shown(ruths)
        telephone.hangs_up(call)
        danas.locator("#over:visible").wait_for()
        danas.goto("/calls/")
        danas.locator("#main", has_text=CALLER_AS_WRITTEN).wait_for()
        for address in ("/", "/calls/", "/calls/?q=לקבוע", f"/calls/{call.sid}/"):
            ruths.goto(address)
            seen[f"afterwards {address}"] = shown(ruths)
        return seen, answers

    seen, answers = await told(browser, story, dana, ruth)

    assert answers == ["404 העמוד לא נמצא", "404 העמוד לא נמצא", "200 שיחות פעילות"]
    for place, text in seen.items():
        for secret in ("רונית לוי", CALLER_AS_WRITTEN, "הזמן הזה פנוי", "המספרה של דנה"):
            assert secret not in text, place
