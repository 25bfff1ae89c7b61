"""A real browser on our pages: Debian's Chromium, with a note of everything that should not have happened."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, Request, Response, sync_playwright

CHROMIUM = shutil.which("chromium")
# For `pytestmark` of a module of browser stories.
NEEDS_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no Chromium here; to run the browser stories: apt-get install chromium"
    ),
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = (1280, 390)
Result = TypeVar("Result")


@dataclass
class Browser:
    """Visits at one width, and everything in them that should not have happened.

    `expected`: parts of addresses whose answers of 400 and more belong to the story.
    """

    address: str
    width: int
    scripts: bool = True
    flags: tuple[str, ...] = ()
    dark: bool = False
    expected: tuple[str, ...] = ()
    wrong: list[str] = field(default_factory=list)

    def visit(self, story: Callable[[Page], Result], *, user: User | None = None) -> Result:
        """Runs the story with one page, signed in as `user`."""
        return self.visit_together(lambda page: story(page), users=(user,))

    def visit_together(self, story: Callable[..., Result], *, users: tuple[User | None, ...]) -> Result:
        """Runs the story with a page for each user, each in a browser profile of its own.

        In a thread: playwright's event loop must not be that of the tests' database calls.
        """
        cookies = [_session_of(user) if user else "" for user in users]
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self._run, story, cookies).result()

    def _run(self, story: Callable[..., Result], cookies: list[str]) -> Result:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *self.flags])
            try:
                return story(*(self._page(chromium, cookie) for cookie in cookies))
            finally:
                chromium.close()

    def _page(self, chromium: Chromium, cookie: str) -> Page:
        context: BrowserContext = chromium.new_context(
            viewport={"width": self.width, "height": 900},
            base_url=self.address,
            locale="en-US",
            java_script_enabled=self.scripts,
            has_touch=self.width < 720,
            color_scheme="dark" if self.dark else "light",
        )
        if cookie:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": self.address}])
        page = context.new_page()
        page.on("console", lambda message: self._note(message.text if message.type == "error" else ""))
        page.on("pageerror", lambda error: self._note(str(error)))
        page.on("request", self._only_from_here)
        page.on("response", self._no_failures)
        return page

    def _note(self, text: str) -> None:
        if text and not (self.expected and ("Failed to load resource" in text or self._is_expected(text))):
            self.wrong.append(text)

    def _is_expected(self, text: str) -> bool:
        return any(part in text for part in self.expected)

    def _only_from_here(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:", self.address.replace("http", "ws", 1))):
            self.wrong.append(f"asked {request.url}")

    def _no_failures(self, response: Response) -> None:
        if response.status >= 400 and not self._is_expected(response.url):
            self.wrong.append(f"{response.status} {response.url}")


def _session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def fits(page: Page) -> bool:
    """Whether nothing scrolls the page sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def barriers(page: Page) -> list[str]:
    """What axe-core calls serious or critical on the page as it stands: the rule and where."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {', '.join(node['target'][0] for node in violation['nodes'][:3])}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]
