"""The list of calls: segments, filters, days, further rows, what is new, saved filters, the file for owners."""

from __future__ import annotations

import io
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from pytest_django.fixtures import Settings

from calls import finding
from calls.models import CallSession
from crm.models import Business, Role, SavedFilter
from crm.tenancy import for_business
from tests.support.calls import a_call, said
from tests.support.factories import NOW, FollowUpFactory, LeadFactory, PromptVersionFactory, SavedFilterFactory
from tests.support.pages import fields_of, platform_admin, signed_in, text_of

HTMX = {"HX-Request": "true"}
Outcome = CallSession.Outcome


@pytest.fixture(autouse=True)
def _real_calls(settings: Settings) -> None:
    settings.PRACTICE_MODE = False


def summaries(response: HttpResponse, *words: str) -> list[str]:
    page = text_of(response)
    return [word for word in words if word in page]


def test_a_row_says_who_how_it_ended_and_how_long(salon: Business, noa: Client) -> None:
    noam = LeadFactory(business=salon, name="נועם שגב", phone="+972520000147")
    call = a_call(salon, lead=noam, outcome=Outcome.BOOKED, false_claims=1, summary="נקבע תור", duration_s=127)

    page = noa.get("/calls/")
    text = text_of(page)

    for part in (
        "היום, יום ג׳ 24/11",
        "10:00",
        "נועם שגב",
        "052-000-0147",
        "נקבע תור",
        "תיקון",
        "2:07",
        "1 היום, 1 ב־7",
    ):
        assert part in text
    assert f'href="/calls/{call.call_sid}/"' in page.content.decode()


def test_days_have_headings_and_the_year_only_where_it_is_another(salon: Business, noa: Client) -> None:
    for days in (0, 1, 2, 400):
        a_call(salon, started_at=NOW - timedelta(days=days))

    text = text_of(noa.get("/calls/"))

    assert [
        part for part in ("היום, יום ג׳ 24/11", "אתמול, יום ב׳ 23/11", "יום א׳ 22/11", "20/10/2025") if part in text
    ]
    assert "אתמול, יום ב׳ 23/11" in text
    assert "20/10/2025" in text


def test_segments_tell_apart_what_needs_a_person(salon: Business, noa: Client) -> None:
    owed = a_call(salon, summary="חוב")
    FollowUpFactory(business=salon, call_sid=owed.call_sid, lead=None)
    settled = a_call(salon, summary="סודר", outcome=Outcome.FAILED)
    FollowUpFactory(business=salon, call_sid=settled.call_sid, lead=None, done_at=NOW)
    a_call(salon, summary="נפלה", outcome=Outcome.FAILED)
    a_call(salon, summary="הוזמן", outcome=Outcome.BOOKED)
    a_call(salon, summary="ניתקו", outcome=Outcome.ABANDONED)
    a_call(salon, summary="עסוק-מאוד", outcome="", status="busy")
    everyone = ("חוב", "סודר", "נפלה", "הוזמן", "ניתקו", "עסוק-מאוד")

    assert summaries(noa.get("/calls/"), *everyone) == list(everyone)
    assert summaries(noa.get("/calls/?show=attention"), *everyone) == ["חוב", "נפלה"]
    assert summaries(noa.get("/calls/?show=booked"), *everyone) == ["הוזמן"]
    assert summaries(noa.get("/calls/?show=unanswered"), *everyone) == ["ניתקו", "עסוק-מאוד"]
    assert "הכול 6 דורשות טיפול 2 נקבע תור 1 בלי מענה 2" in text_of(noa.get("/calls/"))
    assert noa.get("/calls/").content.decode().count('class="att') == 2


