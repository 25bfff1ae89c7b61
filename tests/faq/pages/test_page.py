"""The page /faq/: what is seen, written, asked and deleted, and by whom."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.models import Business
from crm.tenancy import for_business
from faq.models import FaqEntry, UnansweredQuestion
from faq.services import note_answered
from tests.faq.conftest import NOW
from tests.support.factories import BusinessFactory, FaqEntryFactory, UnansweredQuestionFactory
from tests.support.pages import fields_of, text_of

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 24
HTMX = {"HX-Request": "true"}


def filled(**values: Any) -> dict[str, Any]:
    return {
        "question": "יש חניה?",
        "answer": "כן, ממול.",
        "in_calls": "on",
        "in_messages": "on",
        "is_active": "on",
    } | values


def only_entry(salon: Business) -> FaqEntry:
    with for_business(salon):
        return FaqEntry.objects.get()


# --- seen --------------------------------------------------------------------------------------------
@time_machine.travel(NOW, tick=False)
def test_what_waits_stands_above_the_answers(salon: Business, dana: Client) -> None:
    FaqEntryFactory(business=salon, question="איפה אתם?", phrasings=["מה הכתובת?"])
    head = UnansweredQuestionFactory(business=salon, text="יש לכם בריכה?")
    UnansweredQuestionFactory(business=salon, text="בריכה יש?", group=head, reference="CA2")

    text = text_of(dana.get("/faq/"))

    assert text.index("״ יש לכם בריכה? ״") < text.index("איפה אתם?")
    assert "פעמיים" in text
    assert "ניסוח נוסף אחד" in text
    assert "בלי מפתח ההתאמה לפי מילים בלבד" in text


def test_an_empty_page_says_how_to_begin(dana: Client) -> None:
    assert "חמש השאלות הנפוצות מספיקות להתחלה" in text_of(dana.get("/faq/"))


@time_machine.travel(NOW, tick=False)
def test_an_answer_says_when_it_held_and_where(salon: Business, dana: Client) -> None:
    FaqEntryFactory(business=salon, question="מבצע?", valid_until=date(2026, 11, 1))
    FaqEntryFactory(business=salon, question="חנוכה?", valid_from=date(2026, 12, 1))
    FaqEntryFactory(business=salon, question="ישנה?", is_active=False)
    FaqEntryFactory(business=salon, question="טלפון?", in_messages=False)

    text = text_of(dana.get("/faq/"))

    assert "פגה ב־01/11/2026" in text
    assert "החל מ־01/12/2026" in text
    assert "לא בשימוש" in text
    assert "לשיחות בלבד" in text
    assert "מבצע?" in text_of(dana.get("/faq/?state=over"))
    assert "חנוכה?" not in text_of(dana.get("/faq/?state=over"))


@pytest.mark.parametrize("query", ["תשלום", "אשראי", "לשלם בביט", "ביט אפשר"])
def test_search_looks_into_questions_wordings_and_answers(salon: Business, dana: Client, query: str) -> None:
    FaqEntryFactory(business=salon, question="איך התשלום?", answer="אשראי.", phrasings=["אפשר לשלם בביט?"])
    FaqEntryFactory(business=salon, question="יש חניה?", answer="ממול.")

    text = text_of(dana.get("/faq/", {"q": query}, headers=HTMX))

    assert "איך התשלום?" in text
    assert "יש חניה?" not in text


def test_nothing_found_differs_from_nothing_yet(salon: Business, dana: Client) -> None:
    FaqEntryFactory(business=salon)
    assert "אין תשובות שמתאימות לסינון" in text_of(dana.get("/faq/?q=זברה"))


def test_more_than_fifty_come_in_parts(salon: Business, dana: Client) -> None:
    with for_business(salon):
        FaqEntry.objects.bulk_create(
            FaqEntry(business=salon, slug=f"q-{n}", question=f"שאלה מספר {n:02}?", answer="כן") for n in range(53)
        )
        last_shown = FaqEntry.objects.order_by("pk")[49].pk

    page = dana.get("/faq/")
    rest = dana.get(f"/faq/?after={last_shown}", headers=HTMX)

    assert f"after={last_shown}" in page.content.decode()
    assert "שאלה מספר 49?" in text_of(page)
    assert "שאלה מספר 50?" not in text_of(page)
    assert text_of(rest).count("שאלה מספר") == 6  # three, each with the name of its button
    assert dana.get("/faq/?after=x&state=nonsense&q=%25").status_code == 200


def test_the_page_costs_the_same_whatever_it_shows(salon: Business, dana: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            dana.get("/faq/")
        return len(captured)

    FaqEntryFactory(business=salon)
    UnansweredQuestionFactory(business=salon)
    dana.get("/faq/")
    one = queries()
    for number in range(3):
        FaqEntryFactory(business=salon, question=f"שאלה {number}?")
        UnansweredQuestionFactory(business=salon, text=f"שאלה {number}?", reference=str(number))

    assert queries() == one


def test_the_menu_counts_the_questions(salon: Business, dana: Client, ruth: Client) -> None:
    UnansweredQuestionFactory(business=salon)

    assert '<span class="n" data-badge="questions">1</span>' in dana.get("/faq/").content.decode()
    assert '<span class="n" data-badge="questions"></span>' in ruth.get("/faq/").content.decode()


def test_markup_in_a_question_stays_text(salon: Business, dana: Client) -> None:
    FaqEntryFactory(business=salon, question="<script>alert(1)</script>", answer="<b>כן</b>")
    UnansweredQuestionFactory(business=salon, text="<img src=x onerror=alert(1)>")

    html = dana.get("/faq/").content.decode()

    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "<b>כן</b>" not in html


# --- written -----------------------------------------------------------------------------------------
def test_staff_add_an_answer(salon: Business, noa: Client) -> None:
    answer = noa.post(
        "/faq/add/", filled(phrasings="איפה חונים?\n\n איפה  חונים? \nיש חניון?", valid_until="31/12/2026")
    )

    assert (answer.status_code, answer.url) == (302, "/faq/")
    entry = only_entry(salon)
    assert entry.phrasings == ["איפה חונים?", "יש חניון?"]
    assert entry.valid_until == date(2026, 12, 31)
    assert "התשובה נוספה." in text_of(noa.get("/faq/"))


def test_with_scripts_the_page_hears_of_it(salon: Business, dana: Client) -> None:
    answer = dana.post("/faq/add/", filled(), headers=HTMX)

    assert answer.status_code == 204
    assert json.loads(answer.headers["HX-Trigger"])["faq"] == {"questions": 0}


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"question": " "}, "חובה למלא"),
        ({"answer": ""}, "חובה למלא"),
        ({"valid_from": "31/02/2026"}, "למשל 24/11/2026"),
        ({"valid_from": "02/12/2026", "valid_until": "01/12/2026"}, "תאריך הסיום קודם לתאריך ההתחלה."),
        ({"phrasings": "א" * 201}, "ארוך מ־200 תווים"),
        ({"phrasings": "\n".join(f"ניסוח {n}" for n in range(21))}, "אפשר להוסיף עד 20 ניסוחים."),
        ({"file": SimpleUploadedFile("a.png", b"<html>")}, "אפשר לצרף רק"),
        ({"file": SimpleUploadedFile("a.png", PNG + b"0" * 5 * 1024 * 1024)}, "הקובץ גדול מ־5 MB."),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_lost(
    salon: Business, dana: Client, wrong: dict[str, Any], text: str
) -> None:
    answer = dana.post("/faq/add/", filled(**wrong), headers=HTMX)

    assert answer.status_code == 422
    assert text in text_of(answer)
    assert fields_of(answer)["question"].strip() == str(wrong.get("question", "יש חניה?")).strip()
    with for_business(salon):
        assert not FaqEntry.objects.exists()


def test_a_change_over_another_s_change_warns_and_keeps_the_text(salon: Business, dana: Client, noa: Client) -> None:
    entry = FaqEntryFactory(business=salon)
    address = f"/faq/{entry.pk}/"
    form = fields_of(dana.get(address))
    noa.post(address, fields_of(noa.get(address)) | {"answer": "של נועה"})

    late = dana.post(address, form | {"answer": "של דנה"}, headers=HTMX)

    assert late.status_code == 409
    assert "בינתיים נשמרה תשובה אחרת: ״של נועה״" in text_of(late)
    assert fields_of(late)["answer"].strip() == "של דנה"
    assert only_entry(salon).answer == "של נועה"
    assert dana.post(address, fields_of(late), headers=HTMX).status_code == 204
    assert only_entry(salon).answer == "של דנה"


def test_a_picture_is_kept_shown_and_taken_away(
    salon: Business, dana: Client, ruth: Client, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    dana.post("/faq/add/", filled(file=SimpleUploadedFile("מפה.png", PNG)))
    entry = only_entry(salon)

    shown = dana.get(f"/faq/{entry.pk}/media/")

    assert (b"".join(shown.streaming_content), shown["Content-Type"]) == (PNG, "image/png")  # type: ignore[attr-defined]  # a file's response streams
    assert ruth.get(f"/faq/{entry.pk}/media/").status_code == 404
    dana.post(f"/faq/{entry.pk}/", fields_of(dana.get(f"/faq/{entry.pk}/")) | {"file_away": "on"})
    assert not only_entry(salon).media
    assert dana.get(f"/faq/{entry.pk}/media/").status_code == 404


# --- unanswered --------------------------------------------------------------------------------------
def test_one_click_makes_an_entry_of_a_question(salon: Business, noa: Client) -> None:
    head = UnansweredQuestionFactory(business=salon, text="יש לכם החלקה אורגנית?")
    UnansweredQuestionFactory(business=salon, text="עושים החלקה אורגנית?", group=head)

    form = fields_of(noa.get(f"/faq/add/?from={head.pk}"))
    assert form["question"] == "יש לכם החלקה אורגנית?"
    assert form["phrasings"].strip() == "עושים החלקה אורגנית?"
    noa.post("/faq/add/", form | {"answer": "כן."})

    with for_business(salon):
        assert UnansweredQuestion.objects.get(pk=head.pk).entry == FaqEntry.objects.get()
    assert "שאלות בלי תשובה" not in text_of(noa.get("/faq/"))


def test_a_question_is_turned_down_and_taken_back(salon: Business, noa: Client) -> None:
    head = UnansweredQuestionFactory(business=salon, text="יש לכם בריכה?")

    answer = noa.post(f"/faq/questions/{head.pk}/dismiss/", headers=HTMX)

    assert reverse("faq:restore_question", args=[head.pk]) in answer.headers["HX-Trigger"]
    assert "בריכה" not in text_of(noa.get("/faq/"))
    noa.post(f"/faq/questions/{head.pk}/restore/")
    assert "בריכה" in text_of(noa.get("/faq/"))


# --- asked as a customer -----------------------------------------------------------------------------
def test_asking_shows_the_answer_and_why(salon: Business, noa: Client) -> None:
    FaqEntryFactory(business=salon, question="יש חניה?", answer="חניון ממול.")
    FaqEntryFactory(business=salon, question="כמה עולה תספורת?", answer="80 ש״ח.")

    text = text_of(noa.post("/faq/ask/", {"text": "חנייה יש אצלכם?", "medium": "phone"}, headers=HTMX))

    assert "התשובה תהיה חניון ממול." in text
    assert "התאמה גבוהה" in text
    assert "מילים בלבד" in text


@pytest.mark.parametrize(
    ("asked", "said"), [("יש לכם בריכה?", "אין תשובה בטוחה."), ("אפשר תור מחר בשש?", "העוזר יטפל בה ביומן.")]
)
def test_asking_says_where_there_is_no_answer(salon: Business, dana: Client, asked: str, said: str) -> None:
    FaqEntryFactory(business=salon, question="יש חניה?")

    assert said in text_of(dana.post("/faq/ask/", {"text": asked, "medium": "whatsapp"}))  # without scripts


def test_trying_is_neither_kept_nor_counted(salon: Business, dana: Client) -> None:
    FaqEntryFactory(business=salon, question="יש חניה?")
    for text in ("יש חניה?", "יש בריכה?"):
        dana.post("/faq/ask/", {"text": text, "medium": "phone"})

    with for_business(salon):
        assert not UnansweredQuestion.objects.exists()
        assert not only_entry(salon).uses.exists()


def test_a_wall_of_text_is_refused_in_words(dana: Client) -> None:
    answer = dana.post("/faq/ask/", {"text": "א" * 4096, "medium": "phone"}, headers=HTMX)

    assert answer.status_code == 422
    assert "300" in text_of(answer)


# --- deleted, and who may what -----------------------------------------------------------------------
def test_the_owner_deletes_and_takes_it_back(salon: Business, dana: Client) -> None:
    entry = FaqEntryFactory(business=salon, question="חניה")
    for _ in range(3):
        note_answered(entry=entry, now=NOW)

    with time_machine.travel(NOW, tick=False):
        asked = text_of(dana.get(f"/faq/{entry.pk}/remove/"))
    assert "למחוק את ״חניה״?" in asked
    assert "התשובה ניתנה 3 פעמים החודש. שאלות כאלה יועברו לצוות." in asked
    page = dana.post(f"/faq/{entry.pk}/remove/", follow=True)
    assert "התשובה נמחקה." in text_of(page)

    token = page.content.decode().split("/faq/restore/")[1].split("/")[0]
    assert "התשובה הוחזרה." in text_of(dana.post(f"/faq/restore/{token}/", follow=True))
    assert only_entry(salon).question == "חניה"
    assert "אי אפשר להחזיר" in text_of(dana.post(f"/faq/restore/{token}/", follow=True))


def test_staff_neither_delete_nor_carry_files(salon: Business, noa: Client) -> None:
    entry = FaqEntryFactory(business=salon)

    for address in (f"/faq/{entry.pk}/remove/", "/faq/export/", "/faq/import/", "/faq/import/1/"):
        assert noa.get(address).status_code == 403
    assert noa.post(f"/faq/{entry.pk}/remove/").status_code == 403
    assert noa.post("/faq/restore/x/").status_code == 403
    page = noa.get("/faq/").content.decode()
    assert "/remove/" not in page
    assert "/export/" not in page


def test_another_business_s_rows_do_not_exist(salon: Business, dana: Client) -> None:
    other = BusinessFactory()
    entry, head = FaqEntryFactory(business=other, question="סוד?"), UnansweredQuestionFactory(business=other)

    assert "סוד?" not in text_of(dana.get("/faq/"))
    for address in (
        f"/faq/{entry.pk}/",
        f"/faq/{entry.pk}/media/",
        f"/faq/{entry.pk}/remove/",
        f"/faq/add/?from={head.pk}",
    ):
        assert dana.get(address).status_code == 404
    for address in (f"/faq/{entry.pk}/", f"/faq/{entry.pk}/remove/"):
        assert dana.post(address, filled()).status_code == 404
    assert dana.post("/faq/add/", filled() | {"from": head.pk}).status_code == 404
    for what in ("dismiss", "restore"):
        assert dana.post(f"/faq/questions/{head.pk}/{what}/").status_code == 404
    assert dana.get("/faq/add/?from=x").status_code == 404


@pytest.mark.parametrize("address", ["/faq/", "/faq/add/", "/faq/1/", "/faq/export/", "/faq/import/"])
def test_strangers_sign_in_first(db: None, address: str) -> None:
    assert "/accounts/login/" in Client().get(address).url  # type: ignore[attr-defined]  # a redirect has one


def test_reading_changes_nothing(salon: Business, dana: Client) -> None:
    head = UnansweredQuestionFactory(business=salon)

    for address in (
        "/faq/ask/",
        f"/faq/questions/{head.pk}/dismiss/",
        f"/faq/questions/{head.pk}/restore/",
        "/faq/restore/x/",
    ):
        assert dana.get(address).status_code == 405
