"""The practice page in a real browser, against the real media socket and the feed: typing, keys, microphone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, TimeoutError
from pytest_django.fixtures import Settings

from calls.models import CallSession, PracticeAppointment
from calls.threads import off_loop
from crm.models import Business, Role
from crm.tenancy import for_everyone
from tests.support.browser import NEEDS_BROWSER, WIDTHS, Browser, barriers, fits
from tests.support.browser_call import day_ahead, said
from tests.support.factories import MembershipFactory, PromptVersionFactory, UserFactory
from tests.support.telephone import House

pytestmark = NEEDS_BROWSER
MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
DENIED = ("--deny-permission-prompts",)


@pytest.fixture
def rate() -> float:
    """A browser's clock runs as in life."""
    return 1.0


@pytest.fixture
def dana(salon: Business) -> User:
    user = UserFactory(username="dana", first_name="דנה", is_staff=True)
    return MembershipFactory(business=salon, role=Role.OWNER, user=user).user


async def visit(browser: Browser, story: Callable[[Page], Any], user: User) -> Any:
    """The browser in a thread, the house on the test's own loop."""
    told = await off_loop(browser.visit, story, user=user)
    assert browser.wrong == []
    return told


def says(page: Page, text: str, answer: str) -> None:
    page.fill("#say", text)
    page.press("#say", "Enter")
    page.locator("#lines .al-turn.caller", has_text=text).first.wait_for()
    try:
        page.locator("#lines .al-turn.assistant", has_text=answer).first.wait_for(timeout=20_000)
    except TimeoutError:
        raise AssertionError(page.inner_text("#lines")) from None


def quiet(page: Page) -> None:
    page.locator('#talking[data-hears="true"]').wait_for(timeout=20_000)
    page.locator('#talking[data-hears="false"]').wait_for(timeout=20_000)


def begin(page: Page) -> None:
    page.goto("/practice/")
    page.click("#begin")
    page.locator("#lines .al-turn.assistant", has_text="איך אפשר לעזור").first.wait_for(timeout=20_000)


@pytest.mark.parametrize("width", WIDTHS)
async def test_dana_types_a_booking_to_its_end(house: House, dana: User, settings: Settings, width: int) -> None:
    settings.PRACTICE_MODE = True
    browser = Browser(house.server, width, flags=MICROPHONE)

    def story(page: Page) -> tuple[list[str], bool, str]:
        page.goto("/practice/")
        found = barriers(page)
        narrow = fits(page)
        page.click("#begin")
        page.locator("#lines .al-turn.assistant", has_text="איך אפשר לעזור").first.wait_for(timeout=20_000)
        assert page.inner_text("#mic-state") == "המיקרופון מושתק"
        says(page, f"אני רוצה לקבוע תור {said(day_ahead())} בשש בערב", "הזמן הזה פנוי")
        says(page, "כן", "מה השם המלא")
        says(page, "רועי כהן", "מספר טלפון")
        for digit in "05200":
            page.click(f'[data-key="{digit}"]')
        assert page.inner_text("#keyed bdi") == "05200"
        page.keyboard.type("00147")
        page.keyboard.type("#")
        page.locator("#lines .al-turn.assistant", has_text="התור נקבע בהצלחה").first.wait_for(timeout=20_000)
        page.locator("[data-diary] li").first.wait_for()
        assert page.locator("#events .raw", has_text="[SERVER] slot_available").count() == 1
        assert page.locator("#events li", has_text="תגובה תוך").count() >= 1
        found += barriers(page)
        quiet(page)  # news of something done is told again until it was heard
        says(page, "לא תודה, להתראות", "יום נעים")
        page.locator("[data-over]").wait_for(timeout=20_000)
        found += barriers(page)
        return found, narrow and fits(page), page.inner_text("#result")

    found, narrow, result = await visit(browser, story, dana)
    assert found == []
    assert narrow
    assert "נקבע תור" in result
    assert "ניסיון עם הגרסה הפעילה" in result
    assert "רועי כהן" in result
    assert await off_loop(made) == ["רועי כהן"]


def made() -> list[str]:
    with for_everyone("a look at what was made"):
        return list(PracticeAppointment.objects.values_list("customer_name", flat=True))