def test_filters_narrow_the_list(salon: Business, noa: Client) -> None:
    ron = LeadFactory(business=salon, name="רון")
    version = PromptVersionFactory(business=salon, number=7)
    a_call(salon, summary="היום הזה", end_reason="caller hung up", lead=ron)
    a_call(salon, summary="לפני שבוע", started_at=NOW - timedelta(days=6), outcome=Outcome.MESSAGE)
    a_call(salon, summary="לפני חודש", started_at=NOW - timedelta(days=29), end_reason="provider lost: x")
    a_call(salon, summary="מזמן", started_at=NOW - timedelta(days=90), prompt_version=version)
    every = ("היום הזה", "לפני שבוע", "לפני חודש", "מזמן")

    for query, found in {
        "": every,
        "period=today": every[:1],
        "period=week": every[:2],
        "period=month": every[:3],
        "from=18/11/2026&to=23/11/2026": every[1:2],
        "from=1.10.2026": every[:3],
        "to=2026-10-01": every[3:],
        "outcome=message": every[1:2],
        "ending=the caller hung up": every[:1],
        "ending=a fault of the voice provider": every[2:3],
        f"person={ron.pk}": every[:1],
        f"version={version.pk}": every[3:],
        "person=999999999999": (),
    }.items():
        assert summaries(noa.get(f"/calls/?{query}"), *every) == list(found), query


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("from=מחר", "תאריך נכתב כך: 24/11/2026."),
        ("from=24/11/2026&to=23/11/2026", "היום האחרון מוקדם מהראשון."),
        ("to=24/11/9999", "לא היו שיחות בשנה הזאת."),
        ("show=everything", "everything"),
    ],
)
def test_a_wrong_filter_is_named_and_nothing_else_is_lost(salon: Business, noa: Client, query: str, told: str) -> None:
    a_call(salon, summary="נשארת כאן")
    answer = noa.get(f"/calls/?{query}&outcome=answered", headers=HTMX)

    assert answer.status_code == 422
    assert told in text_of(answer)
    assert "נשארת כאן" in text_of(answer)
    assert fields_of(answer)["outcome"] == "answered"


@pytest.mark.parametrize("query", ["person=9" * 30, "version=-1", "after=x", "after=9" * 40, "q=" + "א" * 200])
def test_a_nonsensical_address_is_no_fault(salon: Business, noa: Client, query: str) -> None:
    assert noa.get(f"/calls/?{query}").status_code in (200, 422)


def test_practice_calls_are_hidden_unless_asked_for_or_all_is_practice(
    salon: Business, noa: Client, settings: Settings
) -> None:
    a_call(salon, summary="ניסוי בלבד", is_practice=True, from_number="client:draft-12")

    assert "ניסוי בלבד" not in text_of(noa.get("/calls/"))
    shown = text_of(noa.get("/calls/?practice=1"))
    assert "ניסוי בלבד" in shown
    assert shown.count("ניסיון") > 2  # the chip's word, the menu's, and the badge
    settings.PRACTICE_MODE = True
    assert "ניסוי בלבד" in text_of(noa.get("/calls/"))
    assert "ניסוי בלבד" not in text_of(noa.get("/calls/?practice=0"))


def test_fifty_rows_and_then_fifty_more(salon: Business, noa: Client) -> None:
    for number in range(120):
        a_call(salon, summary=f"שיחה-{number:03d}", started_at=NOW - timedelta(minutes=number // 2))

    first = noa.get("/calls/?outcome=answered")
    more = first.content.decode().partition('hx-get="/calls/?outcome=answered&amp;after=')[2].partition('"')[0]
    second = noa.get(f"/calls/?outcome=answered&after={more}", headers=HTMX)
    whole = noa.get(f"/calls/?outcome=answered&after={more}")

    assert (first.content.decode().count("data-row"), second.content.decode().count("data-row")) == (50, 50)
    assert "<html" not in second.content.decode()
    shown = [f"שיחה-{number:03d}" for number in range(120)]
    seen = summaries(first, *shown) + summaries(second, *shown)
    assert seen == sorted(set(seen))
    assert len(seen) == 100
    assert "היום, יום ג׳" not in text_of(second)  # its heading stands above already
    assert "לתחילת הרשימה" in text_of(whole)


def test_going_back_gets_the_whole_page(salon: Business, noa: Client) -> None:
    part, back = (
        noa.get("/calls/", headers=HTMX),
        noa.get("/calls/", headers=HTMX | {"HX-History-Restore-Request": "true"}),
    )

    assert ("<html" in part.content.decode(), "<html" in back.content.decode()) == (False, True)
    assert "HX-Request" in part["Vary"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "עוד לא הגיעו שיחות ברגע שמישהו יתקשר ל־ 03-333-4444 השיחה תופיע כאן. לשיחת ניסיון"),
        ("?show=attention", "הכול טופל"),
        ("?show=booked", "אין שיחות כאלה"),
        ("?q=בלורית&period=week", "אין שיחות שמתאימות לסינון חיפשנו:"),
    ],
)
def test_nothing_yet_differs_from_nothing_found(salon: Business, noa: Client, query: str, told: str) -> None:
    assert told in text_of(noa.get(f"/calls/{query}"))


