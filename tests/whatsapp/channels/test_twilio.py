"""Twilio's webhooks: whose they are, what a customer wrote, how far our messages got."""

from __future__ import annotations

import random
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from calls.models import PhoneLine, TwilioAccount
from crm.models import Business, Lead, LeadIdentity
from crm.tenancy import for_business, for_everyone
from simulator.whatsapp_customer import INCOMING, file_fields, message_form
from tests.support.carrier_forms import post, sign
from tests.support.factories import (
    BusinessFactory,
    ChannelFactory,
    ConversationFactory,
    MessageFactory,
    OutgoingFactory,
)
from tests.support.telephone import ACCOUNT
from whatsapp.models import Channel, Conversation, Message, MessageMedia

SENDER = "+97233334444"
STATUS = "/webhook/twilio/whatsapp/status"


@pytest.fixture
def sender(salon: Business) -> Channel:
    """The salon's Twilio number, which those who run the installation have confirmed."""
    with for_business(salon):
        PhoneLine.objects.create(business=salon, number=SENDER, verified_at="2026-01-01T00:00:00Z")
    channel: Channel = ChannelFactory(business=salon, provider="twilio", number=SENDER)
    return channel


def form(text: str = "שלום", **fields: str) -> dict[str, str]:
    return message_form(text, to=SENDER, account_sid=ACCOUNT, **fields)


def written(sent: dict[str, str]) -> Message:
    answer = post(INCOMING, sent)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"<Response/>", "text/xml")
    return messages()[-1]


def messages() -> list[Message]:
    with for_everyone("a look at all messages"):
        return list(Message.objects.order_by("pk"))


# --- who sent it --------------------------------------------------------------------------------------
def test_what_is_not_signed_leaves_no_row(sender: Channel) -> None:
    for signature in ("", "forged", sign(INCOMING, form(), token="another account's")):
        assert post(INCOMING, form(), signature).status_code == 403
        assert post(STATUS, {"MessageSid": "SM1", "From": f"whatsapp:{SENDER}"}, signature).status_code == 403
    assert messages() == []
    with for_business(sender.business_id):
        assert not Lead.objects.exists()


def test_without_any_token_a_developer_is_let_in(sender: Channel, settings: Settings) -> None:
    settings.TWILIO_AUTH_TOKEN = ""
    assert post(INCOMING, form(), "").status_code == 403
    settings.DEBUG = True
    assert post(INCOMING, form(), "").status_code == 200
    assert len(messages()) == 1


def test_a_businesss_own_account_signs_for_its_own_number_only(sender: Channel) -> None:
    garage = BusinessFactory(slug="garage")
    ChannelFactory(business=garage, provider="twilio", number="+97235556666")
    with for_business(garage):
        TwilioAccount.objects.create(business=garage, account_sid="ACgarage", auth_token="the garage's")
    theirs = message_form("היי", to="+97235556666", account_sid="ACgarage")
    ours = message_form("היי", to=SENDER, account_sid="ACgarage")
    assert post(INCOMING, theirs, sign(INCOMING, theirs, token="the garage's")).status_code == 200
    assert post(INCOMING, ours, sign(INCOMING, ours, token="the garage's")).status_code == 403
    assert [message.business_id for message in messages()] == [garage.pk]


def test_a_number_that_nobody_confirmed_is_nobodys(sender: Channel) -> None:
    with for_business(sender.business_id):
        PhoneLine.objects.update(verified_at=None)
    assert post(INCOMING, form()).status_code == 200
    assert messages() == []


@pytest.mark.parametrize("to", ["whatsapp:+97239999999", "whatsapp:", "", "+97233334444"])
def test_a_number_that_nobody_has_is_answered_and_kept_nowhere(sender: Channel, to: str) -> None:
    assert post(INCOMING, form() | {"To": to}).status_code in (200, 400)
    assert messages() == []


@pytest.mark.parametrize(
    "change", [{"MessageSid": ""}, {"MessageSid": "../x"}, {"From": ""}, {"From": "a b"}, {"NumMedia": "many"}]
)
def test_an_unreadable_form_names_its_field(sender: Channel, change: dict[str, str]) -> None:
    answer = post(INCOMING, form() | change)
    assert (answer.status_code, answer.content.decode()) == (400, f"unreadable: {next(iter(change))}")


# --- what was written ---------------------------------------------------------------------------------
def test_a_customer_writes(sender: Channel) -> None:
    message = written(form("אפשר תור מחר?"))
    assert (message.text, message.provider, message.direction) == ("אפשר תור מחר?", "twilio", "in")
    with for_business(sender.business_id):
        talk, lead = Conversation.objects.get(), Lead.objects.get()
        assert (talk.chat_id, talk.channel_id) == ("whatsapp:+972521234567", sender.pk)
        assert (lead.phone, lead.name) == ("+972521234567", "דנה לוי")


def test_ten_shuffled_deliveries_are_stored_once_each(sender: Channel) -> None:
    forms = [form(f"הודעה {number}") for number in range(3)] * 10
    random.Random(7).shuffle(forms)
    for each in forms:
        assert post(INCOMING, each).status_code == 200
    assert sorted(message.text for message in messages()) == [f"הודעה {number}" for number in range(3)]


