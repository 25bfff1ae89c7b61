"""Django and the real bridge, linked to a stand-in WhatsApp: pairing, a talk, an absence, a goodbye."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from crm.models import Business, Role
from crm.tenancy import for_business, for_everyone
from tests.support.factories import BusinessFactory, MembershipFactory, UserFactory
from tests.support.real_bridge import Network, bridge, forget, network, until
from whatsapp import delivery, desk, media
from whatsapp.baileys import sessions
from whatsapp.models import Channel, Conversation, Message, MessageMedia

PHONE, CUSTOMER = "972541112233", "972521234567"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture
def salon(transactional_db: None) -> Business:
    business: Business = BusinessFactory(slug="dana", name="המספרה של דנה", with_settings=True)
    return business


@pytest.fixture
def whatsapp(salon: Business, settings: Settings, live_server: LiveServer) -> Iterator[Network]:
    """The network with a bridge linked to it, which tells this very server."""
    settings.PUBLIC_URL = live_server.url
    with network() as world:
        try:
            with bridge(world.url) as settings.BAILEYS_BASE_URL:
                yield world
        finally:
            forget()


def channel() -> Channel:
    with for_everyone("a look"):
        return Channel.objects.get()


def messages(**wanted: object) -> list[Message]:
    with for_everyone("a look"):
        return list(Message.objects.filter(**wanted).order_by("pk"))


def paired(world: Network, owner: Client) -> None:
    owner.post("/connections/whatsapp/phone/begin/")
    until(lambda: channel().state == "SCAN_QR_CODE")
    until(lambda: world.get("/")["waiting"])
    assert "<svg" in owner.get("/connections/whatsapp/state/").content.decode()
    world.post("/pair", phone=PHONE, name="המספרה של דנה", qr=world.get("/")["waiting"][0]["qr"])
    until(lambda: channel().state == "WORKING" and channel().number)


def test_a_talk_from_pairing_to_goodbye(salon: Business, whatsapp: Network, settings: Settings) -> None:
    dana: User = UserFactory(username="dana")
    MembershipFactory(user=dana, business=salon, role=Role.OWNER)
    owner = Client()
    owner.force_login(dana)
    paired(whatsapp, owner)
    assert (channel().number, channel().is_current) == (f"+{PHONE}", True)

    # A customer writes, and everything of it comes again and again, shuffled.
    whatsapp.post(
        f"/accounts/{PHONE}/deliver",
        messages=[{"from": CUSTOMER, "type": "text", "text": f"הודעה {number}", "name": "דנה"} for number in range(4)],
        shuffled=True,
        copies=10,
    )
    until(lambda: len(messages()) == 4)
    assert sorted(message.text for message in messages()) == [f"הודעה {number}" for number in range(4)]

    # Noa answers; the customer gets it once.
    with for_business(salon):
        talk = Conversation.objects.select_related("channel", "lead", "business").get()
        assert talk.lead.phone == f"+{CUSTOMER}"
        reply = desk.reply(conversation=talk, text="נתראה מחר ב-12", by=dana, now=timezone.now())
    assert reply is not None
    for _ in range(2):
        delivery.deliver(salon.pk, reply.pk, now=timezone.now())
    until(lambda: messages(pk=reply.pk)[0].status in ("delivered", "read"))
    assert [(each["text"], each["sends"]) for each in whatsapp.got(CUSTOMER)] == [("נתראה מחר ב-12", 1)]

    # The owner types on the phone itself.
    whatsapp.post(f"/accounts/{PHONE}/owner", to=CUSTOMER, text="אני כאן")
    until(lambda: messages(author="phone"))
    with for_business(salon):
        assert Conversation.objects.get().state == "staff"

    # A picture is fetched through the bridge.
    whatsapp.post(
        f"/accounts/{PHONE}/receive", **{"from": CUSTOMER, "type": "image", "content": PNG, "mimetype": "image/png"}
    )
    until(lambda: messages(kind="image"))
    with for_business(salon):
        file = MessageMedia.objects.get()
    media.attend(salon.pk, file.pk, now=timezone.now())
    with for_business(salon):
        file.refresh_from_db()
        assert (file.mimetype, file.refused) == ("image/png", "")

    # Everything that was told is told again, and changes nothing.
    before = len(messages())
    assert sessions.reconcile(salon.pk, now=timezone.now()) == 0
    assert (len(messages()), channel().last_seq > 0) == (before, True)

    # The phone is unlinked from its own side.
    whatsapp.post(f"/accounts/{PHONE}/logout")
    until(lambda: channel().state == "FAILED")
    assert channel().reason == "logged_out"
    assert "הטלפון נותק" in owner.get("/connections/whatsapp/").content.decode()


def test_what_came_while_the_server_was_away_is_here_afterwards(
    salon: Business, whatsapp: Network, settings: Settings
) -> None:
    dana: User = UserFactory(username="dana")
    MembershipFactory(user=dana, business=salon, role=Role.OWNER)
    owner = Client()
    owner.force_login(dana)
    paired(whatsapp, owner)
    key, settings.BAILEYS_HOOK_KEY = settings.BAILEYS_HOOK_KEY, "a key that the bridge does not have, for a while"
    for number in range(3):
        body = {"from": CUSTOMER, "type": "text", "text": f"בהיעדר {number}"}
        whatsapp.post(f"/accounts/{PHONE}/receive", **body)
    # The hooks are refused and put aside; what was missed is asked for.
    until(lambda: sessions.reconcile(salon.pk, now=timezone.now()) == 0 and len(messages()) == 3)
    settings.BAILEYS_HOOK_KEY = key
    assert [message.text for message in messages()] == [f"בהיעדר {number}" for number in range(3)]
    with for_business(salon):
        assert Conversation.objects.get().unread == 3
