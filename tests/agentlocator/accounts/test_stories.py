"""In a real browser: a business opened, an invitation accepted, the second factor, the lock, a lost password."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.core import mail
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from crm.models import Business, Membership, Role
from tests.support.browser import NEEDS_BROWSER, WIDTHS, Browser, barriers, fits
from tests.support.codes import code_of_app
from tests.support.factories import PASSWORD

pytestmark = NEEDS_BROWSER


@pytest.fixture(params=WIDTHS)
def browser(request: pytest.FixtureRequest, live_server: LiveServer, settings: Settings) -> Iterator[Browser]:
    settings.SIGN_UP_OPEN = True
    browser = Browser(live_server.url, request.param)
    yield browser
    assert browser.wrong == []


def good(page: Page) -> list[str]:
    """What is wrong with the page as it stands."""
    return [*barriers(page), *([] if fits(page) else [f"too wide: {page.url}"])]


def link_of_the_last_letter() -> str:
    [path] = re.findall(r"https?://[^/\s]+(/\S+)", str(mail.outbox[-1].body))
    return str(path)


def sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    page.goto("/accounts/login/")
    page.fill("#id_login", login)
    page.fill("#id_password", password)
    page.click("#login-form [type=submit]")


def test_ruth_opens_a_business_and_invites_tamar(transactional_db: None, browser: Browser) -> None:
    def story(ruth: Page, tamar: Page) -> list[str]:
        ruth.goto("/accounts/login/")
        ruth.get_by_role("link", name="פתיחת עסק").click()
        wrong = good(ruth)
        ruth.fill("[name=name]", "רות כהן")
        ruth.fill("[name=business_name]", "המוסך של רות")
        ruth.fill("[name=email]", "ruth@example.com")
        ruth.fill("[name=password1]", PASSWORD)
        ruth.get_by_role("button", name="פתיחת העסק").click()
        ruth.wait_for_url("**/")
        ruth.get_by_text("המוסך של רות").first.wait_for(state="attached")
        ruth.goto("/team/")
        wrong += good(ruth)
        ruth.fill("[name=email]", "tamar@example.com")
        ruth.get_by_role("button", name="שליחת ההזמנה").click()
        ruth.get_by_text("ההזמנה נשלחה.").wait_for()
        wrong += good(ruth)
        tamar.goto(link_of_the_last_letter())
        wrong += good(tamar)
        tamar.fill("[name=name]", "תמר לוי")
        tamar.fill("[name=password1]", PASSWORD)
        tamar.get_by_role("button", name="הצטרפות").click()
        tamar.wait_for_url("**/")
        tamar.get_by_text("ההצטרפות לצוות של המוסך של רות הושלמה.").wait_for()
        ruth.goto("/team/")
        ruth.get_by_role("link", name="הסרה תמר לוי").click()
        ruth.get_by_role("dialog").wait_for()
        assert ruth.evaluate("document.activeElement.textContent") == "השארה בצוות"
        wrong += good(ruth)
        ruth.get_by_role("button", name="הסרה", exact=True).click()
        ruth.get_by_text("הגישה הסתיימה.").wait_for()
        tamar.goto("/")
        tamar.get_by_text("עוד אין כאן עסק").wait_for()
        return wrong

    assert browser.visit_together(story, users=(None, None)) == []

    business = Business.objects.get()
    assert [(row.user.email, row.role) for row in Membership.objects.filter(business=business)] == [
        ("ruth@example.com", Role.OWNER)
    ]


def test_dana_turns_on_the_second_factor_and_needs_it(
    transactional_db: None, dana_here: Membership, browser: Browser
) -> None:
    def story(page: Page) -> list[str]:
        sign_in(page, "dana")
        page.wait_for_url("**/")
        page.goto("/me/")
        wrong = good(page)
        page.get_by_role("link", name="הגדרות אימות דו־שלבי").click()
        wrong += good(page)
        page.get_by_role("link", name="הפעלה").click()
        wrong += good(page)
        page.fill("[name=password]", PASSWORD)
        page.get_by_role("button", name="המשך").click()
        assert page.locator("img.qr").evaluate("image => image.naturalWidth") > 100
        wrong += good(page)
        secret = page.locator("#authenticator_secret").text_content() or ""
        page.fill("[name=code]", code_of_app(secret))
        page.get_by_role("button", name="הפעלה").click()
        page.get_by_role("heading", name="קודי שחזור").wait_for()
        wrong += good(page)
        recovery = page.locator(".codes li").first.inner_text()
        page.get_by_role("link", name="הקודים נשמרו").click()
        page.get_by_text("נשארו 10 קודים.").wait_for()
        wrong += good(page)
        page.goto("/accounts/logout/")
        page.get_by_role("button", name="יציאה").click()
        page.wait_for_url("**/login/")
        sign_in(page, "dana")
        page.wait_for_url("**/authenticate/")
        wrong += good(page)
        page.fill("[name=code]", code_of_app(secret, steps=1))  # a used code is good no more
        page.get_by_role("button", name="כניסה", exact=True).click()
        page.wait_for_url(browser.address + "/")
        page.goto("/accounts/logout/")
        page.get_by_role("button", name="יציאה").click()
        page.wait_for_url("**/login/")
        sign_in(page, "dana")
        page.fill("[name=code]", recovery)
        page.get_by_role("button", name="כניסה", exact=True).click()
        page.wait_for_url(browser.address + "/")
        return wrong

    assert browser.visit(story) == []


def test_dana_is_locked_out_and_comes_back_with_a_new_password(
    transactional_db: None, dana_here: Membership, browser: Browser
) -> None:
    def story(page: Page) -> list[str]:
        for _try in range(5):
            sign_in(page, "dana", "wrong horse battery")
            page.get_by_text("השם או הסיסמה שגויים.").wait_for()
        sign_in(page, "dana@example.com", "wrong horse battery")
        wrong = good(page)
        sign_in(page, "dana")
        page.get_by_text("הכניסה ננעלה ל־15 דק׳.").wait_for()
        page.get_by_role("link", name="איפוס סיסמה").click()
        wrong += good(page)
        page.fill("[name=email]", "dana@example.com")
        page.get_by_role("button", name="שליחת הקישור").click()
        page.get_by_role("heading", name="נשלח דוא״ל").wait_for()
        wrong += good(page)
        page.goto(link_of_the_last_letter())
        page.fill("[name=password1]", "another fine day")
        page.fill("[name=password2]", "another fine day")
        wrong += good(page)
        page.get_by_role("button", name="שמירת הסיסמה").click()
        page.get_by_role("heading", name="הסיסמה הוחלפה").wait_for()
        wrong += good(page)
        sign_in(page, "dana", "another fine day")
        page.wait_for_url(browser.address + "/")
        return wrong

    assert browser.visit(story) == []


def test_dana_chooses_english_and_darkness(transactional_db: None, dana_here: Membership, browser: Browser) -> None:
    def story(page: Page) -> tuple[list[str], list[str | None]]:
        sign_in(page, "dana")
        page.wait_for_url("**/")
        if browser.width < 720:
            page.locator(".tabbar button, .tabbar [data-sheet]").last.click()
        page.locator(".me summary").click()
        page.get_by_role("button", name="כהה").click()
        dark = page.locator("html").get_attribute("class")
        wrong = good(page)
        page.get_by_role("button", name="English").click()
        page.wait_for_load_state()
        shown = [page.locator("html").get_attribute(name) for name in ("lang", "dir", "class")]
        wrong += good(page)
        page.goto("/admin/")
        page.wait_for_load_state()
        return wrong, [dark, *shown, page.locator("html").get_attribute("dir")]

    assert browser.visit(story) == ([], ["dark", "en", "ltr", "dark", "ltr"])
