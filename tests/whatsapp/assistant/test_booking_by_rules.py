"""Without a language model: the same dialog as by telephone, in writing."""

from __future__ import annotations

import datetime as dt

import pytest

from booking.models import Resource
from crm.models import FollowUp
from crm.tenancy import for_business
from tests.support.factories import AppointmentFactory, LeadFactory, ServiceFactory
from tests.whatsapp.assistant.conftest import chat_of, salon
from whatsapp.models import Conversation

WEDNESDAY_NOON = dt.datetime(2026, 11, 25, 10, tzinfo=dt.UTC)


def _chair(chat):
    with for_business(chat.business):
        return Resource.objects.get()


def test_an_explicit_request_is_booked_in_one_run(chat):
    told = chat.says("אפשר תור מחר ב-12?")
    assert told == "התור נקבע: מחר (יום ד׳ 25/11) בשעה 12:00, על שם מיכל כהן."
    assert chat.tools() == ["calendar.find_slots", "calendar.create"]
    assert chat.appointments() == [("2026-11-25 12:00", "confirmed", "מיכל כהן")]
    [run] = chat.runs()
    assert (run.engine, run.status, run.answer) == ("rules", "done", told)
    assert chat.sent() == [told]


def test_who_only_asks_whether_it_is_free_is_asked_back(chat):
    assert chat.says("יש תור מחר ב-12?") == "המועד פנוי: מחר (יום ד׳ 25/11) בשעה 12:00. לקבוע?"
    assert chat.appointments() == []
    assert chat.says("כן") == "התור נקבע: מחר (יום ד׳ 25/11) בשעה 12:00, על שם מיכל כהן."


def test_name_and_number_are_asked_for_where_they_are_unknown(db):
    chat = chat_of(salon(), name="", phone="")
    assert chat.says("אפשר תור מחר ב-12?") == "המועד פנוי: מחר (יום ד׳ 25/11) בשעה 12:00. לקבוע?"
    assert chat.says("כן") == "על איזה שם לרשום את התור?"
    assert chat.says("נועה לוי") == "לאיזה מספר טלפון לרשום את התור?"
    assert chat.says("123") == "לאיזה מספר טלפון לרשום את התור?"
    told = chat.says("", kind="contact", data={"contacts": [{"name": "נועה", "phones": ["+972521234567"]}]})
    assert told == "התור נקבע: מחר (יום ד׳ 25/11) בשעה 12:00, על שם נועה לוי."
    assert chat.fresh().lead.phone == "+972521234567"


def test_a_day_alone_brings_times_and_an_hour_alone_books(chat):
    assert chat.says("שלום") == "שלום, כאן המספרה של דנה. אפשר לקבוע תור, להעביר או לבטל אותו, או לשאול שאלה."
    assert chat.says("אפשר תור?") == "לאיזה יום ושעה לקבוע?"
    assert chat.says("מחר") == "יש מקום מחר (יום ד׳ 25/11) בשעה 09:00, 11:00 או 13:00. מה מתאים?"
    assert chat.says("ב-12") == "התור נקבע: מחר (יום ד׳ 25/11) בשעה 12:00, על שם מיכל כהן."
    assert chat.says("תודה רבה") == "בשמחה."


def test_a_taken_time_is_refused_with_two_others_and_one_of_them_is_booked(chat):
    other = LeadFactory(business=chat.business)
    AppointmentFactory(
        business=chat.business,
        lead=other,
        resource=_chair(chat),
        starts_at=WEDNESDAY_NOON,
        ends_at=WEDNESDAY_NOON + dt.timedelta(hours=1),
    )
    assert chat.says("אפשר תור מחר ב-12?") == (
        "המועד הזה תפוס. יש מקום מחר (יום ד׳ 25/11) בשעה 11:00 או 13:00. מה מתאים?"
    )
    assert chat.says("השני") == "התור נקבע: מחר (יום ד׳ 25/11) בשעה 13:00, על שם מיכל כהן."


def test_closed_hours_and_past_times_are_said_as_such(chat):
    assert chat.says("אפשר תור מחר ב-22:00?").startswith("השעה הזאת מחוץ לשעות הפעילות. יש מקום")
    assert chat.says("אפשר תור היום ב-9:00?") == "השעה הזאת כבר עברה. מתי עוד נוח?"


