"""Dana owns two businesses and has a tab of each: what she sends from one never lands in the other."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client

from crm.models import Business, Lead, Role
from crm.tenancy import for_everyone
from tests.support.factories import BusinessFactory, MembershipFactory, UserFactory
from tests.support.pages import fields_of, platform_admin, text_of


@pytest.fixture
def salon(db: None) -> Business:
    return BusinessFactory(slug="salon", name="המספרה", with_settings=True)


@pytest.fixture
def clinic(db: None) -> Business:
    return BusinessFactory(slug="clinic", name="הקליניקה", with_settings=True)


@pytest.fixture
def dana(salon: Business, clinic: Business) -> Client:
    user: User = UserFactory(is_staff=True)
    for business in (salon, clinic):
        MembershipFactory(user=user, business=business, role=Role.OWNER)
    client = Client()
    client.force_login(user)
    enter(client, "salon")
    return client


def enter(client: Client, slug: str) -> None:
    """In another tab."""
    assert client.post("/business/", {"business": slug}).status_code == 302


def leads() -> dict[str, str]:
    with for_everyone("both businesses are looked at"):
        return dict(Lead.objects.values_list("name", "business__slug"))


NEW = {"name": "רונית <b>לוי</b>", "phone": "052-123-4567"}


def test_a_form_of_the_salon_writes_nothing_in_the_clinic(dana):
    form = fields_of(dana.get("/leads/new/")) | NEW
    enter(dana, "clinic")

    answer = dana.post("/leads/new/", form)

    assert answer.status_code == 409
    assert "העמוד הזה נפתח בעסק ״המספרה״, ובינתיים העבודה עברה לעסק ״הקליניקה״. לא נשמר דבר." in text_of(answer)
    assert leads() == {}


def test_one_click_goes_back_and_saves_what_was_typed(dana):
    form = fields_of(dana.get("/leads/new/")) | NEW
    enter(dana, "clinic")
    page = dana.post("/leads/new/", form)
    kept = fields_of(page)

    sent_on = dana.post(f"/business/?{urlencode({'business': 'salon', 'resend': '/leads/new/'})}", kept)
    saved = dana.post(sent_on["Location"], kept)

    assert (sent_on.status_code, sent_on["Location"], saved.status_code) == (307, "/leads/new/", 302)
    assert 'action="/business/?business=salon&amp;resend=%2Fleads%2Fnew%2F"' in page.content.decode()
    assert leads() == {"רונית <b>לוי</b>": "salon"}


def test_nothing_is_sent_on_to_another_host(dana):
    address = f"/business/?{urlencode({'business': 'salon', 'resend': 'https://evil.example/'})}"

    assert dana.post(address, NEW)["Location"] == "/"
    assert dana.post(address.replace("salon", "of-others"), NEW).status_code == 404


def test_without_a_switch_forms_are_saved_as_ever(dana):
    assert dana.post("/leads/new/", fields_of(dana.get("/leads/new/")) | NEW).status_code == 302
    assert leads() == {"רונית <b>לוי</b>": "salon"}


def test_htmx_leaves_the_form_as_it_is_and_tells(dana, salon):
    assert f'"X-Business": "{salon.pk}"' in dana.get("/leads/new/").content.decode()
    enter(dana, "clinic")

    answer = dana.post("/leads/new/", NEW, headers={"HX-Request": "true", "X-Business": str(salon.pk)})

    assert (answer.status_code, answer["HX-Reswap"], answer.content) == (409, "none", b"")
    assert "toast" in answer["HX-Trigger"]
    assert leads() == {}


def test_a_part_of_a_page_is_never_another_business_s(dana, salon):
    enter(dana, "clinic")
    told = {"HX-Request": "true", "X-Business": str(salon.pk)}

    answer = dana.get("/leads/?view=list&q=a", headers=told)

    assert (answer.status_code, answer["HX-Reswap"], answer.content) == (409, "none", b"")
    assert dana.get("/leads/?view=list").status_code == 200


def test_scripts_get_words_to_show(dana, salon):
    enter(dana, "clinic")

    answer = dana.post("/leads/new/", headers={"Accept": "application/json", "X-Business": str(salon.pk)})

    assert answer.status_code == 409
    assert answer.json()["ok"] is False
    assert "״הקליניקה״" in answer.json()["text"]


def test_forms_of_the_admin_too(dana):
    form = fields_of(dana.get("/admin/crm/lead/add/")) | NEW
    enter(dana, "clinic")

    assert dana.post("/admin/crm/lead/add/", form).status_code == 409
    assert leads() == {}


def test_a_tab_of_the_platform_s_administration_is_of_no_business(salon):
    admin = platform_admin()
    form = fields_of(admin.get("/"))
    enter(admin, "salon")

    answer = admin.post("/leads/new/", form | NEW)

    assert answer.status_code == 409
    assert "כל העסקים" not in text_of(answer)
    assert leads() == {}


@pytest.mark.parametrize("said", ["999999999", "x", "9" * 40, "²"])
def test_a_business_that_is_not_there_is_not_named(dana, salon, said):
    answer = dana.post("/leads/new/", NEW | {"_business": said})

    assert answer.status_code == 409
    assert "עסק אחר" in text_of(answer)
    assert leads() == {}


def test_one_may_switch_and_leave_from_any_tab(dana, salon, clinic):
    enter(dana, "clinic")

    assert dana.post("/business/", {"business": "salon", "_business": str(clinic.pk)}).status_code == 302
    assert dana.post("/accounts/logout/", {"_business": str(clinic.pk)}).status_code == 302
    assert dana.get("/").status_code == 302  # to sign in
