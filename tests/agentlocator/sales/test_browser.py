"""A quote in a real browser: Noa writes it, Dana approves it by typing the name, and sends it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from crm.models import Business, Lead, Role, SalesDocument
from crm.tenancy import for_business
from tests.support.browser import NEEDS_BROWSER, WIDTHS, Browser, barriers, fits
from tests.support.factories import ConversationFactory, MembershipFactory, UserFactory

pytestmark = NEEDS_BROWSER
SCREENSHOTS = os.environ.get("SCREENSHOTS", "")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_quote_from_the_first_line_to_the_customer(
    transactional_db: None, live_server: LiveServer, shop: Business, ronit: Lead, width: int
) -> None:
    dana, noa = UserFactory(first_name="דנה"), UserFactory(first_name="נועה")
    MembershipFactory(user=dana, business=shop, role=Role.OWNER)
    MembershipFactory(user=noa, business=shop, role=Role.STAFF)
    ConversationFactory(business=shop, lead=ronit)
    found: list[Any] = []

    def look(page: Page, name: str) -> None:
        if SCREENSHOTS:
            page.screenshot(path=Path(SCREENSHOTS) / f"sales_{name}_{width}.png", full_page=True)
        found.extend(f"{name}: {barrier}" for barrier in barriers(page))
        found.extend([] if fits(page) else [f"{name}: wider than the window"])

    def writes(page: Page) -> None:
        page.goto(f"/documents/new/?lead={ronit.pk}")
        look(page, "new")
        page.fill("[name=lines-0-text]", "תספורת")
        page.fill("[name=lines-0-quantity]", "2")
        page.fill("[name=lines-0-unit]", "1,250.50")
        page.get_by_role("button", name="שורות נוספות").click()
        page.fill("[name=lines-3-text]", "צבע <b>שורש</b>")
        page.fill("[name=lines-3-unit]", "לא מספר")
        page.press("[name=lines-3-unit]", "Enter")
        page.get_by_text("ספרות בלבד").wait_for()
        look(page, "wrong")
        page.fill("[name=lines-3-unit]", "320")
        page.fill("[name=payment_link]", "https://pay.example.com/r/77")
        page.locator("#sums").get_by_text("2,821.00").wait_for()
        page.get_by_role("button", name="שמירה").click()
        page.get_by_text("המסמך ממתין לאישור.").wait_for()
        assert page.get_by_text("אישור…").count() == 0

    def decides(page: Page) -> None:
        page.goto("/documents/")
        look(page, "list")
        page.get_by_role("link", name="הצעת מחיר", exact=True).click()
        look(page, "detail")
        page.get_by_role("link", name="אישור…").click()
        page.get_by_role("dialog").wait_for()
        look(page, "approve")
        page.get_by_label("כדי לאשר יש להקליד").fill("רונית לוי")
        page.get_by_role("button", name="אישור", exact=True).click()
        page.get_by_text("המסמך אושר, מספר 1.").wait_for()
        page.get_by_role("button", name="שליחה ללקוח").click()
        page.get_by_text("המסמך בדרך ללקוח.").wait_for()
        look(page, "sent")

    browser = Browser(live_server.url, width, expected=("/ws/", "/documents/new/"))
    browser.visit(writes, user=noa)
    browser.visit(decides, user=dana)

    assert found == []
    assert browser.wrong == []
    with for_business(shop):
        document = SalesDocument.objects.get()
        assert (document.status, document.number, document.totals.total) == ("sent", 1, 282_100)
