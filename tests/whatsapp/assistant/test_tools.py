"""Each tool calls the services that everybody calls, for this customer alone."""

from __future__ import annotations

import datetime as dt

import pytest

from booking.models import Resource
from crm.models import Activity, FollowUp, Lead, Role, SalesDocument
from crm.tenancy import for_business
from tests.support.factories import (
    AgentRunFactory,
    AppointmentFactory,
    BusinessFactory,
    CallSessionFactory,
    FaqEntryFactory,
    LeadFactory,
    MembershipFactory,
    MessageMediaFactory,
    OutgoingFactory,
    ServiceFactory,
    TurnFactory,
)
from tests.whatsapp.assistant.conftest import Chat
from whatsapp.assistant.actor import customer_of, member
from whatsapp.assistant.ledger import Ledger
from whatsapp.assistant.scene import load_scene
from whatsapp.assistant.toolbox import Toolbox
from whatsapp.assistant.tools import registry
from whatsapp.assistant.trace import Trace
from whatsapp.desk import note

EXPECTED = (
    "calendar.find_slots calendar.create calendar.reschedule calendar.cancel leads.upsert leads.tag "
    "crm.search_customer crm.get crm.update calls.log_create calls.attach_recording stt.get_last_transcript "
    "summary.generate whatsapp.send whatsapp.fetch_thread faq.lookup invoices.draft handoff.to_staff"
)


class Bench:
    """The tools in the hands of an actor, in their business."""

    def __init__(self, chat: Chat, by=None) -> None:
        self.chat = chat
        conversation = chat.fresh()
        actor = customer_of(conversation) if by is None else member(conversation, by)
        scene = load_scene(conversation, chat.now)
        run = AgentRunFactory(business=chat.business, conversation=conversation)
        self.tools = Toolbox(
            actor, Ledger(scene.facts, scene.today), Trace(run, chat.now), now=chat.now, anchor=1, kin=[run.pk]
        )

    def __call__(self, name: str, /, **given) -> dict:
        return self.tools.call(name, given)


@pytest.fixture
def bench(chat):
    with for_business(chat.business):
        yield Bench(chat)


@pytest.fixture
def staff_bench(chat):
    noa = MembershipFactory(business=chat.business, role=Role.STAFF).user
    with for_business(chat.business):
        yield Bench(chat, by=noa)


def appointment(chat, lead=None, **fields):
    starts = dt.datetime(2026, 11, 25, 10, tzinfo=dt.UTC)
    return AppointmentFactory(
        business=chat.business, lead=lead or chat.lead, starts_at=starts, resource=Resource.objects.get(), **fields
    )


def test_all_of_them_are_there():
    assert sorted(registry.TOOLS) == sorted(EXPECTED.split())
    assert all("." not in tool.wire_name for tool in registry.TOOLS.values())
    assert all(tool.wire_name.replace("_", ".", 1) == tool.name for tool in registry.TOOLS.values())


def test_free_times_of_a_day_are_spread_over_it(bench):
    found = bench("calendar.find_slots", date="2026-11-25")
    hours = [slot["start_iso"][11:16] for slot in found["slots"]]
    assert hours[0] == "09:00"
    assert len(hours) == 8
    assert bench("calendar.find_slots", date="nonsense")["error"] == "invalid_time"
    assert bench("calendar.find_slots", date="2026-11-25", service="unknown")["error"] == "unknown_service"


def test_a_customer_books_once_under_one_key(bench, chat):
    first = bench("calendar.create", start_iso="2026-11-25T12:00")
    assert first["ok"]
    assert bench("calendar.create", start_iso="2026-11-25T12:00") == first
    assert len(chat.appointments()) == 1


def test_of_several_appointments_one_must_be_named(bench, chat):
    one = appointment(chat)
    assert bench("calendar.cancel")["ok"]
    one.refresh_from_db()
    assert one.status == "cancelled"
    for hour in (11, 12):
        AppointmentFactory(
            business=chat.business,
            lead=chat.lead,
            starts_at=dt.datetime(2026, 11, 25, hour, tzinfo=dt.UTC),
            resource=Resource.objects.get(),
        )
    answer = bench("calendar.reschedule", start_iso="2026-11-26T12:00")
    assert answer["error"] == "which_appointment"
    assert len(answer["appointments"]) == 2
    moved = bench("calendar.reschedule", start_iso="2026-11-26T12:00", appointment_id=answer["appointments"][1]["id"])
    assert moved["start_iso"].startswith("2026-11-26T12:00")


