"""What the owner learns about her calls, and that nobody else does."""

from __future__ import annotations

import datetime as dt
import io

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from openpyxl import load_workbook

from agentlocator.insights.figures import insights_of
from agentlocator.insights.period import period_of
from agentlocator.insights.questions import grouped
from calls.models import CallSession
from crm.models import Business, Role
from crm.tenancy import for_business
from tests.support.factories import NOW, BusinessFactory, CallSessionFactory, TurnFactory
from tests.support.pages import signed_in, text_of

BOOKED, ANSWERED = CallSession.Outcome.BOOKED, CallSession.Outcome.ANSWERED
AN_HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def at_ten_on_tuesday():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def salon(db: None) -> Business:
    return BusinessFactory(slug="dana", with_settings=True)


def calls(salon: Business, count: int, *, ago: dt.timedelta = AN_HOUR, **facts: object) -> list[CallSession]:
    return [
        CallSessionFactory(business=salon, started_at=NOW - ago, **({"outcome": ANSWERED} | facts))
        for _ in range(count)
    ]


def seen(salon: Business, days: str = "30", *, practice: bool = False):
    with for_business(salon):
        return insights_of(period_of(days, now=NOW, zone=salon.timezone), zone=salon.timezone, practice=practice)


def test_calls_are_compared_with_the_time_before(salon):
    calls(salon, 12)
    calls(salon, 12, outcome=BOOKED)
    calls(salon, 20, ago=dt.timedelta(days=35))

    page = text_of(signed_in(salon).get("/insights/"))

    assert "שיחות 24 +20% מול התקופה הקודמת" in page
    assert "הסתיימו בתור 50% 12 +50 נקודות אחוז" in page


def test_a_handful_of_calls_says_no_percentages(salon):
    calls(salon, 6, outcome=BOOKED)

    page = text_of(signed_in(salon).get("/insights/"))

    assert "אחרי 20 שיחות יופיעו כאן השוואות. עד עכשיו הגיעו 6." in page
    assert "100%" not in page


def test_practice_calls_count_only_where_nobody_else_answers(salon):
    calls(salon, 3, is_practice=True)
    calls(salon, 2, is_practice=True, from_browser=True)

    assert seen(salon).now.calls == 0
    assert seen(salon, practice=True).now.calls == 3


def test_hours_and_days_are_those_of_the_business(salon):
    calls(salon, 2, ago=dt.timedelta(hours=10))  # Tuesday 00:00 in Israel, Monday 22:00 in UTC

    found = seen(salon)

    assert found.hours == {(2, 0): 2}
    assert [(day.on_date, day.calls) for day in found.days if day.calls] == [(dt.date(2026, 11, 24), 2)]
    assert len(found.days) == 30


def test_response_times_and_silences(salon):
    call = calls(salon, 1, dead_air_ms=4200, false_claims=2)[0]
    for index, total in enumerate((1000, 2000, 3000)):
        TurnFactory(business=salon, call=call, index=index, speaker="caller", metrics={"TOTAL_LATENCY_MS": total})

    found = seen(salon)

    assert found.latency.total is not None
    assert (found.latency.total.usual_ms, found.latency.total.slowest_ms) == (2000, 2900)
    assert (found.now.longest_silence_ms, found.now.silent_calls) == (4200, 1)
    assert (found.now.corrections, found.now.corrected_calls) == (2, 1)


def test_refused_times_are_counted_by_their_reason(salon):
    call = calls(salon, 1)[0]
    for index, reason in enumerate(("off_grid", "slot_taken", "off_grid")):
        text = f"[SERVER] slot_unavailable: 2026-11-24 18:15; reason={reason}; alternatives="
        TurnFactory(business=salon, call=call, index=index, speaker="server", text=text)

    assert seen(salon).refusals == {"off_grid": 2, "slot_taken": 1}
    page = text_of(signed_in(salon).get("/insights/"))
    assert "מועדים שסורבו 3: 2 לא בשעה שנקבעים בה תורים, 1 תפוסים" in page


def test_what_was_passed_on_to_the_staff_is_an_unanswered_question(salon):
    for call, asked in zip(calls(salon, 2), ("יש לכם חניה?", "שלום, רציתי לשאול, יש לכם חניה"), strict=True):
        TurnFactory(business=salon, call=call, index=0, speaker="caller", text=asked)
        TurnFactory(business=salon, call=call, index=1, speaker="assistant", text="אעביר את הפרטים לנציג.")

    (question,) = seen(salon).questions

    assert (question.times, "חניה" in question.text) == (2, True)


def test_what_comes_after_the_period_is_in_none_of_its_figures(salon):
    call = calls(salon, 1, ago=-AN_HOUR)[0]
    refused = "[SERVER] slot_unavailable: 2026-11-24 18:15; reason=off_grid; alternatives="
    said = (("caller", "יש לכם חניה?"), ("assistant", "אעביר את הפרטים לנציג."), ("server", refused))
    for index, (speaker, text) in enumerate(said):
        TurnFactory(business=salon, call=call, index=index, speaker=speaker, text=text)

    found = seen(salon)

    assert (found.now.calls, found.refusals, found.questions) == (0, {}, [])


def test_questions_that_say_nothing_are_no_questions():
    assert grouped([("שלום", NOW, "CA1"), ("?", NOW, "CA2")]) == []


def test_a_question_with_a_script_stays_text(salon):
    call = calls(salon, 1)[0]
    TurnFactory(business=salon, call=call, index=0, speaker="caller", text="<script>alert(1)</script> מה זה?")
    TurnFactory(business=salon, call=call, index=1, speaker="assistant", text="אעביר את הפרטים לנציג.")

    page = signed_in(salon).get("/insights/").content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("days", ["", "0", "31", "-1", "9" * 30, "9" * 5000, "٣٠", "<x>"])
