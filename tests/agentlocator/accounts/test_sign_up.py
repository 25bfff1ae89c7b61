"""A new owner: one form makes the person, the business and all the house expects of it."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail
from django.db import IntegrityError, connection
from django.test import Client
from pytest_django import Settings

from agentlocator.accounts.opening import open_business
from booking.models import Resource
from calls.models import PromptVersion
from crm.models import Business, BusinessSettings, Lead, Membership, Role
from crm.tenancy import for_business
from tests.support.factories import LeadFactory, UserFactory
from tests.support.pages import text_of

ADDRESS = "/accounts/signup/"
RUTH = {
    "name": "רות כהן",
    "business_name": "המוסך של רות",
    "email": "ruth@example.com",
    "password1": "correct horse battery",
}


@pytest.fixture(autouse=True)
def open_house(settings: Settings) -> None:
    settings.SIGN_UP_OPEN = True


def test_ruth_opens_her_garage(db: None, client: Client) -> None:
    response = client.post(ADDRESS, RUTH)

    assert (response.status_code, response["Location"]) == (302, "/")
    page = text_of(client.get("/"))
    assert "המוסך של רות" in page
    business = Business.objects.get()
    assert (business.slug, business.name, str(business.timezone)) == ("hmvsk-shl-rvt", "המוסך של רות", "Asia/Jerusalem")
    membership = Membership.objects.get()
    assert (membership.user.email, membership.user.first_name, membership.role) == (
        "ruth@example.com",
        "רות כהן",
        Role.OWNER,
    )
    with for_business(business):
        assert BusinessSettings.objects.count() == 1
        assert [row.slug for row in Resource.objects.all()] == ["main"]
        assert PromptVersion.objects.get().status == PromptVersion.Status.LIVE
    assert client.get("/admin/").status_code == 200
    assert client.get("/team/").status_code == 200


def test_her_address_is_confirmed_by_the_letter_but_need_not_be(db: None, client: Client) -> None:
    client.post(ADDRESS, RUTH)
    [letter] = mail.outbox
    [link] = re.findall(r"https?://[^/]+(/accounts/confirm-email/\S+)", letter.body)
    assert letter.subject == "אישור כתובת הדוא״ל ב־AgentLocator"
    assert not EmailAddress.objects.get().verified

    assert "הכתובת ruth@example.com שלך?" in text_of(client.get(link))
    client.post(link)

    assert EmailAddress.objects.get().verified


def test_a_second_factor_waits_for_the_confirmed_address(db: None, client: Client) -> None:
    """Else somebody who signs up with another's address could lock its owner out of an account of that name."""
    client.post(ADDRESS, RUTH)

    assert "אפשר להפעיל אימות דו־שלבי אחרי אישור כתובת הדוא״ל." in text_of(
        client.get("/accounts/2fa/totp/activate/", follow=True)
    )


def test_of_two_businesses_of_one_name_both_get_an_address(db: None) -> None:
    slugs = {open_business(owner=UserFactory(), name="Barber & Sons").slug for _row in range(3)}

    assert len(slugs) == 3
    assert all(slug.startswith("barber-sons") for slug in slugs)


@pytest.mark.parametrize(("name", "slug"), [("美容室", "business"), ("צ׳ופצ׳יק", "tsvptsyk"), ("א" * 120, "a" * 40)])
def test_a_business_has_an_address_in_latin_letters_whatever_its_name(db: None, name: str, slug: str) -> None:
    assert open_business(owner=UserFactory(), name=name).slug == slug


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("password1", "short", "10"),
        ("password1", "1234567890", ""),
        ("email", "ruth at example", ""),
        ("email", "dana@example.com", "כבר יש חשבון עם הדוא״ל הזה."),
        ("business_name", "", ""),
        ("business_name", "א" * 121, "120"),
        ("name", "", ""),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(
    db: None, client: Client, field: str, value: str, complaint: str
) -> None:
    UserFactory(email="dana@example.com")

    response = client.post(ADDRESS, RUTH | {field: value})

    assert response.status_code == 200
    errors = response.context["form"].errors
    assert list(errors) == [field]
    assert complaint in errors[field][0]
    assert Business.objects.count() == 0
    assert User.objects.count() == 1


def test_a_name_cannot_break_a_subject_or_a_page(db: None, client: Client) -> None:
    client.post(ADDRESS, RUTH | {"business_name": "רות\r\nBcc: all@example.com<script>alert(1)</script>"})

    assert Business.objects.get().name == "רות Bcc: all@example.com<script>alert(1)</script>"
    assert "<script>alert(1)" not in client.get("/").content.decode()


def test_if_the_business_cannot_be_made_there_is_no_user_either(db: None, client: Client) -> None:
    with connection.cursor() as cursor:  # its owner is the last row that is written
        cursor.execute("ALTER TABLE crm_membership ADD CONSTRAINT no_room CHECK (false) NOT VALID")

    with pytest.raises(IntegrityError, match="no_room"):
        client.post(ADDRESS, RUTH)

    assert (User.objects.count(), Business.objects.count()) == (0, 0)


def test_closed_says_so_kindly_and_makes_nothing(db: None, client: Client, settings: Settings) -> None:
    settings.SIGN_UP_OPEN = False

    assert "עסקים חדשים נפתחים בהזמנה" in text_of(client.get(ADDRESS))
    assert "עסקים חדשים נפתחים בהזמנה" in text_of(client.post(ADDRESS, RUTH))
    assert "פתיחת עסק" not in text_of(client.get("/accounts/login/"))
    assert User.objects.count() == 0


def test_a_new_owner_sees_nothing_of_others(salon: Business, client: Client) -> None:
    lead = LeadFactory(business=salon, name="רונית")
    client.post(ADDRESS, RUTH)

    assert "המספרה של דנה" not in text_of(client.get("/"))
    assert client.post("/business/", {"business": "dana"}).status_code == 404
    assert client.get(f"/admin/crm/lead/{lead.pk}/change/").status_code == 404
    with for_business(Business.objects.get(name="המוסך של רות")):
        assert Lead.objects.count() == 0
