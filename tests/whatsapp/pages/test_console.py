"""The console: what the assistant did on its own, and what waits for somebody's yes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.models import BusinessSettings
from tests.support.factories import AgentRunFactory, AgentTraceFactory, ApprovalFactory, MessageFactory
from tests.support.morning import Morning
from tests.support.pages import fields_of, text_of
from whatsapp.models import AgentRun, AgentTrace, Approval, Message

HTMX = {"HX-Request": "true"}
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def approval(world: Morning) -> Approval:
    """Cancels an appointment: any member may decide."""
    return world.written.approval


@pytest.fixture
def costly(world: Morning) -> Approval:
    """Of a tool that is not known any more: for owners."""
    row: Approval = ApprovalFactory(
        business=world.business,
        run=world.written.run,
        tool="shop.buy",
        arguments={"amount": 450, "text": "תספורת ופן"},
        expires_at=timezone.now() + dt.timedelta(hours=1),
    )
    return row


def decide(client: Client, row: Approval, deed: str, *, htmx: bool = False, **fields: str) -> HttpResponse:
    address = f"/console/approvals/{row.pk}/{deed}/"
    response: Any = client.post(address, fields, headers=HTMX if htmx else {}, follow=not htmx)
    return response


def done_run(world: Morning) -> AgentRun:
    return AgentRun.objects.get(engine=AgentRun.Engine.MODEL)


# --- the list --------------------------------------------------------------------------------------------
def test_what_waits_stands_first_in_the_customer_s_terms(world: Morning, noa: Client) -> None:
    page = noa.get("/console/")

    text = text_of(page)
    assert "ביטול תור ממתין ללקוח מיכל אברהם תור" in text
    assert "בעקבות ״ לבטל את התור של היום ״" in text
    assert "אחרי האישור המועד מתפנה לאחרים." in text
    assert '<span class="n hot" dir="ltr" data-badge="console">1</span>' in page.content.decode()


def test_owners_see_what_it_costs_and_staff_do_not(world: Morning, dana: Client, noa: Client) -> None:
    run = done_run(world)

    for address in ("/console/", f"/console/{run.pk}/"):
        assert "$0.0040" in dana.get(address).content.decode()
        assert "$" not in text_of(noa.get(address))
    assert "1,240 טוקנים" in text_of(noa.get(f"/console/{run.pk}/"))


def test_filters(world: Morning, dana: Client) -> None:
    talk, business = world.written.conversation, world.business
    stopped = AgentRunFactory(business=business, conversation=talk, status=AgentRun.Status.DONE)
    AgentTraceFactory(
        business=business,
        run=stopped,
        kind=AgentTrace.Kind.GUARD,
        name="truth",
        result={"ok": False, "reason": "truth"},
    )
    failed = AgentRunFactory(business=business, conversation=talk, status=AgentRun.Status.FAILED, error="provider")

    def shown(query: str) -> set[int]:
        html = dana.get(f"/console/{query}", headers=HTMX).content.decode()
        return {row.pk for row in AgentRun.objects.all() if f'id="run-{row.pk}"' in html}

    assert shown("?show=waiting") == {world.written.run.pk}
    assert shown("?show=blocked") == {stopped.pk}
    assert shown("?show=failed") == {failed.pk}
    assert shown("?engine=model") == {done_run(world).pk}
    assert shown("?show=nonsense&engine=x&before=y") == {row.pk for row in AgentRun.objects.all()}
    assert shown(f"?before={stopped.pk}") == {done_run(world).pk, world.written.run.pk}
    assert "נחסמה" in text_of(dana.get("/console/?show=blocked"))


def test_dry_runs_are_in_no_list(world: Morning, dana: Client) -> None:
    run = done_run(world)
    again = AgentRunFactory(business=world.business, conversation=run.conversation, replay_of=run, answer="אחרת")

    assert f'id="run-{again.pk}"' not in dana.get("/console/").content.decode()
    assert f'href="/console/{again.pk}/"' in dana.get(f"/console/{run.pk}/").content.decode()
    both = text_of(dana.get(f"/console/{again.pk}/"))
    assert "במקור" in both
    assert "הרצה יבשה: לא בוצע ולא נשלח דבר." in both
    assert both.index("לקבוע?") < both.index("אחרת")


# --- one run ---------------------------------------------------------------------------------------------
def test_every_step_with_what_was_asked_and_what_came_of_it(world: Morning, noa: Client) -> None:
    run = done_run(world)
    facts = {"business": world.business, "run": run}
    AgentTraceFactory(
        **facts,
        name="calendar.create",
        arguments={"start_iso": "2026-11-24T18:15", "name": "מיכל אברהם"},
        result={"ok": False, "error": "off_grid"},
    )
    AgentTraceFactory(
        **facts, kind=AgentTrace.Kind.GUARD, name="truth", result={"ok": False, "reason": "truth", "said": "נקבע"}
    )
    page = text_of(noa.get(f"/console/{run.pk}/"))

    parts = (
        "הודעה נכנסה +0.00 שנ׳ ״היי, יש מקום מחר ב-12?״",
        "חיפוש מועד פנוי calendar.find_slots +1.00 שנ׳ 41 אלפיות השנייה",
        "קביעת תור calendar.create",
        "שם: מיכל אברהם",
        "לא בשעה שנקבעים בה תורים",
        "בתשובה נאמר דבר שלא נעשה",
        "התשובה מחר ב־12:00 פנוי. לקבוע?",
    )
    assert [part for part in parts if part not in page] == []
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    assert "off_grid" in page


def test_arguments_and_results_are_shown_as_text(world: Morning, noa: Client) -> None:
    run = done_run(world)
    facts = {"business": world.business, "run": run}
    AgentTraceFactory(**facts, name=SCRIPT, arguments={SCRIPT: SCRIPT, "items": [{"text": SCRIPT}]}, result=[SCRIPT])
    AgentTraceFactory(**facts, kind=AgentTrace.Kind.MODEL, name="model", arguments=[SCRIPT], result=SCRIPT)
    ApprovalFactory(**facts, tool=SCRIPT, arguments={"text": SCRIPT, "to": SCRIPT, "start_iso": SCRIPT, "x": None})

    for address in (f"/console/{run.pk}/", "/console/", f"/inbox/{run.conversation_id}/"):
        html = noa.get(address).content.decode()
        assert SCRIPT not in html
        assert "&lt;script&gt;" in html


def test_odd_arguments_break_no_page(world: Morning, noa: Client) -> None:
    run = done_run(world)
    odd: list[Any] = [[], {}, "x", 3, None, {"appointment_id": [1]}, {"appointment_id": 2**70}, {"lead_id": {"a": 1}}]
    for number, arguments in enumerate([*odd, {"amount": True, "start_iso": 7, "service": None, "phone": 3}]):
        for name in ("calendar.create", "handoff.to_staff", "calendar.find_slots"):
            facts = {"business": world.business, "run": run, "name": name}
            AgentTraceFactory(**facts, arguments=arguments if arguments is not None else {}, result=odd[number % 8])

    assert noa.get(f"/console/{run.pk}/").status_code == 200
    assert noa.get(f"/inbox/{run.conversation_id}/").status_code == 200


def test_a_deleted_message_is_not_quoted(world: Morning, noa: Client) -> None:
    run = done_run(world)
    Message.objects.filter(pk=run.message_id).update(revoked_at=timezone.now())

    assert "יש מקום מחר" not in noa.get(f"/console/{run.pk}/").content.decode()


# --- deciding --------------------------------------------------------------------------------------------
def test_approving_and_approving_again(world: Morning, noa: Client, dana: Client, approval: Approval) -> None:
    first = decide(noa, approval, "approve")
    again = decide(dana, approval, "approve")

    approval.refresh_from_db()
    assert (approval.status, approval.decided_by) == (Approval.Status.APPROVED, world.noa)
    assert "אושר. העוזר ממשיך." in text_of(first)
    assert "הפעולה כבר אושרה ב־" in text_of(again)
    assert "על ידי נועה כהן. לא נדרש דבר." in text_of(again)


def test_rejecting_needs_a_reason(noa: Client, approval: Approval) -> None:
    without = decide(noa, approval, "reject", htmx=True)
    other = decide(noa, approval, "reject", htmx=True, reason="other")
    assert (without.status_code, other.status_code) == (422, 422)
    assert "חסרה סיבה" in text_of(without)
    assert "כאן כותבים את הסיבה" in text_of(other)

    card = decide(noa, approval, "reject", htmx=True, reason="later", words="הלקוחה התחרטה")

    approval.refresh_from_db()
    assert (approval.status, approval.reason) == (Approval.Status.REJECTED, "לא עכשיו. הלקוחה התחרטה")
    assert "הפעולה כבר נדחתה" in text_of(card)
    assert "toast" in card.headers["HX-Trigger"]


def test_approving_with_changes(world: Morning, dana: Client) -> None:
    row = ApprovalFactory(
        business=world.business,
        run=world.written.run,
        tool="calendar.reschedule",
        arguments={"appointment_id": world.appointment.pk, "start_iso": "2026-11-24T18:00"},
        expires_at=timezone.now() + dt.timedelta(hours=1),
    )
    form = fields_of(dana.get(f"/console/approvals/{row.pk}/"))
    assert form["start_iso"] == "2026-11-24T18:00"

    empty = decide(dana, row, "edit", htmx=True, start_iso="")
    decide(dana, row, "edit", start_iso="2026-11-24T19:30")

    row.refresh_from_db()
    assert empty.status_code == 422
    assert row.status == Approval.Status.EDITED
    assert row.edited == {"appointment_id": world.appointment.pk, "start_iso": "2026-11-24T19:30"}


def test_only_owners_decide_what_costs_money(noa: Client, dana: Client, costly: Approval) -> None:
    assert "ההחלטה הזאת פתוחה לבעלים בלבד." in text_of(noa.get(f"/console/approvals/{costly.pk}/"))
    for deed in ("approve", "reject", "edit"):
        assert decide(noa, costly, deed, htmx=True, reason="later").status_code == 403
    costly.refresh_from_db()
    assert costly.status == Approval.Status.WAITING

    decide(dana, costly, "reject", reason="amount")

    costly.refresh_from_db()
    assert costly.status == Approval.Status.REJECTED


def test_too_late(noa: Client, approval: Approval) -> None:
    Approval.objects.filter(pk=approval.pk).update(expires_at=timezone.now() - dt.timedelta(minutes=1))

    response = decide(noa, approval, "approve")

    approval.refresh_from_db()
    assert approval.status == Approval.Status.WAITING  # the sweep ends it
    assert "האישור פג. לא בוצע דבר." in text_of(response)


def test_the_neighbour_finds_nothing(world: Morning, ruth: Client, approval: Approval) -> None:
    run = world.written.run
    assert ruth.get(f"/console/{run.pk}/").status_code == 404
    assert ruth.get(f"/console/approvals/{approval.pk}/").status_code == 404
    assert ruth.post(f"/console/{run.pk}/replay/", {"instructions": "x"}).status_code == 404
    for deed in ("approve", "reject", "edit"):
        assert decide(ruth, approval, deed, htmx=True, reason="later").status_code == 404
    approval.refresh_from_db()
    assert approval.status == Approval.Status.WAITING


# --- trying again ----------------------------------------------------------------------------------------
def test_an_owner_tries_other_instructions(world: Morning, dana: Client, noa: Client) -> None:
    BusinessSettings.objects.update(ai_prompt_whatsapp="לענות בקצרה")
    run = done_run(world)
    assert fields_of(dana.get(f"/console/{run.pk}/"))["instructions"] == "לענות בקצרה"
    before = Message.objects.count()

    page = dana.post(f"/console/{run.pk}/replay/", {"instructions": "לענות באריכות"}, follow=True)

    [again] = AgentRun.objects.filter(replay_of=run)
    assert page.redirect_chain == [(f"/console/{again.pk}/", 302)]
    assert "בטיוטה" in text_of(page)
    assert Message.objects.count() == before
    assert noa.post(f"/console/{run.pk}/replay/", {"instructions": "x"}).status_code == 403
    assert "הרצה מחדש בטיוטה" not in text_of(noa.get(f"/console/{run.pk}/"))


def test_instructions_that_are_none_are_asked_for_again(world: Morning, dana: Client) -> None:
    run = done_run(world)
    response = dana.post(f"/console/{run.pk}/replay/", {"instructions": "א" * 20_001})

    assert response.status_code == 422
    assert fields_of(response)["instructions"] == "א" * 20_001
    assert not AgentRun.objects.filter(replay_of=run).exists()


# --- cost ------------------------------------------------------------------------------------------------
def test_pages_cost_the_same_for_one_and_for_many(world: Morning, noa: Client) -> None:
    run = done_run(world)
    addresses = ("/console/", f"/console/{run.pk}/", f"/console/{world.written.run.pk}/")

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert noa.get(address).status_code == 200
        return len(captured)

    def happens() -> None:
        message = MessageFactory(business=world.business, conversation=run.conversation)
        other = AgentRunFactory(business=world.business, conversation=run.conversation, message_id=message.pk)
        waits = {"arguments": {"appointment_id": message.pk}, "expires_at": timezone.now() + dt.timedelta(hours=1)}
        for each in (other, run, world.written.run):
            AgentTraceFactory(business=world.business, run=each, arguments=waits["arguments"])
            ApprovalFactory(business=world.business, run=each, **waits)

    happens()
    few = [queries(address) for address in addresses]
    for _ in range(3):
        happens()

    assert [queries(address) for address in addresses] == few
