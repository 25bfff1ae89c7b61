"""From a call's page: somebody shall call back, it is done, its caller is not answered any more. All can be undone."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client

from booking.models import OpeningHours
from calls.models import BlockedNumber, CallSession
from crm.models import Business, FollowUp, Role
from crm.tenancy import for_business
from tests.support.calls import a_call, page_of
from tests.support.factories import NOW, BusinessFactory, FollowUpFactory, LeadFactory
from tests.support.pages import signed_in, text_of

HTMX = {"HX-Request": "true"}
DANA = "+972521234567"


@pytest.fixture
def call(salon: Business) -> CallSession:
    lead = LeadFactory(business=salon, name="דנה לוי", phone=DANA)
    return a_call(salon, lead=lead, from_number=DANA, summary="בקשה לצבע ביום ד׳. לחזור אחר הצהריים.")


def owed(business: Business) -> list[FollowUp]:
    with for_business(business):
        return list(FollowUp.objects.select_related("lead", "done_by").order_by("pk"))


def told(answer: object) -> dict[str, str]:
    toast: dict[str, str] = json.loads(answer.headers["HX-Trigger"])["toast"]  # type: ignore[attr-defined]
    return toast


def test_one_click_makes_a_follow_up_filled_from_the_summary(salon: Business, call: CallSession, noa: Client) -> None:
    answer = noa.post(page_of(call, "follow-ups"), headers=HTMX)

    [row] = owed(salon)
    assert (row.reason, row.call_sid, row.lead) == ("לחזור ללקוח: בקשה לצבע ביום ד׳.", call.call_sid, call.lead)
    assert row.due_at == NOW + timedelta(minutes=70)  # ten past ten: within an hour
    assert row.reason in text_of(answer)
    assert told(answer)["undo"] == page_of(call, "follow-ups", row.pk, "take-back")


def test_clicked_twice_it_is_one_and_undone_it_is_none(salon: Business, call: CallSession, noa: Client) -> None:
    first, second = (noa.post(page_of(call, "follow-ups"), headers=HTMX) for _ in range(2))
    assert (len(owed(salon)), told(second)["text"]) == (1, "כבר יש משימה כזאת.")
    noa.post(told(first)["undo"])
    assert owed(salon) == []


def test_done_ones_do_not_stand_in_the_way_of_another(salon: Business, call: CallSession, noa: Client) -> None:
    noa.post(page_of(call, "follow-ups"))
    [first] = owed(salon)
    noa.post(page_of(call, "follow-ups", first.pk, "done"))
    noa.post(page_of(call, "follow-ups"))
    assert [row.done_at is None for row in owed(salon)] == [False, True]
    noa.post(page_of(call, "follow-ups", first.pk, "take-back"))  # it is done by now
    assert len(owed(salon)) == 2


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"topic": "החלקה"}, "לחזור ללקוח: החלקה"),
        ({"summary": ""}, "לחזור ללקוח"),
        ({"summary": "מילה " * 100}, "לחזור ללקוח: " + ("מילה " * 100)[:186] + "…"),
    ],
)
def test_the_reason_fits(salon: Business, noa: Client, facts: dict[str, str], reason: str) -> None:
    noa.post(page_of(a_call(salon, **facts), "follow-ups"))
    assert [row.reason for row in owed(salon)] == [reason]


def test_while_it_is_closed_it_is_due_after_the_next_opening(salon: Business, noa: Client) -> None:
    with for_business(salon):
        OpeningHours.objects.filter(weekday=2).delete()
    noa.post(page_of(a_call(salon), "follow-ups"))
    assert owed(salon)[0].due_at == NOW + timedelta(days=1, hours=1)  # Wednesday, from ten o'clock


def test_done_and_open_again(salon: Business, call: CallSession, noa: Client) -> None:
    row = FollowUpFactory(business=salon, call_sid=call.call_sid, lead=call.lead, reason="להאזין להודעה")
    assert "להאזין להודעה עד 10:00" in text_of(noa.get(page_of(call)))

    answer = noa.post(page_of(call, "follow-ups", row.pk, "done"), headers=HTMX)

    assert "בוצע ב־ 10:10 , על ידי נועה" in text_of(answer)
    assert owed(salon)[0].done_at == NOW + timedelta(minutes=10)
    noa.post(told(answer)["undo"])
    assert owed(salon)[0].done_at is None


def test_a_failed_call_is_marked_as_handled(salon: Business, noa: Client) -> None:
    call = a_call(salon, outcome=CallSession.Outcome.FAILED)
    assert "סימון כטופל" in text_of(noa.get(page_of(call)))

    answer = noa.post(page_of(call, "looked-at"), headers=HTMX)

    assert "סימון כטופל" not in text_of(answer)
    [row] = owed(salon)
    assert row.done_at is not None
    noa.post(page_of(call, "looked-at"))
    assert len(owed(salon)) == 1


def test_without_scripts_the_page_comes_back_with_the_news(salon: Business, call: CallSession, noa: Client) -> None:
    answer = noa.post(page_of(call, "follow-ups"))
    assert answer["Location"] == f"{page_of(call)}#follow-ups"
    page = noa.get(page_of(call))
    assert "המשימה נוספה." in text_of(page)
    assert f'action="{page_of(call, "follow-ups", owed(salon)[0].pk, "take-back")}"' in page.content.decode()
    assert noa.post(page_of(call, "follow-ups"), {"next": "list"})["Location"] == "/calls/"


def test_follow_ups_of_other_calls_and_businesses_are_not_touched(
    salon: Business, call: CallSession, noa: Client
) -> None:
    other = FollowUpFactory(business=salon, call_sid=a_call(salon).call_sid)
    foreign_call = a_call(BusinessFactory())
    foreign = FollowUpFactory(business=foreign_call.business, call_sid=foreign_call.call_sid)
    for row in (other, foreign):
        for what in ("done", "reopen", "take-back"):
            assert noa.post(page_of(call, "follow-ups", row.pk, what)).status_code == 404
            assert noa.post(page_of(foreign_call, "follow-ups", row.pk, what)).status_code == 404


def test_deeds_need_a_post(call: CallSession, noa: Client) -> None:
    for parts in (
        ("follow-ups",),
        ("looked-at",),
        ("block",),
        ("unblock",),
        ("summary", "again"),
        ("follow-ups", 1, "done"),
    ):
        assert noa.get(page_of(call, *parts)).status_code == 405


# --- blocking ----------------------------------------------------------------------------------------
def blocked(business: Business) -> list[tuple[str, str]]:
    with for_business(business):
        return [(row.number, row.blocked_by.username) for row in BlockedNumber.objects.select_related("blocked_by")]


@pytest.mark.parametrize("role", [Role.OWNER, Role.STAFF])
def test_a_caller_is_blocked_and_let_in_again(salon: Business, call: CallSession, role: Role) -> None:
    client = signed_in(salon, role)
    page = text_of(client.get(page_of(call)))
    assert "לחסום את 052-123-4567 ?" in page
    assert "שיחות ממנו ינותקו אחרי משפט אחד. אפשר להסיר את החסימה בכל עת. השארה חסימה" in page
    for _ in range(2):
        assert client.post(page_of(call, "block"))["Location"] == page_of(call)
    [(number, by)] = blocked(salon)
    assert (number, by != "") == (DANA, True)
    page = text_of(client.get(page_of(call)))
    assert "ביטול החסימה" in page
    assert "לחסום את" not in page
    client.post(page_of(call, "unblock"))
    assert blocked(salon) == []


def test_without_scripts_the_question_is_asked_on_the_page(call: CallSession, noa: Client) -> None:
    assert '<dialog id="block-dialog" aria-labelledby="block-title">' in noa.get(page_of(call)).content.decode()
    asked = noa.get(f"{page_of(call)}?ask=block").content.decode()
    assert '<dialog id="block-dialog" aria-labelledby="block-title" open>' in asked


def test_a_withheld_number_cannot_be_blocked(salon: Business, noa: Client) -> None:
    call = a_call(salon, from_number="anonymous")
    assert "חסימת המספר" not in text_of(noa.get(page_of(call)))
    assert noa.post(page_of(call, "block")).status_code == 403


def test_another_businesss_caller_is_not_blocked(noa: Client) -> None:
    other = a_call(BusinessFactory(), from_number=DANA)
    assert noa.post(page_of(other, "block")).status_code == 404
    assert blocked(other.business) == []


def test_the_list_of_blocked_callers_takes_numbers_as_people_write_them(salon: Business, noa: Client) -> None:
    noa.post("/admin/calls/blockednumber/add/", {"number": "052-123-4567", "reason": "הטרדות"})
    again = noa.post("/admin/calls/blockednumber/add/", {"number": "0521234567", "reason": ""})
    assert [number for number, _ in blocked(salon)] == [DANA]
    assert again.status_code == 200  # the form again, with the clash named


def test_a_follow_up_leads_to_its_call(salon: Business, call: CallSession, noa: Client) -> None:
    row = FollowUpFactory(business=salon, call_sid=call.call_sid)
    other = FollowUpFactory(business=salon)
    assert f'href="{page_of(call)}"' in noa.get(f"/admin/crm/followup/{row.pk}/change/").content.decode()
    assert noa.get(f"/admin/crm/followup/{other.pk}/change/").status_code == 200
