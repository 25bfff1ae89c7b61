"""Stories in a real browser: what Dana does, in both widths, without a script error or a foreign request."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import TypeVar

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from playwright.sync_api import Page, Playwright, Request, Response, sync_playwright
from pytest_django.live_server_helper import LiveServer

from booking.models import Closure, Holiday, OpeningHours, OwnerRule
from calls.models import BlockedNumber, CallSession
from crm.models import Business, BusinessSettings, Role
from crm.tenancy import for_business
from simulator import audio
from simulator.tape import wav
from tests.support.factories import (
    PASSWORD,
    CallSessionFactory,
    LeadFactory,
    MembershipFactory,
    RecordingFactory,
    TurnFactory,
    UserFactory,
)

CHROMIUM = shutil.which("chromium")
pytestmark = [
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
Result = TypeVar("Result")


@dataclass
class Browser:
    """One visit at one width, and everything in it that should not have happened."""

    address: str
    width: int
    scripts: bool = True
    wrong: list[str] = field(default_factory=list)

    def visit(self, story: Callable[[Page], Result]) -> Result:
        """Runs the story in a thread: its event loop must not be that of the tests' database calls."""
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self._run, story).result()

    def _run(self, story: Callable[[Page], Result]) -> Result:
        with sync_playwright() as playwright:
            return self._in_page(playwright, story)

    def _in_page(self, playwright: Playwright, story: Callable[[Page], Result]) -> Result:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = chromium.new_page(
                viewport={"width": self.width, "height": 900},
                base_url=self.address,
                locale="en-US",
                java_script_enabled=self.scripts,
            )
            page.on("console", lambda message: self._note(message.text if message.type == "error" else ""))
            page.on("pageerror", lambda error: self._note(str(error)))
            page.on("request", self._only_from_here)
            page.on("response", self._no_failures)
            return story(page)
        finally:
            chromium.close()

    def _note(self, text: str) -> None:
        if text:
            self.wrong.append(text)

    def _only_from_here(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.wrong.append(f"asked {request.url}")

    def _no_failures(self, response: Response) -> None:
        if response.status >= 400:
            self.wrong.append(f"{response.status} {response.url}")


@pytest.fixture(params=[1280, 390])
def browser(request: pytest.FixtureRequest, live_server: LiveServer) -> Iterator[Browser]:
    browser = Browser(live_server.url, request.param)
    yield browser
    assert browser.wrong == []


@pytest.fixture
def owned(transactional_db: None, salon: Business) -> Business:
    MembershipFactory(
        user=UserFactory(username="dana", first_name="דנה", is_staff=True), business=salon, role=Role.OWNER
    )
    return salon


def sign_in(page: Page) -> None:
    page.goto("/")
    page.fill("#id_username", "dana")
    page.fill("#id_password", PASSWORD)
    page.click("#login-form [type=submit]")
    page.wait_for_url("**/")


def fits(page: Page) -> bool:
    """Whether nothing scrolls the page sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_dana_mends_her_opening_hours(owned: Business, browser: Browser) -> None:
    def story(page: Page) -> tuple[str, bool]:
        sign_in(page)
        page.goto(f"/admin/crm/business/{owned.pk}/change/#openinghours")
        page.get_by_text("הוספת חלון").click()
        page.locator("[name=openinghours-5-weekday]").select_option("2")
        page.fill("[name=openinghours-5-opens]", "13:00")
        page.fill("[name=openinghours-5-closes]", "21:00")
        page.locator("[name=_save]").click()
        complaint = page.get_by_text("חופפים")
        complaint.wait_for()
        text, readable = complaint.inner_text(), fits(page)
        page.fill("[name=openinghours-5-opens]", "20:00")
        page.locator("[name=_save]").click()
        page.get_by_text("בהצלחה").first.wait_for()
        return text, readable

    text, readable = browser.visit(story)

    assert "יום שלישי: החלונות 10:00–20:00 ו־13:00–21:00 חופפים. אפשר לאחד אותם או לשנות שעה." in text
    assert readable
    with for_business(owned):
        tuesday = OpeningHours.objects.filter(weekday=2).values_list("opens", "closes")
        assert list(tuesday) == [(time(10), time(20)), (time(20), time(21))]


def test_dana_reads_a_call(owned: Business, browser: Browser) -> None:
    noam = LeadFactory(business=owned, name="נועם שגב")
    call = CallSessionFactory(business=owned, lead=noam, outcome=CallSession.Outcome.BOOKED, summary="נקבע תור לתספורת")
    metrics = {"STT_FINAL_MS": 420, "AI_FIRST_AUDIO_MS": 1220, "FIRST_AUDIO_SENT_MS": 1240, "TOTAL_LATENCY_MS": 1400}
    for speaker, text in (("caller", "אפשר תור היום בשש?"), ("server", "[SERVER] need_name"), ("assistant", "מה השם?")):
        TurnFactory(
            business=owned, call=call, speaker=speaker, text=text, metrics=metrics if speaker == "caller" else {}
        )

    def story(page: Page) -> dict[str, object]:
        sign_in(page)
        page.get_by_role("link", name="נועם שגב").first.click()
        page.get_by_role("heading", name="תמליל").wait_for()
        caller, assistant = (
            page.locator(".al-turn.caller").bounding_box(),
            page.locator(".al-turn.assistant").bounding_box(),
        )
        assert caller is not None
        assert assistant is not None
        return {
            "said": page.locator(".al-turn p").all_inner_texts(),
            "deeds": page.locator(".al-chip").all_inner_texts(),
            "total": page.locator(".al-timings tbody tr td:nth-child(2)").inner_text(),
            "bars": page.locator(".al-waterfall rect").count(),
            "caller at the right": caller["x"] + caller["width"] > assistant["x"] + assistant["width"],
            "fits": fits(page),
        }

    assert browser.visit(story) == {
        "said": ["אפשר תור היום בשש?", "מה השם?"],
        "deeds": ["חסר שם"],
        "total": "1400",
        "bars": 4,
        "caller at the right": True,
        "fits": True,
    }


def test_dana_hears_a_message_and_blocks_its_caller(owned: Business, browser: Browser, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    call = CallSessionFactory(business=owned, from_number="+972521234567", summary="הושארה הודעה")
    message = RecordingFactory(business=owned, call=call, status="stored", duration_s=90)
    with for_business(owned):  # longer than one piece of an answer, so that the player has to ask on
        message.file.save("message.wav", ContentFile(wav([audio.noise(90_000)])))

    def story(page: Page) -> tuple[list[float], str, bool]:
        sign_in(page)
        page.goto(f"/admin/calls/callsession/{call.pk}/change/")
        heard = page.locator("audio").evaluate(
            """async (audio) => {
                const until = (name) => new Promise((done) => audio.addEventListener(name, done, {once: true}));
                audio.preload = "metadata"; const known = until("loadedmetadata"); audio.load(); await known;
                const there = until("seeked"); audio.currentTime = 85; await there;
                return [Math.round(audio.duration), Math.round(audio.currentTime)];
            }"""
        )
        page.get_by_role("button", name="חסימת המספר").click()
        page.get_by_role("button", name="ביטול החסימה").wait_for()
        return heard, page.locator("body").inner_text(), fits(page)

    heard, text, readable = browser.visit(story)

    assert (heard, readable) == ([90, 85], True)
    assert "שיחות מהמספר הזה לא ייענו יותר." in text
    with for_business(owned):
        assert [row.number for row in BlockedNumber.objects.all()] == ["+972521234567"]


def test_dana_books_and_cancels(owned: Business, browser: Browser) -> None:
    def story(page: Page) -> tuple[str, str]:
        sign_in(page)
        page.get_by_role("link", name="תור חדש").click()
        page.fill("[name=customer_name]", "רונית לוי")
        page.fill("[name=customer_phone]", "0530000226")
        page.fill("[name=starts_at_0]", "01/01/2020")
        page.fill("[name=starts_at_1]", "12:00")
        page.get_by_role("button", name="קביעת התור").click()
        refusal = page.get_by_text("המועד כבר עבר.")
        refusal.wait_for()
        [day, hour] = page.locator("bdi", has_text="/20").first.inner_text().split()
        page.fill("[name=starts_at_0]", day)
        page.fill("[name=starts_at_1]", hour)
        page.get_by_role("button", name="קביעת התור").click()
        page.get_by_text("התור נקבע.").wait_for()
        booked = page.locator(".al-badge").first.inner_text()
        more = page.get_by_text("more_horiz")
        if more.is_visible():
            more.click()
        page.get_by_text("ביטול התור", exact=True).locator("visible=true").first.click()
        page.get_by_text("לבטל את התור?").wait_for()
        page.get_by_role("button", name="ביטול התור").click()
        page.get_by_text("התור בוטל.").wait_for()
        return booked, page.locator(".al-badge").first.inner_text()

    assert browser.visit(story) == ("נקבע", "בוטל")


def test_dana_previews_a_closure_and_thinks_again(owned: Business, browser: Browser) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    page_of_business = f"/admin/crm/business/{owned.pk}/change/#closure"

    def story(page: Page) -> tuple[list[bool], list[str]]:
        sign_in(page)
        page.goto(page_of_business)
        page.get_by_text("הוספת סגירה").click()
        page.fill("[name=closure-0-on_date]", f"{tomorrow:%d/%m/%Y}")
        page.fill("[name=closure-0-reason]", "חופשה")
        page.locator("[name=_preview]").click()
        page.get_by_text("עוד לא נשמר דבר.").wait_for()
        readable = [fits(page)]
        page.get_by_role("button", name="חזרה לעריכה").click()
        page.locator("[name=closure-0-reason]").wait_for()
        kept = [page.input_value("[name=closure-0-on_date]"), page.input_value("[name=closure-0-reason]")]
        page.locator("[name=_preview]").click()
        page.get_by_role("button", name="שמירה").click()
        page.get_by_text("בהצלחה").first.wait_for()
        return [*readable, fits(page)], kept

    assert browser.visit(story) == ([True, True], [f"{tomorrow:%d/%m/%Y}", "חופשה"])
    with for_business(owned):
        assert list(Closure.objects.values_list("on_date", "reason")) == [(tomorrow, "חופשה")]


def test_dana_works_without_scripts(owned: Business, browser: Browser) -> None:
    browser.scripts = False
    tomorrow = timezone.localdate() + timedelta(days=1)
    with for_business(owned):
        BusinessSettings.objects.update(ai_prompt_calls="קובעים תורים כל רבע שעה.", holidays_calendar="IL")

    def story(page: Page) -> None:
        sign_in(page)
        page.goto(f"/admin/crm/business/{owned.pk}/change/?rows=1")
        page.fill("[name=closure-0-on_date]", f"{tomorrow:%d/%m/%Y}")
        page.locator("[name=_preview]").click()
        page.get_by_text("עוד לא נשמר דבר.").wait_for()
        page.get_by_role("button", name="שמירה").click()
        page.get_by_text("בהצלחה").first.wait_for()
        page.get_by_role("button", name="אישור הכלל").click()
        page.get_by_text("הכלל בתוקף.").wait_for()
        page.goto(f"/admin/booking/holiday/?year={tomorrow.year + 1}")
        page.locator("[name=_save]").click()
        page.get_by_text("חגי השנה הזאת נקבעו.").wait_for()

    browser.visit(story)

    with for_business(owned):
        assert Closure.objects.get().on_date == tomorrow
        assert OwnerRule.objects.get().is_confirmed
        assert Holiday.objects.exists()


def test_every_page_fits_and_is_quiet(owned: Business, browser: Browser) -> None:
    addresses = (
        "/",
        "/admin/",
        "/admin/booking/appointment/",
        "/admin/booking/appointment/add/",
        "/admin/booking/appointment/why-not/?starts_at_0=01/01/2020&starts_at_1=10:00",
        "/admin/booking/holiday/",
        "/admin/booking/service/add/",
        "/admin/crm/lead/add/",
        "/admin/crm/followup/add/",
        "/admin/faq/faqentry/add/",
        "/admin/password_change/",
        "/api/docs/",
    )

    def story(page: Page) -> list[str]:
        sign_in(page)
        too_wide = []
        for address in addresses:
            page.goto(address)
            if not fits(page):
                too_wide.append(address)
        return too_wide

    assert browser.visit(story) == []
