"""A session that ended while somebody wrote: after signing in the text stands in its form again."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from crm.models import Activity, Business, Lead, Role
from crm.tenancy import for_business
from tests.support.browser import NEEDS_BROWSER, Browser
from tests.support.factories import LeadFactory, MembershipFactory, UserFactory

pytestmark = NEEDS_BROWSER
NOTE = "אוהבת תה, בלי סוכר"
PASSWORD = "tea-without-sugar"
EXPIRED = "הכניסה פגה. מה שהוקלד נשמר ויחזור אחרי כניסה מחדש."


@pytest.fixture
def dana_here(transactional_db: None, salon: Business) -> User:
    user: User = UserFactory(username="dana", first_name="דנה", is_staff=True)
    user.set_password(PASSWORD)
    user.save()
    MembershipFactory(user=user, business=salon, role=Role.OWNER)
    return user


@pytest.fixture
def ronit(transactional_db: None, salon: Business) -> Lead:
    lead: Lead = LeadFactory(business=salon, name="רונית לוי")
    return lead


def sign_out(page: Page) -> None:
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)


def sign_in(page: Page) -> None:
    expect(page.locator("[data-typed-kept]")).to_have_text(EXPIRED)
    page.fill("[name=login]", "dana")
    page.fill("[name=password]", PASSWORD)
    page.locator("#login-form button").click()


def put_back(page: Page) -> None:
    page.get_by_text("מה שהוקלד קודם חזר לכאן, ועוד לא נשמר.").wait_for()


def test_a_half_written_note_outlives_the_session_and_the_token(
    salon: Business, dana_here: User, ronit: Lead, live_server: LiveServer
) -> None:
    browser = Browser(live_server.url, 1280, expected=("/notes/", "/tags/"))

    def story(page: Page) -> list[str]:
        page.goto(f"/leads/{ronit.pk}/")
        page.fill("#id_text", NOTE)
        page.fill("#tag-name", "כלה")
        sign_out(page)
        page.locator("#tag-name").press("Enter")
        sign_in(page)
        put_back(page)
        typed = [page.input_value("#id_text"), page.input_value("#tag-name")]
        page.context.clear_cookies(name=settings.CSRF_COOKIE_NAME)
        page.get_by_role("button", name="הוספת הערה").click()
        page.locator(".toast", has_text="העמוד אינו מעודכן").get_by_role("button", name="טעינה מחדש").click()
        put_back(page)
        page.get_by_role("button", name="הוספת הערה").click()
        page.locator(".timeline .note", has_text=NOTE).wait_for()
        return typed

    assert browser.visit(story, user=dana_here) == [NOTE, "כלה"]
    assert browser.wrong == []
    with for_business(salon):
        assert Activity.objects.filter(lead=ronit, text=NOTE).count() == 1


def test_a_page_that_is_sent_whole_brings_its_fields_back_and_keeps_no_copy(
    salon: Business, dana_here: User, live_server: LiveServer
) -> None:
    browser = Browser(live_server.url, 1280, expected=("/leads/new/", "/hours/"))

    def story(page: Page) -> list[str]:
        page.goto("/leads/new/")
        page.fill("[name=name]", "אורלי דיין")
        sign_out(page)
        page.locator("main button[type=submit]").click()
        sign_in(page)
        put_back(page)
        typed = page.input_value("[name=name]")
        page.locator("main button[type=submit]").click()
        page.locator("h1", has_text="אורלי דיין").wait_for()
        page.goto("/hours/")
        day = page.locator(".day").first
        day.locator("[data-add]").click()
        added = day.locator(".window:visible").last
        added.locator("[name$=-opens]").fill("21:00")
        added.locator("[name$=-closes]").fill("22:00")
        added.locator("[name$=-closes]").press("Tab")
        page.locator("#effect:not(:empty)").wait_for()
        sign_out(page)
        page.locator("#savebar button.pri").click()
        sign_in(page)
        put_back(page)
        windows = page.locator(".day").first.locator(".window:visible")
        again = windows.last.locator("[name$=-opens]").input_value()
        page.locator("#savebar button.pri").click()
        page.locator("#savebar").wait_for(state="hidden")
        return [typed, again, str(page.evaluate("sessionStorage.getItem('al-typed')"))]

    assert browser.visit(story, user=dana_here) == ["אורלי דיין", "21:00", "None"]
    assert browser.wrong == []


def test_what_somebody_else_typed_is_not_shown(
    salon: Business, dana_here: User, ronit: Lead, live_server: LiveServer
) -> None:
    browser = Browser(live_server.url, 1280, expected=("/tags/",))
    noa = UserFactory(username="noa")
    noa.set_password(PASSWORD)
    noa.save()
    MembershipFactory(user=noa, business=salon, role=Role.STAFF)

    def story(page: Page) -> list[str]:
        page.goto(f"/leads/{ronit.pk}/")
        page.fill("#tag-name", "סוד")
        sign_out(page)
        page.locator("#tag-name").press("Enter")
        page.fill("[name=login]", "noa")
        page.fill("[name=password]", PASSWORD)
        page.locator("#login-form button").click()
        page.locator("#tag-name").wait_for()
        page.wait_for_load_state()
        return [page.input_value("#tag-name"), str(page.evaluate("sessionStorage.getItem('al-typed')"))]

    assert browser.visit(story, user=dana_here) == ["", "None"]
    assert browser.wrong == []


def test_what_another_form_saves_does_not_let_a_note_go_unasked(
    dana_here: User, ronit: Lead, live_server: LiveServer
) -> None:
    """A note that was refused, or stands beside a form that was accepted, is asked about before it is left."""
    browser = Browser(live_server.url, 1280, expected=("/notes/",))
    asks = "() => !dispatchEvent(new Event('beforeunload', {cancelable: true}))"

    def story(page: Page) -> list[object]:
        page.goto(f"/leads/{ronit.pk}/")
        page.fill("#id_text", NOTE)
        page.fill("#tag-name", "כלה")
        page.locator("#tag-name").press("Enter")
        page.locator(".labels .chip", has_text="כלה").wait_for()
        asked = [page.input_value("#id_text"), page.evaluate(asks)]
        page.fill("#id_text", "   ")
        page.get_by_role("button", name="הוספת הערה").click()
        page.locator(".composer .al-error").wait_for()
        asked.append(page.evaluate(asks))
        page.fill("#id_text", NOTE)
        page.get_by_role("button", name="הוספת הערה").click()
        page.locator(".timeline .note", has_text=NOTE).wait_for()
        return [*asked, page.evaluate(asks)]

    assert browser.visit(story, user=dana_here) == [NOTE, True, True, False]
    assert browser.wrong == []


def test_previews_are_those_of_what_was_typed_last_and_never_the_sign_in(
    dana_here: User, live_server: LiveServer
) -> None:
    browser = Browser(live_server.url, 1280, expected=("/hours/",))
    held: list[Route] = []

    def change(page: Page, closes: str) -> None:
        with page.expect_request("**/hours/preview/"):
            page.locator(".day .window:visible [name$=-closes]").first.fill(closes)
            page.locator(".day .window:visible [name$=-closes]").first.press("Tab")

    def story(page: Page) -> list[object]:
        page.route("**/hours/preview/", lambda route: held.append(route), times=1)
        page.goto("/hours/")
        change(page, "19:00")
        change(page, "25:00")
        expect(page.locator("#effect")).not_to_be_empty()
        last = page.locator("#effect").inner_text()
        held[0].fulfill(body="older")
        page.evaluate("fetch('/healthz').then((answer) => answer.text())")  # an answer that began later has come
        seen = [page.locator("#effect").inner_text() == last]
        sign_out(page)
        change(page, "18:00")
        page.wait_for_url("**/accounts/login/**")
        sign_in(page)
        put_back(page)
        return [*seen, page.locator(".day .window:visible [name$=-closes]").first.input_value()]

    assert browser.visit(story, user=dana_here) == [True, "18:00"]
