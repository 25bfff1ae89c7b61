"""Whoever did not change how they sign in learns of it by a letter."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from crm.models import Membership, Preferences
from tests.support.codes import code_of_app
from tests.support.factories import PASSWORD
from tests.support.pages import platform_admin, text_of


@pytest.fixture
def dana(dana_here: Membership, client: Client) -> Client:
    """Signed in as she is, by her password."""
    client.post("/accounts/login/", {"login": "dana", "password": PASSWORD})
    return client


def change_password(client: Client) -> None:
    new = {"oldpassword": PASSWORD, "password1": "another fine day", "password2": "another fine day"}
    assert client.post("/accounts/password/change/", new).status_code == 302


def turn_on(client: Client) -> None:
    asked = client.get("/accounts/2fa/totp/activate/")["Location"]
    page = client.post(asked, {"password": PASSWORD}, follow=True).content.decode()
    [secret] = re.findall(r'id="authenticator_secret">(\w+)<', page)
    assert client.post("/accounts/2fa/totp/activate/", {"code": code_of_app(secret)}).status_code == 302


def subjects() -> list[str]:
    return [letter.subject for letter in mail.outbox]


def test_a_new_password_is_told_in_her_language_with_what_to_do(dana: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://app.example.com"

    change_password(dana)

    [letter] = mail.outbox
    assert letter.to == ["dana@example.com"]
    assert letter.subject == "הסיסמה הוחלפה ב־AgentLocator"
    page = str(letter.alternatives[0].content)
    for words in (letter.body, page):
        assert "החשבון: dana" in words
        assert re.search(r"זה קרה ב־\d\d/\d\d/\d{4} בשעה \d\d:\d\d", words)
        assert "https://app.example.com/accounts/password/reset/" in words
        assert PASSWORD not in words
        assert "another fine day" not in words
    assert 'dir="rtl"' in page


def test_who_reads_english_gets_it_in_english(dana: Client, dana_here: Membership) -> None:
    Preferences.objects.update_or_create(user=dana_here.user, defaults={"language": "en"})

    change_password(dana)

    assert subjects() == ["The password was changed in AgentLocator"]
    assert 'dir="ltr"' in str(mail.outbox[0].alternatives[0].content)


def test_the_second_factor_and_its_codes(
    dana: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        turn_on(dana)
    with django_capture_on_commit_callbacks(execute=True):
        assert dana.post("/accounts/2fa/recovery-codes/generate/").status_code == 302
    assert dana.post("/accounts/2fa/totp/deactivate/").status_code == 302

    assert "האימות הדו־שלבי הופעל ב־AgentLocator" in subjects()
    assert "נוצרו קודי שחזור חדשים ב־AgentLocator" in subjects()
    assert subjects()[-1] == "האימות הדו־שלבי כובה ב־AgentLocator"


def test_a_second_factor_that_the_platform_takes_off(dana: Client) -> None:
    turn_on(dana)
    mail.outbox.clear()
    row = Authenticator.objects.get(type=Authenticator.Type.TOTP)

    platform_admin().post(f"/admin/mfa/authenticator/{row.pk}/delete/", {"post": "yes"})

    assert not Authenticator.objects.filter(pk=row.pk).exists()
    assert [letter.to for letter in mail.outbox] == [["dana@example.com"]]
    assert subjects() == ["האימות הדו־שלבי כובה ב־AgentLocator"]


def test_the_former_address_is_told_of_the_new_one(dana: Client, dana_here: Membership, settings: Settings) -> None:
    dana.post("/accounts/email/", {"email": "new@example.com", "action_add": "1"})
    [confirmation] = mail.outbox
    [link] = re.findall(rf"{re.escape(settings.PUBLIC_URL)}(/\S+)", confirmation.body)

    dana.post(link)

    assert EmailAddress.objects.get_primary_email(dana_here.user) == "new@example.com"
    assert [(letter.to, letter.subject) for letter in mail.outbox[1:]] == [
        (["dana@example.com"], "כתובת הדוא״ל הוחלפה ב־AgentLocator")
    ]


def test_without_a_mail_server_the_change_is_made_in_peace(dana: Client, settings: Settings) -> None:
    settings.EMAIL_READY = False

    change_password(dana)

    assert mail.outbox == []
    assert "לא נשלח" not in text_of(dana.get("/me/"))
