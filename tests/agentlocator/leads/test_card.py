"""Noa opens the card of a customer: who it is, what is next, what happened."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agentlocator.lead_timeline import PAGE
from booking.models import AppointmentChange
from crm.lead_services import trace_of
from crm.models import Activity, Business, FollowUp, Lead, LeadTag, Medium
from crm.tenancy import for_business
from tests.support.factories import (
    NOW,
    ActivityFactory,
    AppointmentChangeFactory,
    AppointmentFactory,
    CallSessionFactory,
    FollowUpFactory,
    LeadFactory,
    LeadTagFactory,
    RecordingFactory,
    ServiceFactory,
    TagFactory,
)
from tests.support.pages import fields_of, text_of

HTMX = {"HX-Request": "true"}


@pytest.fixture
def ronit(salon: Business) -> Lead:
    lead: Lead = LeadFactory(business=salon, name="רונית לוי", phone="+972530000226")
    return lead


def page_of(client: Client, lead: Lead, query: str = "") -> HttpResponse:
    return client.get(f"/leads/{lead.pk}/{query}")


def test_the_card_says_who_what_next_and_what_happened(salon: Business, ronit: Lead, noa: Client) -> None:
    call = CallSessionFactory(business=salon, lead=ronit, outcome="answered", summary="שאלה על חניה")
    ActivityFactory(business=salon, lead=ronit, text="שאלה על חניה", key=f"call:{call.call_sid}")
    message = RecordingFactory(business=salon, call=call)
    ActivityFactory(business=salon, lead=ronit, kind="voicemail", key=f"recording:{message.recording_sid}")
    service = ServiceFactory(business=salon, name="תספורת")
    appointment = AppointmentFactory(
        business=salon, lead=ronit, service=service, starts_at=timezone.now() + timedelta(days=2)
    )
    change = AppointmentChangeFactory(business=salon, appointment=appointment, kind=AppointmentChange.Kind.CREATED)
    ActivityFactory(
        business=salon, lead=ronit, kind="appointment.created", text="נקבע תור", key=f"appointment.created:{change.pk}"
    )
    FollowUpFactory(business=salon, lead=ronit, reason="לחזור עם מחיר", due_at=timezone.now() - timedelta(minutes=20))

    page = page_of(noa, ronit)
    text, html = text_of(page), page.content.decode()

    assert "רונית לוי 053-000-0226 חדש" in text
    assert text.index("לחזור עם מחיר") < text.index("שאלה על חניה")
    assert 'href="tel:+972530000226"' in html
    assert "נמסר מידע" in text
    assert html.count(f'href="/calls/{call.call_sid}/"') == 2
    day = timezone.localdate(appointment.starts_at)
    assert html.count(f'href="/calendar/?date={day:%Y-%m-%d}"') == 2
    assert f'href="/calendar/?new=1&amp;lead={ronit.pk}"' in html


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("", ["message.in", "appointment.created", "note", "call"]),
        ("calls", ["call"]),
        ("messages", ["message.in"]),
        ("appointments", ["appointment.created"]),
        ("notes", ["note"]),
        ("nonsense", ["message.in", "appointment.created", "note", "call"]),
    ],
)
def test_the_timeline_is_narrowed_by_kind(
    salon: Business, ronit: Lead, noa: Client, kind: str, shown: list[str]
) -> None:
    for hours, what in enumerate(("call", "note", "appointment.created", "message.in")):
        ActivityFactory(business=salon, lead=ronit, kind=what, occurred_at=NOW + timedelta(hours=hours))
    ActivityFactory(business=salon, lead=ronit, kind="note", text="הוסרה", removed_at=NOW)

    entries = page_of(noa, ronit, f"?kind={kind}").context["entries"]

    assert [entry.activity.kind for entry in entries] == shown


def test_the_timeline_goes_on_where_it_ended(salon: Business, ronit: Lead, noa: Client) -> None:
    for number in range(PAGE + 3):
        ActivityFactory(business=salon, lead=ronit, text=f"פעם {number}", occurred_at=NOW)
    first = page_of(noa, ronit)
    further = noa.get(f"/leads/{ronit.pk}/", {"after": first.context["after"]}, headers=HTMX)

    seen = [re.findall(r"פעם \d+", page.content.decode()) for page in (first, further)]
    assert sum(seen, []) == [f"פעם {number}" for number in reversed(range(PAGE + 3))]
    assert "<html" not in further.content.decode()
    assert "מוקדם יותר" not in further.content.decode()


def test_the_card_asks_as_much_for_three_things_as_for_one(salon: Business, ronit: Lead, noa: Client) -> None:
    def happen() -> None:
        call = CallSessionFactory(business=salon, lead=ronit)
        ActivityFactory(business=salon, lead=ronit, key=f"call:{call.call_sid}")
        recording = RecordingFactory(business=salon, call=call)
        ActivityFactory(business=salon, lead=ronit, kind="voicemail", key=f"recording:{recording.recording_sid}")
        appointment = AppointmentFactory(business=salon, lead=ronit)
        change = AppointmentChangeFactory(business=salon, appointment=appointment)
        key = f"appointment.created:{change.pk}"
        ActivityFactory(business=salon, lead=ronit, kind="appointment.created", key=key)
        FollowUpFactory(business=salon, lead=ronit, due_at=timezone.now())
        LeadTagFactory(business=salon, lead=ronit)
        LeadFactory(business=salon, name="רונית לוי")

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert page_of(noa, ronit).status_code == 200
        return len(asked)

    happen()
    page_of(noa, ronit)
    with_one = queries()
    happen()
    happen()
    assert queries() == with_one


# --- name and number -----------------------------------------------------------------------------------
def test_noa_adds_the_number_of_somebody_unknown(salon: Business, noa: Client) -> None:
    lead = LeadFactory(business=salon, name="", phone="")
    page = page_of(noa, lead)
    assert "מספר לא ידוע" in text_of(page)
    assert "הוספת מספר" in text_of(page)

    fields = {"name": "דנה", "phone": "052 000 0147", "seen": trace_of(lead)}
    answer = noa.post(f"/leads/{lead.pk}/edit/", fields, headers=HTMX)

    assert "052-000-0147" in text_of(answer)
    assert "<html" not in answer.content.decode()
    with for_business(salon):
        assert Lead.objects.values_list("name", "phone").get(pk=lead.pk) == ("דנה", "+972520000147")


def test_a_stale_form_warns_and_keeps_the_text(salon: Business, ronit: Lead, noa: Client, dana: Client) -> None:
    seen = fields_of(page_of(noa, ronit))["seen"]
    dana.post(f"/leads/{ronit.pk}/edit/", {"name": "רונית כהן", "phone": "0530000226", "seen": seen})

    late = noa.post(f"/leads/{ronit.pk}/edit/", {"name": "רונית לוי־כץ", "phone": "0530000226", "seen": seen})

    assert late.status_code == 409
    assert "הכרטיס השתנה בינתיים. עכשיו כתוב בו: רונית כהן, 053-000-0226" in text_of(late)
    fields = fields_of(late)
    assert fields["name"] == "רונית לוי־כץ" or "רונית לוי־כץ" in late.content.decode()
    with for_business(salon):
        assert Lead.objects.get().name == "רונית כהן"
    kept = {"name": "רונית לוי־כץ", "phone": "0530000226", "seen": fields["seen"]}
    assert noa.post(f"/leads/{ronit.pk}/edit/", kept).status_code == 302
    with for_business(salon):
        assert Lead.objects.get().name == "רונית לוי־כץ"


def test_a_number_of_another_card_is_refused_with_the_way_to_it(salon: Business, ronit: Lead, noa: Client) -> None:
    other = LeadFactory(business=salon, name="רון", phone="+972540000001")

    fields = {"name": "רונית", "phone": "0540000001", "seen": trace_of(ronit)}
    answer = noa.post(f"/leads/{ronit.pk}/edit/", fields)

    assert answer.status_code == 422
    assert "המספר כבר רשום אצל לקוח אחר." in text_of(answer)
    assert f'href="/leads/{ronit.pk}/merge/?with={other.pk}"' in answer.content.decode()


def test_a_wrong_number_is_told_at_its_field(ronit: Lead, noa: Client) -> None:
    answer = noa.post(f"/leads/{ronit.pk}/edit/", {"name": "רונית", "phone": "12", "seen": trace_of(ronit)})

    assert answer.status_code == 422
    assert "מספר הטלפון לא תקין. כותבים אותו עם הקידומת." in text_of(answer)


# --- notes ------------------------------------------------------------------------------------------------
def test_a_note_is_written_changed_removed_and_put_back(salon: Business, ronit: Lead, noa: Client) -> None:
    address = f"/leads/{ronit.pk}/notes"
    noa.post(f"{address}/add/", {"text": "אוהבת תה", "key": "k1"})
    noa.post(f"{address}/add/", {"text": "אוהבת תה", "key": "k1"})  # the same form, sent again
    with for_business(salon):
        note = Activity.objects.get()
    assert (note.kind, note.medium, note.by.username) == ("note", Medium.STAFF, "noa")

    noa.post(f"{address}/{note.pk}/edit/", {"text": "אוהבת קפה"})
    assert "אוהבת קפה" in text_of(page_of(noa, ronit))
    removed = noa.post(f"{address}/{note.pk}/remove/", headers=HTMX)
    assert "אוהבת קפה" not in text_of(removed)
    assert f"{address}/{note.pk}/put-back/" in removed["HX-Trigger"]
    noa.post(f"{address}/{note.pk}/put-back/")
    assert "אוהבת קפה" in text_of(page_of(noa, ronit))


def test_a_note_is_its_writers(salon: Business, ronit: Lead, noa: Client, dana: Client) -> None:
    noa.post(f"/leads/{ronit.pk}/notes/add/", {"text": "אוהבת תה", "key": "k1"})
    with for_business(salon):
        note = Activity.objects.get()

    assert f"/notes/{note.pk}/edit/" not in page_of(dana, ronit).content.decode()
    for what in ("edit", "remove", "put-back"):
        answer = dana.post(f"/leads/{ronit.pk}/notes/{note.pk}/{what}/", {"text": "אחרת"}, follow=True)
        assert "רק מי שכתב את ההערה משנה אותה." in text_of(answer)
    with for_business(salon):
        note.refresh_from_db()
    assert (note.text, note.removed_at) == ("אוהבת תה", None)


def test_only_notes_are_changed_as_notes(salon: Business, ronit: Lead, noa: Client) -> None:
    call = ActivityFactory(business=salon, lead=ronit, kind="call")
    elsewhere = ActivityFactory(business=salon, kind="note")

    for row in (call, elsewhere):
        assert noa.post(f"/leads/{ronit.pk}/notes/{row.pk}/remove/").status_code == 404


def test_an_empty_note_is_told(ronit: Lead, noa: Client) -> None:
    answer = noa.post(f"/leads/{ronit.pk}/notes/add/", {"text": " "}, headers=HTMX)

    assert answer.status_code == 422
    assert "ההערה ריקה." in text_of(answer)


# --- tags, care, follow-ups -------------------------------------------------------------------------------
def test_a_tag_is_added_in_its_first_writing_and_taken_off(salon: Business, ronit: Lead, noa: Client) -> None:
    TagFactory(business=salon, name="VIP")

    noa.post(f"/leads/{ronit.pk}/tags/add/", {"name": "vip"})
    with for_business(salon):
        link = LeadTag.objects.select_related("tag").get()
    assert link.tag.name == "VIP"
    assert 'value="VIP"' in page_of(noa, ronit).content.decode()

    off = noa.post(f"/leads/{ronit.pk}/tags/{link.tag_id}/remove/", headers=HTMX)
    assert "undo" in off["HX-Trigger"]
    with for_business(salon):
        assert not LeadTag.objects.exists()


def test_a_card_is_given_to_noa(salon: Business, ronit: Lead, noa: Client, noa_herself: User) -> None:
    answer = noa.post(f"/leads/{ronit.pk}/assign/", {"who": noa_herself.pk}, headers=HTMX)

    assert "באחריות נועה" in text_of(answer)
    with for_business(salon):
        assert Lead.objects.get().assigned_to == noa_herself
    noa.post(f"/leads/{ronit.pk}/assign/", {"who": ""})
    with for_business(salon):
        assert Lead.objects.get().assigned_to is None


def test_a_follow_up_is_asked_for_on_the_card(salon: Business, ronit: Lead, noa: Client, noa_herself: User) -> None:
    with time_machine.travel(NOW, tick=False):
        fields = {"reason": "לחזור", "when": "other", "due_0": "25/11/2026", "due_1": "13:00", "key": "k"}
        noa.post(f"/leads/{ronit.pk}/follow-up/", fields | {"to": str(noa_herself.pk)})
    with for_business(salon):
        row = FollowUp.objects.get()
    assert f"{timezone.localtime(row.due_at):%d/%m/%Y %H:%M}" == "25/11/2026 13:00"

    bad = noa.post(f"/leads/{ronit.pk}/follow-up/", {"reason": "", "when": "hour"}, headers=HTMX)
    assert bad.status_code == 422
    part = noa.get(f"/leads/{ronit.pk}/?part=next", headers=HTMX)
    assert "לחזור" in text_of(part)
    assert 'id="card"' not in part.content.decode()


# --- who else it may be -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "phone", "is_alike"),
    [
        ("יוסף כהן", "+972540000382", True),
        ("כהן יוסי", "+972540000382", True),
        ("יוסי כהן", "", True),
        ("רונית כהן", "+972540000382", False),
        ("יוסי אברהם", "+972540000382", False),
        ("", "+972540000382", False),
    ],
)
def test_a_card_of_almost_the_same_name_is_offered(
    salon: Business, noa: Client, name: str, phone: str, is_alike: bool
) -> None:
    lead = LeadFactory(business=salon, name="יוסי כהן", phone="+972540000001")
    other = LeadFactory(business=salon, name=name, phone=phone)

    html = page_of(noa, lead).content.decode()

    assert (f"/leads/{lead.pk}/merge/?with={other.pk}" in html) == is_alike


def test_the_real_double_is_found_among_a_hundred_who_are_called_almost_so(salon: Business, noa: Client) -> None:
    """By their names these come first: יוסי כהן-אביב is before יוסף כהן."""
    lead = LeadFactory(business=salon, name="יוסי כהן", phone="+972540000001")
    with for_business(salon):
        Lead.objects.bulk_create(Lead(business=salon, name=f"יוסי כהן־אביבי מספר {n:03d}") for n in range(100))
    double = LeadFactory(business=salon, name="כהן יוסי", phone="+972540000002")

    assert f"/leads/{lead.pk}/merge/?with={double.pk}" in page_of(noa, lead).content.decode()


def test_one_word_is_a_duplicate_only_without_a_number(salon: Business, noa: Client) -> None:
    lead = LeadFactory(business=salon, name="דנה", phone="+972540000001")
    LeadFactory(business=salon, name="דנה", phone="+972540000002")
    nameless = LeadFactory(business=salon, name="דנה", phone="")

    assert page_of(noa, lead).context["duplicates"] == [nameless]
