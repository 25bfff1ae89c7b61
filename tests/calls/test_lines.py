"""Whose number it is has to be shown before calls to it are answered."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from calls.models import CallSession, PhoneLine
from crm.models import Business, Role
from crm.tenancy import for_business, for_everyone
from tests.support.carrier_forms import INCOMING, SID, STATUS, call_form, document, post, sign, tags
from tests.support.factories import BusinessFactory, CallSessionFactory, PhoneLineFactory, TwilioAccountFactory
from tests.support.pages import fields_of, platform_admin, signed_in, text_of
from tests.support.telephone import ACCOUNT, AUTH_TOKEN, PUBLIC_URL

CLAIMED = "+97239999999"


@pytest.fixture(autouse=True)
def _carrier(settings: Settings) -> None:
    settings.PUBLIC_URL = PUBLIC_URL
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, AUTH_TOKEN
    settings.TWILIO_API_BASE_URL = "http://carrier.invalid"
    settings.SECURE_SSL_REDIRECT = False


@pytest.fixture
def ruth(db: None) -> Business:
    """She has just opened her business, and wrote down a number that the installation's account owns."""
    business: Business = BusinessFactory(slug="ruth", name="המספרה של רות", with_settings=True)
    PhoneLineFactory(business=business, number=CLAIMED, verified_at=None)
    return business


def page_of(business: Business) -> str:
    return f"/admin/crm/business/{business.pk}/change/"


def calls() -> int:
    with for_everyone("a look at all rows"):
        return CallSession.objects.count()


def verified(business: Business) -> list[bool]:
    with for_business(business):
        return [line.verified_at is not None for line in PhoneLine.objects.order_by("pk")]


# --- calls -------------------------------------------------------------------------------------------
def test_a_number_that_was_only_written_down_is_nobodys(ruth: Business):
    answer = document(post(INCOMING, call_form(To=CLAIMED)))

    assert [verb.tag for verb in answer] == ["Say", "Hangup"]
    assert "רות" not in (answer[0].text or "")
    assert calls() == 0


def test_the_business_s_own_account_shows_it(ruth: Business):
    own = TwilioAccountFactory(business=ruth, account_sid="ACruth", auth_token="ruth's")
    form = call_form(To=CLAIMED, AccountSid=own.account_sid)

    assert post(INCOMING, form).status_code == 403  # signed by the installation's account
    assert tags(post(INCOMING, form, sign(INCOMING, form, token="ruth's")))[0] == "Connect"


def test_without_any_token_every_number_is_answered(ruth: Business, settings: Settings):
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = ""
    settings.DEBUG = True

    assert tags(post(INCOMING, call_form(To=CLAIMED), ""))[0] == "Connect"


def test_unsigned_calls_to_it_are_refused_even_while_debugging(ruth: Business, settings: Settings):
    settings.DEBUG = True

    assert post(INCOMING, call_form(To=CLAIMED), "").status_code == 403


def test_a_call_that_runs_is_still_told_of(ruth: Business):
    """Its number was verified when it began."""
    call = CallSessionFactory(business=ruth, call_sid=SID, to_number=CLAIMED, status="in-progress")

    form = call_form(To=CLAIMED, CallStatus="completed", CallDuration="12")
    assert post(STATUS, form).status_code in (200, 204)

    with for_business(ruth):
        call.refresh_from_db()
    assert call.status == "completed"


# --- what is said of it ------------------------------------------------------------------------------
def test_owner_sees_that_it_is_not_verified_and_what_to_do(ruth: Business):
    owner = signed_in(ruth, Role.OWNER)

    for page in (page_of(ruth), "/connections/", "/go-live/"):
        text = text_of(owner.get(page))
        assert "לא אומת" in text, page
        assert "מי שמנהל את המערכת מאשר למי המספר שייך" in text, page
    owner.post("/go-live/")
    ruth.refresh_from_db()
    assert "העוזר לא עונה: המספר לא אומת" in text_of(owner.get("/"))


def test_in_practice_nothing_is_said_of_it(ruth: Business, settings: Settings):
    settings.TWILIO_ACCOUNT_SID = settings.TWILIO_AUTH_TOKEN = ""
    owner = signed_in(ruth, Role.OWNER)

    for page in ("/", page_of(ruth), "/connections/", "/go-live/"):
        assert "לא אומת" not in text_of(owner.get(page)), page


# --- who may say so ----------------------------------------------------------------------------------
def entered(admin: Client, ruth: Business) -> Client:
    admin.post("/business/", {"business": ruth.slug})
    return admin


def test_only_who_runs_the_installation_says_whose_it_is(ruth: Business):
    owner, admin = signed_in(ruth, Role.OWNER), entered(platform_admin(), ruth)

    owner.post(page_of(ruth), fields_of(owner.get(page_of(ruth))) | {"phoneline-0-is_verified": "on"})
    assert verified(ruth) == [False]
    admin.post(page_of(ruth), fields_of(admin.get(page_of(ruth))) | {"phoneline-0-is_verified": "on"})

    assert verified(ruth) == [True]
    assert tags(post(INCOMING, call_form(To=CLAIMED)))[0] == "Connect"
    assert "מאומת" in text_of(owner.get(page_of(ruth)))


def test_another_number_has_to_be_shown_anew(ruth: Business):
    with for_business(ruth):
        PhoneLine.objects.update(verified_at="2026-11-01T00:00Z")
    owner = signed_in(ruth, Role.OWNER)
    same = fields_of(owner.get(page_of(ruth)))
    owner.post(page_of(ruth), same | {"phoneline-0-number": "03-999-9999"})
    assert verified(ruth) == [True]

    owner.post(page_of(ruth), same | {"phoneline-0-number": "03-999-9998"})

    assert verified(ruth) == [False]


def test_what_became_of_numbers_is_not_undone_by_their_owner(ruth: Business):
    owner, admin = signed_in(ruth, Role.OWNER), entered(platform_admin(), ruth)
    fields = fields_of(admin.get(page_of(ruth))) | {"phoneline-0-is_verified": "on"}
    admin.post(page_of(ruth), fields)
    del fields["phoneline-0-is_verified"]
    admin.post(page_of(ruth), fields)
    assert verified(ruth) == [False]

    history = owner.get("/history/")

    assert "הבעלות הוכחה" in text_of(history)
    assert "/undo/" not in history.content.decode()


def test_who_connects_by_the_command_vouches(ruth: Business, settings: Settings):
    settings.TWILIO_ACCOUNT_SID = ""  # no account to point anything with: it ends after the vouching
    with pytest.raises(CommandError, match="No Twilio account"):
        call_command("twilio_connect", "ruth")

    assert verified(ruth) == [True]


def test_an_owner_cannot_point_it_here(ruth: Business):
    owner = signed_in(ruth, Role.OWNER)

    owner.post("/connections/numbers/")

    assert "לא אומת" in text_of(owner.get("/connections/"))
    assert verified(ruth) == [False]
