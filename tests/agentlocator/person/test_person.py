"""What is held about a person can be given to them, and can be removed."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection

from agentlocator.person.held import NOBODYS, Person, held
from booking.models import Appointment
from calls.models import CallSession, Recording
from crm.models import Business, Lead
from crm.tenancy import TenantModel, for_business
from tests.support.factories import (
    NOW,
    ActivityFactory,
    AgentRunFactory,
    AgentTraceFactory,
    AppointmentChangeFactory,
    AppointmentFactory,
    ApprovalFactory,
    BlockedNumberFactory,
    BusinessFactory,
    CallSessionFactory,
    ConversationFactory,
    EventLogFactory,
    FlowMessageFactory,
    FollowUpFactory,
    KeptAnswerFactory,
    LeadFactory,
    LeadIdentityFactory,
    LeadMergeFactory,
    LeadTagFactory,
    MessageFactory,
    MessageMediaFactory,
    PendingImportFactory,
    PracticeAppointmentFactory,
    RecordingFactory,
    SalesDocumentFactory,
    SettingChangeFactory,
    TurnFactory,
    UnansweredQuestionFactory,
)

NUMBER, SECRET = "+972521234567", "יוסי הסודי"


@pytest.fixture
def shop(settings: Any, tmp_path: Path) -> Business:
    settings.MEDIA_ROOT = tmp_path / "store"
    return BusinessFactory(slug="dana")


@pytest.fixture
def yossi(shop: Business) -> Lead:
    """Everything that can be known of somebody; his name stands in each of it."""
    return known_person(shop)


def known_person(shop: Business, number: str = NUMBER, name: str = SECRET) -> Lead:
    of: dict[str, Any] = {"business": shop}
    lead = LeadFactory(**of, name=name, phone=number, notes=name)
    call = CallSessionFactory(**of, lead=lead, from_number=number, summary=name)
    TurnFactory(**of, call=call, text=name)
    EventLogFactory(**of, call=call)
    recording = RecordingFactory(**of, call=call, status=Recording.Status.STORED)
    with for_business(shop):
        recording.file.save("voice.wav", ContentFile(b"RIFF"))
    ahead = AppointmentFactory(**of, lead=lead, starts_at=NOW + dt.timedelta(days=3650), note=name)
    AppointmentFactory(**of, lead=lead, starts_at=NOW - dt.timedelta(days=365))
    AppointmentChangeFactory(**of, appointment=ahead, new_note=name)
    ActivityFactory(**of, lead=lead, text=name)
    FollowUpFactory(**of, lead=lead, reason=name)
    BlockedNumberFactory(**of, number=number, reason=name)
    conversation = ConversationFactory(**of, lead=lead, preview=name)
    MessageMediaFactory(**of, message=MessageFactory(**of, conversation=conversation, text=name), filename=name)
    run = AgentRunFactory(**of, conversation=conversation, answer=name)
    AgentTraceFactory(**of, run=run, result={"name": name})
    FlowMessageFactory(**of, lead=lead, appointment=ahead)
    ApprovalFactory(**of, run=run, arguments={"name": name})
    UnansweredQuestionFactory(**of, text=name, medium="whatsapp", reference=str(conversation.pk))
    LeadTagFactory(**of, lead=lead)
    LeadIdentityFactory(**of, lead=lead)
    SalesDocumentFactory(**of, lead=lead, customer_name=name)
    merge = LeadMergeFactory(**of, kept=lead, snapshot={"lead": {"id": 0, "phone": number, "name": name}})
    ActivityFactory(**of, lead=LeadFactory(**of, name="מישהי"), key=f"merge.undone:{merge.pk}", text=name)
    KeptAnswerFactory(**of, answer={"ok": True, "appointment_id": ahead.pk, "customer_name": name})
    PracticeAppointmentFactory(**of, customer_phone=number, customer_name=name)
    PendingImportFactory(**of, rows=[{"phone": "0" + number[4:], "name": name}])
    SettingChangeFactory(**of, table="crm_businesssettings", before={"transfer_to": number}, after={})
    return lead


def export(number: str = NUMBER, business: str = "dana", **options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("export_person", number, "--business", business, stdout=out, **options)
    return json.loads(out.getvalue())


def erase(number: str = NUMBER, business: str = "dana") -> str:
    out = StringIO()
    call_command("erase_person", number, "--business", business, stdout=out)
    return out.getvalue()


def everything() -> str:
    """Every text of every table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found += [row for (row,) in cursor.fetchall()]
    return "\n".join(found)


