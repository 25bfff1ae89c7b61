"""Dana changes her settings; every writer is noted, and she can go back."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from importlib import import_module

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.utils import translation

from agentlocator.history.reading import entries_of, labels_of
from agentlocator.history.tables import WATCHED, model_of
from agentlocator.history.undo import NotUndone, can_undo, undo
from booking.models import Closure, OpeningHours, OwnerRule, Service
from calls.models import VoiceClip
from crm.models import Business, BusinessSettings, Role, SettingChange
from crm.tenancy import for_business, for_everyone
from tests.support.factories import (
    AppointmentFactory,
    BlockedNumberFactory,
    BusinessFactory,
    ClosureFactory,
    FaqEntryFactory,
    OpeningHoursFactory,
    ResourceFactory,
    ServiceFactory,
    TwilioAccountFactory,
    UserFactory,
    VoiceClipFactory,
)
from tests.support.pages import fields_of, signed_in, text_of


@pytest.fixture
def salon(transactional_db: None) -> Business:  # what one transaction writes is one save
    return BusinessFactory(slug="dana", name="המספרה של דנה", with_settings=True)


@pytest.fixture
def dana(salon: Business) -> Client:
    return signed_in(salon, first_name="דנה")


def changes_of(salon: Business, table: str) -> list[SettingChange]:
    with for_business(salon):
        return list(SettingChange.objects.filter(table=table).order_by("pk"))


def set_interval(salon: Business, minutes: int) -> SettingChange:
    with for_business(salon):
        BusinessSettings.objects.update(slot_size_min=minutes)
    return changes_of(salon, "crm_businesssettings")[-1]


def put_back(salon: Business, change: SettingChange) -> None:
    with for_business(salon):
        undo(business=salon, transaction_id=change.transaction)


def test_the_migration_watches_the_tables_that_we_know():
    first = import_module("agentlocator.migrations.0001_history_of_settings").WATCHED
    later = import_module("agentlocator.migrations.0004_messages_have_a_history").WATCHED
    assert (*first, "calls_voiceclip", *later) == WATCHED  # recorded lines by 0003
    assert all(model_of(table)._meta.db_table == table for table in WATCHED)


def test_any_writer_is_noted_with_what_was_before(salon):
    set_interval(salon, 15)

    change = changes_of(salon, "crm_businesssettings")[-1]

    assert (change.kind, change.before, change.after) == ("UPDATE", {"slot_size_min": 60}, {"slot_size_min": 15})
    assert change.by is None


def test_what_stays_as_it_is_is_no_change(salon):
    before = len(changes_of(salon, "crm_businesssettings"))

    set_interval(salon, 60)

    assert len(changes_of(salon, "crm_businesssettings")) == before


def test_a_form_of_the_admin_is_noted_with_its_user(salon, dana):
    with for_business(salon):
        cut = ServiceFactory(business=salon, name="תספורת", duration_min=30)
    page = f"/admin/booking/service/{cut.pk}/change/"
    fields = fields_of(dana.get(page))

    dana.post(page, fields | {"duration_min": "45"})

    assert "שונה: שירות ״ תספורת ״ משך הטיפול (דקות) 30 הפך ל 45" in text_of(dana.get("/history/"))
    [change] = [change for change in changes_of(salon, "booking_service") if change.kind == "UPDATE"]
    assert change.by is not None
    assert change.by.first_name == "דנה"


def test_secrets_stand_nowhere(salon, dana):
    account = TwilioAccountFactory(business=salon, auth_token="first-secret")
    with for_business(salon):
        account.auth_token = "second-secret"
        account.save()

    made, changed = changes_of(salon, "calls_twilioaccount")

    assert made.after is not None
    assert (made.after["auth_token"], changed.before, changed.after) == (
        "***",
        {"auth_token": "***"},
        {"auth_token": "***"},
    )
    assert "secret" not in dana.get("/history/").content.decode()


def test_a_setting_is_put_back(salon, dana):
    change = set_interval(salon, 15)

    answer = dana.post(f"/history/{change.transaction}/undo/", follow=True)

    assert "ההגדרה חזרה למה שהיה קודם." in text_of(answer)
    with for_business(salon):
        assert BusinessSettings.objects.get().slot_size_min == 60


def test_putting_back_is_a_change_that_can_be_put_back(salon):
    put_back(salon, set_interval(salon, 15))

    put_back(salon, changes_of(salon, "crm_businesssettings")[-1])

    with for_business(salon):
        assert BusinessSettings.objects.get().slot_size_min == 15


def test_what_was_changed_again_since_stays(salon, dana):
    first = set_interval(salon, 15)
    set_interval(salon, 30)

    answer = dana.post(f"/history/{first.transaction}/undo/", follow=True)

    assert "מאז היה שינוי נוסף" in text_of(answer)
    with for_business(salon):
        assert BusinessSettings.objects.get().slot_size_min == 30


def test_a_deleted_window_comes_back_as_it_was(salon):
    monday = OpeningHoursFactory(business=salon, weekday=1, opens=time(10), closes=time(20))
    with for_business(salon):
        OpeningHours.objects.all().delete()

    put_back(salon, changes_of(salon, "booking_openinghours")[-1])

    with for_business(salon):
        back = OpeningHours.objects.get()
    assert (back.pk, back.weekday, back.opens, back.closes) == (monday.pk, 1, time(10), time(20))


def test_a_window_does_not_come_back_over_a_newer_one(salon):
    OpeningHoursFactory(business=salon, weekday=1, opens=time(10), closes=time(20))
    with for_business(salon):
        OpeningHours.objects.all().delete()
    removed = changes_of(salon, "booking_openinghours")[-1]
    OpeningHoursFactory(business=salon, weekday=1, opens=time(12), closes=time(14))

    with pytest.raises(NotUndone, match="לא מתאים"):
        put_back(salon, removed)


def test_a_new_closure_is_taken_away_again(salon):
    ClosureFactory(business=salon, on_date=date(2026, 12, 5))

    put_back(salon, changes_of(salon, "booking_closure")[-1])

    with for_business(salon):
        assert not Closure.objects.exists()


def test_a_service_in_use_cannot_be_taken_away(salon):
    cut = ServiceFactory(business=salon)
    AppointmentFactory(business=salon, service=cut)
    made = next(change for change in changes_of(salon, "booking_service") if change.row_id == cut.pk)

    with pytest.raises(NotUndone, match="נעשה בזה שימוש"):
        put_back(salon, made)

    with for_business(salon):
        assert Service.objects.filter(pk=cut.pk).exists()


def test_who_may_enter_is_not_undone_from_here(salon, dana):
    joined = changes_of(salon, "crm_membership")[-1]

    answer = dana.post(f"/history/{joined.transaction}/undo/", follow=True)

    assert "אי אפשר להחזיר מכאן" in text_of(answer)


def test_another_business_s_change_is_not_there(salon, dana):
    ruth = BusinessFactory(slug="ruth", with_settings=True)
    change = set_interval(ruth, 15)

    assert dana.post(f"/history/{change.transaction}/undo/").status_code == 404
    assert "הפך ל 15" not in text_of(dana.get("/history/"))
    with for_business(ruth):
        assert BusinessSettings.objects.get().slot_size_min == 15


def test_staff_see_no_history(salon):
    noa = signed_in(salon, Role.STAFF)

    assert noa.get("/history/").status_code == 403
    assert noa.post("/history/1/undo/").status_code == 403


def test_names_with_scripts_stay_text(salon, dana):
    ServiceFactory(business=salon, name="<script>alert(1)</script>")

    assert "<script>alert" not in dana.get("/history/").content.decode()


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, "٣"])
def test_a_page_that_cannot_be_read_is_the_first(salon, dana, before):
    set_interval(salon, 15)

    assert "הפך ל 15" in text_of(dana.get("/history/", {"before": before, "about": "auth_user"}))


def test_many_changes_come_in_pages(salon, dana):
    for minutes in range(5, 5 + 5 * 70, 5):
        set_interval(salon, minutes)

    first = text_of(dana.get("/history/"))

    assert "הפך ל 350" in first
    assert "הפך ל 20 " not in first
    assert "שינויים קודמים" in first


def test_no_table_with_a_business_and_a_form_is_forgotten():
    """Settings are what owners edit in the admin; rows of daily work have histories of their own."""
    daily = {
        *("crm_lead", "crm_leadidentity", "crm_leadtag", "crm_leadmerge", "crm_tag", "crm_activity", "crm_followup"),
        *("crm_savedfilter", "crm_outboxevent", "crm_pendingimport", "crm_settingchange"),
        *("booking_appointment", "booking_appointmentchange", "booking_keptanswer"),
        *("faq_faquse", "faq_unansweredquestion", "faq_faqembedding", "crm_salesdocument"),
        *("whatsapp_conversation", "whatsapp_message", "whatsapp_messagemedia", "whatsapp_flowmessage"),
        *("whatsapp_agentrun", "whatsapp_agenttrace", "whatsapp_approval"),
        *("calls_callsession", "calls_turn", "calls_eventlog", "calls_recording"),
        *("calls_practiceappointment", "crm_preferences", "calls_practicecall"),
    }
    ours = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in ("crm", "booking", "faq", "calls", "whatsapp")
    }
    assert ours - daily == set(WATCHED)


def test_who_gives_a_service_has_a_history_and_comes_back(salon, dana):
    cut, noa = ServiceFactory(business=salon, name="תספורת"), ResourceFactory(business=salon, name="נועה")
    with for_business(salon):
        cut.resources.add(noa)
    [linked] = changes_of(salon, "booking_service_resources")
    assert "נוסף: מי נותן שירות" in text_of(dana.get("/history/"))
    with for_business(salon):
        cut.delete()

    put_back(salon, changes_of(salon, "booking_service")[-1])

    with for_business(salon):
        assert [row.name for row in Service.objects.get(name="תספורת").resources.all()] == ["נועה"]
    assert linked.kind == "INSERT"


def test_what_has_got_something_of_its_own_since_is_not_taken_away(salon):
    noa = ResourceFactory(business=salon, name="נועה")
    made = next(change for change in changes_of(salon, "booking_resource") if change.row_id == noa.pk)
    OpeningHoursFactory(business=salon, resource=noa, weekday=1, opens=time(10), closes=time(14))

    with pytest.raises(NotUndone, match="נעשה בזה שימוש"):
        put_back(salon, made)

    with for_business(salon):
        assert OpeningHours.objects.filter(resource=noa).exists()


def test_with_a_business_its_history_goes(salon):
    OpeningHoursFactory(business=salon, weekday=1, opens=time(10), closes=time(14))
    with for_everyone("a business goes for good"):
        salon.delete()

        assert not SettingChange.objects.exists()


def test_a_row_that_was_taken_out_and_put_in_again_has_changed(salon, dana):
    hours = OpeningHoursFactory(business=salon, weekday=2, opens=time(10), closes=time(20))
    with for_business(salon), transaction.atomic():
        OpeningHours.objects.filter(pk=hours.pk).delete()
        OpeningHours.objects.create(pk=hours.pk, business=salon, weekday=2, opens=time(10), closes=time(14))
        changes = list(SettingChange.objects.order_by("-pk"))

        [item] = entries_of(changes)[0].items

    assert (item.kind, item.name) == ("UPDATE", "שלישי 10:00–14:00")
    assert [(value.before, value.after) for value in item.values] == [("20:00", "14:00")]


def test_a_row_is_called_what_it_was_called_then(salon, dana):
    OpeningHoursFactory(business=salon, weekday=1, opens=time(10), closes=time(20))
    with for_business(salon):
        monday = OpeningHours.objects.get()
        monday.delete()
        OpeningHours.objects.create(pk=monday.pk, business=salon, weekday=1, opens=time(10), closes=time(18))

    page = text_of(dana.get("/history/"))

    assert page.index("10:00–18:00") < page.index("10:00–20:00")


def test_moments_are_told_by_the_clock_of_the_business(salon, dana):
    """A minute before ten in the evening, UTC, is a minute before midnight in Israel."""
    with for_business(salon):
        OwnerRule.objects.create(
            business=salon,
            field="slot_size_min",
            value=15,
            quote="כל רבע שעה",
            is_confirmed=True,
            decided_at=datetime(2026, 11, 20, 21, 59, tzinfo=UTC),
        )

    page = text_of(dana.get("/history/"))

    assert "20/11/2026 23:59" in page
    assert "21:59" not in page


def test_rules_lists_and_people_are_told_in_words(salon, dana):
    week = {"days": {"sun": [["10:00", "14:00"]]}, "only": True}
    noa = UserFactory(username="noa1987", first_name="נועה", last_name="כהן")
    with for_business(salon):
        rule = OwnerRule.objects.create(
            business=salon, field="opening_hours", value=week, quote="ראשון", is_confirmed=True, decided_by=noa
        )
        OwnerRule.objects.filter(pk=rule.pk).update(value=week | {"only": False})
    FaqEntryFactory(business=salon, phrasings=["יש חניה?", "איפה חונים?"])
    BlockedNumberFactory(business=salon, number="+972521234567")

    page = text_of(dana.get("/history/"))

    assert "ראשון 10:00–14:00 בלבד הפך ל ראשון 10:00–14:00" in page
    assert "נועה כהן" in page
    assert "יש חניה?, איפה חונים?" in page
    assert "052-123-4567" in page
    for raw in ("noa1987", "{", "[", "+972"):
        assert raw not in page


def test_every_value_of_the_history_has_a_name_in_words(salon):
    with translation.override("he"):
        for table in WATCHED:
            for label in labels_of(table):
                assert re.search("[א-ת]|^iCalendar", label), (table, label)


def test_a_recorded_line_is_noted_and_its_sound_is_not(salon, dana):
    VoiceClipFactory(business=salon, key="hello", source="captured", text="שלום שלום", audio=b"\x7f" * 160)
    VoiceClipFactory(business=salon, key="bye", source="recorded", text="להתראות", audio=b"\x7f" * 160)
    with for_business(salon):
        VoiceClip.objects.filter(key="bye").update(audio=b"\x01" * 160)
        VoiceClip.objects.filter(key="bye").delete()

    told = changes_of(salon, "calls_voiceclip")
    page = text_of(dana.get("/history/"))

    assert [change.kind for change in told] == ["INSERT", "UPDATE", "DELETE"]
    assert all("7f" not in str(change.before) + str(change.after) for change in told)
    assert "נוסף: משפט מושמע ״ להתראות ״" in page
    assert "הקלטה הוחלף (לא מוצג)" in page
    assert "שלום שלום" not in page
    assert not any(can_undo([change]) for change in told)