def test_new_calls_are_announced_and_the_list_does_not_jump(salon: Business, noa: Client) -> None:
    a_call(salon)
    page = noa.get("/calls/?show=booked").content.decode()
    address = page.partition('id="news" hx-get="')[2].partition('"')[0].replace("&amp;", "&")
    assert "שיחות חדשות" not in text_of(noa.get(address))

    for minutes in (11, 12):
        a_call(salon, started_at=NOW + timedelta(minutes=minutes), outcome=Outcome.BOOKED)
    a_call(salon, started_at=NOW + timedelta(minutes=13), outcome=Outcome.ANSWERED)
    told = noa.get(address)

    assert "שתי שיחות חדשות" in text_of(told)
    assert 'href="/calls/?show=booked"' in told.content.decode()
    assert noa.get("/calls/news/?since=x").status_code == 404


def test_a_running_call_leads_to_the_live_page(salon: Business, noa: Client) -> None:
    call = a_call(salon, status="in-progress", outcome="", ended_at=None, duration_s=None, from_number="anonymous")
    page = noa.get("/calls/")

    assert "מספר חסוי על הקו 10:00 פעילה" in text_of(page)
    assert f"/calls/live/?call={call.call_sid}" in page.content.decode()


# --- saved filters -----------------------------------------------------------------------------------
def saved(business: Business) -> list[tuple[str, str]]:
    with for_business(business):
        return list(SavedFilter.objects.order_by("name").values_list("name", "query"))


def test_a_filter_is_saved_used_and_deleted(salon: Business, noa: Client) -> None:
    sent = {"name": "התורים", "query": "show=booked&period=week&evil=1"}
    assert noa.post("/calls/filters/", sent).status_code == 302
    noa.post("/calls/filters/", sent | {"query": "show=booked"})  # the same name again

    assert saved(salon) == [("התורים", "show=booked")]
    assert 'href="/calls/?show=booked"' in noa.get("/calls/").content.decode()
    with for_business(salon):
        [row] = SavedFilter.objects.all()
    noa.post(f"/calls/filters/{row.pk}/delete/")
    assert saved(salon) == []


def test_a_filter_needs_a_name(salon: Business, noa: Client) -> None:
    answer = noa.post("/calls/filters/", {"name": " ", "query": "show=booked"}, follow=True)
    assert "למסנן שמור צריך שם." in text_of(answer)
    assert saved(salon) == []


def test_filters_are_ones_own(salon: Business, noa: Client, dana: Client, next_door: Business) -> None:
    hers = SavedFilterFactory(business=salon, page="calls", name="המסנן הפרטי")
    theirs = SavedFilterFactory(business=next_door, page="calls", name="של רות")

    assert "המסנן הפרטי" not in text_of(noa.get("/calls/?show=booked"))
    for row in (hers, theirs):
        assert noa.post(f"/calls/filters/{row.pk}/delete/").status_code == 404


# --- the file ----------------------------------------------------------------------------------------
def test_owners_take_the_filtered_calls_along(salon: Business, dana: Client) -> None:
    noam = LeadFactory(business=salon, name="=cmd|calc", phone="+972520000147")
    a_call(
        salon, lead=noam, outcome=Outcome.BOOKED, summary="נקבע תור", cost_microusd=123_456, end_reason="caller hung up"
    )
    a_call(salon, summary="לא זו")

    assert "ייצוא שיחה אחת: נקבע תור" in text_of(dana.get("/calls/?show=booked"))
    plain = dana.get("/calls/export.csv?show=booked")
    text = plain.getvalue().decode("utf-8-sig")
    assert "24/11/2026 10:00,'=cmd|calc,052-000-0147,נקבע תור,נקבע תור,120,הצד השני ניתק,0,$0.12," in text
    assert "לא זו" not in text
    assert plain["Content-Disposition"] == 'attachment; filename="calls-dana-2026-11-24.csv"'
    sheet = load_workbook(io.BytesIO(dana.get("/calls/export.xlsx?show=booked").getvalue())).active
    assert [cell.value for cell in sheet[2]][1:3] == ["=cmd|calc", "052-000-0147"]
    assert sheet["B2"].data_type == "s"


def test_the_file_keeps_to_the_search(salon: Business, dana: Client) -> None:
    said(a_call(salon, summary="הנכונה"), 0, "caller", "כמה עולה צבע?")
    a_call(salon, summary="האחרת")

    text = dana.get("/calls/export.csv?q=צבע").getvalue().decode("utf-8-sig")

    assert ("הנכונה" in text, "האחרת" in text) == (True, False)


