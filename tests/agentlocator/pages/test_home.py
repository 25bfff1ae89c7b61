"""The home page: who answers, what waits for a person, today's appointments, figures, and the first steps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from calls.models import CallSession, Turn
from crm.models import Business, FollowUp, Medium, Role
from crm.tenancy import for_business
from tests.support.factories import (
    NOW,
    ActivityFactory,
    AppointmentFactory,
    ApprovalFactory,
    BusinessFactory,
    CallSessionFactory,
    ConversationFactory,
    FollowUpFactory,
    LeadFactory,
    MembershipFactory,
    OpeningHoursFactory,
    PhoneLineFactory,
    ResourceFactory,
    ServiceFactory,
    TurnFactory,
    TwilioAccountFactory,
)
from tests.support.pages import fields_of, platform_admin, signed_in, text_of

OWNER_BAR = "מצב תרגול: לא הוגדר מפתח לספק הקול, ולכן עונה תחליף מקומי."
STAFF_BAR = "מצב תרגול: עונה תחליף מקומי. שיחות אמיתיות ייענו אחרי שהבעלים יגדירו מפתח."
HX = {"HX-Request": "true"}
_Outcome = CallSession.Outcome


@pytest.fixture(autouse=True)
def _ten_on_tuesday() -> Iterator[None]:
    """24/11/2026, ten in the morning, when the salon has just opened."""
    with time_machine.travel(NOW, tick=False):
        yield


def test_strangers_are_sent_to_sign_in(db: None, client: Client) -> None:
    response = client.get("/")

    assert response.status_code == 302
    assert response["Location"].endswith("/login/?next=/")


# --- who answers -------------------------------------------------------------------------------------
def test_dana_is_greeted_and_told_that_the_assistant_answers(dana: Client) -> None:
    page = text_of(dana.get("/"))

    assert "בוקר טוב, דנה" in page
    assert "יום ג׳ 24/11/2026 · פתוח עד 20:00" in page
    assert "העוזר עונה לשיחות ב־ 03-333-4444" in page


def test_a_paused_business_says_what_callers_hear_and_how_to_go_on(salon: Business, dana: Client, noa: Client) -> None:
    TurnFactory(business=salon, call=CallSessionFactory(business=salon), speaker="assistant")
    ServiceFactory(business=salon)
    Business.objects.update(is_active=False)

    page = text_of(dana.get("/"))

    assert "המענה מושהה." in page
    assert "הפעלה מחדש" in page
    assert "צעדים" not in page
    assert "העוזר עונה לשיחות" not in page
    assert "הפעלה מחדש" not in text_of(noa.get("/"))


def test_a_call_that_could_not_reach_the_provider_is_told_for_a_while(salon: Business, dana: Client) -> None:
    lost = CallSessionFactory(
        business=salon, end_reason="the provider is unreachable", started_at=NOW - timedelta(minutes=20)
    )
    page = dana.get("/")
    assert "לא היה חיבור לספק הקול" in text_of(page)
    assert f"/calls/{lost.call_sid}/" in page.content.decode()

    CallSessionFactory(business=salon, started_at=NOW - timedelta(minutes=5))

    assert "לא היה חיבור לספק הקול" not in text_of(dana.get("/"))


def test_with_real_calls_and_no_key_the_assistant_does_not_answer(settings: Settings, dana: Client) -> None:
    settings.TWILIO_AUTH_TOKEN = "token"

    assert "העוזר לא עונה: לא הוגדר מפתח לספק הקול." in text_of(dana.get("/"))


def test_calls_on_the_line_are_a_link_to_watch_them(salon: Business, dana: Client) -> None:
    for _call in range(2):
        CallSessionFactory(business=salon, status=CallSession.Status.IN_PROGRESS, started_at=NOW)

    page = text_of(dana.get("/"))

    assert "2 שיחות פעילות עכשיו · לצפייה" in page


# --- what waits --------------------------------------------------------------------------------------
def test_what_is_late_and_due_today_waits_with_its_action(salon: Business, next_door: Business, dana: Client) -> None:
    yossi = LeadFactory(business=salon, name="יוסי כהן", phone="+972540000382")
    FollowUpFactory(business=salon, lead=yossi, reason="לחזור בעניין החלקה", due_at=NOW - timedelta(minutes=20))
    FollowUpFactory(business=salon, lead=yossi, reason="להזמין צבע", due_at=NOW + timedelta(hours=2))
    FollowUpFactory(business=salon, lead=yossi, reason="מחר", due_at=NOW + timedelta(days=1))
    FollowUpFactory(business=salon, lead=yossi, reason="כבר בוצע", due_at=NOW, done_at=NOW)
    FollowUpFactory(business=next_door, reason="של רות", due_at=NOW)

    response = dana.get("/")
    page = text_of(response)

    assert "מחכה לטיפול 2" in page
    assert page.index("באיחור של 20 דק׳") < page.index("עד 12:00")
    assert 'href="tel:+972540000382"' in response.content.decode()
    for absent in ("לחזור ללקוחה", "מחר", "כבר בוצע", "של רות"):
        assert absent not in page


def test_staff_see_their_own_and_what_is_nobodys(salon: Business, dana: Client, noa: Client) -> None:
    noa_id, dana_id = noa.session["_auth_user_id"], dana.session["_auth_user_id"]
    FollowUpFactory(business=salon, reason="לקנות שמפו", due_at=NOW, assigned_to_id=noa_id)
    FollowUpFactory(business=salon, reason="לשלם לספק", due_at=NOW, assigned_to_id=dana_id)
    FollowUpFactory(business=salon, reason="להזמין צבע", due_at=NOW)

    page = text_of(noa.get("/"))

    assert "לקנות שמפו" in page
    assert "להזמין צבע" in page
    assert "לשלם לספק" not in page
    assert "לקנות שמפו" in text_of(dana.get("/"))


def test_a_correction_is_read_in_its_call_first(salon: Business, dana: Client) -> None:
    FollowUpFactory(
        business=salon, reason="בשיחה נאמר דבר לא מדויק", due_at=NOW, call_sid="CA1", key="false-claim:CA1:price"
    )

    page = text_of(dana.get("/"))

    assert "לשיחה" in page
    assert "חיוג" not in page


def test_a_caller_who_hung_up_can_be_called_back_or_taken_off_the_list(salon: Business, dana: Client) -> None:
    gone = {"outcome": _Outcome.ABANDONED, "duration_s": 4, "started_at": NOW - timedelta(minutes=30)}
    call = CallSessionFactory(business=salon, from_number="+972500000914", **gone)
    CallSessionFactory(business=salon, from_number="anonymous", **gone)
    assert text_of(dana.get("/")).count("שיחה נותקה אחרי 4 שניות") == 1

    answer = dana.post(f"/waiting/{call.call_sid}/seen-to/", headers=HX)

    assert answer.status_code == 204
    assert "follow-ups" in answer["HX-Trigger"]
    assert "הכול טופל" in text_of(dana.get("/waiting/"))
    with for_business(salon):
        kept = FollowUp.objects.get(call_sid=call.call_sid)
    assert kept.done_by is not None

    dana.post(f"/follow-ups/{kept.pk}/undo/")

    assert "לחזור למתקשר שניתק מיד" in text_of(dana.get("/waiting/"))


def test_who_called_again_and_was_answered_waits_for_nothing(salon: Business, dana: Client) -> None:
    early, late = NOW - timedelta(minutes=30), NOW - timedelta(minutes=10)
    CallSessionFactory(business=salon, outcome=_Outcome.ABANDONED, started_at=early)
    CallSessionFactory(business=salon, outcome=_Outcome.BOOKED, started_at=late)

    assert "הכול טופל" in text_of(dana.get("/waiting/"))


def test_another_business_has_no_say_in_what_waits(salon: Business, next_door: Business, dana: Client) -> None:
    theirs = CallSessionFactory(business=next_door, outcome=_Outcome.ABANDONED)

    assert dana.post(f"/waiting/{theirs.call_sid}/seen-to/").status_code == 404


# --- the day -----------------------------------------------------------------------------------------
def test_todays_appointments_stand_with_the_free_time_between_them(
    salon: Business, next_door: Business, dana: Client
) -> None:
    chair = ResourceFactory(business=salon)
    cut = ServiceFactory(business=salon)
    for name, hours in (("סיגל", -1), ("מיכל", 0), ("איתי", 4)):
        person = LeadFactory(business=salon, name=name)
        AppointmentFactory(
            business=salon, lead=person, resource=chair, service=cut, starts_at=NOW + timedelta(hours=hours)
        )
    AppointmentFactory(business=salon, lead=LeadFactory(business=salon, name="מחר"), starts_at=NOW + timedelta(days=1))
    AppointmentFactory(business=next_door, lead=LeadFactory(business=next_door, name="שכנה"), starts_at=NOW)

    page = text_of(dana.get("/"))

    assert "09:00 סיגל · תספורת" in page
    assert "10:00 מיכל · תספורת (עכשיו)" in page
    assert "פנוי 10:30–14:00" in page
    assert "פנוי 14:30–20:00" in page
    assert "שכנה" not in page
    assert "מחר" not in page


def test_a_time_that_a_call_only_holds_is_no_appointment_of_today(salon: Business, dana: Client) -> None:
    soon = NOW + timedelta(seconds=90)
    held = {"status": "held", "held_until": soon, "lead": None, "customer_name": "", "customer_phone": ""}
    AppointmentFactory(business=salon, starts_at=NOW + timedelta(hours=2), **held)

    page = text_of(dana.get("/"))

    assert "אין תורים היום" in page
    assert "12:00" not in page


def test_a_quiet_day_says_so(dana: Client) -> None:
    page = text_of(dana.get("/"))

    assert "אין תורים היום" in page
    assert "עוד לא הגיעו שיחות" in page
    assert "ברגע שמישהו יתקשר ל־ 03-333-4444 השיחה תופיע כאן." in page
    assert "הכול טופל" in page


# --- figures -----------------------------------------------------------------------------------------
def _calls_on_tuesdays(salon: Business, counts: list[int]) -> None:
    """At nine in the morning of the weeks before, newest first."""
    for week, count in enumerate(counts, start=1):
        for _call in range(count):
            CallSessionFactory(business=salon, started_at=NOW - timedelta(weeks=week, hours=1))


def test_today_is_compared_with_a_usual_day_of_that_weekday_until_this_hour(salon: Business, dana: Client) -> None:
    _calls_on_tuesdays(salon, [2, 3, 2, 9])
    CallSessionFactory(business=salon, started_at=NOW - timedelta(weeks=1, hours=-3))  # later that day
    CallSessionFactory(business=salon, started_at=NOW - timedelta(days=1))  # another weekday
    for _call in range(6):
        CallSessionFactory(business=salon, started_at=NOW - timedelta(minutes=30))
    ActivityFactory(business=salon, kind="appointment.created", medium=Medium.STAFF, occurred_at=NOW)

    page = text_of(dana.get("/"))

    assert "בהשוואה לרגיל ביום ג׳" in page
    assert "שיחות 6 4 יותר מהרגיל" in page  # 2, 3, 2 and 9 are usually two and a half
    assert "תורים שנקבעו 1 כרגיל" in page


def test_with_fewer_than_three_such_days_nothing_is_compared(salon: Business, dana: Client) -> None:
    _calls_on_tuesdays(salon, [4, 4])
    CallSessionFactory(business=salon, started_at=NOW)

    page = text_of(dana.get("/"))

    assert "בהשוואה" not in page
    assert "כרגיל" not in page


def test_calls_held_in_the_practice_page_count_nowhere(salon: Business, dana: Client) -> None:
    CallSessionFactory(business=salon, started_at=NOW, from_browser=True, is_practice=True, summary="רק ניסיון")

    page = text_of(dana.get("/"))

    assert "רק ניסיון" not in page
    assert "שיחות 0" in page
    assert "לא היו שיחות בשבעת הימים האחרונים." in page


def test_the_feed_tells_calls_and_what_staff_booked(salon: Business, next_door: Business, dana: Client) -> None:
    tamar = LeadFactory(business=salon, name="תמר חזן")
    CallSessionFactory(business=salon, lead=tamar, outcome=_Outcome.ANSWERED, summary="שאלה על חניה", started_at=NOW)
    ActivityFactory(
        business=salon,
        lead=tamar,
        kind="appointment.rescheduled",
        medium=Medium.STAFF,
        text="התור הועבר ליום ה׳",
        occurred_at=NOW,
    )
    ActivityFactory(business=salon, lead=tamar, kind="note", medium=Medium.STAFF, text="הערה פנימית", occurred_at=NOW)
    CallSessionFactory(business=next_door, summary="שיחה של רות")

    page = text_of(dana.get("/"))

    assert "שאלה על חניה" in page
    assert "התור הועבר ליום ה׳" in page
    assert "הערה פנימית" not in page
    assert "שיחה של רות" not in page


def test_the_week_has_shares_only_from_twenty_calls_on(salon: Business, dana: Client) -> None:
    for number in range(19):
        call = CallSessionFactory(
            business=salon, started_at=NOW - timedelta(hours=number), outcome=_Outcome.BOOKED, false_claims=number % 2
        )
        TurnFactory(business=salon, call=call, speaker=Turn.Speaker.CALLER, metrics={"TOTAL_LATENCY_MS": 1600})
    page = text_of(dana.get("/"))
    assert "19 מתוך 19 שיחות" in page
    assert "1.6 שניות" in page
    assert "ב־9 מתוך 19 שיחות" in page
    assert "%" not in page

    CallSessionFactory(business=salon, started_at=NOW, outcome=_Outcome.ANSWERED)

    assert "95%" in text_of(dana.get("/"))


# --- the first steps ---------------------------------------------------------------------------------
def test_a_new_owner_is_led_through_five_steps(db: None) -> None:
    fresh = BusinessFactory(name="המספרה החדשה", with_settings=True, is_active=False)
    owner = signed_in(fresh)
    page = text_of(owner.get("/"))
    assert "העוזר עוד לא עונה." in page
    assert "חמישה צעדים ואפשר לענות 0 מתוך 5" in page
    assert "קודם מספר טלפון" in page

    OpeningHoursFactory(business=fresh)
    ServiceFactory(business=fresh)
    PhoneLineFactory(business=fresh, number="+97233335555")
    call = CallSessionFactory(business=fresh, from_browser=True)
    TurnFactory(business=fresh, call=call, speaker="caller")
    assert "3 מתוך 5" in text_of(owner.get("/"))  # nobody answered: that was no practice
    TurnFactory(business=fresh, call=call, speaker="assistant")
    page = text_of(owner.get("/"))
    assert "4 מתוך 5" in page
    assert "להפעיל את המענה במספר 03-333-5555 ?" in page

    answer = owner.post("/go-live/", follow=True)

    assert "מעכשיו העוזר עונה." in text_of(answer)
    assert "חמישה צעדים" not in text_of(answer)
    assert Business.objects.get(pk=fresh.pk).is_active


def test_without_a_number_nobody_goes_live(db: None) -> None:
    fresh = BusinessFactory(with_settings=True, is_active=False)
    owner = signed_in(fresh)

    assert "עוד אין מספר טלפון שאפשר לענות לו" in text_of(owner.post("/go-live/", follow=True))
    assert not Business.objects.get(pk=fresh.pk).is_active


def test_staff_neither_set_up_nor_go_live(salon: Business, noa: Client) -> None:
    Business.objects.update(is_active=False)

    assert "צעדים" not in text_of(noa.get("/"))
    assert noa.get("/go-live/").status_code == 403
    assert noa.post("/go-live/").status_code == 403
    assert not Business.objects.get(pk=salon.pk).is_active


def test_going_live_is_asked_without_scripts_too(salon: Business, dana: Client) -> None:
    Business.objects.update(is_active=False)

    page = dana.get("/go-live/")

    assert "להפעיל את המענה במספר 03-333-4444 ?" in text_of(page)
    assert fields_of(page)


# --- all of it ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_queries_does_not_grow_with_the_rows(
    salon: Business, dana: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        lead = LeadFactory(business=salon)
        at = NOW + timedelta(hours=number)
        AppointmentFactory(business=salon, lead=lead, starts_at=at, resource=ResourceFactory(business=salon))
        call = CallSessionFactory(business=salon, lead=lead, started_at=NOW - timedelta(minutes=number))
        TurnFactory(business=salon, call=call, metrics={"TOTAL_LATENCY_MS": 1600})
        gone = {"outcome": _Outcome.ABANDONED, "from_number": f"+97250000000{number}", "started_at": NOW}
        CallSessionFactory(business=salon, lead=lead, **gone)
        FollowUpFactory(business=salon, lead=lead, assigned_to_id=dana.session["_auth_user_id"])
        ActivityFactory(business=salon, lead=lead, kind="appointment.created", medium=Medium.STAFF)
        talk = ConversationFactory(business=salon, lead=lead, state="waiting")
        ApprovalFactory(business=salon, run__conversation=talk)
    dana.get("/")

    with django_assert_num_queries(29):
        dana.get("/")


def test_names_and_reasons_stay_text(salon: Business, dana: Client) -> None:
    evil = LeadFactory(business=salon, name="<script>alert(1)</script>")
    FollowUpFactory(business=salon, lead=evil, reason="<img src=x onerror=alert(1)>", due_at=NOW)
    CallSessionFactory(business=salon, lead=evil, summary="<b>שלום</b>", started_at=NOW)
    AppointmentFactory(business=salon, lead=evil, starts_at=NOW)

    html = dana.get("/").content.decode()

    for markup in ("<script>alert", "<img src=x", "<b>שלום"):
        assert markup not in html


def test_practice_mode_is_shown_to_each_in_their_words(dana: Client, noa: Client, client: Client) -> None:
    assert OWNER_BAR in text_of(dana.get("/"))
    assert STAFF_BAR in text_of(noa.get("/"))
    assert OWNER_BAR in text_of(client.get("/admin/login/", follow=True))
    assert OWNER_BAR in text_of(dana.get("/admin/"))


def test_with_a_key_nothing_is_practised(settings: Settings, dana: Client) -> None:
    settings.PRACTICE_MODE = False

    assert "מצב תרגול" not in text_of(dana.get("/"))


def test_unsigned_webhooks_are_warned_about_until_any_account_has_a_token(
    settings: Settings, salon: Business, dana: Client
) -> None:
    settings.DEBUG = True
    warning = "שיחות מתקבלות בלי לבדוק מי שלח אותן"
    assert warning in text_of(dana.get("/"))

    TwilioAccountFactory(business=salon)

    assert warning not in text_of(dana.get("/"))


def test_dana_switches_between_her_two_businesses(salon: Business, next_door: Business, dana: Client) -> None:
    user_id = dana.session["_auth_user_id"]
    MembershipFactory(user_id=user_id, business=next_door, role=Role.OWNER)
    assert "המספרה של דנה" in text_of(dana.get("/"))

    response = dana.post("/business/", {"business": "ruth"})

    assert response["Location"] == "/"
    assert dana.get("/").context["current_business"].slug == "ruth"


def test_another_ones_business_cannot_be_entered(salon: Business, next_door: Business, dana: Client) -> None:
    assert dana.post("/business/", {"business": "ruth"}).status_code == 404
    assert dana.get("/").context["current_business"].slug == "dana"


def test_the_platform_enters_one_business_at_a_time_and_is_told_so(salon: Business, next_door: Business) -> None:
    admin = platform_admin()
    assert "המספרה של רות" in text_of(admin.get("/"))

    admin.post("/business/", {"business": "ruth"})

    assert "צפייה בעסק המספרה של רות כמנהלי המערכת" in text_of(admin.get("/"))
    admin.post("/business/", {"business": ""})
    assert "צפייה בעסק" not in text_of(admin.get("/"))


def test_a_user_of_no_business_sees_none(salon: Business) -> None:
    lost = signed_in()

    assert "עוד אין כאן עסק" in text_of(lost.get("/"))
    assert "המספרה של דנה" not in text_of(lost.get("/"))


def test_what_customers_wrote_and_what_the_assistant_may_not_do_alone_waits_here(salon: Business, dana: Client) -> None:
    lead = LeadFactory(business=salon, name="יוסי כהן")
    talk = ConversationFactory(business=salon, lead=lead, state="waiting", preview="אפשר לדבר עם מישהו?")
    ApprovalFactory(business=salon, run__conversation=talk)

    page = dana.get("/")

    text = text_of(page)
    assert "פעולה אחת של העוזר ממתינה לאישור" in text
    assert "אפשר לדבר עם מישהו? יוסי כהן" in text
    assert f'href="/inbox/{talk.pk}/"' in page.content.decode()