@pytest.mark.django_db
def test_somebody_known_in_every_way_is_found_in_every_way(yossi: Lead, shop: Business) -> None:
    with for_business(shop):
        rows = held(Person.of_number(NUMBER))
        assert [name for name, found in rows.items() if not found.exists()] == []


@pytest.mark.django_db
def test_the_export_has_everything(yossi: Lead, tmp_path: Path) -> None:
    found = export(media=tmp_path)
    assert found["customer"][0]["name"] == SECRET
    assert found["turns"][0]["text"] == SECRET
    assert found["messages"][0]["text"] == SECRET
    filled = {name for name, rows in found.items() if rows}
    assert {"appointments", "calls", "recordings", "conversations", "assistant_steps", "follow_ups"} <= filled
    assert [(tmp_path / name).read_bytes() for name in found["media"]] == [b"RIFF"]


@pytest.mark.django_db
def test_the_number_may_be_written_as_people_write_it(yossi: Lead) -> None:
    assert export("052-123-4567")["phone"] == NUMBER


@pytest.mark.django_db
def test_nothing_of_the_person_is_left_and_the_counts_are(
    yossi: Lead, shop: Business, django_capture_on_commit_callbacks: Any
) -> None:
    with for_business(shop):
        file = Recording.objects.get().file
        storage, name = file.storage, file.name
    with django_capture_on_commit_callbacks(execute=True):
        told = erase()
    assert "calls: 1" in told
    left = everything()
    assert SECRET not in left
    assert NUMBER not in left
    assert not storage.exists(name)
    with for_business(shop):
        assert (Lead.objects.count(), Appointment.objects.count()) == (2, 2)
        ahead = Appointment.objects.order_by("starts_at").last()
        assert ahead is not None
        assert ahead.status == Appointment.Status.CANCELLED
        assert CallSession.objects.filter(person_erased_at__isnull=False).count() == 1
    with pytest.raises(CommandError, match="Nothing is held"):
        export()


@pytest.mark.django_db
def test_others_keep_what_is_theirs(yossi: Lead, shop: Business) -> None:
    neighbour = BusinessFactory(slug="noa")
    known_person(neighbour)
    other = known_person(shop, "+972547654321", "אחרת לגמרי")
    with for_business(shop):
        before = {name: rows.count() for name, rows in held(Person.of_number(other.phone)).items()}
    theirs = export(business="noa")
    erase()
    with for_business(shop):
        assert {name: rows.count() for name, rows in held(Person.of_number(other.phone)).items()} == before
        other.refresh_from_db()
        assert other.name == "אחרת לגמרי"
    assert {**export(business="noa"), "exported_at": ""} == {**theirs, "exported_at": ""}


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "business", "says"), [
    ("*99*", "dana", "no telephone"), (NUMBER, "nobody", "no business"), ("0541111111", "dana", "Nothing is held"),
])  # fmt: skip
def test_what_cannot_be_done_is_said_without_the_number(number: str, business: str, says: str, yossi: Lead) -> None:
    for command in (export, erase):
        with pytest.raises(CommandError, match=says) as told:
            command(number, business)
        assert number not in str(told.value)


def test_every_table_of_a_business_is_known_as_somebodys_or_nobodys(shop_tables: set[str]) -> None:
    theirs = {rows.model._meta.label for rows in held_of_nobody().values()}
    nobodys = {f"{app}.{name}" for app, names in NOBODYS.items() for name in names}
    assert theirs | nobodys == shop_tables
    assert theirs & nobodys == set()


@pytest.fixture
def shop_tables() -> set[str]:
    return {model._meta.label for model in apps.get_models() if issubclass(model, TenantModel)}


def held_of_nobody() -> dict[str, Any]:
    with for_business(0):
        return held(Person((), ()))
