"""A session that ended while somebody wrote: the way back leads to the page of the form, not to where it was sent."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from crm.models import Business
from tests.support.factories import UserFactory

HERE = "http://testserver"


@pytest.mark.parametrize(
    "address", ["/leads/1/notes/add/", "/leads/1/move/", "/team/invite/", "/calls/CA1/looked-at/", "/business/"]
)
@pytest.mark.parametrize(
    ("referer", "back_to"),
    [
        (f"{HERE}/leads/?view=list", "/leads/?view=list"),
        ("https://elsewhere.example/leads/", "/"),
        ("", "/"),
    ],
)
def test_after_signing_in_the_page_of_the_form_is_shown(
    client: Client, db: None, address: str, referer: str, back_to: str
) -> None:
    answer = client.post(address, headers={"Referer": referer})
    assert answer.status_code == 302, address
    assert answer.url.split("?")[0] == reverse("account_login")
    assert client.get(answer.url).context["redirect_field_value"] == back_to


def test_what_was_read_is_what_is_shown_again(client: Client, db: None) -> None:
    answer = client.get("/leads/?view=list", headers={"Referer": f"{HERE}/team/"})
    assert client.get(answer.url).context["redirect_field_value"] == "/leads/?view=list"


def test_a_form_that_is_out_of_date_is_no_refusal(salon: Business) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(UserFactory())
    answer = careful.post("/leads/1/notes/add/", {"text": "אוהבת תה"}, headers={"Referer": f"{HERE}/leads/1/"})
    assert (answer.status_code, answer["X-Out-Of-Date"]) == (403, "1")
    assert 'href="/leads/1/"' in answer.content.decode()