def test_the_service_is_asked_for_and_named(chat):
    ServiceFactory(business=chat.business, name="תספורת גברים", slug="men", duration_min=60)
    ServiceFactory(business=chat.business, name="תספורת ילדים", slug="kids", duration_min=60)
    assert chat.says("אפשר לקבוע תספורת מחר ב-12?") == "לאיזה שירות לקבוע: תספורת גברים או תספורת ילדים?"
    assert chat.says("ילדים") == "התור נקבע: תספורת ילדים, מחר (יום ד׳ 25/11) בשעה 12:00, על שם מיכל כהן."


def test_an_appointment_is_moved_and_cancelled(chat):
    chat.says("אפשר תור מחר ב-12?")
    assert chat.says("אפשר להזיז את התור ליום חמישי ב-17:00?") == "התור הועבר ליום ה׳ 26/11 בשעה 17:00."
    assert chat.says("רוצה לבטל את התור") == "לבטל את התור של יום ה׳ 26/11 בשעה 17:00?"
    assert chat.says("👍") == "התור של יום ה׳ 26/11 בשעה 17:00 בוטל."
    assert chat.appointments() == [("2026-11-26 17:00", "cancelled", "מיכל כהן")]


def test_an_appointment_that_was_made_by_phone_is_found(chat):
    AppointmentFactory(business=chat.business, lead=chat.lead, starts_at=WEDNESDAY_NOON, resource=_chair(chat))
    assert chat.says("אני צריכה לבטל את התור שלי") == "לבטל את התור של מחר (יום ד׳ 25/11) בשעה 12:00?"
    assert chat.says("לא") == "התור נשאר כמו שהיה. אפשר לעזור בעוד משהו?"
    assert chat.appointments()[0][1] == "confirmed"


@pytest.mark.parametrize("phone", ["+972529990001", ""])
def test_a_number_that_is_merely_typed_opens_nobodys_appointments(db, phone):
    chat = chat_of(salon(), phone=phone)
    dana = LeadFactory(business=chat.business, name="דנה לוי", phone="+972521112222")
    AppointmentFactory(business=chat.business, lead=dana, starts_at=WEDNESDAY_NOON, resource=_chair(chat))
    assert chat.says("לבטל את התור שלי") == "לא נמצא כאן תור שלך. להעביר את הבקשה לצוות?"
    chat.says("052-111-2222")
    chat.says("לבטל את התור של 052-111-2222 מחר ב-12")
    chat.says("כן")
    assert chat.appointments() == [("2026-11-25 12:00", "confirmed", "דנה לוי")]
    assert not any("12:00" in text for text in chat.sent())


def test_who_has_that_very_time_is_told_so(chat):
    AppointmentFactory(business=chat.business, lead=chat.lead, starts_at=WEDNESDAY_NOON, resource=_chair(chat))
    assert chat.says("אפשר תור מחר ב-12?") == "כבר רשום לך תור למחר (יום ד׳ 25/11) בשעה 12:00, על שם מיכל כהן."
    assert len(chat.appointments()) == 1


def test_a_second_appointment_is_a_wish_of_its_own(chat):
    chat.says("אפשר תור מחר ב-12?")
    assert chat.says("אפשר עוד תור מחר ב-15:00?") == "התור נקבע: מחר (יום ד׳ 25/11) בשעה 15:00, על שם מיכל כהן."
    assert len(chat.appointments()) == 2


def test_a_wish_for_a_person_hands_the_conversation_over(chat):
    assert chat.says("אפשר לדבר עם נציג?") == "אעביר את זה לצוות, ויחזרו אליך כאן."
    assert chat.fresh().state == Conversation.State.WAITING
    with for_business(chat.business):
        assert FollowUp.objects.get(lead=chat.lead).reason == "הודעה מלקוח: ״אפשר לדבר עם נציג?״"
    assert chat.says("הלו?") == ""


def test_what_nobody_told_us_is_passed_on_while_the_assistant_stays(chat):
    assert chat.says("יש אצלכם צבע אורגני?") == "אעביר את זה לצוות, ויחזרו אליך כאן."
    assert chat.fresh().state == Conversation.State.ASSISTANT
    assert chat.says("אפשר תור מחר ב-12?").startswith("התור נקבע")


