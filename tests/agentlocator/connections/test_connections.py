"""Dana looks at what her answering depends on, and is told what to do."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.cache import cache
from django.test import Client

from calls.threads import off_loop
from crm.models import Business, Role
from crm.tenancy import for_business
from simulator.carrier_rest import CarrierRest
from simulator.provider import serve_provider
from simulator.provider_options import ProviderOptions
from tests.support.factories import NOW, BusinessFactory, OutboxEventFactory, PhoneLineFactory, RecordingFactory
from tests.support.pages import platform_admin, signed_in, text_of
from tests.support.telephone import ACCOUNT, AUTH_TOKEN, NUMBER, PUBLIC_URL, served


@pytest.fixture(autouse=True)
def nothing_checked_yet():
    cache.clear()


@pytest.fixture
def salon(db: None) -> Business:
    return BusinessFactory(slug="dana", with_settings=True)


def checked(client: Client, key: str) -> str:
    return text_of(client.post(f"/connections/{key}/check/", follow=True))


def test_without_a_key_the_page_says_what_answers_and_what_to_set(salon):
    page = text_of(signed_in(salon).get("/connections/"))

    assert "ספק הקול עונה תחליף מקומי" in page
    assert "OPENAI_API_KEY" in page


def test_a_business_without_a_number_is_told_where_to_add_one(salon):
    assert "אין מספר טלפון מספר מוסיפים בעמוד העסק" in checked(signed_in(salon), "telephony")


def test_work_that_waits_too_long_shows(salon):
    OutboxEventFactory(business=salon, created_at=NOW - dt.timedelta(days=400))

    assert "תקצירים והודעות מתעכבים" in text_of(signed_in(salon).get("/connections/"))


def test_work_of_another_business_does_not(salon):
    OutboxEventFactory(business=BusinessFactory(), created_at=NOW - dt.timedelta(days=400))

    assert "עבודות רקע בזמן" in text_of(signed_in(salon).get("/connections/"))


def test_files_can_be_stored_or_not(salon, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    assert "אחסון מוכן" in checked(signed_in(salon), "storage")

    cache.clear()
    (tmp_path / "a file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "a file" / "media"
    assert "אי אפשר לשמור הקלטות" in checked(signed_in(salon), "storage")


def test_a_recording_that_never_came_is_a_warning(salon):
    RecordingFactory(business=salon, status="failed", created_at=dt.datetime.now(dt.UTC))

    assert "יש הקלטות שלא הגיעו" in text_of(signed_in(salon).get("/connections/"))


def test_a_mail_server_that_does_not_answer(salon, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_READY = "django.core.mail.backends.smtp.EmailBackend", True
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there

    assert "שרת הדואר לא עונה" in checked(signed_in(salon), "mail")


def test_what_the_installation_is_like_inside_is_its_administration_s_to_know(salon, settings, tmp_path):
    (tmp_path / "a file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "a file" / "media"
    settings.EMAIL_BACKEND, settings.EMAIL_READY = "django.core.mail.backends.smtp.EmailBackend", True
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    dana, admin = signed_in(salon), platform_admin()
    admin.post("/business/", {"business": "dana"})
    for key in ("storage", "mail"):
        checked(dana, key)

    owners, administrators = text_of(dana.get("/connections/")), text_of(admin.get("/connections/"))

    assert "שרת הדואר לא עונה" in owners
    assert "פרטים טכניים" not in owners
    assert "ConnectionRefusedError" not in owners
    assert "ConnectionRefusedError" in administrators


def test_what_one_checked_another_reads_in_their_own_language(salon, settings, tmp_path):
    (tmp_path / "a file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "a file" / "media"
    dana, english = signed_in(salon), signed_in(salon)
    english.post("/me/language/", {"language": "en", "next": "/"})
    checked(dana, "storage")

    assert "Recordings cannot be stored" in text_of(english.get("/connections/"))
    assert "אי אפשר לשמור הקלטות" in text_of(dana.get("/connections/"))


def test_work_that_has_been_caught_up_with_is_late_no_more(salon):
    waits = OutboxEventFactory(business=salon, created_at=NOW - dt.timedelta(days=400))
    dana = signed_in(salon)
    assert "תקצירים והודעות מתעכבים" in checked(dana, "work")

    with for_business(salon):
        waits.delete()

    assert "עבודות רקע בזמן" in text_of(dana.get("/connections/"))


def test_a_check_is_a_fragment_for_the_page(salon):
    answer = signed_in(salon).post("/connections/voice/check/", headers={"HX-Request": "true"})

    assert answer.content.decode().strip().startswith('<li id="system-voice">')


def test_staff_and_strangers_see_none_of_it(salon):
    noa = signed_in(salon, Role.STAFF)

    assert noa.get("/connections/").status_code == 403
    assert noa.post("/connections/voice/check/").status_code == 403
    assert noa.post("/connections/numbers/").status_code == 403
    assert Client().get("/connections/").status_code == 302


def test_there_is_no_system_of_that_name(salon):
    assert signed_in(salon).post("/connections/nothing/check/").status_code == 404


async def test_the_provider_is_asked_for_its_models(transactional_db, settings):
    salon = await off_loop(BusinessFactory, with_settings=True)
    dana = await off_loop(signed_in, salon)
    provider = await serve_provider(options=ProviderOptions(api_key="key"))
    settings.PRACTICE_MODE, settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = False, "key", provider.base_url
    try:
        assert "ספק הקול מחובר" in await off_loop(checked, dana, "voice")
        settings.OPENAI_REALTIME_MODEL = "gpt-4o-realtime-preview"
        again = await off_loop(checked, dana, "voice")
        assert "ספק הקול מחובר" in again  # not asked anew
        assert "נבדק לפני פחות מדקה." in again
        await off_loop(cache.clear)
        assert "מודל קול שהוגדר כבר לא קיים" in await off_loop(checked, dana, "voice")
        assert "gpt-4o-realtime-preview" not in text_of(await off_loop(dana.get, "/connections/"))
        await off_loop(cache.clear)
        settings.OPENAI_API_KEY = "another"
        assert "ספק הקול לא עונה" in await off_loop(checked, dana, "voice")
    finally:
        await provider.close()


async def test_numbers_that_lead_elsewhere_are_connected(transactional_db, settings):
    salon = await off_loop(BusinessFactory, with_settings=True)
    await off_loop(PhoneLineFactory, business=salon, number=NUMBER)
    dana = await off_loop(signed_in, salon)
    rest = CarrierRest(AUTH_TOKEN)
    row = rest.numbers.add(NUMBER, account_sid=ACCOUNT)
    settings.PUBLIC_URL, settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = PUBLIC_URL, ACCOUNT, AUTH_TOKEN
    async with served(rest) as settings.TWILIO_API_BASE_URL:
        assert "יש מספר שלא מפנה לכאן" in await off_loop(checked, dana, "telephony")
        assert row["voice_url"] == "https://demo.twilio.com/welcome/voice/"  # looked at, not touched

        page = text_of(await off_loop(lambda: dana.post("/connections/numbers/", follow=True)))

        assert "המספרים מפנים לכאן." in page
        assert row["voice_url"] == f"{PUBLIC_URL}/webhook/twilio/voice/incoming"
        assert "טלפוניה מחובר" in await off_loop(checked, dana, "telephony")
