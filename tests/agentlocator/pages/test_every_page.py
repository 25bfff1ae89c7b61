"""Every page in a real browser, both widths, light and dark: it fits, everybody can use it, nothing goes wrong.

In English too, from left to right: there it fits, nothing is cut off, and no word of the product's own stays Hebrew.

`make screenshots` runs this with SCREENSHOTS naming a folder, and every page is kept there as a picture.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from crm.models import Membership, PendingImport, Preferences
from crm.pages.lead_files import KIND
from crm.pending_imports import keep_import
from crm.tables import Row
from crm.tenancy import for_business
from tests.support.browser import NEEDS_BROWSER, WIDTHS, Browser, barriers, fits
from tests.support.factories import SuperuserFactory
from tests.support.morning import Morning, morning_of

pytestmark = NEEDS_BROWSER
SCREENSHOTS = os.environ.get("SCREENSHOTS", "")


def addresses(world: Morning) -> dict[str, str]:
    """Name of the picture -> address."""
    return {
        "home": "/",
        "calls": "/calls/",
        "calls_searched": "/calls/?q=תספורת",
        "call": f"/calls/{world.call.call_sid}/",
        "live": "/calls/live/",
        "inbox": "/inbox/",
        "conversation": f"/inbox/{world.written.conversation.pk}/",
        "console": "/console/",
        "run": f"/console/{world.written.run.pk}/",
        "approval": f"/console/approvals/{world.written.approval.pk}/",
        "leads_board": "/leads/board/",
        "leads_list": "/leads/?view=list",
        "lead": f"/leads/{world.lead.pk}/",
        "lead_new": "/leads/new/",
        "leads_import": "/leads/import/",
        "calendar_week": "/calendar/",
        "calendar_day": "/calendar/?view=day",
        "calendar_month": "/calendar/?view=month",
        "calendar_resources": "/calendar/?view=resources",
        "calendar_new": "/calendar/new/",
        "appointment": f"/calendar/{world.appointment.pk}/",
        "closure": "/calendar/closure/",
        "calendar_link": "/calendar/link/",
        "calendar_print": "/calendar/print/",
        "follow_ups": "/follow-ups/",
        "follow_up_new": "/follow-ups/add/",
        "documents": "/documents/",
        "document": f"/documents/{world.document.pk}/",
        "document_new": f"/documents/new/?lead={world.lead.pk}",
        "document_change": f"/documents/{world.document.pk}/change/",
        "document_approve": f"/documents/{world.document.pk}/approve/",
        "practice": "/practice/",
        "insights": "/insights/",
        "search": "/search/?q=נועם",
        "hours": "/hours/",
        "history": "/history/",
        "connections": "/connections/",
        "team": "/team/",
        "me": "/me/",
        "two_factor": "/accounts/2fa/",
        "password": "/accounts/password/change/",
        "admin": "/admin/",
        "admin_business": f"/admin/crm/business/{world.business.pk}/change/",
        "admin_services": "/admin/booking/service/",
        "admin_holidays": "/admin/booking/holiday/",
        "admin_instructions": "/admin/calls/promptversion/",
        "admin_lines": "/admin/calls/voiceclip/",
        "admin_faq": "/admin/faq/faqentry/",
    }


STRANGERS = {
    "sign_in": "/accounts/login/",
    "sign_up": "/accounts/signup/",
    "lost_password": "/accounts/password/reset/",
}


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, False), (390, True)])
def test_every_page(transactional_db: None, live_server: LiveServer, width: int, dark: bool) -> None:
    cache.clear()
    world = morning_of()
    pages = addresses(world)

    def look(page: Page, name: str, address: str) -> list[str]:
        page.goto(address)
        page.wait_for_load_state("networkidle" if name != "live" else "load")
        if SCREENSHOTS:
            folder = Path(SCREENSHOTS)
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / f"{name}_{width}{'_dark' if dark else ''}.png", full_page=True)
        said = [f"{name}: {barrier}" for barrier in barriers(page)]
        return said if fits(page) else [*said, f"{name}: wider than the window"]

    def story(page: Page) -> list[str]:
        return [trouble for name, address in pages.items() for trouble in look(page, name, address)]

    def strangers_story(page: Page) -> list[str]:
        return [trouble for name, address in STRANGERS.items() for trouble in look(page, name, address)]

    browser = Browser(live_server.url, width, dark=dark, expected=("/ws/",))  # the test server serves no sockets
    assert browser.visit(story, user=world.dana) + browser.visit(strangers_story) == []
    assert browser.wrong == []


def further(world: Morning, draft_import: PendingImport) -> dict[str, str]:
    """Pages behind pages, each looked at once: deeds without scripts, and forms of the settings."""
    call, appointment = world.call.call_sid, world.appointment
    admin = "/admin/booking/appointment"
    return {
        "calendar_cancel": f"/calendar/{appointment.pk}/cancel/",
        "calendar_move": f"/calendar/{appointment.pk}/move/",
        "follow_up": f"/follow-ups/{world.follow_up.pk}/",
        "leads_import_preview": f"/leads/import/{draft_import.pk}/",
        "go_live": "/go-live/",
        "call_technical": f"/calls/{call}/technical/",
        "live_number": "/calls/live/number/",
        "live_end": f"/calls/live/{world.live_call.call_sid}/end/",
        "team_member": f"/team/{Membership.objects.get(user=world.noa).pk}/",
        "admin_service": f"/admin/booking/service/{appointment.service_id}/change/",
        "admin_resource": f"/admin/booking/resource/{appointment.resource_id}/change/",
        "admin_why_not": f"{admin}/why-not/",
        "admin_import": f"{admin}/import/",
        "admin_feeds": "/admin/booking/calendarfeed/",
        "admin_prompt": f"/admin/calls/promptversion/{world.draft.pk}/publish/",
        "admin_line": "/admin/calls/voiceclip/goodbye/",
    }


@pytest.mark.urls("tests.agentlocator.pages.broken_urls")
def test_every_further_page(transactional_db: None, live_server: LiveServer) -> None:
    cache.clear()
    world = morning_of()
    rows = [Row(2, {"0": "רונית לוי", "1": "052-123-4567"}), Row(3, {"0": "", "1": "12"})]
    with for_business(world.business):
        kept = {"by": world.dana, "kind": KIND, "choices": {"headings": ["שם", "טלפון"]}, "now": timezone.now()}
        pages = further(world, keep_import(business=world.business, rows=rows, **kept))
    wide = {"calendar_move", "leads_import_preview", "call_technical", *(name for name in pages if "admin" in name)}

    def look(page: Page, name: str, address: str) -> list[str]:
        page.goto(address)
        if SCREENSHOTS:
            page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=True)
        said = [f"{name}: {barrier}" for barrier in barriers(page)]
        return said if fits(page) else [*said, f"{name}: wider than the window"]

    def story(dana: Page, noa: Page, admin: Page) -> list[str]:
        seen = [(dana, name, address) for name, address in pages.items() if name not in wide]
        seen += ((noa, "refused", "/go-live/"), (noa, "broken", "/broken/"), (admin, "choose_business", "/"))
        said = [trouble for page, name, address in seen for trouble in look(page, name, address)]
        dana.set_viewport_size({"width": max(WIDTHS), "height": 900})
        return [*said, *(trouble for name in pages if name in wide for trouble in look(dana, name, pages[name]))]

    browser = Browser(live_server.url, min(WIDTHS), expected=("/broken/", "/go-live/"))
    assert browser.visit_together(story, users=(world.dana, world.noa, SuperuserFactory())) == []
    assert browser.wrong == []


# Controls whose words do not fit into them, and that are not meant to end in "…".
CUT_OFF = """() => [...document.querySelectorAll('button, .btn, .chip, .al-badge, label, th, nav a, h1, h2')]
    .filter((each) => each.clientWidth > 1 && each.scrollWidth > each.clientWidth + 1)
    .filter((each) => getComputedStyle(each).overflowX !== 'visible' && !each.closest('.cut, .al-hidden'))
    .map((each) => each.textContent.trim())"""


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_in_english(transactional_db: None, live_server: LiveServer, width: int) -> None:
    cache.clear()
    world = morning_of()
    Preferences.objects.create(user=world.dana, language="en")
    pages = addresses(world)

    def look(page: Page, name: str, address: str) -> list[str]:
        page.goto(address)
        page.wait_for_load_state("networkidle" if name != "live" else "load")
        if SCREENSHOTS:
            page.screenshot(path=Path(SCREENSHOTS) / f"{name}_{width}_english.png", full_page=True)
        said = [f"{name}: cut off: {text}" for text in page.evaluate(CUT_OFF)]
        return said if fits(page) else [*said, f"{name}: wider than the window"]

    def story(page: Page) -> list[str]:
        return [trouble for name, address in pages.items() for trouble in look(page, name, address)]

    browser = Browser(live_server.url, width, expected=("/ws/",))
    assert browser.visit(story, user=world.dana) == []
    assert browser.wrong == []