def test_an_appointment_may_move_next_to_where_it_stands(bench, chat):
    mine = appointment(chat, ends_at=dt.datetime(2026, 11, 25, 11, tzinfo=dt.UTC))
    assert bench("calendar.find_slots", start_iso="2026-11-25T13:00", appointment_id=mine.pk)["ok"]
    dana = LeadFactory(business=chat.business)
    theirs = AppointmentFactory(
        business=chat.business,
        lead=dana,
        starts_at=dt.datetime(2026, 11, 27, 10, tzinfo=dt.UTC),
        resource=Resource.objects.get(),
    )
    asked = bench("calendar.find_slots", start_iso="2026-11-25T13:00", appointment_id=theirs.pk)
    assert asked["error"] == "unknown_appointment"


def test_names_and_numbers_of_themselves(bench, chat):
    with for_business(chat.business):
        Lead.objects.filter(pk=chat.lead.pk).update(name="", phone="")
    bench.tools.actor.lead.name = bench.tools.actor.lead.phone = ""
    other = LeadFactory(business=chat.business, phone="+972521112222")
    assert bench("leads.upsert", name="מיכל", phone="052-111-2222")["ok"]
    mine = Lead.objects.get(pk=chat.lead.pk)
    assert (mine.name, mine.phone) == ("מיכל", "")  # that number is somebody's
    assert bench("leads.upsert", phone="052-111-3333")["ok"]
    assert Lead.objects.get(pk=chat.lead.pk).phone == "+972521113333"
    assert bench("leads.upsert", phone="12")["error"] == "invalid_phone"
    assert Lead.objects.get(pk=other.pk).phone == "+972521112222"
    assert bench("leads.tag", tag="וי־איי־פי")["ok"]
    assert [tag.name for tag in mine.tags.all()] == ["וי־איי־פי"]
    assert bench("leads.tag", tag="  ")["error"] == "empty"


def test_customers_see_and_change_themselves_only(bench, chat):
    dana = LeadFactory(business=chat.business, name="דנה לוי", phone="+972521112222")
    assert bench("crm.search_customer", query="052-111-2222")["customers"] == []
    assert bench("crm.search_customer", query="מיכל")["customers"] == [{"lead_id": chat.lead.pk, "name": "מיכל כהן"}]
    assert "phone" not in bench("crm.get")
    assert bench("crm.get", lead_id=dana.pk)["error"] == "permission"
    assert bench("crm.update", lead_id=dana.pk, name="x")["error"] == "permission"
    assert bench("crm.update", note="מעדיפה בוקר", status="regular")["ok"]
    assert Activity.objects.get(kind="note").text == "מעדיפה בוקר"
    assert bench("crm.update", status="new")["error"] == "unknown_status"


def test_staff_see_others_and_change_them_with_approval(staff_bench, chat):
    dana = LeadFactory(business=chat.business, name="דנה לוי", phone="+972521112222", notes="אלרגית")
    appointment_of_dana = appointment(chat, lead=dana)
    assert staff_bench("crm.search_customer", query="דנה")["customers"][0]["lead_id"] == dana.pk
    assert staff_bench("crm.get", lead_id=dana.pk)["notes"] == "אלרגית"
    assert staff_bench("crm.update", lead_id=dana.pk, name="x")["error"] == "needs_approval"
    assert staff_bench("calendar.cancel", appointment_id=appointment_of_dana.pk)["error"] == "needs_approval"
    assert Lead.objects.get(pk=dana.pk).name == "דנה לוי"


def test_who_works_elsewhere_has_no_rights_here(chat):
    stranger = MembershipFactory(role=Role.OWNER).user
    dana = LeadFactory(business=chat.business, name="דנה לוי")
    with for_business(chat.business):
        assert Bench(chat, by=stranger)("crm.get", lead_id=dana.pk)["error"] == "permission"