def test_an_export_has_no_end_before_the_last_call(salon: Business, dana: Client) -> None:
    a_call(salon)

    with CaptureQueriesContext(connection) as asked:
        dana.get("/calls/export.csv").getvalue()

    [read] = [each["sql"] for each in asked if 'FROM "calls_callsession"' in each["sql"]]
    assert "LIMIT" not in read


def test_who_took_how_many_calls_along_is_noted(
    salon: Business, dana: Client, caplog: pytest.LogCaptureFixture
) -> None:
    a_call(salon, summary="סוד")
    a_call(salon)

    with caplog.at_level(logging.INFO, logger="crm.carrying"):
        answer = dana.get("/calls/export.csv")

    assert answer.streaming
    answer.getvalue()  # read to its end, the file is closed
    assert answer["Cache-Control"] == "no-store, private"
    entry = LogEntry.objects.get()
    assert (entry.user.first_name, entry.change_message) == ("דנה", "ייצוא, מספר השורות: 2")
    [noted] = caplog.records
    assert (noted.business_id, noted.user_id, noted.kind, noted.rows_exported) == (  # type: ignore[attr-defined]
        salon.pk,
        entry.user_id,
        "calls",
        2,
    )


def test_only_owners_export(salon: Business, noa: Client) -> None:
    assert "ייצוא" not in text_of(noa.get("/calls/"))
    assert noa.get("/calls/export.csv").status_code == 403
    assert Client().get("/calls/export.xlsx").status_code == 302


# --- whose -------------------------------------------------------------------------------------------
def test_calls_of_another_business_are_not_there(salon: Business, next_door: Business, dana: Client) -> None:
    theirs = LeadFactory(business=next_door, name="רות הסודית", phone="+972541112233")
    call = a_call(next_door, lead=theirs, summary="סוד שלהם", outcome=Outcome.FAILED)
    said(call, 0, "caller", "מילת סתר")

    for query in ("", "?show=attention", "?q=סתר", "?q=הסודית", "?q=0541112233", f"?person={theirs.pk}"):
        page = text_of(dana.get(f"/calls/{query}"))
        assert "סוד שלהם" not in page
        assert "רות הסודית" not in page
    assert "סוד" not in dana.get("/calls/export.csv").getvalue().decode()
    assert "שיחה חדשה" not in text_of(dana.get("/calls/news/?since=1-0"))


def test_strangers_sign_in_and_platform_admins_enter_a_business_first(salon: Business) -> None:
    assert Client().get("/calls/").status_code == 302
    assert platform_admin().get("/calls/")["Location"] == "/"


def test_names_with_scripts_stay_text(salon: Business, noa: Client) -> None:
    lead = LeadFactory(business=salon, name="<script>alert(1)</script>")
    said(a_call(salon, lead=lead, summary="<img src=x>", topic="<b>"), 0, "caller", "<script>צבע</script>")

    html = noa.get("/calls/?q=צבע").content.decode()

    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "&lt;script&gt;<mark>צבע</mark>&lt;/script&gt;" in html


@pytest.mark.parametrize("query", ["", "?q=צבע", "?show=attention&period=month"])
def test_three_rows_cost_no_more_queries_than_one(salon: Business, query: str) -> None:
    client = signed_in(salon, Role.OWNER)

    def another() -> None:
        call = a_call(salon, lead=LeadFactory(business=salon), outcome=Outcome.FAILED)
        said(call, 0, "caller", "כמה עולה צבע?")

    another()
    client.get(f"/calls/{query}")
    with CaptureQueriesContext(connection) as one:
        client.get(f"/calls/{query}")
    another()
    another()
    with CaptureQueriesContext(connection) as three:
        assert client.get(f"/calls/{query}").content.decode().count("data-row") == 3
    assert len(three) == len(one)


def test_a_place_in_the_list_is_read_back_as_it_was_written() -> None:
    place = finding.Cursor(NOW + timedelta(microseconds=123_457), 42)
    assert finding.Cursor.read(str(place)) == place


def test_the_columns_of_the_file_match_their_headings(salon: Business, dana: Client) -> None:
    a_call(salon)
    rows: list[Any] = list(
        load_workbook(io.BytesIO(dana.get("/calls/export.xlsx").getvalue())).active.iter_rows(values_only=True)
    )
    assert len(rows[0]) == len(rows[1]) == 11
