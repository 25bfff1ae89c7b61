"""`twilio_connect`: a business's numbers are pointed at this server."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from calls.models import TwilioAccount
from calls.threads import off_loop
from crm.models import Business
from crm.tenancy import for_business, for_everyone
from simulator.carrier_rest import CarrierRest
from tests.support.factories import BusinessFactory, ChannelFactory, PhoneLineFactory
from tests.support.telephone import ACCOUNT, AUTH_TOKEN, NUMBER, PUBLIC_URL, served


@pytest.fixture
async def carrier(settings: Settings):
    rest = CarrierRest(AUTH_TOKEN)
    settings.PUBLIC_URL, settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = PUBLIC_URL, ACCOUNT, AUTH_TOKEN
    async with served(rest) as settings.TWILIO_API_BASE_URL:
        yield rest


async def connected(slug: str = "dana") -> None:
    await off_loop(call_command, "twilio_connect", slug)


async def refused(slug: str = "dana") -> str:
    with pytest.raises(CommandError) as refusal:
        await connected(slug)
    return str(refusal.value)


async def test_a_number_is_pointed_here_once(salon: Business, carrier: CarrierRest, capsys) -> None:
    row = carrier.numbers.add(NUMBER, account_sid=ACCOUNT, voice_application_sid="AP1")
    await connected()
    voice = f"{PUBLIC_URL}/webhook/twilio/voice"
    assert (row["voice_url"], row["voice_fallback_url"]) == (f"{voice}/incoming", f"{voice}/incoming")
    assert (row["status_callback"], row["voice_application_sid"]) == (f"{voice}/status", "")
    printed = capsys.readouterr().out
    assert f"  VoiceUrl: https://demo.twilio.com/welcome/voice/ -> {voice}/incoming\n" in printed
    assert "  VoiceApplicationSid: AP1 -> (empty)\n" in printed

    carrier.requests.clear()
    await connected()
    assert capsys.readouterr().out == f"{NUMBER}: was set up already, nothing changed.\n"
    assert [method for method, *_ in carrier.requests] == ["GET"]


async def test_one_number_that_is_missing_leaves_the_others_alone(salon: Business, carrier: CarrierRest) -> None:
    row = carrier.numbers.add(NUMBER, account_sid=ACCOUNT)
    await off_loop(PhoneLineFactory, business=salon, number="+97239999999")
    refusal = await refused()
    assert "has no number that ends in 9999: buy or port it" in refusal
    assert "97239999999" not in refusal  # it may end in a log
    assert row["voice_url"] == "https://demo.twilio.com/welcome/voice/"


async def test_a_number_in_a_trunk_is_not_ours_to_set(salon: Business, carrier: CarrierRest) -> None:
    carrier.numbers.add(NUMBER, account_sid=ACCOUNT, trunk_sid="TK1")
    assert "SIP trunk TK1" in await refused()


async def test_the_whatsapp_sender_is_pointed_here_too(salon: Business, carrier: CarrierRest, capsys) -> None:
    carrier.numbers.add(NUMBER, account_sid=ACCOUNT)
    channel = await off_loop(ChannelFactory, business=salon, provider="twilio", number=NUMBER, state="STOPPED")
    with pytest.raises(CommandError, match="no_sender"):
        await connected()
    sender = carrier.senders.add(NUMBER, account_sid=ACCOUNT)
    await connected()
    assert sender["webhook"]["callback_url"] == f"{PUBLIC_URL}/webhook/twilio/whatsapp/incoming"
    assert f"{NUMBER}: WhatsApp messages and their statuses come here.\n" in capsys.readouterr().out
    with for_everyone("a look"):
        await off_loop(channel.refresh_from_db)
    assert channel.state == "WORKING"


async def test_the_businesss_own_account_is_asked(salon: Business, carrier: CarrierRest, capsys) -> None:
    def own_account() -> None:
        with for_business(salon):
            TwilioAccount.objects.create(business=salon, account_sid="AC_own", auth_token=AUTH_TOKEN)

    await off_loop(own_account)
    theirs = carrier.numbers.add(NUMBER, account_sid=ACCOUNT)
    assert "Account AC_own has no number" in await refused()
    carrier.numbers.add(NUMBER, account_sid="AC_own")
    await connected()
    assert theirs["status_callback"] == ""


async def test_each_refusal_names_its_remedy(salon: Business, carrier: CarrierRest, settings: Settings) -> None:
    settings.TWILIO_AUTH_TOKEN = "wrong"
    assert "compare them with the Twilio console" in await refused()
    settings.TWILIO_ACCOUNT_SID = ""
    assert "set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN" in await refused()
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_API_BASE_URL = ACCOUNT, "http://127.0.0.1:9"
    assert "could not be reached (ConnectError)" in await refused()
    settings.TWILIO_API_BASE_URL, settings.PUBLIC_URL = "", "http://localhost:8000"
    assert "set PUBLIC_URL to this server's public https://" in await refused()
    assert await refused("nobody") == "There is no business 'nobody'."
    await off_loop(BusinessFactory, slug="ruth")
    assert "has no phone number" in await refused("ruth")