def test_hours_and_prices_are_what_the_business_states(priced):
    assert priced.says("מה שעות הפתיחה?") == "שעות הפתיחה: כל יום 09:00–20:00."
    assert priced.says("כמה עולה תספורת?") == "תספורת: 80 ₪"


def test_the_dialog_is_forgotten_after_a_day_of_silence(chat):
    chat.says("אפשר תור?")
    chat.now += dt.timedelta(hours=25)
    assert chat.says("דנה").startswith("אפשר לקבוע כאן תור")


def test_a_dialog_that_cannot_be_told_again_begins_anew(chat):
    chat.says("אפשר תור?")
    with for_business(chat.business):
        Conversation.objects.update(dialog=[{"nonsense": 1}, {"what": "read"}])
    assert chat.says("אפשר תור מחר ב-12?").startswith("התור נקבע")


def test_who_writes_english_is_answered_in_english(chat):
    assert chat.says("Can I book tomorrow at 12:00?") == (
        "The appointment is booked: tomorrow (Wednesday 25/11) at 12:00, for מיכל כהן."
    )
    assert chat.says("I want to cancel my appointment") == (
        "Shall the appointment of tomorrow (Wednesday 25/11) at 12:00 be cancelled?"
    )


def test_opting_out_is_honoured_and_answers_go_on(chat):
    assert chat.says("הסר") == "בסדר, לא יישלחו עוד הודעות. אפשר לכתוב לנו כאן בכל עת."
    assert chat.fresh().opted_out_at is not None
    assert chat.says("אפשר תור מחר ב-12?").startswith("התור נקבע")


def test_a_part_of_the_day_brings_times_of_it(chat):
    chat.says("רוצה לקבוע תור")
    assert chat.says("יום חמישי בערב") == "יש מקום ביום ה׳ 26/11 בשעה 17:00, 18:00 או 19:00. מה מתאים?"
    assert chat.says("שש").startswith("התור נקבע: ביום ה׳ 26/11 בשעה 18:00")


def test_own_appointments_are_told(chat):
    assert chat.says("מתי התור שלי?") == "לא נמצא כאן תור שלך."
    AppointmentFactory(business=chat.business, lead=chat.lead, starts_at=WEDNESDAY_NOON, resource=_chair(chat))
    assert chat.says("מתי התור שלי?") == "רשום לך תור למחר (יום ד׳ 25/11) בשעה 12:00, על שם מיכל כהן."


def test_what_says_something_and_is_not_understood_reaches_the_staff(chat):
    assert chat.says("אני מאחרת בעשר דקות") == "אעביר את זה לצוות, ויחזרו אליך כאן."
    with for_business(chat.business):
        assert FollowUp.objects.get(lead=chat.lead).reason == "הודעה מלקוח: ״אני מאחרת בעשר דקות״"


def test_after_midnight_tomorrow_is_asked_about(chat):
    chat.now = dt.datetime(2026, 11, 24, 23, 30, tzinfo=dt.UTC)
    assert chat.says("אפשר תור מחר ב-12?") == "הכוונה למחר (יום ה׳ 26/11) בשעה 12:00?"
    assert chat.says("לא") == "הכוונה להיום (יום ד׳ 25/11) בשעה 12:00?"
    assert chat.says("כן") == "המועד פנוי: היום (יום ד׳ 25/11) בשעה 12:00. לקבוע?"
    assert chat.says("כן").startswith("התור נקבע: היום (יום ד׳ 25/11) בשעה 12:00")


def test_who_changes_their_mind_after_the_booking_is_asked_before_it_moves(chat):
    chat.says("אפשר תור מחר ב-12?")
    told = chat.says("לא רגע, ב-14")
    assert told == "להעביר את התור של מחר (יום ד׳ 25/11) בשעה 12:00 למחר (יום ד׳ 25/11) בשעה 14:00?"
    assert chat.says("כן") == "התור הועבר למחר (יום ד׳ 25/11) בשעה 14:00."


def test_an_appointment_for_a_child_is_under_the_childs_name(chat):
    told = chat.says("תור מחר 16:00 בבקשה, זה עבור הבן שלי יואב")
    assert told == "התור נקבע: מחר (יום ד׳ 25/11) בשעה 16:00, על שם יואב."
