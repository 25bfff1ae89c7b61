"""Stories in a real browser: Dana books by a click, drags, is refused, takes it back; Noa looks at her day by phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from booking.models import Appointment
from crm.models import Business, Role
from crm.tenancy import for_business
from tests.booking.pages.conftest import NOW, again, at, book, make_salon
from tests.support.browser import NEEDS_BROWSER, Browser, barriers, fits
from tests.support.factories import MembershipFactory, UserFactory

pytestmark = [*NEEDS_BROWSER, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("AL_SHOTS")


@pytest.fixture(autouse=True)
def tuesday_morning() -> Iterator[None]:
    """The clock of the server goes on; that of the browser is another, as those of phones are."""
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def salon(transactional_db: None) -> Business:
    return make_salon("dana", "המספרה של דנה")


@pytest.fixture
def dana(salon: Business) -> User:
    user: User = UserFactory(username="dana", first_name="דנה")
    MembershipFactory(user=user, business=salon, role=Role.OWNER)
    return user


@pytest.fixture
def desk(live_server: LiveServer) -> Iterator[Browser]:
    browser = Browser(live_server.url, 1280, expected=("/move/", "/new/"))
    yield browser
    assert browser.wrong == []


@pytest.fixture
def phone(live_server: LiveServer) -> Iterator[Browser]:
    browser = Browser(live_server.url, 390)
    yield browser
    assert browser.wrong == []


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"calendar_{name}.png"))


def event(page: Page, name: str) -> Locator:
    return page.locator("a.fc-event", has_text=name)


def spot(page: Page, day: str, hour: str) -> tuple[float, float]:
    """Just below that hour in the column of that date."""
    column = page.locator(f'.fc-timegrid-col[data-date="{day}"]').bounding_box()
    line = page.locator(f'.fc-timegrid-slot-lane[data-time="{hour}:00"]').first.bounding_box()
    assert column
    assert line
    return column["x"] + column["width"] / 2, line["y"] + 4


def drag(page: Page, what: Locator, to: tuple[float, float]) -> None:
    box = what.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 12, steps=3)
    page.mouse.move(*to, steps=12)
    page.mouse.up()


def toast(page: Page, text: str) -> Locator:
    found = page.locator("#toasts .toast", has_text=text)
    found.wait_for()
    return found


def test_dana_books_by_a_click_drags_is_refused_and_takes_it_back(salon: Business, dana: User, desk: Browser) -> None:
    def story(page: Page) -> list[str]:
        page.goto("/calendar/")
        page.locator(".fc-timegrid-col").first.wait_for()
        page.mouse.click(*spot(page, "2026-11-25", "12:00"))
        page.locator("dialog[open] #new-appointment").wait_for()
        expect(page.locator('input[name="starts_at"]:checked')).to_have_value("2026-11-25T12:00:00+02:00")
        page.fill('[name="customer_name"]', "רונית לוי")
        page.fill('[name="customer_phone"]', "12")
        page.get_by_role("button", name="קביעת התור").click()
        page.get_by_text("מספר הטלפון לא תקין").wait_for()
        found = barriers(page)
        shot(page, "refused")
        page.fill('[name="customer_phone"]', "053-000-0226")
        page.get_by_role("button", name="קביעת התור").click()
        toast(page, "התור של רונית לוי נקבע למחר בשעה 12:00.")
        event(page, "רונית לוי").wait_for()
        found += barriers(page)

        drag(page, event(page, "רונית לוי"), spot(page, "2026-11-26", "15:00"))
        moved = toast(page, "התור של רונית לוי עבר ליום ה׳ 26/11 בשעה 15:00.")
        shot(page, "moved")
        moved.get_by_role("button", name="החזרה").click()
        toast(page, "התור של רונית לוי חזר למחר בשעה 12:00.")
        page.locator('[data-date="2026-11-25"] a.fc-event', has_text="רונית לוי").wait_for()

        drag(page, event(page, "רונית לוי"), spot(page, "2026-11-27", "15:00"))
        refused = toast(page, "התור נשאר במקומו.")
        shot(page, "stays")
        page.locator('[data-date="2026-11-25"] a.fc-event', has_text="רונית לוי").wait_for()
        refused.get_by_role("button", name="לקבוע בכל זאת").click()
        page.locator("dialog[open] form").wait_for()
        shot(page, "insist")
        return found + barriers(page)

    assert desk.visit(story, user=dana) == []
    with for_business(salon):
        row = Appointment.objects.get()
        assert row.starts_at == at(12, days=1)
        assert [change.kind for change in row.changes.all()] == ["created", "rescheduled", "rescheduled"]


def test_a_chosen_appointment_moves_by_keys_and_enter_asks(salon: Business, dana: User, desk: Browser) -> None:
    row = book(salon, at(12, days=1), "שירה כץ")

    def story(page: Page) -> str:
        page.goto("/calendar/")
        event(page, "שירה כץ").focus()
        page.keyboard.press("ArrowDown")
        page.locator("#cal-said", has_text="12:30").wait_for(state="attached")
        page.locator("a.fc-event.chosen:focus").wait_for()
        page.keyboard.press("ArrowLeft")  # a day on, in Hebrew
        page.locator("#cal-said", has_text="26/11 12:30").wait_for(state="attached")
        page.locator("a.fc-event.chosen:focus").wait_for()
        page.keyboard.press("Enter")
        asked = page.locator("#cal-ask").inner_text()
        page.get_by_role("button", name="שינוי מועד").click()
        toast(page, "התור של שירה כץ עבר ליום ה׳ 26/11 בשעה 12:30.")
        return asked

    assert "להעביר את התור של שירה כץ?" in desk.visit(story, user=dana)
    assert again(salon, row.pk).starts_at == at(12, 30, days=2)


def test_escape_leaves_it_where_it_was(salon: Business, dana: User, desk: Browser) -> None:
    row = book(salon, at(12, days=1), "שירה כץ")

    def story(page: Page) -> None:
        page.goto("/calendar/")
        event(page, "שירה כץ").focus()
        page.keyboard.press("ArrowDown")
        page.locator("a.fc-event.chosen:focus").wait_for()
        page.keyboard.press("Escape")
        expect(event(page, "שירה כץ").locator("bdi[dir=ltr]")).to_have_text("12:00")

    desk.visit(story, user=dana)
    assert again(salon, row.pk).starts_at == at(12, days=1)


def test_dragging_to_the_column_of_another_person(salon: Business, dana: User, desk: Browser) -> None:
    row = book(salon, at(12), "שירה כץ")

    def story(page: Page) -> list[str]:
        page.goto("/calendar/?view=resources")
        event(page, "שירה כץ").wait_for()
        shot(page, "resources")
        other = page.locator(".cal-columns > section").nth(1).bounding_box()
        line = page.locator('.fc-timegrid-slot-lane[data-time="14:00:00"]').first.bounding_box()
        assert other
        assert line
        drag(page, event(page, "שירה כץ"), (other["x"] + other["width"] / 2, line["y"] + 4))
        toast(page, "התור של שירה כץ עבר להיום בשעה 14:00.")
        expect(event(page, "שירה כץ")).to_have_count(1)
        return barriers(page)

    assert desk.visit(story, user=dana) == []
    moved = again(salon, row.pk)
    assert (moved.resource.slug, moved.starts_at) == ("ron", at(14))


def test_stretching_by_its_lower_edge(salon: Business, dana: User, desk: Browser) -> None:
    row = book(salon, at(12), "שירה כץ")

    def story(page: Page) -> None:
        page.goto("/calendar/?view=day")
        handle = event(page, "שירה כץ")
        handle.hover()
        box = handle.bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 2)
        page.mouse.down()
        page.mouse.move(*spot(page, "2026-11-24", "13:00"), steps=10)
        page.mouse.up()
        toast(page, "משך התור של שירה כץ שונה.")

    desk.visit(story, user=dana)
    assert again(salon, row.pk).ends_at == at(13, 30)


def test_a_click_opens_the_appointment_and_cancelling_asks(salon: Business, dana: User, desk: Browser) -> None:
    row = book(salon, at(12), "שירה כץ")

    def story(page: Page) -> tuple[list[str], bool]:
        page.goto("/calendar/")
        event(page, "שירה כץ").click()
        page.locator("dialog[open]", has_text="052-000-0147").wait_for()
        shot(page, "panel")
        found = barriers(page)
        page.get_by_role("link", name="ביטול התור").click()
        page.get_by_text("לבטל את התור של שירה כץ?").wait_for()
        shot(page, "cancel")
        harmless = bool(page.evaluate("document.activeElement.textContent.includes('השארת התור')"))
        found += barriers(page)
        page.get_by_role("button", name="ביטול התור").click()
        toast(page, "התור בוטל.")
        return found, harmless

    found, harmless = desk.visit(story, user=dana)
    assert found == []
    assert harmless
    assert again(salon, row.pk).status == "cancelled"


@pytest.mark.parametrize("scripts", [True, False])
def test_the_day_on_a_phone_with_its_free_time(
    salon: Business, dana: User, live_server: LiveServer, scripts: bool
) -> None:
    book(salon, at(12), "שירה כץ")
    phone = Browser(live_server.url, 390, scripts=scripts)

    def story(page: Page) -> tuple[str, str, bool]:
        page.goto("/calendar/")
        page.locator(".free", has_text="12:30–20:00").wait_for()
        shot(page, f"phone_{scripts}")
        day = page.locator(".agenda").last.inner_text()
        page.get_by_role("link", name="25").click()
        page.get_by_role("heading", name="מחר").wait_for()
        fitting = fits(page)
        page.locator(".agenda").last.get_by_role("link", name="תור").click()
        page.locator("#new-appointment").wait_for()
        chosen = page.locator('input[name="starts_at"]:checked').get_attribute("value") or ""
        return day, chosen, fitting and fits(page)

    day, chosen, fitting = phone.visit(story, user=dana)
    assert "שירה כץ" in day
    assert "פנוי" in day
    assert chosen == at(10, days=1).isoformat()
    assert fitting
    assert phone.wrong == []


def test_dark_and_phone_have_no_barriers(salon: Business, dana: User, live_server: LiveServer) -> None:
    row = book(salon, at(12), "שירה כץ")
    pages = ["/calendar/", "/calendar/?view=month", "/calendar/new/", f"/calendar/{row.pk}/", "/calendar/closure/"]

    def story(page: Page) -> list[str]:
        found = []
        for at_page, address in enumerate([*pages, "/calendar/link/", "/calendar/print/"]):
            page.goto(address)
            page.wait_for_load_state("networkidle")
            shot(page, f"dark_{at_page}_{width}")
            found += [f"{address}: {barrier}" for barrier in barriers(page)]
            found += [] if fits(page) else [f"{address} scrolls sideways"]
        return found

    for width in (1280, 390):
        browser = Browser(live_server.url, width, dark=True)
        assert browser.visit(story, user=dana) == []
        assert [text for text in browser.wrong if "print" not in text] == []


def test_the_assistants_new_appointment_appears_by_itself(salon: Business, dana: User, desk: Browser) -> None:
    def story(page: Page) -> None:
        page.goto("/calendar/")
        page.locator(".fc-timegrid-col").first.wait_for()
        page.evaluate("window.dispatchEvent(new Event('focus'))")
        event(page, "שירה כץ").wait_for()
        assert "new" in (event(page, "שירה כץ").get_attribute("class") or "").split()

    book(salon, at(12), "שירה כץ")
    with for_business(salon):
        Appointment.objects.update(created_at=NOW + timedelta(seconds=30))
    desk.visit(story, user=dana)
