"""The frame in a real browser: by keys, by thumb, and without scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, Route
from pytest_django.live_server_helper import LiveServer

from crm.models import Business, FollowUp, Role
from crm.tenancy import for_business
from tests.support.browser import NEEDS_BROWSER, WIDTHS, Browser, barriers, fits
from tests.support.factories import FollowUpFactory, LeadFactory, MembershipFactory, ServiceFactory, UserFactory

pytestmark = NEEDS_BROWSER


@pytest.fixture
def owner(transactional_db: None, salon: Business) -> User:
    user: User = UserFactory(username="dana", first_name="דנה", is_staff=True)
    MembershipFactory(user=user, business=salon, role=Role.OWNER)
    return user


@pytest.fixture(params=WIDTHS)
def browser(request: pytest.FixtureRequest, live_server: LiveServer) -> Browser:
    return Browser(live_server.url, request.param)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent || document.activeElement.name").strip())


def test_done_on_home_can_be_taken_back(salon: Business, owner: User, browser: Browser) -> None:
    lead = LeadFactory(business=salon, name="יוסי כהן")
    todo = FollowUpFactory(business=salon, lead=lead, reason="לחזור בעניין החלקה", due_at=timezone.now())

    def story(page: Page) -> bool:
        page.goto("/")
        page.get_by_role("button", name="בוצע").click()
        page.get_by_text("הכול טופל").wait_for()
        readable = fits(page)
        page.get_by_role("button", name="החזרה").click()
        page.get_by_role("link", name="לחזור בעניין החלקה", exact=True).wait_for()
        page.get_by_text("המשימה פתוחה שוב.").wait_for()
        return readable

    assert browser.visit(story, user=owner)
    assert browser.wrong == []
    with for_business(salon):
        assert FollowUp.objects.get(pk=todo.pk).done_at is None


def test_a_follow_up_is_written_in_a_dialog(salon: Business, owner: User, browser: Browser) -> None:
    LeadFactory(business=salon, name="יוסי כהן", phone="+972540000382")
    browser.expected = ("/follow-ups/add/",)

    def story(page: Page) -> str:
        page.goto("/follow-ups/")
        page.get_by_role("link", name="משימה חדשה").click()
        page.fill("#follow_up_person", "אין כזה")
        page.get_by_role("button", name="שמירה").click()
        page.get_by_text("לא נמצא לקוח מתאים").wait_for()
        page.fill("#follow_up_reason", "להזמין צבע")
        page.fill("#follow_up_person", "054-000-0382")
        page.get_by_text("בעוד שבוע").click()
        page.get_by_role("button", name="שמירה").click()
        page.get_by_role("link", name="להזמין צבע", exact=True).wait_for()
        page.locator("#follow-up-dialog").wait_for(state="hidden")
        return page.locator("#follow-ups").inner_text()

    assert "יוסי כהן" in browser.visit(story, user=owner)
    assert browser.wrong == []


def test_keys_lead_everywhere(salon: Business, owner: User, live_server: LiveServer) -> None:
    browser = Browser(live_server.url, 1280)
    LeadFactory(business=salon, name="רונית לוי")
    for reason in ("ראשונה", "שנייה"):
        FollowUpFactory(business=salon, reason=reason, due_at=timezone.now() + timedelta(minutes=len(reason)))

    def story(page: Page) -> list[str]:
        page.goto("/")
        seen = []
        page.keyboard.press("?")
        seen.append(page.locator("#keys-dialog").get_by_text("קיצורי מקלדת").inner_text())
        page.keyboard.press("Escape")
        page.keyboard.press("g")
        page.keyboard.press("t")
        page.wait_for_url("**/follow-ups/")
        for key in "jjk":
            page.keyboard.press(key)
        seen.append(focused(page))
        page.keyboard.press("e")
        page.get_by_text("המשימה בוצעה.").wait_for()
        page.keyboard.press("Control+k")
        page.keyboard.type("רונית")
        page.locator("#search-found a.hit").first.wait_for()
        page.keyboard.press("ArrowDown")
        seen.append(focused(page).split()[0])
        page.keyboard.press("ArrowUp")
        seen.append(focused(page))
        page.keyboard.press("Escape")
        page.locator(".seg a").first.focus()
        page.keyboard.press("ArrowLeft")  # the next one stands at the left
        seen.append(focused(page))
        return seen

    assert browser.visit(story, user=owner) == ["קיצורי מקלדת", "שנייה", "רונית", "q", "בוצעו"]
    assert browser.wrong == []


def test_the_menu_of_phones_takes_the_focus_and_gives_it_back(owner: User, live_server: LiveServer) -> None:
    browser = Browser(live_server.url, 390)

    def story(page: Page) -> list[str]:
        page.goto("/")
        more = page.locator(".tabbar").get_by_text("עוד")
        more.click()
        seen = [focused(page), str(page.locator(".page").get_attribute("inert"))]
        page.keyboard.press("Escape")
        seen += [focused(page), str(page.locator("#side").is_visible())]
        more.click()
        page.locator("#side").get_by_role("link", name="לקוחות").click()
        page.wait_for_url("**/leads/**")
        return seen

    assert browser.visit(story, user=owner) == ["סגירת התפריט", "", "עוד", "False"]
    assert browser.wrong == []


def test_without_scripts_the_menu_and_the_search_are_there(
    salon: Business, owner: User, live_server: LiveServer
) -> None:
    browser = Browser(live_server.url, 390, scripts=False)
    LeadFactory(business=salon, name="רונית לוי")
    FollowUpFactory(business=salon, lead=None, reason="להזמין צבע", due_at=timezone.now())

    def story(page: Page) -> str:
        page.goto("/")
        page.get_by_role("button", name="בוצע").click()
        page.get_by_text("המשימה בוצעה.").wait_for()
        page.locator(".tabbar").get_by_text("עוד").click()
        page.locator("#side").get_by_role("link", name="חיפוש").click()
        page.fill("[name=q] >> visible=true", "רונית")
        page.locator("main").get_by_role("button", name="חיפוש").click()
        return page.locator("#page-found").inner_text()

    assert "רונית לוי" in browser.visit(story, user=owner)
    assert browser.wrong == []


def test_pages_seen_last_are_offered_and_forgotten_at_the_end(
    salon: Business, owner: User, live_server: LiveServer
) -> None:
    browser = Browser(live_server.url, 1280)

    def story(page: Page) -> tuple[str, str]:
        page.goto("/follow-ups/")
        page.goto("/")
        page.keyboard.press("/")
        offered = page.locator("#search-found").inner_text()
        page.keyboard.press("Escape")
        page.locator(".me summary").click()
        page.get_by_role("button", name="יציאה").click()
        page.wait_for_url("**/login/**")
        kept = page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('al-recent'))")
        return offered, str(kept)

    offered, kept = browser.visit(story, user=owner)
    assert "משימות" in offered
    assert kept == "[]"
    assert browser.wrong == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_keeps_anybody_out(salon: Business, owner: User, browser: Browser, dark: bool) -> None:
    browser.dark = dark
    FollowUpFactory(business=salon, due_at=timezone.now() - timedelta(minutes=5))

    def story(page: Page) -> list[str]:
        found = []
        for address in ("/", "/follow-ups/", "/follow-ups/add/", "/search/?q=נועה", "/nowhere/"):
            page.goto(address)
            found += [f"{address} {barrier}" for barrier in barriers(page)]
        return found

    browser.expected = ("/nowhere/",)
    assert browser.visit(story, user=owner) == []


def test_who_goes_on_while_an_answer_is_under_way_sees_no_error(
    salon: Business, owner: User, live_server: LiveServer
) -> None:
    """The last that was asked is shown in the end, and nothing is broken off: the console would call that an error."""
    browser = Browser(live_server.url, 1280)
    for name in ("נועם שגב", "נורית לוי"):
        LeadFactory(business=salon, name=name)
    cuts = [ServiceFactory(business=salon, slug=slug, name=name) for slug, name in (("a", "תספורת"), ("b", "צבע"))]
    held: list[Route] = []

    def hold(page: Page, address: str) -> None:
        held.clear()
        page.route(address, lambda route: held.append(route), times=1)

    def story(page: Page) -> list[str]:
        page.goto("/search/")
        hold(page, "**/search/?q=*")
        page.fill("main input[name=q]", "נו")
        page.locator("html.busy").wait_for()
        page.fill("main input[name=q]", "נורית לוי")
        held[0].continue_()
        page.locator("#page-found a", has_text="נורית").wait_for()
        page.locator("#page-found a", has_text="נועם").wait_for(state="detached")
        page.goto("/calendar/new/")
        hold(page, "**/calendar/new/")
        page.select_option("[name=service]", str(cuts[0].pk))
        page.locator("html.busy").wait_for()
        page.select_option("[name=service]", str(cuts[1].pk))
        held[0].continue_()
        page.locator("html:not(.busy)").wait_for()
        hold(page, "**/search/?q=*")
        page.goto("/search/")
        page.fill("main input[name=q]", "נו")
        page.locator("html.busy").wait_for()
        page.goto("/follow-ups/")  # away before the answer
        return page.locator("h1").all_inner_texts()

    assert browser.visit(story, user=owner) == ["משימות"]
    assert browser.wrong == []


def test_without_a_connection_nothing_that_was_typed_is_lost(owner: User, live_server: LiveServer) -> None:
    browser = Browser(live_server.url, 390)

    def story(page: Page) -> list[str]:
        page.goto("/me/")
        page.fill("[name=name]", "דנה לוי")
        page.context.set_offline(True)
        page.get_by_text("אין חיבור כרגע.").wait_for()
        page.get_by_role("button", name="שמירה").click()
        page.get_by_text("לא נשמר. החיבור נותק.").wait_for()
        kept = page.input_value("[name=name]")
        page.context.set_offline(False)
        page.get_by_text("החיבור חזר.").wait_for()
        page.get_by_role("button", name="שמירה").click()
        page.get_by_text("נשמר.", exact=True).wait_for()
        return [kept, page.input_value("[name=name]")]

    assert browser.visit(story, user=owner) == ["דנה לוי", "דנה לוי"]
    assert browser.wrong == []