async def test_the_microphone_is_heard_by_the_server(house: House, dana: User) -> None:
    browser = Browser(house.server, 1280, flags=MICROPHONE)
    heard: list[bytes] = []

    def story(page: Page) -> str:
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: heard.append(frame)))
        begin(page)
        page.wait_for_timeout(2500)
        state = page.inner_text("#mic-state")
        page.click("#mute")
        assert page.inner_text("#mic-state") == "המיקרופון מושתק"
        page.click("#hang-up")
        page.locator("[data-over]").wait_for(timeout=20_000)
        return state

    assert await visit(browser, story, dana) == "המיקרופון פעיל"
    media = [str(frame) for frame in heard if '"media"' in str(frame)]
    assert len(media) > 100
    silent = [frame for frame in media if "//////////////////////////" in frame]
    assert len(media) - len(silent) > 5  # the fake device beeps


async def test_without_a_microphone_the_call_goes_on_in_writing(house: House, dana: User) -> None:
    browser = Browser(house.server, 390, flags=DENIED)

    def story(page: Page) -> str:
        begin(page)
        says(page, "אפשר תור בשבת בעשר בבוקר?", "הזמן הזה פנוי")
        return page.inner_text("#no-mic")

    told = await visit(browser, story, dana)
    assert told in (
        "לא נמצא מיקרופון, ולכן כאן מקלידים.",
        "אין גישה למיקרופון. אפשר לאשר אותו בהגדרות הדפדפן, או להמשיך בהקלדה.",
    )


async def test_a_draft_and_other_hours_are_tried(house: House, salon: Business, dana: User) -> None:
    draft = await off_loop(lambda: PromptVersionFactory(business=salon, number=7))
    browser = Browser(house.server, 1280, flags=DENIED, expected=("/practice/start/",))

    def story(page: Page) -> tuple[str, str]:
        page.goto(f"/practice/?draft={draft.pk}")
        page.select_option("#id_hours", "draft")
        page.fill("#id_day_3", "בבוקר")
        page.click("#begin")
        page.locator("#error-day_3").wait_for()
        error = page.inner_text("#error-day_3")
        assert page.locator("#id_day_3").evaluate("field => field === document.activeElement")
        for day in range(7):
            page.fill(f"#id_day_{day}", "10:00–15:00")
        page.fill("#id_moment", "24/11/2031 11:40")
        page.click("#begin")
        page.locator("#lines .al-turn.assistant", has_text="איך אפשר לעזור").first.wait_for(timeout=20_000)
        says(page, "אני רוצה לקבוע תור היום בשש בערב", "מחוץ לשעות הפעילות")
        page.click("#hang-up")
        page.locator("[data-over]").wait_for(timeout=20_000)
        return error, page.inner_text("#result")

    error, result = await visit(browser, story, dana)
    assert error.startswith("רביעי: השעות נכתבות כך")
    assert "נוסה עם טיוטה 7" in result
    assert "פרסום הטיוטה" in result


async def test_a_lost_connection_is_told_and_a_new_call_begins(house: House, dana: User) -> None:
    browser = Browser(house.server, 1280, flags=MICROPHONE)

    def story(page: Page) -> str:
        page.add_init_script(
            "const Real = WebSocket; window.sockets = [];"
            "window.WebSocket = class extends Real { constructor(...all) { super(...all); sockets.push(this); } };"
        )
        begin(page)
        page.evaluate("window.sockets.find((one) => one.url.includes('media')).close(3000)")
        page.locator("#trouble:visible").wait_for()
        told = page.inner_text("#trouble")
        page.locator("#again button").click()
        page.locator("#say-form").wait_for()  # the lines of the call before are gone
        page.locator("#lines .al-turn.assistant", has_text="איך אפשר לעזור").first.wait_for(timeout=20_000)
        assert not page.locator("#trouble").is_visible()
        return told

    told = await visit(browser, story, dana)
    assert told.startswith("החיבור נותק, והשיחה הסתיימה.")
    assert await off_loop(count) == 2


def count() -> int:
    with for_everyone("a look at what was made"):
        return CallSession.objects.filter(from_browser=True).count()