def test_who_hides_the_number_is_known_by_an_opaque_id(sender: Channel) -> None:
    written(form("א", number="", bsuid="IL.abc123"))
    written(form("ב", number="", bsuid="IL.abc123"))
    with for_business(sender.business_id):
        assert (Lead.objects.get().phone, Conversation.objects.get().chat_id) == ("", "whatsapp:IL.abc123")
    written(form("ג", bsuid="IL.abc123"))  # and now they show it
    with for_business(sender.business_id):
        assert Lead.objects.get().phone == "+972521234567"
        assert LeadIdentity.objects.count() == 3


def test_a_person_who_rang_before_is_the_same_one(sender: Channel) -> None:
    with for_business(sender.business_id):
        Lead.objects.create(business_id=sender.business_id, name="דנה", phone="+972521234567", source="phone")
    written(form())
    with for_business(sender.business_id):
        assert Lead.objects.get().source == "phone"


def test_each_kind_of_message_is_kept_as_what_it_is(sender: Channel) -> None:
    place = {"Latitude": "32.08", "Longitude": "34.78", "Label": "הסטודיו", "Address": "דיזנגוף 1"}
    card = file_fields(ACCOUNT, "MM1", "ME1", "text/vcard")
    cases: list[tuple[dict[str, str], str, dict[str, Any]]] = [
        (form("😀👍"), "text", {}),
        (form("", **place, MessageType="location"), "location", None),
        (form("אישור", ButtonText="אישור", ButtonPayload="confirm:17", MessageType="button"), "button", None),
        (form("", **card), "contact", {}),
        (form("", MessageType="reaction"), "unsupported", {}),
        (form("", **file_fields(ACCOUNT, "MM2", "ME2", "image/jpeg")), "image", {}),
        (form("", **file_fields(ACCOUNT, "MM3", "ME3", "audio/ogg")), "audio", {}),
        (form("", **file_fields(ACCOUNT, "MM4", "ME4", "application/pdf")), "document", {}),
    ]
    for sent, kind, data in cases:
        message = written(sent)
        assert message.kind == kind
        assert data is None or message.data == data
    assert messages()[1].data["latitude"] == 32.08
    assert messages()[2].data == {"button_id": "confirm:17"}


def test_only_message_and_file_are_believed_of_an_address(sender: Channel) -> None:
    bad = ["http://169.254.169.254/latest", "https://evil.example/2010-04-01/Accounts/x/Messages/../Media/ME1", "x"]
    for address in bad:
        written(form("", NumMedia="1", MediaUrl0=address, MediaContentType0="image/png"))
    written(form("", **file_fields("ACother", "MM1", "ME1", "image/png")))
    with for_business(sender.business_id):
        rows = MessageMedia.objects.order_by("pk").values_list("source", "refused")
        assert list(rows) == [("", "gone")] * 3 + [("MM1/ME1", "")]


def test_what_no_page_or_database_could_bear_is_left_out(sender: Channel) -> None:
    message = written(form("א\x00ב\u202eג", ProfileName="דנה\x00 \u202eלוי"))
    assert message.text == "אבג"
    with for_business(sender.business_id):
        assert Lead.objects.get().name == "דנה לוי"


def test_a_giant_form_is_refused(sender: Channel) -> None:
    assert post(INCOMING, form("א" * 3_000_000)).status_code in (400, 413)
    assert messages() == []


# --- statuses -----------------------------------------------------------------------------------------
def report(sid: str, word: str, query: str = "", **fields: str) -> int:
    sent = {"MessageSid": sid, "MessageStatus": word, "AccountSid": ACCOUNT, "From": f"whatsapp:{SENDER}"} | fields
    code: int = post(STATUS + query, sent).status_code
    return code


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("sent", "delivered", "read"), "read"),
        (("read", "delivered", "sent", "queued"), "read"),
        (("delivered", "failed"), "delivered"),
        (("sent", "undelivered", "delivered"), "failed"),
        (("dancing",), "sending"),
    ],
)
def test_statuses_only_move_up(sender: Channel, words: tuple[str, ...], status: str) -> None:
    talk = ConversationFactory(business=sender.business, channel=sender)
    ours = OutgoingFactory(business=sender.business, conversation=talk, status="sending", provider_id="SM1")
    for word in words:
        assert report(ours.provider_id, word) == 200
    assert [message.status for message in messages()] == [status]


def test_a_report_brings_the_id_that_our_worker_never_got(sender: Channel) -> None:
    talk = ConversationFactory(business=sender.business, channel=sender)
    ours = OutgoingFactory(business=sender.business, conversation=talk, status="sending", attempts=1)
    report("SMknown", "delivered", f"?m={ours.key}")
    report("SMother", "read", f"?m={ours.key}")  # its id is known by now
    report("SMx", "read", "?m=nonsense")
    [message] = messages()
    assert (message.provider_id, message.status, message.due_at) == ("SMknown", "delivered", None)


def test_who_opted_out_at_the_carrier_has_opted_out(sender: Channel) -> None:
    talk = ConversationFactory(business=sender.business, channel=sender)
    OutgoingFactory(business=sender.business, conversation=talk, status="sending", provider_id="SM1")
    report("SM1", "failed", ErrorCode="63033")
    [message] = messages()
    assert (message.status, message.error) == ("failed", "opted_out")
    with for_business(sender.business_id):
        assert Conversation.objects.get().opted_out_at is not None


def test_another_businesss_message_keeps_its_status(sender: Channel) -> None:
    theirs = MessageFactory(direction="out", author="assistant", status="sent", provider="twilio", provider_id="SM1")
    report("SM1", "read")
    with for_everyone("a look"):
        theirs.refresh_from_db()
    assert theirs.status == "sent"
