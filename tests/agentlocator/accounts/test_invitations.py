"""Invitations: a link with a secret, for one person, once, for a week."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from pytest_django import Settings

from agentlocator.accounts.invitations import PER_DAY
from crm.models import Business, Invitation, Membership, Preferences, Role
from crm.tenancy import for_business, for_everyone
from tests.agentlocator.accounts.conftest import browser_of, member
from tests.support.factories import NOW, UserFactory
from tests.support.pages import text_of

INVITE = "/team/invite/"
NEWCOMER = {"name": "תמר כהן", "password1": "correct horse battery"}


def invited(dana: Client, email: str = "tamar@example.com", role: str = "staff") -> str:
    """Dana invites; the path of the link in the letter."""
    dana.post(INVITE, {"email": email, "role": role})
    [link] = re.findall(r"https?://[^/]+(/join/\S+)", mail.outbox[-1].body)
    return str(link)


def test_the_letter_says_who_invites_where_and_for_how_long(dana: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://app.example.com"
    with time_machine.travel(NOW, tick=False):
        invited(dana)

    [letter] = mail.outbox
    assert letter.to == ["tamar@example.com"]
    assert letter.subject == "הזמנה לצוות של המספרה של דנה"
    assert "התקבלה הזמנה מאת דנה להצטרף לצוות של המספרה של דנה (תפקיד: צוות)." in letter.body
    assert "עד 01/12/2026" in letter.body
    assert "https://app.example.com/join/" in letter.body
    assert 'dir="rtl"' in letter.alternatives[0].content


def test_a_new_person_joins_with_a_name_and_a_password(dana: Client, salon: Business, client: Client) -> None:
    link = invited(dana)
    assert "הצטרפות לצוות של המספרה של דנה" in text_of(client.get(link))

    response = client.post(link, NEWCOMER)

    assert response["Location"] == "/"
    assert client.get("/").context["current_business"] == salon
    user = User.objects.get(email="tamar@example.com")
    assert (user.first_name, Membership.objects.get(user=user).role) == ("תמר כהן", Role.STAFF)
    assert EmailAddress.objects.get(user=user).verified
    assert client.get("/team/").status_code == 403


def test_the_secret_is_kept_as_a_hash_only(dana: Client, salon: Business) -> None:
    secret = invited(dana).split("/")[2]

    with for_business(salon):
        row = Invitation.objects.get()
    assert row.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(vars(row))


def test_a_member_of_another_business_joins_in_one_click(dana: Client, salon: Business, next_door: Business) -> None:
    ruths = member(next_door, "tamar", "תמר", Role.OWNER)
    tamar = browser_of(ruths.user)
    link = invited(dana)
    assert "הצטרפות" in text_of(tamar.get(link))
    assert Membership.objects.filter(user=ruths.user).count() == 1  # looking is not joining

    tamar.post(link)

    assert tamar.get("/").context["current_business"] == salon
    assert dict(Membership.objects.filter(user=ruths.user).values_list("business__slug", "role")) == {
        "ruth": "owner",
        "dana": "staff",
    }


def test_somebody_with_an_account_signs_in_first(dana: Client, client: Client) -> None:
    UserFactory(username="tamar", email="Tamar@Example.com")
    link = invited(dana)

    page = client.get(link)
    assert "כבר יש חשבון עם" in text_of(page)
    client.post(link, NEWCOMER)
    assert User.objects.filter(email__iexact="tamar@example.com").count() == 1

    came = client.post("/accounts/login/", {"login": "tamar", "password": "correct horse battery", "next": link})
    assert came["Location"] == link
    assert client.post(link)["Location"] == "/"


def test_a_link_in_other_hands_joins_nobody(dana: Client, salon: Business, next_door: Business) -> None:
    ruth = browser_of(member(next_door, "ruth", "רות", Role.OWNER).user)
    link = invited(dana)

    for response in (ruth.get(link), ruth.post(link)):
        assert "לא בוצעה הצטרפות." in text_of(response)
    assert not Membership.objects.filter(user__username="ruth", business=salon).exists()
    assert ruth.get("/").context["current_business"] == next_door


def test_an_unconfirmed_address_of_another_account_proves_nothing(
    dana: Client, salon: Business, client: Client
) -> None:
    mallory = UserFactory(username="mallory", email="mallory@example.com")
    EmailAddress.objects.create(user=mallory, email="tamar@example.com", verified=False, primary=False)
    link = invited(dana)

    assert "לא בוצעה הצטרפות." in text_of(browser_of(mallory).post(link))
    assert client.post(link, NEWCOMER)["Location"] == "/"
    assert not Membership.objects.filter(user=mallory).exists()


def test_a_link_works_once(dana: Client, client: Client) -> None:
    link = invited(dana)
    client.post(link, NEWCOMER)

    again = Client()
    assert "ההזמנה כבר נוצלה." in text_of(again.get(link))
    assert "ההזמנה כבר נוצלה." in text_of(again.post(link, NEWCOMER))
    assert User.objects.filter(email="tamar@example.com").count() == 1


def test_a_link_works_for_a_week(dana: Client, client: Client) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        link = invited(dana)
        clock.shift(timedelta(days=7) - timedelta(seconds=1))
        assert "הצטרפות לצוות" in text_of(client.get(link))
        clock.shift(timedelta(seconds=1))
        assert "אפשר לבקש מהבעלים הזמנה נוספת." in text_of(client.get(link))
        assert "אפשר לבקש מהבעלים הזמנה נוספת." in text_of(client.post(link, NEWCOMER))
    assert not User.objects.filter(email="tamar@example.com").exists()


def test_inviting_again_replaces_the_link_and_the_role(dana: Client, salon: Business, client: Client) -> None:
    first = invited(dana)
    second = invited(dana, email="TAMAR@example.com", role="owner")

    assert "ההזמנה בוטלה או הוחלפה בחדשה." in text_of(client.get(first))
    client.post(second, NEWCOMER)

    assert Membership.objects.get(user__email="tamar@example.com").role == Role.OWNER


def test_an_expired_invitation_can_be_sent_again(dana: Client, salon: Business) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        invited(dana)
        clock.shift(timedelta(days=8))
        browser = browser_of(User.objects.get(username="dana"))
        assert "פג תוקף" in text_of(browser.get("/team/"))
        invited(browser)
        assert "פג תוקף" not in text_of(browser.get("/team/"))


def test_a_withdrawn_link_opens_nothing(dana: Client, salon: Business, client: Client) -> None:
    link = invited(dana)
    with for_business(salon):
        row = Invitation.objects.get()

    dana.post(f"/team/invitations/{row.pk}/withdraw/")

    assert "ההזמנה בוטלה" in text_of(client.post(link, NEWCOMER))
    assert not User.objects.filter(email="tamar@example.com").exists()
    assert "ההזמנה כבר נוצלה או בוטלה קודם." in text_of(dana.post(f"/team/invitations/{row.pk}/withdraw/", follow=True))


def test_a_guessed_link_says_what_to_do(db: None, client: Client) -> None:
    assert "כדאי לפתוח אותו מתוך הדוא״ל עצמו." in text_of(client.get("/join/guess/"))


def test_an_owner_who_is_invited_as_staff_stays_an_owner(dana: Client, salon: Business, dana_here: Membership) -> None:
    link = invited(dana)
    tamar = member(salon, "tamar", "תמר", Role.OWNER)

    browser_of(tamar.user).post(link)

    tamar.refresh_from_db()
    assert tamar.role == Role.OWNER


@pytest.mark.parametrize("email", ["dana@example.com", "not an address", ""])
def test_who_cannot_be_invited_is_named(dana: Client, email: str) -> None:
    response = dana.post(INVITE, {"email": email, "role": "staff"})

    assert response.status_code == 422
    assert "email" in response.context["form"].errors
    assert mail.outbox == []


def test_no_more_than_a_team_needs_in_a_day(dana: Client, salon: Business) -> None:
    for number in range(PER_DAY):
        dana.post(INVITE, {"email": f"{number}@example.com", "role": "staff"})

    response = dana.post(INVITE, {"email": "more@example.com", "role": "staff"})

    assert "מכסת ההזמנות להיום נוצלה." in text_of(response)
    assert len(mail.outbox) == PER_DAY


def test_what_is_wrong_with_a_password_is_named_and_nobody_joined(dana: Client, client: Client) -> None:
    response = client.post(invited(dana), NEWCOMER | {"password1": "short"})

    assert response.status_code == 422
    assert "10" in response.context["form"].errors["password1"][0]
    assert not User.objects.filter(email="tamar@example.com").exists()


def test_a_mail_server_that_is_down_is_told(dana: Client, salon: Business, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    page = text_of(dana.post(INVITE, {"email": "tamar@example.com", "role": "staff"}, follow=True))

    assert "ההזמנה נשמרה, אבל הדוא״ל לא נשלח." in page
    assert "tamar@example.com" in page


def test_letters_are_in_the_readers_language(dana: Client, dana_here: Membership) -> None:
    tamar = UserFactory(email="tamar@example.com")
    Preferences.objects.create(user=tamar, language="en")

    invited(dana)

    assert mail.outbox[0].subject == "Invitation to the team of המספרה של דנה"
    assert 'dir="ltr"' in mail.outbox[0].alternatives[0].content


def test_an_invitation_shows_nothing_of_the_business_it_opens(
    dana: Client, salon: Business, next_door: Business
) -> None:
    """Ruth's open scope is her own business, also while she looks at Dana's link."""
    ruth = browser_of(member(next_door, "ruth", "רות", Role.OWNER).user)

    assert ruth.get(invited(dana)).context["current_business"] == next_door
    with for_everyone("the test looks at all rows"):
        assert Invitation.objects.get().business == salon
