"""The page of questions and answers in a real browser: one story in both widths, open to everybody."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from crm.models import Business, Role
from crm.tenancy import for_business
from faq.models import FaqEntry, UnansweredQuestion
from tests.support.browser import NEEDS_BROWSER, Browser, barriers, fits
from tests.support.factories import (
    BusinessFactory,
    FaqEntryFactory,
    MembershipFactory,
    UnansweredQuestionFactory,
    UserFactory,
)

pytestmark = NEEDS_BROWSER
PICTURES = os.environ.get("FAQ_PICTURES", "")


@pytest.fixture
def owned(transactional_db: None) -> tuple[Business, User]:
    cache.clear()
    salon = BusinessFactory(slug="dana", name="המספרה של דנה", with_settings=True)
    dana = UserFactory(username="dana", first_name="דנה")
    MembershipFactory(user=dana, business=salon, role=Role.OWNER)
    FaqEntryFactory(
        business=salon, question="יש חניה?", answer="חניון בתשלום ממול, 15 ₪ לשעה.", phrasings=["איפה חונים?"]
    )
    FaqEntryFactory(business=salon, question="איך אפשר לשלם?", answer="במזומן, באשראי או בביט.", in_messages=False)
    FaqEntryFactory(business=salon, question="יש מבצע לחג?", answer="20% הנחה.", valid_until="2026-10-01")
    head = UnansweredQuestionFactory(business=salon, text="יש לכם החלקה אורגנית?")
    for number in range(4):
        UnansweredQuestionFactory(business=salon, text="עושים החלקה אורגנית?", group=head, reference=str(number))
    UnansweredQuestionFactory(business=salon, text="אפשר לבוא עם כלב?")
    return salon, dana


def picture(page: Page, name: str, width: int, *, dark: bool = False) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{PICTURES}/faq_{name}_{width}{'_dark' if dark else ''}.png", full_page=True)


@pytest.mark.parametrize("width", [1280, 390])
def test_dana_answers_what_was_asked(owned: tuple[Business, User], live_server: LiveServer, width: int) -> None:
    salon, dana = owned
    browser = Browser(live_server.url, width)

    def story(page: Page) -> list[str]:
        trouble = []

        def look(name: str) -> None:
            trouble.extend(f"{name}: {barrier}" for barrier in barriers(page))
            trouble.extend([] if fits(page) else [f"{name}: too wide"])
            picture(page, name, width)

        page.goto("/faq/")
        look("page")
        page.locator("#unanswered a", has_text="החלקה").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("תשובה", exact=True).fill("כן, החל מ־400 ₪.")
        look("dialog")
        dialog.get_by_role("button", name="שמירה").click()
        page.get_by_text("התשובה נוספה.").wait_for()
        page.locator("#unanswered", has_text="החלקה").wait_for(state="detached")
        assert page.locator(".side [data-badge=questions]").inner_text() == "1"
        page.get_by_label("השאלה", exact=True).fill("החלקה אורגנית יש?")
        page.get_by_role("button", name="בדיקה").click()
        page.get_by_text("התאמה גבוהה").wait_for()
        look("asked")
        page.get_by_label("השאלה", exact=True).fill("יש לכם בריכה?")
        page.get_by_label("השאלה", exact=True).press("Enter")
        page.get_by_text("אין תשובה בטוחה").wait_for()
        page.get_by_placeholder("חיפוש בתשובות").fill("ביט")
        page.locator("#faq-entries", has_text="חניון").wait_for(state="detached")
        page.locator("#unanswered button", has_text="כלב").click()
        page.get_by_text("השאלה הוסרה מהרשימה.").wait_for()
        page.locator("#unanswered").wait_for(state="detached")
        page.goto("/faq/")
        page.locator("#faq-entries a.btn", has_text="מבצע").click()
        look("remove")
        page.get_by_role("dialog").get_by_role("button", name="מחיקה").click()
        page.get_by_text("התשובה נמחקה.").wait_for()
        page.locator("#faq-entries", has_text="מבצע").wait_for(state="detached")
        page.get_by_role("button", name="החזרה").click()
        page.locator("#faq-entries", has_text="מבצע").wait_for()
        return trouble

    assert browser.visit(story, user=dana) == []
    assert browser.wrong == []
    with for_business(salon):
        made = FaqEntry.objects.get(question="יש לכם החלקה אורגנית?")
        assert made.phrasings == ["עושים החלקה אורגנית?"]
        assert not UnansweredQuestion.objects.filter(group=None, entry=None, dismissed_at=None).exists()


def test_in_the_dark_and_without_scripts(owned: tuple[Business, User], live_server: LiveServer) -> None:
    _salon, dana = owned
    dark = Browser(live_server.url, 390, dark=True)

    def look(page: Page) -> list[str]:
        page.goto("/faq/")
        picture(page, "page", 390, dark=True)
        return barriers(page)

    assert dark.visit(look, user=dana) == []

    def story(page: Page) -> str:
        page.goto("/faq/")
        page.get_by_label("השאלה", exact=True).fill("איפה חונים?")
        page.get_by_role("button", name="בדיקה").click()
        return page.locator(".verdict").inner_text()

    plain = Browser(live_server.url, 1280, scripts=False)
    assert "חניון בתשלום ממול" in plain.visit(story, user=dana)
    assert [*dark.wrong, *plain.wrong] == []
