"""Stories in a real browser: a call is found, heard line by line, and followed up; on a phone as at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from calls.models import BlockedNumber, CallSession
from crm.models import Business, FollowUp, Role
from crm.tenancy import for_business
from simulator import audio
from simulator.tape import wav
from tests.support.browser import NEEDS_BROWSER, WIDTHS, Browser, barriers, fits
from tests.support.calls import MEASURED, REFUSED, a_call, page_of, said
from tests.support.factories import EventLogFactory, LeadFactory, MembershipFactory, RecordingFactory, UserFactory

pytestmark = NEEDS_BROWSER


@pytest.fixture(params=WIDTHS)
def browser(request: pytest.FixtureRequest, live_server: LiveServer) -> Iterator[Browser]:
    browser = Browser(live_server.url, request.param)
    yield browser
    assert browser.wrong == []


@pytest.fixture
def noa_herself(transactional_db: None, salon: Business) -> User:
    user: User = UserFactory(username="noa", first_name="נועה")
    MembershipFactory(user=user, business=salon, role=Role.STAFF)
    return user


@pytest.fixture
def call(transactional_db: None, salon: Business, settings: Settings, tmp_path: object) -> CallSession:
    """Noam's call of a minute and a half, recorded."""
    settings.MEDIA_ROOT = tmp_path
    noam = LeadFactory(business=salon, name="נועם שגב", phone="+972521234567")
    began = timezone.now() - timedelta(hours=1)
    call = a_call(salon, lead=noam, from_number=noam.phone, outcome="booked", started_at=began, duration_s=90)
    said(call, 0, "assistant", "שלום, איך אפשר לעזור?")
    said(call, 1, "caller", "אפשר תור היום בשש ורבע?", metrics=MEASURED)
    said(call, 2, "server", REFUSED)
    said(call, 3, "assistant", "יש מקום בשש או בשבע", at_ms=60_000)
    said(call, 4, "caller", "כמה עולה צבע שורש?", at_ms=80_000)
    recording = RecordingFactory(business=salon, call=call, kind="call", status="stored", duration_s=90)
    with for_business(salon):
        recording.file.save("call.wav", ContentFile(wav([audio.noise(90_000)])))
    return call


def test_the_technical_page_fits(noa_herself: User, call: CallSession, browser: Browser) -> None:
    said(call, 5, "server", f"[SERVER] fact: {'https://example.com/' + 'a' * 120}")
    EventLogFactory(business=call.business, call=call)

    def story(page: Page) -> list[object]:
        page.goto(f"{page_of(call)}technical/")
        return [fits(page), *barriers(page)]

    assert browser.visit(story, user=noa_herself) == [True]


def test_noa_finds_a_call_and_hears_it_line_by_line(noa_herself: User, call: CallSession, browser: Browser) -> None:
    def story(page: Page) -> dict[str, object]:
        page.goto("/calls/")
        found = [fits(page), *barriers(page)]
        page.fill("#call-q", "צבע שורש")
        page.locator("mark", has_text="צבע שורש").click()
        page.wait_for_url("**#turn-4")
        found += [fits(page), *barriers(page)]
        page.locator("#turn-3 p").click()
        expect(page.locator("#turn-3")).to_have_class("al-turn assistant is-playing")
        expect(page.locator("#turn-3 .now")).to_be_visible()
        page.keyboard.press("Space")
        expect(page.locator("[data-play]")).to_have_attribute("aria-pressed", "false")
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#turn-1")).to_have_class("al-turn caller is-playing")
        heard = page.locator("audio").evaluate("(sound) => Math.round(sound.currentTime)")
        caller, assistant = page.locator("#turn-1 p").bounding_box(), page.locator("#turn-0 p").bounding_box()
        assert caller is not None
        assert assistant is not None
        at_the_right = caller["x"] + caller["width"] > assistant["x"] + assistant["width"]
        return {"fine": found, "heard": 50 <= heard <= 59, "caller at the right": at_the_right}

    told = browser.visit(story, user=noa_herself)
    assert told == {"fine": [True, True], "heard": True, "caller at the right": True}


def test_noa_adds_a_follow_up_takes_it_back_and_blocks_the_caller(
    noa_herself: User, salon: Business, call: CallSession, browser: Browser
) -> None:
    def story(page: Page) -> list[object]:
        page.goto(page_of(call))
        page.locator("#follow-ups").get_by_role("button", name="משימה").click()
        page.get_by_text("המשימה נוספה.").wait_for()
        added = page.locator("#follow-ups li").count()
        page.locator(".toast").get_by_role("button").click()
        expect(page.locator("#follow-ups li")).to_have_count(0)
        page.locator(".call-top summary").click()
        page.get_by_role("button", name="חסימת המספר").click()
        focused = page.evaluate("document.activeElement.textContent")
        page.get_by_role("button", name="חסימה", exact=True).click()
        page.get_by_text("שיחות מהמספר הזה לא ייענו יותר.").wait_for()
        page.get_by_text("פרטים טכניים").click()
        page.get_by_text("slot_unavailable").wait_for()
        return [added, focused, fits(page), *barriers(page)]

    assert browser.visit(story, user=noa_herself) == [1, "השארה", True]
    with for_business(salon):
        assert [row.number for row in BlockedNumber.objects.all()] == ["+972521234567"]
        assert not FollowUp.objects.exists()


def test_noa_works_without_scripts(noa_herself: User, call: CallSession, browser: Browser) -> None:
    browser.scripts = False

    def story(page: Page) -> str:
        page.goto("/calls/")
        page.fill("#call-q", "צבע שורש")
        page.locator("#call-search button").click()
        page.locator(".hit-row a").click()
        page.get_by_role("link", name="למה?").click()
        page.wait_for_url("**#why")
        page.locator("#follow-ups").get_by_role("button", name="משימה").click()
        page.get_by_text("המשימה נוספה.").wait_for()
        return page.locator("#why h2").inner_text()

    assert "18:15 סורב?" in browser.visit(story, user=noa_herself)
