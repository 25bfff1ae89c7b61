"""One house: the same places in the same order on every page and in the admin, to each by their role."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from agentlocator.admin_menu import navigation
from agentlocator.house import House
from crm.models import Business
from tests.support.factories import CallSessionFactory, FollowUpFactory
from tests.support.pages import platform_admin, signed_in, text_of


def test_admin_and_pages_have_the_same_menu(dana: Client) -> None:
    request = dana.get("/").wsgi_request
    of_pages = [(item.title, item.address) for group in House(request).menu for item in group.items]

    of_admin = [(item["title"], str(item["link"])) for group in navigation(request) for item in group["items"]]

    assert of_admin[: len(of_pages)] == of_pages
    html = dana.get("/admin/").content.decode()
    assert all(f'href="{address}"' in html for _title, address in of_pages)


def test_staff_are_shown_only_what_they_may_open(noa: Client) -> None:
    page = noa.get("/")

    for address in re.findall(r'href="(/(?!static)[^"#?]*)"', page.content.decode()):
        assert noa.get(address, follow=True).status_code == 200, address
    assert "כל ההגדרות" not in text_of(page)
    assert 'href="/team/"' not in noa.get("/admin/").content.decode()


@pytest.mark.parametrize(
    ("address", "current"),
    [("/", "בית"), ("/follow-ups/", "משימות"), ("/follow-ups/?state=done", "משימות"), ("/follow-ups/add/", "משימות")],
)
def test_the_menu_knows_where_one_is(dana: Client, address: str, current: str) -> None:
    html = dana.get(address).content.decode()
    side = html[html.index('class="nav"') : html.index("</nav>")]

    marked = re.findall(r'aria-current="page"[^>]*>.*?<span>([^<]+)</span>', side)

    assert marked == [current]


def test_what_waits_is_counted_in_the_menu(salon: Business, dana: Client) -> None:
    for sid in ("CA1", "CA1", "CA2"):
        FollowUpFactory(business=salon, call_sid=sid)
    for sid, outcome in (("CA1", "message"), ("CA2", "failed"), ("CA3", "failed"), ("CA4", "booked")):
        CallSessionFactory(business=salon, call_sid=sid, outcome=outcome)
    CallSessionFactory(business=salon, call_sid="CA5", outcome="failed", is_practice=True)
    CallSessionFactory(business=salon, status="in-progress")

    html = dana.get("/follow-ups/").content.decode()

    assert '<span class="n hot" dir="ltr" data-badge="calls">3</span>' in html
    assert '<span class="n live" data-badge="live"><span class="dot live"></span>1</span>' in html


def test_the_badge_of_calls_counts_what_the_list_shows(salon: Business, dana: Client) -> None:
    for sid in ("CA1", "CA2", "CA3"):
        CallSessionFactory(business=salon, call_sid=sid, outcome="failed")

    page = dana.get("/calls/?show=attention")

    [segment] = [each for each in page.context["segments"] if each.key == "attention"]
    assert segment.count == 3
    assert page.content.decode().count('data-badge="calls">3</span>') == 2  # in the side column and in the bar
    seen = dana.post("/calls/CA2/looked-at/", headers={"HX-Request": "true"})
    assert json.loads(seen["HX-Trigger"])["badges"] == {"calls": 2}


def test_a_hundred_calls_are_more_than_a_badge_can_say(salon: Business, dana: Client) -> None:
    for _each in range(101):
        CallSessionFactory(business=salon, outcome="failed")

    assert '<span class="n hot" dir="ltr" data-badge="calls">99+</span>' in dana.get("/").content.decode()


def test_a_user_of_one_business_sees_no_switch(dana: Client, salon: Business) -> None:
    assert "switcher" not in dana.get("/").content.decode()
    assert "switcher" in platform_admin().get("/").content.decode()


def test_who_is_in_no_business_has_only_home(db: None) -> None:
    html = signed_in().get("/").content.decode()

    assert "search-dialog" not in html
    assert 'class="tabbar"' not in html
    assert "/leads/" not in html


def test_the_frame_costs_a_fixed_number_of_queries(
    salon: Business, noa: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    noa.get("/search/")

    with django_assert_num_queries(11):
        noa.get("/search/")
