"""The owner's page of the channels: Dana links a phone, enters a Twilio number, and is told what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from calls.models import TwilioAccount
from crm.models import Business, Role
from crm.tenancy import for_business, for_everyone
from simulator.carrier_rest import CarrierRest
from tests.support.bridge import FakeBridge, event, post, served
from tests.support.factories import BusinessFactory, ChannelFactory, MembershipFactory, QuickReplyFactory, UserFactory
from tests.support.in_thread import served_in_thread
from tests.support.pages import text_of
from tests.support.telephone import ACCOUNT, AUTH_TOKEN, PUBLIC_URL
from whatsapp.health import trouble_of
from whatsapp.models import Channel, QuickReply

PAGE = "/connections/whatsapp/"
ACTIONS = [
    "use/baileys/",
    "phone/begin/",
    "phone/restart/",
    "phone/stop/",
    "phone/code/",
    "phone/disconnect/",
    "twilio/number/",
    "twilio/check/",
    "twilio/point/",
]


def client_of(business: Business, role: Role) -> Client:
    user: User = UserFactory(is_staff=True)
    MembershipFactory(user=user, business=business, role=role)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def dana(salon: Business) -> Client:
    return client_of(salon, Role.OWNER)


@pytest.fixture
def bridge(settings: Settings) -> Iterator[FakeBridge]:
    fake = FakeBridge()
    with served(fake) as settings.BAILEYS_BASE_URL:
        yield fake


@pytest.fixture
def carrier(settings: Settings) -> Iterator[CarrierRest]:
    rest = CarrierRest(AUTH_TOKEN)
    with served_in_thread(rest) as settings.TWILIO_API_BASE_URL:
        yield rest


def channel(provider: str = "baileys") -> Channel:
    with for_everyone("a look"):
        return Channel.objects.get(provider=provider)


def shown(client: Client, provider: str = "baileys") -> str:
    return text_of(client.get(f"{PAGE}?provider={provider}"))


# --- who ----------------------------------------------------------------------------------------------
def test_only_owners_see_or_change_channels(salon: Business, phone: Channel, bridge: FakeBridge) -> None:
    noa, stranger = client_of(salon, Role.STAFF), Client()
    assert noa.get(PAGE).status_code == 403
    assert noa.get(f"{PAGE}state/").status_code == 403
    assert stranger.get(PAGE).status_code == 302
    for action in ACTIONS:
        assert noa.post(PAGE + action).status_code == 403, action
        assert stranger.post(PAGE + action).status_code == 302, action
    assert bridge.requests == []


def test_another_business_has_its_own_channels(phone: Channel, bridge: FakeBridge) -> None:
    ruth = client_of(BusinessFactory(slug="garage", with_settings=True), Role.OWNER)
    for action in (
        "use/baileys/",
        "phone/restart/",
        "phone/stop/",
        "phone/code/",
        "phone/disconnect/",
        "twilio/check/",
    ):
        assert ruth.post(PAGE + action, {"phone": "052-0000147"}).status_code == 404, action
    assert phone.number.removeprefix("+972") not in shown(ruth).replace("-", "")
    assert bridge.requests == []


# --- the linked phone ---------------------------------------------------------------------------------
def test_dana_links_a_phone(salon: Business, dana: Client, bridge: FakeBridge) -> None:
    assert "לא מחובר" in shown(dana)
    bridge.session = {"status": "STARTING", "reason": None, "me": None}
    assert dana.post(f"{PAGE}phone/begin/").status_code == 302
    method, path, order = bridge.requests[0]
    assert (method, path) == ("PUT", f"/api/sessions/biz_{salon.pk}")
    assert order["hook_url"] == f"{PUBLIC_URL}/webhook/baileys/"
    row = channel()
    assert (row.state, row.is_current) == ("STARTING", True)

    until = (datetime.now(UTC) + timedelta(seconds=20)).isoformat()
    code = {"value": "2@code-of-dana", "expires_at": until, "n": 1}
    post(event(row, "session.status", {"status": "SCAN_QR_CODE", "reason": None, "qr": code}))
    page = dana.get(f"{PAGE}state/")
    assert "<svg" in page.content.decode()
    assert "2@code-of-dana" not in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert "לפתוח את וואטסאפ בטלפון של העסק" in text_of(page)
    assert re.search(r"קוד חדש בעוד (19|20) שניות", text_of(page))
    assert 'hx-trigger="every 3s"' in page.content.decode()

    me = {"phone": "+972541112233", "push_name": "המספרה של דנה"}
    post(event(channel(), "session.status", {"status": "WORKING", "reason": None}, epoch=1, me=me))
    assert dana.get(f"{PAGE}state/?was=SCAN_QR_CODE")["HX-Refresh"] == "true"
    assert "HX-Refresh" not in dana.get(f"{PAGE}state/?was=WORKING")
    text = shown(dana)
    assert "מחובר" in text
    assert "054-111-2233" in text
    assert "<svg" not in dana.get(f"{PAGE}state/").content.decode()


def test_the_code_is_asked_for_where_no_hook_brought_it(dana: Client, bridge: FakeBridge, phone: Channel) -> None:
    with for_business(phone.business_id):
        Channel.objects.update(state="SCAN_QR_CODE")
    until = (datetime.now(UTC) + timedelta(seconds=20)).isoformat()
    bridge.answers.append((200, {"value": "2@asked", "expires_at": until, "n": 1}))
    assert "<svg" in dana.get(PAGE).content.decode()
    assert "הקוד בדרך" not in shown(dana)
    bridge.answers.clear()


def test_a_number_instead_of_the_picture(dana: Client, bridge: FakeBridge, phone: Channel) -> None:
    with for_business(phone.business_id):
        Channel.objects.update(state="SCAN_QR_CODE")
    wrong = dana.post(f"{PAGE}phone/code/", {"phone": "12"})
    assert wrong.status_code == 422
    assert "מספר הטלפון לא תקין" in text_of(wrong)
    dana.post(f"{PAGE}phone/code/", {"phone": "054-111 2233"})
    assert bridge.requests[-1][2] == {"phone": "972541112233"}
    assert "ABCD1234" in shown(dana)


def test_disconnecting_asks_for_the_businesss_name(dana: Client, bridge: FakeBridge, phone: Channel) -> None:
    refused = dana.post(f"{PAGE}phone/disconnect/", {"name": "אחר"})
    assert (refused.status_code, bridge.requests) == (422, [])
    bridge.session = {"status": "STOPPED", "reason": None, "me": None}
    dana.post(f"{PAGE}phone/disconnect/", {"name": " המספרה  של דנה "})
    row = channel()
    assert (row.state, row.number, bridge.requests[-1][1].endswith("/logout")) == ("STOPPED", "", True)


def test_a_service_that_is_down_is_told(dana: Client, salon: Business) -> None:
    answer = dana.post(f"{PAGE}phone/begin/", follow=True)
    assert "שירות הוואטסאפ של השרת לא עונה" in text_of(answer)


def test_what_the_service_refuses_is_told(dana: Client, phone: Channel, bridge: FakeBridge) -> None:
    bridge.answers.append((409, {"error": "busy_elsewhere"}))
    assert "busy_elsewhere" in text_of(dana.post(f"{PAGE}phone/restart/", follow=True))


@pytest.mark.parametrize(
    "reason",
    ["logged_out", "forbidden", "replaced", "bad_session", "version", "qr_timeout", "retries_exhausted",
     "restricted_temp", "number_taken", "something_new"],
)  # fmt: skip
def test_each_reason_has_its_remedy(dana: Client, phone: Channel, reason: str) -> None:
    with for_business(phone.business_id):
        Channel.objects.update(state="FAILED", reason=reason)
        trouble = trouble_of(Channel.objects.get())
    assert trouble is not None
    text = shown(dana)
    assert trouble.words in text
    assert trouble.remedy in text
    assert re.search("[א-ת]", trouble.remedy)


def test_a_phone_that_gives_no_sign_of_life_is_told(phone: Channel, settings: Settings) -> None:
    now = timezone.now()
    phone.last_event_at = now - timedelta(minutes=2)
    assert trouble_of(phone, now) is None
    phone.last_event_at = now - timedelta(minutes=4)
    trouble = trouble_of(phone, now)
    assert trouble is not None
    phone.last_event_at = now
    phone.restriction = {"kind": "reachout_timelock", "expires_at": (now + timedelta(days=1)).isoformat()}
    restricted = trouble_of(phone, now)
    assert restricted is not None
    assert restricted.tone == "warn"
    phone.restriction = {"kind": "reachout_timelock", "expires_at": (now - timedelta(days=1)).isoformat()}
    assert trouble_of(phone, now) is None


def test_a_name_cannot_become_markup(dana: Client, phone: Channel) -> None:
    with for_business(phone.business_id):
        Channel.objects.update(profile_name="<script>alert(1)</script>")
    assert "<script>alert" not in dana.get(PAGE).content.decode()


# --- Twilio -------------------------------------------------------------------------------------------
@pytest.fixture
def account(salon: Business) -> None:
    with for_business(salon):
        TwilioAccount.objects.create(business=salon, account_sid=ACCOUNT, auth_token=AUTH_TOKEN)


def test_dana_enters_her_twilio_number(dana: Client, carrier: CarrierRest, account: None) -> None:
    sender = carrier.senders.add("+97233334444", account_sid=ACCOUNT)
    dana.post(f"{PAGE}twilio/number/", {"phone": "03-333-4444"})
    row = channel("twilio")
    assert (row.number, row.state, row.reason) == ("+97233334444", "FAILED", "elsewhere")
    assert "לכוון לכאן" in shown(dana, "twilio")
    dana.post(f"{PAGE}twilio/point/")
    assert channel("twilio").state == "WORKING"
    assert sender["webhook"]["callback_url"] == f"{PUBLIC_URL}/webhook/twilio/whatsapp/incoming"
    assert sender["webhook"]["status_callback_url"] == f"{PUBLIC_URL}/webhook/twilio/whatsapp/status"


def test_a_number_twilio_does_not_have_is_told(dana: Client, carrier: CarrierRest, account: None) -> None:
    dana.post(f"{PAGE}twilio/number/", {"phone": "03-333-4444"})
    assert channel("twilio").reason == "no_sender"
    carrier.senders.add("+97233334444", account_sid="AC_other")
    dana.post(f"{PAGE}twilio/check/")
    assert channel("twilio").reason == "no_sender"


def test_a_wrong_token_and_a_silent_twilio_are_told(
    dana: Client, carrier: CarrierRest, salon: Business, settings: Settings
) -> None:
    with for_business(salon):
        TwilioAccount.objects.create(business=salon, account_sid=ACCOUNT, auth_token="wrong")
    dana.post(f"{PAGE}twilio/number/", {"phone": "03-333-4444"})
    assert channel("twilio").reason == "credentials"
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:9"
    dana.post(f"{PAGE}twilio/check/")
    assert channel("twilio").reason == "unreachable"


def test_a_number_that_nobody_confirmed_is_told(dana: Client, carrier: CarrierRest) -> None:
    dana.post(f"{PAGE}twilio/number/", {"phone": "03-333-4444"})
    assert channel("twilio").reason == "untrusted"


def test_one_number_writes_for_one_business(dana: Client, carrier: CarrierRest, account: None) -> None:
    ChannelFactory(business=BusinessFactory(slug="garage"), provider="twilio", number="+97233334444")
    answer = dana.post(f"{PAGE}twilio/number/", {"phone": "03-333-4444"})
    assert answer.status_code == 422
    assert "כבר שייך לעסק" in text_of(answer)


@pytest.mark.parametrize("typed", ["", "12", "x" * 300, "\x00", "<b>"])
def test_what_is_no_number_is_refused(dana: Client, salon: Business, typed: str) -> None:
    assert dana.post(f"{PAGE}twilio/number/", {"phone": typed}).status_code in (400, 422)
    with for_business(salon):
        assert not Channel.objects.exists()


# --- one in use ---------------------------------------------------------------------------------------
def test_one_provider_is_in_use_at_a_time(dana: Client, phone: Channel) -> None:
    ChannelFactory(business=phone.business, provider="twilio", is_current=False)
    ChannelFactory(business=phone.business, provider="web", number="")
    dana.post(f"{PAGE}use/twilio/")
    assert (channel("twilio").is_current, channel().is_current, channel("web").is_current) == (True, False, True)
    assert "ההודעות יוצאות דרך הספק האחר" in shown(dana)
    dana.post(f"{PAGE}use/baileys/")
    assert (channel("twilio").is_current, channel().is_current) == (False, True)
    assert dana.post(f"{PAGE}use/web/").status_code == 404


# --- around it ----------------------------------------------------------------------------------------
def test_the_systems_page_names_whatsapp(dana: Client, phone: Channel, bridge: FakeBridge) -> None:
    with for_business(phone.business_id):
        Channel.objects.update(state="FAILED", reason="logged_out")
    text = text_of(dana.get("/connections/"))
    assert "הטלפון נותק" in text
    bridge.session = {"status": "WORKING", "reason": None, "me": None}
    with for_business(phone.business_id):
        Channel.objects.update(last_event_at=timezone.now())
    dana.post("/connections/whatsapp/check/")
    assert channel().state == "WORKING"


def test_the_admin_leads_owners_to_the_page(dana: Client, phone: Channel, salon: Business) -> None:
    answer = dana.get("/admin/whatsapp/channel/")
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    noa = client_of(salon, Role.STAFF)
    assert "054-111-2233" in text_of(noa.get("/admin/whatsapp/channel/"))


def test_noa_words_a_quick_reply(salon: Business) -> None:
    noa = client_of(salon, Role.STAFF)
    theirs = QuickReplyFactory(business=BusinessFactory(slug="garage"))
    noa.post("/admin/whatsapp/quickreply/add/", {"title": " חניה ", "text": "יש חניה\r\nחינם "})
    with for_business(salon):
        assert [(row.title, row.text) for row in QuickReply.objects.all()] == [("חניה", "יש חניה\nחינם")]
    assert noa.post("/admin/whatsapp/quickreply/add/", {"title": "חניה", "text": "שוב"}).status_code == 200
    assert noa.post("/admin/whatsapp/quickreply/add/", {"title": "ריק", "text": "  "}).status_code == 200
    assert noa.get(f"/admin/whatsapp/quickreply/{theirs.pk}/change/").status_code == 404
    with for_business(salon):
        assert QuickReply.objects.count() == 1