def test_another_businesss_rows_do_not_exist(staff_bench):
    elsewhere = LeadFactory(business=BusinessFactory(), name="דנה לוי")
    assert staff_bench("crm.get", lead_id=elsewhere.pk)["error"] == "permission"
    assert staff_bench("crm.search_customer", query="דנה")["customers"] == []


def test_records(bench, chat):
    assert bench("stt.get_last_transcript")["error"] == "no_transcript"
    assert bench("calls.attach_recording")["error"] == "no_recording"
    assert bench("summary.generate")["error"] == "nothing_said"
    call = CallSessionFactory(business=chat.business, lead=chat.lead)
    TurnFactory(business=chat.business, call=call, text="רציתי לשאול משהו")
    assert bench("stt.get_last_transcript") == {"ok": True, "of": "call", "text": "רציתי לשאול משהו"}
    voice = chat.wrote("", kind="audio")
    MessageMediaFactory(business=chat.business, message=voice, transcript="אפשר תור?", due_at=None)
    assert bench("stt.get_last_transcript")["text"] == "אפשר תור?"
    assert bench("calls.attach_recording")["message_id"] == voice.pk
    assert bench("calls.log_create", summary="ביקשה תור")["ok"]
    assert sorted(Activity.objects.values_list("kind", flat=True)) == ["message.log", "message.voice"]
    chat.wrote("אפשר תור?")
    assert bench("summary.generate")["said"] == ["אפשר תור?"]


def test_the_thread_is_without_what_the_staff_say_among_themselves(bench, chat):
    noa = MembershipFactory(business=chat.business).user
    chat.wrote("שלום")
    OutgoingFactory(business=chat.business, conversation=chat.conversation, text="היי")
    note(conversation=chat.fresh(), text="לקוחה קשה", by=noa, now=chat.now)
    assert [each["text"] for each in bench("whatsapp.fetch_thread")["messages"]] == ["שלום", "היי"]


def test_nobody_else_is_written_to_without_approval(bench):
    assert bench("whatsapp.send", to="052-111-2222", text="היי")["error"] == "needs_approval"
    assert bench("whatsapp.send", to=bench.chat.lead.phone, text="היי")["error"] == "answer_instead"


def test_documents_wait_for_an_owner(bench, chat):
    ServiceFactory(business=chat.business, name="תספורת", price=80, slug="cut")
    made = bench("invoices.draft", kind="quote", items=[{"service": "cut", "quantity": 2}])
    assert (made["ok"], made["state"]) == (True, "waits_for_approval")
    document = SalesDocument.objects.get()
    assert (document.status, document.number, document.totals.total) == ("waiting", None, 16000)
    assert chat.sent() == []
    assert bench("invoices.draft", kind="quote", items=[])["error"] == "no_items"
    assert bench("invoices.draft", kind="quote", items=[{"service": "x", "quantity": 1}])["error"] == "unknown_item"


def test_the_businesss_answers(bench, chat):
    entry = FaqEntryFactory(business=chat.business)
    assert bench("faq.lookup", question="יש חניה?")["answer"] == entry.answer
    assert bench("faq.lookup", question="מה צבע הקיר?")["answer"] is None


def test_a_hand_over_is_something_to_do_for_the_staff(bench, chat):
    assert bench("handoff.to_staff", reason="  ", keep_talking=True)["ok"]
    assert bench.tools.promised
    assert bench.tools.hand_over == ""
    assert FollowUp.objects.get().lead_id == chat.lead.pk
    bench("handoff.to_staff", reason="מבקשת נציגה", keep_talking=None)
    assert FollowUp.objects.count() == 1  # the other comes as the conversation changes hands
    assert bench.tools.hand_over == "מבקשת נציגה"


def test_what_is_no_call_at_all(bench):
    assert bench.tools.call("drop.tables", {})["error"] == "unknown_tool"
    assert bench.tools.call("calendar.create", None)["error"] == "bad_arguments"
    assert bench.tools.call("calendar.create", {"start_iso": 5})["fields"] == ["start_iso"]
