"""The inbox in a real browser, with a socket that says what the story wants."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Page, Route, WebSocketRoute, expect
from pytest_django.live_server_helper import LiveServer

from crm.tenancy import for_business
from tests.support.browser import NEEDS_BROWSER, Browser, fits
from tests.support.factories import MessageFactory
from tests.support.morning import Morning, morning_of
from whatsapp import desk
from whatsapp.models import Message

pytestmark = NEEDS_BROWSER


@pytest.fixture
def world(transactional_db: None) -> Morning:
    return morning_of()


@pytest.fixture(params=[1280, 390])
def browser(request: pytest.FixtureRequest, live_server: LiveServer) -> Iterator[Browser]:
    browser = Browser(live_server.url, request.param)
    yield browser
    assert browser.wrong == []


class Server:
    """The other end of the socket, which comes back as often as the page asks; `heard`: what the page said."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.is_down = False
        self.tell: Callable[[dict[str, Any]], None]
        self.break_off: Callable[[], None]

    def take(self, route: WebSocketRoute) -> None:
        if self.is_down:
            route.close()
            return
        self.tell = lambda message: route.send(json.dumps(message))
        self.break_off = route.close
        route.on_message(lambda text: self.heard.append(json.loads(text)))
        self.tell({"type": "hello"})


def written(world: Morning, text: str) -> None:
    """The customer writes."""

    def store() -> None:
        at = world.written.conversation.last_message_at
        facts = {"business": world.business, "conversation": world.written.conversation}
        MessageFactory(**facts, text=text, created_at=at, written_at=at)

    meanwhile(store)


def meanwhile(happens: Callable[[], object]) -> None:
    """Somewhere else in the house: a story's own thread may ask the database nothing."""

    def there() -> None:
        happens()
        connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(there).result()


def test_messages_come_by_themselves_and_what_is_typed_stays(world: Morning, browser: Browser) -> None:
    server = Server()
    talk = world.written.conversation

    def story(page: Page) -> bool:
        page.route_web_socket("**/ws/inbox/**", server.take)
        page.goto("/inbox/")
        page.get_by_role("link", name="מיכל אברהם").first.click()
        expect(page.locator("#thread")).to_be_visible()
        expect(page).to_have_url(re.compile(rf"/inbox/{talk.pk}/"))
        if browser.width < 720:
            expect(page.locator("#conversations")).to_be_hidden()
        page.fill("#id_text", "אני בודקת")
        page.locator("#id_text").dispatch_event("input")
        expect(page.locator("#mode")).to_have_attribute("data-state", "staff")  # whoever types answers from now on
        written(world, "ואפשר גם פן?")
        server.tell({"type": "news", "conversation": talk.pk, "run": None})
        expect(page.locator("#lines").get_by_text("ואפשר גם פן?")).to_be_visible()
        expect(page.locator("#id_text")).to_have_value("אני בודקת")
        server.is_down = True
        server.break_off()
        written(world, "בזמן הניתוק")
        expect(page.locator("#feed-banner")).to_contain_text("החיבור נותק", timeout=9000)
        server.is_down = False
        expect(page.locator("#lines").get_by_text("בזמן הניתוק")).to_be_visible(timeout=20000)
        expect(page.locator("#feed-banner span")).to_contain_text("הושלמה")
        server.tell({"type": "typing", "conversation": talk.pk, "name": "נועה"})
        expect(page.locator("#typing")).to_have_text("נועה בכתיבת תשובה")
        page.get_by_role("link", name="כתובת והגעה").click()
        expect(page.locator("#id_text")).to_have_value(re.compile("אני בודקת.*הרצל 12", re.DOTALL))
        page.get_by_role("button", name="שליחה").click()
        expect(page.locator("#id_text")).to_have_value("")
        expect(page.locator("#lines").get_by_text("הרצל 12")).to_be_visible()
        return fits(page)

    assert browser.visit(story, user=world.dana)

    with for_business(world.business):
        [message] = Message.objects.filter(text__contains="הרצל 12", direction="out")
        assert message.by == world.dana
    assert {each["type"] for each in server.heard} == {"typing"}


def test_a_refused_message_stays_and_the_console_goes_on(world: Morning, browser: Browser) -> None:
    server = Server()
    talk = world.written.conversation

    def story(page: Page) -> None:
        page.route_web_socket("**/ws/inbox/**", server.take)
        page.goto(f"/inbox/{talk.pk}/")
        page.evaluate("document.getElementById('id_text').removeAttribute('maxlength')")
        page.fill("#id_text", "א" * 4100)
        page.get_by_role("button", name="שליחה").click()
        expect(page.locator("#text-error")).to_contain_text("ההודעה ארוכה מדי")
        assert page.input_value("#id_text") == "א" * 4100
        page.fill("#id_text", "")
        page.goto("/console/")
        card = page.locator(f"#approval-{world.written.approval.pk}")
        card.get_by_text("דחייה עם סיבה").click()
        card.get_by_role("button", name="דחייה", exact=True).click()
        expect(card.get_by_role("alert")).to_contain_text("חסרה סיבה")
        card.get_by_text("לא עכשיו").click()
        server.tell({"type": "news", "conversation": talk.pk, "run": world.written.run.pk})  # while somebody decides
        page.wait_for_timeout(600)
        expect(card.locator("input[value=later]")).to_be_checked()
        card.get_by_role("button", name="דחייה", exact=True).click()
        expect(card.locator(".al-badge")).to_have_text("נדחה")

    browser.expected = ("/write/", "/reject/")
    browser.visit(story, user=world.dana)

    with for_business(world.business):
        assert not Message.objects.filter(text__startswith="אאא").exists()


