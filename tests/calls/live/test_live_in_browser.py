"""The live page in a real browser, with a socket that says and does what the story wants."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, WebSocketRoute, expect
from pytest_django.live_server_helper import LiveServer

from calls.live.reading import on_the_line
from calls.live.shown import Shown
from calls.models import CallSession
from crm.models import Business
from crm.tenancy import for_business
from tests.support.browser import NEEDS_BROWSER, Browser
from tests.support.factories import NOW, BusinessFactory, CallSessionFactory, MembershipFactory, UserFactory

pytestmark = NEEDS_BROWSER
SID = "CA1"


@pytest.fixture
def salon(transactional_db: None) -> Business:
    business: Business = BusinessFactory(slug="dana", name="המספרה של דנה")
    with for_business(business):
        CallSessionFactory(business=business, call_sid=SID, status=CallSession.Status.IN_PROGRESS, started_at=NOW)
    return business


@pytest.fixture
def noa(salon: Business) -> User:
    user: User = UserFactory(username="noa", first_name="נועה")
    MembershipFactory(user=user, business=salon)
    return user


@pytest.fixture
def browser(live_server: LiveServer) -> Iterator[Browser]:
    browser = Browser(live_server.url, 1280)
    yield browser
    assert browser.wrong == []


@pytest.fixture
def listed(salon: Business) -> dict[str, Any]:
    """The call as the socket lists it; its assistant listens."""
    [shown] = Shown(salon).calls(on_the_line(salon, now=NOW))
    return shown | {"state": "listening", "askable": True}


class Server:
    """The other end: `commands` are what it was asked; the first so many of them break the connection.

    While `is_away` nobody is let in; `missed` is told to whoever comes back.
    """

    def __init__(self, listed: dict[str, Any], *, breaks: int = 0) -> None:
        self.listed, self.breaks = listed, breaks
        self.commands: list[dict[str, Any]] = []
        self.missed: list[dict[str, Any]] = []
        self.is_away = False
        self.tell: Callable[[dict[str, Any]], None]
        self.hang_up: Callable[[], None]

    def take(self, route: WebSocketRoute) -> None:
        if self.is_away:
            route.close()
            return

        def heard(text: str | bytes) -> None:
            message = json.loads(text)
            if message["type"] == "watch" and message["after"]:
                for each in self.missed:
                    self.tell(each)
            if message["type"] != "command":
                return
            self.commands.append(message)
            if len(self.commands) <= self.breaks:
                route.close()
            else:
                self.tell({"type": "answer", "id": message["id"], "ok": True, "text": "התקבלה.", "over": False})

        self.tell = lambda message: route.send(json.dumps(message))
        self.hang_up = lambda: route.close()
        route.on_message(heard)
        self.tell({"type": "calls", "calls": [self.listed]})


def line(salon: Business, seq: int, index: int, speaker: str, text: str, heard: float) -> dict[str, Any]:
    told = {"kind": "line", "seq": seq, "index": index, "speaker": speaker, "text": text, "heard": heard, "line_ms": 0}
    [event] = Shown(salon).events([told])
    return {"type": "events", "sid": SID, "seq": seq, "again": False, "events": [event]}


def test_a_whisper_whose_answer_was_lost_is_sent_again_as_the_same(
    noa: User, listed: dict[str, Any], browser: Browser
) -> None:
    server = Server(listed, breaks=1)

    def story(page: Page) -> None:
        page.route_web_socket("**/ws/calls/live/**", server.take)
        page.goto(f"/calls/live/?call={SID}")
        page.fill("#whisper-text", "יש חניה")
        page.press("#whisper-text", "Enter")
        expect(page.locator("#whisper-answer")).to_have_text("התקבלה.")
        page.fill("#whisper-text", "יש חניה")
        page.press("#whisper-text", "Enter")
        expect(page.locator("#whisper-text")).to_have_value("")
        page.wait_for_function("document.getElementById('whisper-answer').textContent === 'התקבלה.'")

    browser.visit(story, user=noa)

    first, again, another = server.commands
    assert (first["what"], first["text"]) == ("whisper", "יש חניה")
    assert again == first
    assert another["id"] != first["id"]


def test_a_sentence_that_is_being_said_is_not_one_that_was_cut_off(
    salon: Business, noa: User, listed: dict[str, Any], browser: Browser
) -> None:
    server = Server(listed)

    def story(page: Page) -> None:
        page.route_web_socket("**/ws/calls/live/**", server.take)
        page.goto(f"/calls/live/?call={SID}")
        expect(page.locator("#whisper-text")).to_be_enabled()
        server.tell(line(salon, 1, 0, "assistant", "שלום, איך אפשר לעזור?", 0.0))
        expect(page.locator("#line-0 p")).to_have_text("שלום, איך אפשר לעזור?")
        expect(page.locator("#line-0 .al-tag")).to_be_hidden()
        expect(page.locator("#line-0 .al-unheard")).to_have_css("text-decoration-line", "none")
        server.tell(line(salon, 2, 1, "staff", "יש חניה", 1.0))
        expect(page.locator("#line-1")).to_be_visible()
        expect(page.locator("#line-0 .al-tag")).to_be_hidden()
        server.tell(line(salon, 3, 2, "caller", "רגע", 1.0))
        expect(page.locator("#line-0 .al-tag")).to_be_visible()
        expect(page.locator("#line-0 .al-unheard")).to_have_css("text-decoration-line", "line-through")
        server.tell(line(salon, 4, 0, "assistant", "שלום, איך אפשר לעזור?", 1.0))
        expect(page.locator("#line-0 .al-tag")).to_have_count(0)

    browser.visit(story, user=noa)


def test_a_lost_connection_is_shown_and_heals(
    salon: Business, noa: User, listed: dict[str, Any], browser: Browser
) -> None:
    server = Server(listed)
    banner = "#feed-banner"

    def story(page: Page) -> list[str]:
        page.clock.install()
        page.route_web_socket("**/ws/calls/live/**", server.take)
        page.goto(f"/calls/live/?call={SID}")
        server.tell(line(salon, 1, 0, "assistant", "שלום", 1.0))
        expect(page.locator("#line-0")).to_be_visible()
        page.fill("#whisper-text", "יש חניה")
        server.is_away, server.missed = True, [line(salon, 2, 1, "caller", "רגע", 1.0)]
        server.hang_up()
        said = []
        page.clock.run_for(2000)
        expect(page.locator(banner)).to_be_hidden()  # a moment away is nothing to tell of
        page.clock.run_for(3000)
        expect(page.locator(banner)).to_be_visible()
        said.append(page.locator(banner).inner_text())
        reason = page.locator(banner).get_attribute("data-disabled") or ""
        expect(page.locator("#end")).to_have_attribute("aria-description", reason)
        expect(page.locator("#whisper-text")).to_be_disabled()
        server.is_away = False
        page.clock.run_for(20_000)
        expect(page.locator(banner)).to_have_class("banner info")
        said.append(page.locator(banner).inner_text())
        expect(page.locator("#line-1")).to_be_visible()
        expect(page.locator("#whisper-text")).to_have_value("יש חניה")
        expect(page.locator("#whisper-text")).to_be_enabled()
        page.clock.run_for(5000)
        expect(page.locator(banner)).to_be_hidden()
        return said

    away, back = browser.visit(story, user=noa)

    assert away.startswith("החיבור נותק לפני ")
    assert back == "החיבור חזר. הושלמה שורה אחת."