def test_a_period_that_is_not_offered_is_the_usual_one(days):
    assert period_of(days, now=NOW, zone=dt.UTC).days == 30


def test_staff_see_no_cost_and_take_no_file_away(salon):
    calls(salon, 20, cost_microusd=190_000)
    dana, noa = signed_in(salon), signed_in(salon, Role.STAFF)

    assert "$0.19" in text_of(dana.get("/insights/"))
    assert "$" not in text_of(noa.get("/insights/"))
    assert noa.get("/insights/insights.xlsx").status_code == 403
    assert Client().get("/insights/insights.xlsx").status_code == 302


def file_of(client: Client, days: int = 7) -> dict[str, list[tuple[object, ...]]]:
    """The sheets by title, each with its headings first."""
    answer = client.get(f"/insights/insights.xlsx?days={days}")
    book = load_workbook(io.BytesIO(answer.content))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}


def test_the_file_has_every_figure_of_the_page(salon):
    booked = calls(salon, 3, outcome=BOOKED, cost_microusd=250_000, dead_air_ms=1500)
    silent = calls(salon, 1, dead_air_ms=4200, false_claims=2, cost_microusd=250_000, ago=2 * AN_HOUR)[0]
    for index, total in enumerate((1000, 2000, 3000)):
        TurnFactory(business=salon, call=booked[0], index=index, speaker="caller", metrics={"TOTAL_LATENCY_MS": total})
    TurnFactory(business=salon, call=silent, index=0, speaker="caller", text="=1+1 יש חניה?")
    TurnFactory(business=salon, call=silent, index=1, speaker="assistant", text="אעביר את הפרטים לנציג.")
    TurnFactory(
        business=salon, call=silent, index=2, speaker="server", text="[SERVER] slot_unavailable: reason=closed_day"
    )

    sheets = file_of(signed_in(salon))

    assert list(sheets) == ["סיכום", "לפי יום", "איך הסתיימו השיחות", "מתי מתקשרים", "שאלות ללא מענה", "מועדים שסורבו"]
    short = {row[0]: row[1:] for row in sheets["סיכום"][1:]}
    assert short["שיחות"] == (4, 0)
    assert short["תורים שנקבעו"] == (3, 0)
    assert short["הסתיימו בתור (%)"] == (75, 0)
    assert short["זמן תגובה רגיל (מ״ש)"][0] == 2000
    assert short["ב־95% מהפעמים עד (מ״ש)"][0] == 2900
    assert short["תיקונים"] == (2, 0)
    assert short["השקט הארוך ביותר (אלפיות שנייה)"] == (4200, 0)
    assert short["שיחות עם שקט של יותר מ־4 שניות"] == (1, 0)
    assert short["עלות ($)"] == (1.0, 0)
    assert short["עלות לשיחה ($)"] == (0.25, 0)
    days = sheets["לפי יום"]
    assert len(days) == 1 + 7
    assert str(days[-1][0]) == "2026-11-24 00:00:00"
    assert days[-1][1:] == (4, 3, 2000, 2900, 1500, 4200, 1, 2, 1.0)
    assert days[1][1:3] == (0, 0)
    assert sheets["איך הסתיימו השיחות"][1:] == [("נקבע תור", 3, 75), ("נמסר מידע", 1, 25)]
    assert len(sheets["מתי מתקשרים"]) == 1 + 7
    assert sum(cell for row in sheets["מתי מתקשרים"][1:] for cell in row[1:] if isinstance(cell, int)) == 4
    assert sheets["שאלות ללא מענה"][1][:2] == ("=1+1 יש חניה?", 1)  # text, no formula
    assert sheets["מועדים שסורבו"][1:] == [("ביום סגור", 1)]


def test_an_empty_file_is_a_file(salon):
    sheets = file_of(signed_in(salon))

    assert sheets["סיכום"][1][:2] == ("שיחות", 0)
    assert len(sheets["איך הסתיימו השיחות"]) == 1


def test_silences_have_their_days(salon):
    calls(salon, 2, dead_air_ms=1000)
    calls(salon, 1, dead_air_ms=5000)
    calls(salon, 1, dead_air_ms=800, ago=dt.timedelta(days=2))

    today, before = seen(salon, "7").days[-1], seen(salon, "7").days[-2]

    assert (today.usual_silence_ms, today.longest_silence_ms, today.silent_calls) == (1000, 5000, 1)
    assert (before.usual_silence_ms, before.longest_silence_ms) == (None, None)
    page = signed_in(salon).get("/insights/?days=7").content.decode()
    assert 'id="silences-by-day"' in page
    assert '"longest": [null, null, null, null, 0.8, null, 5.0]' in page


def test_another_business_s_calls_are_not_counted(salon):
    next_door = BusinessFactory(slug="ruth")
    calls(next_door, 25, outcome=BOOKED, cost_microusd=1_000_000)

    assert "אחרי 20 שיחות" in text_of(signed_in(salon).get("/insights/"))
    assert seen(salon).outcomes == {}


def test_strangers_sign_in_first(salon):
    assert Client().get("/insights/").status_code == 302


@pytest.mark.parametrize("rows", [1, 30])
def test_the_number_of_queries_does_not_grow_with_the_calls(salon, rows, django_assert_max_num_queries):
    for call in calls(salon, rows):
        TurnFactory(business=salon, call=call, index=0, speaker="caller", text="יש חניה?")
        TurnFactory(business=salon, call=call, index=1, speaker="assistant", text="אעביר את הפרטים לנציג.")
    dana = signed_in(salon)

    with django_assert_max_num_queries(24):
        assert dana.get("/insights/").status_code == 200
