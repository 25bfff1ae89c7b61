"""Signing in and out: names and addresses, the lock, the way back, lost passwords, the second factor."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from pytest_django import Settings

from agentlocator.checks import letters_can_be_sent
from agentlocator.logs import LineFormatter
from crm.models import Business, Membership
from tests.agentlocator.accounts.conftest import browser_of
from tests.support.codes import code_of_app
from tests.support.factories import NOW, PASSWORD, UserFactory
from tests.support.pages import platform_admin, text_of

LOGIN = "/accounts/login/"


def sign_in(client: Client, login: str, password: str = PASSWORD, **fields: str):
    return client.post(LOGIN, {"login": login, "password": password, **fields})


@pytest.mark.parametrize("login", ["dana", "dana@example.com", "DANA@example.com"])
def test_dana_signs_in_by_name_or_address(dana_here: Membership, client: Client, login: str) -> None:
    response = sign_in(client, login)

    assert (response.status_code, response["Location"]) == (302, "/")
    assert "דנה" in text_of(client.get("/"))


def test_a_wrong_password_is_told_without_saying_which_of_the_two_was_wrong(
    dana_here: Membership, client: Client
) -> None:
    said = {text_of(sign_in(client, login, "wrong horse")) for login in ("dana", "nobody", "nobody@example.com")}

    assert all("השם או הסיסמה שגויים." in text for text in said)
    assert not client.session.get("_auth_user_id")


def test_after_five_failures_the_door_is_locked_for_a_quarter_of_an_hour(dana_here: Membership, client: Client) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        for _try in range(5):
            sign_in(client, "dana", "wrong horse")
            clock.shift(timedelta(seconds=20))
        assert "הכניסה ננעלה ל־14 דק׳." in text_of(sign_in(client, "dana"))  # the right one does not help now
        assert "הכניסה ננעלה" in text_of(sign_in(client, "dana"))
        clock.shift(timedelta(minutes=15))
        assert sign_in(client, "dana").status_code == 302


def test_five_quick_failures_lock_for_fifteen_minutes(dana_here: Membership, client: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        for _try in range(5):
            sign_in(client, "dana", "wrong horse")

        assert "הכניסה ננעלה ל־15 דק׳." in text_of(sign_in(client, "dana"))


def test_the_lock_of_one_name_leaves_others_alone(dana_here: Membership, noa_here: Membership, client: Client) -> None:
    for _try in range(5):
        sign_in(client, "dana", "wrong horse")

    assert sign_in(client, "noa").status_code == 302


def test_remembered_or_not(dana_here: Membership, client: Client) -> None:
    sign_in(client, "dana")
    assert client.session.get_expire_at_browser_close()

    client.logout()
    sign_in(client, "dana", remember="on")
    assert not client.session.get_expire_at_browser_close()


def test_one_comes_back_to_where_one_wanted_to_go_and_nowhere_else(dana_here: Membership) -> None:
    assert Client().get("/team/")["Location"] == f"{LOGIN}?next=/team/"
    assert sign_in(Client(), "dana", next="/team/")["Location"] == "/team/"
    assert sign_in(Client(), "dana", next="https://evil.example/")["Location"] == "/"


def test_signing_out_needs_a_post(dana: Client) -> None:
    assert "לצאת מהחשבון?" in text_of(dana.get("/accounts/logout/"))
    assert dana.get("/").status_code == 200

    response = dana.post("/accounts/logout/")

    assert (response.status_code, response["Location"]) == (302, LOGIN)
    assert dana.get("/").status_code == 302


def test_the_admin_has_no_door_of_its_own(dana_here: Membership, dana: Client, client: Client) -> None:
    assert client.get("/admin/login/?next=/admin/crm/lead/")["Location"] == f"{LOGIN}?next=%2Fadmin%2Fcrm%2Flead%2F"
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith(LOGIN)
    assert client.post("/admin/login/", {"username": "dana", "password": PASSWORD}).status_code == 302
    assert client.get("/").status_code == 302
    assert dana.get("/admin/password_change/")["Location"] == "/accounts/password/change/"
    assert dana.post("/admin/logout/")["Location"] == LOGIN
    assert dana.get("/admin/").status_code == 302


def test_who_may_not_open_the_settings_is_told_so_without_going_in_circles(salon: Business) -> None:
    visitor = browser_of(UserFactory())

    assert visitor.get("/admin/", follow=True).status_code == 403


def test_a_switched_off_account_opens_nothing(dana_here: Membership, client: Client) -> None:
    dana_here.user.is_active = False
    dana_here.user.save()

    response = client.post(LOGIN, {"login": "dana", "password": PASSWORD}, follow=True)

    assert "החשבון כבוי" in text_of(response)
    assert client.get("/").status_code == 302


# --- lost passwords ------------------------------------------------------------------------------------
def test_a_lost_password_is_replaced_by_the_link_in_the_letter(
    dana_here: Membership, client: Client, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://app.example.com"
    assert "נשלח דוא״ל" in text_of(client.post("/accounts/password/reset/", {"email": "dana@example.com"}, follow=True))

    [letter] = mail.outbox
    [link] = re.findall(r"https://app\.example\.com(/\S+)", letter.body)
    assert letter.to == ["dana@example.com"]
    assert letter.subject == "איפוס סיסמה ב־AgentLocator"
    assert 'dir="rtl"' in letter.alternatives[0].content
    form = client.get(link, follow=True)
    chosen = {"password1": "another fine day", "password2": "another fine day"}
    assert "הסיסמה הוחלפה" in text_of(client.post(form.redirect_chain[-1][0], chosen, follow=True))
    assert sign_in(Client(), "dana").status_code == 200
    assert sign_in(Client(), "dana", "another fine day").status_code == 302
    assert "הקישור כבר לא פעיל" in text_of(Client().get(link, follow=True))


def test_unknown_addresses_get_no_letter_and_the_same_answer(dana_here: Membership, client: Client) -> None:
    known = text_of(client.post("/accounts/password/reset/", {"email": "dana@example.com"}, follow=True))
    unknown = text_of(client.post("/accounts/password/reset/", {"email": "nobody@example.com"}, follow=True))

    assert known == unknown
    assert len(mail.outbox) == 1


def test_without_a_mail_server_the_page_says_so(db: None, client: Client, settings: Settings) -> None:
    settings.EMAIL_READY = False

    assert "שליחת דוא״ל עוד לא הוגדרה כאן" in text_of(client.get("/accounts/password/reset/"))


# --- the second factor ---------------------------------------------------------------------------------
@pytest.fixture
def secret_of_dana(dana_here: Membership) -> str:
    """Turned on as Dana would, with the password asked once more."""
    client = Client()
    sign_in(client, "dana")
    asked = client.get("/accounts/2fa/totp/activate/")["Location"]
    page = client.post(asked, {"password": PASSWORD}, follow=True).content.decode()
    [secret] = re.findall(r'id="authenticator_secret">(\w+)<', page)
    assert 'src="data:image/svg+xml;base64,' in page
    done = client.post("/accounts/2fa/totp/activate/", {"code": code_of_app(secret)}, follow=True)
    assert done.status_code == 200
    assert "קודי שחזור" in text_of(done)
    return secret


def test_the_second_factor_is_asked_for_and_its_secret_lies_encrypted(secret_of_dana: str, client: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        asked = sign_in(client, "dana")
        assert asked["Location"] == "/accounts/2fa/authenticate/"
        assert client.get("/").status_code == 302
        assert "הקוד שגוי" in text_of(client.post(asked["Location"], {"code": "000000"}))
        assert client.post(asked["Location"], {"code": code_of_app(secret_of_dana)})["Location"] == "/"
        assert client.get("/").status_code == 200
    row = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert secret_of_dana not in str(row.data)


def test_a_recovery_code_opens_once(secret_of_dana: str, dana_here: Membership) -> None:
    codes = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    assert len(codes) == 10

    def enter(code: str) -> int:
        client = Client()
        sign_in(client, "dana")
        return client.post("/accounts/2fa/authenticate/", {"code": code}).status_code

    assert [enter(codes[0]), enter(codes[0]), enter(codes[1])] == [302, 200, 302]


def test_guessing_codes_is_locked_too(secret_of_dana: str, client: Client) -> None:
    sign_in(client, "dana")
    texts = [text_of(client.post("/accounts/2fa/authenticate/", {"code": "000000"})) for _try in range(7)]

    assert "הכניסה ננעלה" in texts[-1]


def test_changing_how_one_signs_in_asks_for_the_password_once_more(dana: Client) -> None:
    response = dana.get("/accounts/2fa/totp/activate/", follow=True)

    assert "אישור זהות" in text_of(response)


def test_who_lost_phone_and_codes_is_let_in_by_the_platform(secret_of_dana: str) -> None:
    admin = platform_admin()
    row = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    page = f"/admin/mfa/authenticator/{row.pk}/"
    assert str(row.data["secret"]) not in admin.get(f"{page}change/").content.decode()

    admin.post(f"{page}delete/", {"post": "yes"})

    assert sign_in(Client(), "dana")["Location"] == "/"


def test_owners_see_nobodys_second_factor_in_the_settings(secret_of_dana: str, dana: Client) -> None:
    row = Authenticator.objects.get(type=Authenticator.Type.TOTP)

    assert dana.get(f"/admin/mfa/authenticator/{row.pk}/change/").status_code == 403
    assert dana.get("/admin/account/emailaddress/").status_code == 404


# --- what is left behind -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path", ["/join/s3cret/", "/accounts/password/reset/key/1-s3cret/", "/accounts/confirm-email/s3cret/"]
)
def test_addresses_that_open_something_are_not_logged(path: str) -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", (path,), None)

    assert "s3cret" not in LineFormatter().format(record)


def test_a_fragment_after_the_session_ended_asks_for_a_new_page(client: Client, db: None) -> None:
    assert client.get("/team/", headers={"HX-Request": "true"}).status_code == 401
    assert client.get("/team/").status_code == 302


def test_an_installation_without_mail_is_warned(settings: Settings) -> None:
    settings.EMAIL_READY = False
    assert [message.id for message in letters_can_be_sent(None)] == ["agentlocator.W003"]
    settings.EMAIL_READY = True
    assert letters_can_be_sent(None) == []
