"""Hebrew or English, as each reader chose: on every page, the admin's too."""

from __future__ import annotations

import re

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm.models import Business, Membership, Preferences
from tests.agentlocator.accounts.conftest import browser_of


def language_of(client: Client, address: str) -> tuple[str, str]:
    page = client.get(address, headers={"accept-language": "fr"}, follow=True)
    [(lang, direction)] = re.findall(r'<html lang="(\w+)" dir="(\w+)"', page.content.decode())
    return lang, direction


def choose(client: Client, language: str, **fields: str):
    return client.post("/me/language/", {"language": language, **fields})


@pytest.mark.parametrize("address", ["/", "/team/", "/admin/", "/me/", "/nope/", "/accounts/2fa/"])
def test_dana_reads_english_everywhere_once_she_chose_it(dana: Client, address: str) -> None:
    assert language_of(dana, address) == ("he", "rtl")

    choose(dana, "en")

    assert language_of(dana, address) == ("en", "ltr")


def test_the_choice_is_dana_s_on_every_device(dana: Client, dana_here: Membership, noa: Client) -> None:
    choose(dana, "en")

    assert language_of(browser_of(dana_here.user), "/") == ("en", "ltr")
    assert language_of(noa, "/") == ("he", "rtl")
    choose(dana, "he")
    assert language_of(dana, "/") == ("he", "rtl")
    assert Preferences.objects.count() == 1


def test_strangers_choose_for_their_browser(db: None, client: Client) -> None:
    assert language_of(client, "/accounts/login/") == ("he", "rtl")

    choose(client, "en")

    assert language_of(client, "/accounts/login/") == ("en", "ltr")
    assert language_of(Client(), "/accounts/login/") == ("he", "rtl")


def test_the_switch_comes_back_to_the_page_and_to_no_other_site(dana: Client) -> None:
    assert choose(dana, "en", next="/team/?a=1")["Location"] == "/team/?a=1"
    assert choose(dana, "en", next="https://evil.example/")["Location"] == "/"
    assert choose(dana, "en", next="//evil.example/")["Location"] == "/"


def test_only_what_is_translated_can_be_chosen(dana: Client) -> None:
    assert choose(dana, "fr").status_code == 400
    assert dana.get("/me/language/").status_code == 405
    assert not Preferences.objects.exists()


def test_a_forged_cookie_is_no_choice(db: None, client: Client) -> None:
    client.cookies["django_language"] = "../../etc"

    assert language_of(client, "/accounts/login/") == ("he", "rtl")


def test_the_language_costs_no_query(dana: Client, salon: Business) -> None:
    dana.get("/me/")
    with CaptureQueriesContext(connection) as hebrew:
        dana.get("/me/")
    choose(dana, "en")
    with CaptureQueriesContext(connection) as english:
        dana.get("/me/")

    assert len(hebrew) == len(english)
    assert sum("crm_preferences" in query["sql"] for query in english) == 1  # joined to the user that is read anyway
    assert not [query for query in english if query["sql"].startswith('SELECT "crm_preferences"')]


def test_the_theme_is_not_mirrored_for_who_reads_from_left_to_right(dana: Client) -> None:
    assert "/static/unfold/css/styles.css" in dana.get("/admin/").content.decode()

    choose(dana, "en")

    page = dana.get("/admin/").content.decode()
    assert "/static/unfold_ltr/styles.css" in page
    assert "/static/unfold/css/styles.css" not in page
    assert finders.find("unfold_ltr/styles.css")