def test_a_colleague_s_take_over_is_seen(world: Morning, live_server: LiveServer) -> None:
    server = Server()
    talk = world.written.conversation
    browser = Browser(live_server.url, 1280)

    def take_over() -> None:
        with for_business(world.business):
            desk.take_over(conversation=talk, by=world.noa, now=talk.last_message_at)

    def story(page: Page) -> None:
        page.route_web_socket("**/ws/inbox/**", server.take)
        page.goto(f"/inbox/{talk.pk}/")
        meanwhile(take_over)
        server.tell({"type": "news", "conversation": talk.pk, "run": None})
        expect(page.locator("#mode")).to_contain_text("מענה ידני של נועה כהן")

    browser.visit(story, user=world.dana)
    assert browser.wrong == []


def test_a_note_that_waits_for_a_reply_stays_a_note(world: Morning, live_server: LiveServer) -> None:
    browser = Browser(live_server.url, 1280)
    talk = world.written.conversation
    held: list[Route] = []

    def story(page: Page) -> None:
        page.route_web_socket("**/ws/inbox/**", Server().take)
        page.goto(f"/inbox/{talk.pk}/")
        page.route("**/write/", lambda route: held.append(route), times=1)
        page.fill("#id_text", "נתראה מחר")
        page.locator("#id_text").press("Enter")
        page.locator("html.busy").wait_for()
        for words in ("משלמת תמיד באיחור", "לא להזכיר לה"):
            page.fill("#id_text", words)
            page.locator("[name=as][value=note]").click()
        held[0].continue_()
        expect(page.locator("#lines").get_by_text("לא להזכיר לה")).to_be_visible()
        page.locator("html:not(.busy)").wait_for()
        expect(page.locator("#id_text")).to_have_value("")

    browser.visit(story, user=world.dana)

    assert browser.wrong == []
    with for_business(world.business):
        rows = Message.objects.filter(conversation=talk, by=world.dana).order_by("pk")
        assert [(row.direction, row.text) for row in rows] == [
            ("out", "נתראה מחר"),
            ("note", "משלמת תמיד באיחור"),
            ("note", "לא להזכיר לה"),
        ]


def test_what_waited_for_a_button_that_is_gone_is_not_sent(world: Morning, live_server: LiveServer) -> None:
    browser = Browser(live_server.url, 1280)
    talk = world.written.conversation
    held: list[Route] = []

    def story(page: Page) -> None:
        page.route_web_socket("**/ws/inbox/**", Server().take)
        page.goto(f"/inbox/{talk.pk}/")
        page.route("**/write/", lambda route: held.append(route), times=1)
        page.fill("#id_text", "הערה ראשונה")
        page.locator("[name=as][value=note]").click()
        page.locator("html.busy").wait_for()
        page.fill("#id_text", "הערה שנייה")
        page.locator("[name=as][value=note]").click()
        answer = held[0].fetch()
        held[0].fulfill(response=answer, body=answer.text().replace('value="note"', 'value="other"'))
        page.get_by_text("זה לא נשלח").wait_for()
        expect(page.locator("#id_text")).to_have_value("הערה שנייה")

    browser.visit(story, user=world.dana)

    assert browser.wrong == []
    with for_business(world.business):
        assert not Message.objects.filter(text="הערה שנייה").exists()


def test_whom_one_chooses_last_has_it(world: Morning, live_server: LiveServer) -> None:
    browser = Browser(live_server.url, 1280)
    talk = world.written.conversation
    held: list[Route] = []

    def story(page: Page) -> None:
        page.route_web_socket("**/ws/inbox/**", Server().take)
        page.goto(f"/inbox/{talk.pk}/")
        page.route("**/assign/", lambda route: held.append(route), times=1)
        page.locator("#head details summary").click()
        page.locator(f"#head [name=who][value='{world.noa.pk}']").click()
        page.locator("html.busy").wait_for()
        page.locator(f"#head [name=who][value='{world.dana.pk}']").click()
        held[0].continue_()
        page.get_by_text("באחריות").first.wait_for()
        page.locator("html:not(.busy)").wait_for()

    browser.visit(story, user=world.dana)

    assert browser.wrong == []
    with for_business(world.business):
        talk.refresh_from_db()
    assert talk.assigned_to == world.dana
