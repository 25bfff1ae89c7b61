"""The team page: roles, numbers, leaving; and what staff and strangers may not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agentlocator.accounts.team import change_member
from crm.models import Business, FollowUp, Invitation, Lead, Membership, Role, SavedFilter
from crm.tenancy import for_business
from tests.agentlocator.accounts.conftest import browser_of, member
from tests.support.factories import FollowUpFactory, InvitationFactory, LeadFactory, SavedFilterFactory
from tests.support.pages import fields_of, platform_admin, text_of

TEAM = "/team/"


def test_dana_sees_her_team_and_no_other(
    dana: Client, noa_here: Membership, salon: Business, next_door: Business
) -> None:
    member(next_door, "galit", "גלית", Role.OWNER)
    InvitationFactory(business=next_door, email="secret@example.com")
    noa_here.phone = "+972521234567"
    noa_here.save()

    page = text_of(dana.get(TEAM))

    assert "דנה" in page
    assert "נועה" in page
    assert "052-123-4567" in page
    assert "גלית" not in page
    assert "secret@example.com" not in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_team(dana: Client, salon: Business, rows: int) -> None:
    for row in range(rows):
        member(salon, f"noa{row}", "נועה", Role.STAFF)
        InvitationFactory(business=salon)
    dana.get(TEAM)

    with CaptureQueriesContext(connection) as queries:
        dana.get(TEAM)

    assert len(queries) <= 13


def test_a_role_and_a_number_change(dana: Client, noa: Client, noa_here: Membership) -> None:
    form = fields_of(dana.get(f"{TEAM}{noa_here.pk}/"))
    assert noa.get(TEAM).status_code == 403

    dana.post(f"{TEAM}{noa_here.pk}/", form | {"role": "owner", "phone": "052-123 4567"})

    noa_here.refresh_from_db()
    assert (noa_here.role, noa_here.phone) == (Role.OWNER, "+972521234567")
    assert noa.get(TEAM).status_code == 200


def test_a_role_taken_away_is_gone_at_the_next_click(dana: Client, salon: Business, dana_here: Membership) -> None:
    second = member(salon, "tamar", "תמר", Role.OWNER)
    tamar = browser_of(second.user)
    assert tamar.get(TEAM).status_code == 200

    form = fields_of(dana.get(f"{TEAM}{second.pk}/"))
    dana.post(f"{TEAM}{second.pk}/", form | {"role": "staff"})

    assert tamar.get(TEAM).status_code == 403
    assert tamar.get("/").status_code == 200


def test_somebody_must_own_the_business(dana: Client, dana_here: Membership, noa_here: Membership) -> None:
    form = fields_of(dana.get(f"{TEAM}{dana_here.pk}/"))

    response = dana.post(f"{TEAM}{dana_here.pk}/", form | {"role": "staff"})
    assert response.status_code == 422
    assert "לעסק חייבים להיות בעלים." in text_of(response)
    assert "אי אפשר להסיר את הבעלים האחרון" in text_of(dana.post(f"{TEAM}{dana_here.pk}/remove/", follow=True))

    dana_here.refresh_from_db()
    assert dana_here.role == Role.OWNER


def test_a_stale_form_warns_and_keeps_what_was_typed(dana: Client, noa_here: Membership) -> None:
    form = fields_of(dana.get(f"{TEAM}{noa_here.pk}/"))
    noa_here.phone = "+972529999999"
    noa_here.save()

    response = dana.post(f"{TEAM}{noa_here.pk}/", form | {"phone": "0521234567"})

    assert response.status_code == 409
    assert "הפרטים השתנו בינתיים." in text_of(response)
    assert fields_of(response)["phone"] == "0521234567"
    noa_here.refresh_from_db()
    assert noa_here.phone == "+972529999999"


@pytest.mark.django_db(transaction=True)
def test_what_another_owner_saves_at_this_very_moment_is_not_overwritten(
    dana: Client, noa_here: Membership, salon: Business
) -> None:
    form = fields_of(dana.get(f"{TEAM}{noa_here.pk}/"))

    def send() -> int:
        try:
            status: int = dana.post(f"{TEAM}{noa_here.pk}/", form | {"role": "owner"}).status_code
            return status
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            change_member(noa_here, role=Role.STAFF, phone="+972529999999")
            sent = pool.submit(send)
            _wait_until_somebody_waits()
        assert sent.result() == 409

    noa_here.refresh_from_db()
    assert (noa_here.role, noa_here.phone) == (Role.STAFF, "+972529999999")


def _wait_until_somebody_waits() -> None:
    """Until another connection waits for a lock of ours."""
    with connection.cursor() as cursor:
        for _try in range(10_000):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone() != (0,):
                return


def test_a_member_who_left_meanwhile_is_not_found(dana: Client, noa_here: Membership) -> None:
    form = fields_of(dana.get(f"{TEAM}{noa_here.pk}/"))
    noa_here.delete()

    assert dana.post(f"{TEAM}{noa_here.pk}/", form).status_code == 404


def test_a_wrong_number_is_named(dana: Client, noa_here: Membership) -> None:
    form = fields_of(dana.get(f"{TEAM}{noa_here.pk}/"))

    response = dana.post(f"{TEAM}{noa_here.pk}/", form | {"phone": "12"})

    assert response.status_code == 422
    assert "phone" in response.context["form"].errors


def test_leaving_is_asked_about_with_what_is_lost(dana: Client, noa_here: Membership, salon: Business) -> None:
    user = noa_here.user
    FollowUpFactory(business=salon, assigned_to=user)
    FollowUpFactory(business=salon, assigned_to=user)
    LeadFactory(business=salon, assigned_to=user)
    SavedFilterFactory(business=salon, user=user)

    page = text_of(dana.get(f"{TEAM}{noa_here.pk}/remove/"))
    dialog = dana.get(f"{TEAM}{noa_here.pk}/remove/", headers={"HX-Request": "true"}).content.decode()

    assert "להסיר את נועה מהצוות?" in page
    assert "שתי משימות פתוחות נשארות בלי שיוך." in page
    assert "לקוח אחד נשאר בלי שיוך." in page
    assert "מסנן שמור אחד נמחק." in page
    assert dialog.strip().startswith("<dialog data-open")
    assert Membership.objects.filter(pk=noa_here.pk).exists()


def test_who_left_is_out_at_once_and_their_work_is_everybodys(
    dana: Client, noa: Client, noa_here: Membership, salon: Business, next_door: Business
) -> None:
    user = noa_here.user
    here, there = (
        FollowUpFactory(business=salon, assigned_to=user),
        FollowUpFactory(business=next_door, assigned_to=user),
    )
    lead = LeadFactory(business=salon, assigned_to=user)
    SavedFilterFactory(business=salon, user=user)
    assert noa.get("/leads/", follow=True).status_code == 200

    assert dana.post(f"{TEAM}{noa_here.pk}/remove/")["Location"] == TEAM

    assert "עוד אין כאן עסק" in text_of(noa.get("/"))
    assert noa.get("/leads/")["Location"] == "/"
    assert noa.get(f"/admin/crm/lead/{lead.pk}/change/").status_code == 403
    with for_business(salon):
        assert FollowUp.objects.get(pk=here.pk).assigned_to is None
        assert Lead.objects.get(pk=lead.pk).assigned_to is None
        assert not SavedFilter.objects.exists()
    with for_business(next_door):
        assert FollowUp.objects.get(pk=there.pk).assigned_to == user


def test_who_left_one_of_two_businesses_is_in_the_other(
    dana: Client, noa: Client, noa_here: Membership, next_door: Business
) -> None:
    member_there = Membership.objects.create(user=noa_here.user, business=next_door, role=Role.OWNER)
    noa.post("/business/", {"business": "dana"})

    dana.post(f"{TEAM}{noa_here.pk}/remove/")

    assert noa.get("/").context["current_business"] == next_door
    assert member_there.role == Role.OWNER


def test_an_owner_may_go_if_another_stays(dana: Client, dana_here: Membership, salon: Business) -> None:
    member(salon, "tamar", "תמר", Role.OWNER)

    assert dana.post(f"{TEAM}{dana_here.pk}/remove/")["Location"] == "/"
    assert "עוד אין כאן עסק" in text_of(dana.get("/"))


ADDRESSES = ("", "invite/", "{member}/", "{member}/remove/", "invitations/{invitation}/withdraw/")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_staff_learn_and_change_nothing(
    noa: Client, dana_here: Membership, salon: Business, address: str, method: str
) -> None:
    invitation = InvitationFactory(business=salon)
    url = TEAM + address.format(member=dana_here.pk, invitation=invitation.pk)

    response = getattr(noa, method)(url, {"role": "staff", "email": "evil@example.com"} if method == "post" else {})

    assert response.status_code in (403, 405)
    assert Membership.objects.filter(pk=dana_here.pk, role=Role.OWNER).exists()
    with for_business(salon):
        assert Invitation.objects.get().withdrawn_at is None


@pytest.mark.parametrize("address", ADDRESSES[2:])
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_business_does_not_exist(
    dana_here: Membership, salon: Business, next_door: Business, address: str, method: str
) -> None:
    ruth = browser_of(member(next_door, "ruth", "רות", Role.OWNER).user)
    invitation = InvitationFactory(business=salon)
    url = TEAM + address.format(member=dana_here.pk, invitation=invitation.pk)

    response = getattr(ruth, method)(url, {"role": "staff"} if method == "post" else {})

    assert response.status_code in (404, 405)
    assert Membership.objects.filter(pk=dana_here.pk, role=Role.OWNER).exists()
    with for_business(salon):
        assert Invitation.objects.get().withdrawn_at is None


@pytest.mark.parametrize("address", ADDRESSES)
def test_strangers_sign_in_first(dana_here: Membership, salon: Business, client: Client, address: str) -> None:
    url = TEAM + address.format(member=dana_here.pk, invitation=InvitationFactory(business=salon).pk)

    assert client.get(url).status_code in (302, 405)


def test_the_platform_acts_as_an_owner_in_the_business_it_entered(noa_here: Membership, salon: Business) -> None:
    admin = platform_admin()
    assert admin.get(TEAM)["Location"] == "/"
    admin.post("/business/", {"business": "dana"})

    assert "נועה" in text_of(admin.get(TEAM))


def test_a_name_with_a_script_stays_text(dana: Client, salon: Business) -> None:
    person = member(salon, "mallory", "<script>alert(1)</script>", Role.STAFF)

    for address in (TEAM, f"{TEAM}{person.pk}/", f"{TEAM}{person.pk}/remove/"):
        assert "<script>alert(1)" not in dana.get(address).content.decode()


def test_staff_are_told_whom_to_ask(noa: Client, dana_here: Membership) -> None:
    response = noa.get(TEAM)

    assert response.status_code == 403
    assert "העמוד הזה פתוח לבעלים בלבד." in text_of(response)
    assert 'href="mailto:dana@example.com">פנייה אל דנה<' in response.content.decode()


# --- one's own account ---------------------------------------------------------------------------------
def test_noa_keeps_her_own_number(noa: Client, noa_here: Membership) -> None:
    form = fields_of(noa.get("/me/"))

    noa.post("/me/", form | {"phone": "0521234567", "name": "נועה לוי"})

    noa_here.refresh_from_db()
    noa_here.user.refresh_from_db()
    assert (noa_here.phone, noa_here.role) == ("+972521234567", Role.STAFF)
    assert noa_here.user.get_full_name() == "נועה לוי"


def test_one_without_a_business_has_an_account_too(db: None) -> None:
    admin = platform_admin()

    assert admin.get("/me/").status_code == 200
    assert admin.post("/me/", {"name": "המערכת"}).status_code == 302
