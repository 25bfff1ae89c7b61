"""Noa may have calls ring at her telephone, and at none that the business would be surprised to pay for."""

from __future__ import annotations

import pytest

from calls.models import PhoneLine
from calls.ringing import why_not_ring
from crm.models import Business, BusinessSettings, Membership
from crm.phones import normalize_phone
from crm.tenancy import for_business
from tests.support.factories import NOW, BusinessFactory, PhoneLineFactory
from tests.support.pages import fields_of, signed_in, text_of

HOME = ["052-000-0147", "03-333-4444", "072-123-4567", "0550000147"]
SPECIAL = ["1-900-570-070", "1-700-700-700", "1-599-500-500", "+449098790000", "+19002345678"]
ABROAD = ["+442079460018", "+12125550123", "+18765551234", "+8821612345678"]
SPECIAL_WORDS = "לא מעבירים שיחות למספרים בתשלום מיוחד"
ABROAD_WORDS = "שיחות מועברות למספרים בישראל"


@pytest.fixture
def salon(db: None) -> Business:
    business = BusinessFactory(slug="dana", with_settings=True)
    PhoneLineFactory(business=business, number="+97233334444")
    return business


def answer(business: Business, number: str) -> str:
    with for_business(business):
        return why_not_ring(normalize_phone(number) or number)


@pytest.mark.parametrize("number", HOME)
def test_israeli_telephones_ring(salon, number):
    assert answer(salon, number) == ""


@pytest.mark.parametrize("number", SPECIAL)
def test_dear_numbers_never_do(salon, number):
    PhoneLineFactory(business=salon, number="+442079460999")
    PhoneLineFactory(business=salon, number="+12125550199")

    assert SPECIAL_WORDS in answer(salon, number)


@pytest.mark.parametrize("number", ABROAD)
def test_abroad_rings_only_where_the_business_is(salon, number):
    assert answer(salon, number) != ""

    PhoneLineFactory(business=salon, number="+442079460999")
    PhoneLineFactory(business=salon, number="+12125550199")

    assert (answer(salon, number) == "") == (number in ("+442079460018", "+12125550123"))  # Jamaica is +1, too


def test_a_number_that_somebody_only_wrote_down_opens_no_country(salon, settings):
    settings.TWILIO_AUTH_TOKEN = "token"
    line = PhoneLineFactory(business=salon, number="+18765550100", verified_at=None)
    assert ABROAD_WORDS in answer(salon, "+18765551234")

    with for_business(salon):
        PhoneLine.objects.filter(pk=line.pk).update(verified_at=NOW)

    assert answer(salon, "+18765551234") == ""


@pytest.mark.parametrize(
    ("number", "told"), [("+18765551234", ABROAD_WORDS), ("1-900-570-070", SPECIAL_WORDS), ("052-123-4567", "")]
)
def test_calls_are_handed_to_no_such_number_either(salon, number, told):
    dana = signed_in(salon)
    address = f"/admin/crm/business/{salon.pk}/change/"
    fields = fields_of(dana.get(address))

    page = dana.post(address, fields | {"businesssettings-0-transfer_to": number})

    assert told in text_of(page)
    with for_business(salon):
        assert BusinessSettings.objects.get().transfer_to == ("" if told else "+972521234567")


def test_noa_is_told_on_every_form(salon):
    noa = signed_in(salon)

    live = noa.post("/calls/live/number/", {"phone": "+44 909 879 0000"})
    me = noa.post("/me/", fields_of(noa.get("/me/")) | {"phone": "+44 20 7946 0018"})

    assert (live.status_code, me.status_code) == (422, 422)
    assert SPECIAL_WORDS in text_of(live)
    assert ABROAD_WORDS in text_of(me)
    assert Membership.objects.get().phone == ""
    assert noa.post("/calls/live/number/", {"phone": "052-000-0147"}).status_code == 302
    assert Membership.objects.get().phone == "+972520000147"
