"""Pages for what went wrong: they say what stays safe and what to do, and ask the database nothing."""

from __future__ import annotations

import logging
import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from agentlocator.logs import LineFormatter
from tests.support.factories import BusinessFactory
from tests.support.pages import signed_in, text_of


@pytest.mark.urls("tests.agentlocator.pages.broken_urls")
def test_a_broken_page_gives_a_code_that_stands_in_the_log(
    client: Client, caplog: pytest.LogCaptureFixture, db: None
) -> None:
    client.raise_request_exception = False
    with caplog.at_level(logging.ERROR):
        answer = client.get("/broken/?q=0520000147")

    page = text_of(answer)
    code = re.search(r"קוד לפנייה: ([0-9A-F]{6})", page)
    assert answer.status_code == 500
    assert "השיחות ממשיכות להיענות." in page
    assert code is not None
    assert answer["X-Failure-Code"] == code[1]
    assert 'href="/broken/?q=0520000147"' in answer.content.decode()
    line = LineFormatter().format(caplog.records[-1]).split("\n")[0]
    assert f"code={code[1]}" in line
    assert "0520000147" not in line


@pytest.mark.urls("tests.agentlocator.pages.broken_urls")
def test_it_asks_the_database_nothing(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.raise_request_exception = False
    with django_assert_num_queries(0):
        client.get("/broken/")


@pytest.mark.urls("tests.agentlocator.pages.broken_urls")
def test_what_was_sent_is_not_sent_again_by_a_link(client: Client, db: None) -> None:
    client.raise_request_exception = False
    page = client.post("/broken/")

    assert "ניסיון נוסף" not in text_of(page)
    assert "חזרה לבית" in text_of(page)


def test_an_unknown_address_says_so(dana: Client) -> None:
    answer = dana.get("/nowhere/")

    assert answer.status_code == 404
    assert "העמוד לא נמצא" in text_of(answer)
    assert "חזרה לבית" in text_of(answer)


@pytest.mark.django_db
def test_a_text_with_nul_is_refused_wherever_it_is_sent():
    salon = BusinessFactory(with_settings=True)
    dana = signed_in(salon)

    for address in ("/search/?q=a%00b", "/calls/?q=%00", "/leads/?q=%00", "/calendar/people/?q=a%00", "/?x=%00"):
        assert dana.get(address).status_code == 400
    assert dana.post("/business/", {"business": "a\0b"}).status_code == 400
    assert dana.post("/calendar/new/", {"q": "a\0b", "_find": "1"}).status_code == 400
