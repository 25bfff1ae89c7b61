"""Quotes and drafts on their pages: the staff write them, an owner approves them, nobody else's are ever seen."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.models import Business, FollowUp, Lead, SalesDocument
from crm.services import add_follow_up
from crm.tenancy import for_business
from tests.support.factories import (
    NOW,
    BusinessFactory,
    ConversationFactory,
    SalesDocumentFactory,
    UserFactory,
)
from tests.support.pages import fields_of, signed_in, text_of
from whatsapp.models import Message

PAY = "https://pay.example.com/r/77"


def new_at(lead: Lead) -> str:
    return f"{reverse('sales:new')}?lead={lead.pk}"


def at(name: str, document: SalesDocument) -> str:
    return reverse(f"sales:{name}", args=[document.pk])


def filled(client: Client, address: str, **changes: Any) -> HttpResponse:
    """The form of that page, sent back with these changes; `__` stands for the `-` in the names of lines."""
    fields = fields_of(client.get(address)) | {key.replace("__", "-"): str(value) for key, value in changes.items()}
    return client.post(address, fields)


def drafted(client: Client, lead: Lead, **changes: Any) -> HttpResponse:
    return filled(client, new_at(lead), **{"lines__0__text": "תספורת", "lines__0__unit": "80"} | changes)


def document_of(business: Business) -> SalesDocument:
    with for_business(business):
        return SalesDocument.objects.select_related("lead").latest("pk")


def count_of(business: Business) -> int:
    with for_business(business):
        return SalesDocument.objects.count()


@pytest.fixture
def quote(ronit: Lead) -> SalesDocument:
    return SalesDocumentFactory(business=ronit.business, lead=ronit, customer_name=ronit.name)


def approve(client: Client, document: SalesDocument, name: str = "רונית לוי") -> HttpResponse:
    return filled(client, at("approve", document), name=name)


# --- writing ---------------------------------------------------------------------------------------------
def test_noa_writes_a_quote_and_sees_what_it_comes_to(shop: Business, ronit: Lead, noa: Client) -> None:
    response = drafted(
        noa,
        ronit,
        lines__0__quantity=2,
        lines__1__text="צבע <script>alert(1)</script>",
        lines__1__quantity="0.5",
        lines__1__unit="1,250.01 ₪",
        payment_link=PAY,
        valid_until=f"{timezone.localdate() + timedelta(days=30):%d/%m/%Y}",
        note="תודה",
    )
    document = document_of(shop)
    assert response.headers["Location"] == at("detail", document)
    assert (document.kind, document.status, document.number) == ("quote", "waiting", None)
    assert (document.totals.total, document.customer_name, document.payment_link) == (78_501, "רונית לוי", PAY)
    page = noa.get(at("detail", document))
    shown = text_of(page)
    assert "785.01\xa0₪" in page.content.decode()
    assert "אינה חשבונית מס" in shown
    assert "נועה" in shown
    assert "<script>alert" not in page.content.decode()
    assert "&lt;script&gt;alert" in page.content.decode()


def test_vat_goes_on_top_where_it_is_said_so(shop: Business, ronit: Lead, noa: Client) -> None:
    drafted(noa, ronit, kind="invoice_draft", vat="on_top", lines__0__unit="100")
    document = document_of(shop)
    assert (document.kind, document.totals.total) == ("invoice_draft", 11_800)
    assert "טיוטת חשבונית, אינה חשבונית מס." in text_of(noa.get(at("detail", document)))


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"lines__0__unit": "-5"}, "אי אפשר פחות מאפס."),
        ({"lines__0__unit": "1234567890123"}, "1000000"),
        ({"lines__0__unit": "1" * 40}, "ספרות בלבד"),
        ({"lines__0__unit": "1.005"}, "2"),
        ({"lines__0__unit": "12,50"}, "ספרות בלבד"),
        ({"lines__0__unit": "1e5"}, "ספרות בלבד"),
        ({"lines__0__unit": "NaN"}, "ספרות בלבד"),
        ({"lines__0__unit": ""}, "חסר מחיר."),
        ({"lines__0__text": ""}, "חסר פירוט"),
        ({"lines__0__text": "x" * 201}, "200"),
        ({"lines__0__quantity": "0"}, "0.01"),
        ({"lines__0__quantity": "1001"}, "1000"),
        ({"lines__0__text": "", "lines__0__unit": ""}, "צריך לפחות שורה אחת."),
        ({"vat_percent": "99"}, "50"),
        ({"payment_link": "http://pay.example.com/"}, "אפשר רק כתובת מאובטחת"),
        ({"payment_link": "javascript:alert(1)"}, "כתובת"),
        ({"valid_until": "31/02/2027"}, "התאריך לא ברור"),
        ({"valid_until": "01/01/2020"}, "היום הזה כבר עבר."),
        ({"kind": "invoice"}, "invoice"),
        ({"lines__TOTAL_FORMS": "999999"}, "40"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    shop: Business, ronit: Lead, noa: Client, wrong: dict[str, str], word: str
) -> None:
    response = drafted(noa, ronit, note="נשאר כאן", **wrong)
    assert response.status_code == 422
    assert word in text_of(response)
    assert "נשאר כאן" in response.content.decode()
    assert count_of(shop) == 0


def test_sent_twice_it_is_one(shop: Business, ronit: Lead, noa: Client) -> None:
    fields = fields_of(noa.get(new_at(ronit))) | {"lines-0-text": "תספורת", "lines-0-unit": "80"}
    assert [noa.post(new_at(ronit), fields).status_code for _ in range(2)] == [302, 302]
    assert count_of(shop) == 1


def test_more_lines_and_the_sums_without_scripts(shop: Business, ronit: Lead, noa: Client) -> None:
    more = drafted(noa, ronit, show="more")
    fields = fields_of(more)
    assert (fields["lines-0-text"], fields["lines-TOTAL_FORMS"], "lines-7-text" in fields) == ("תספורת", "8", True)
    assert "80.00\xa0₪" in drafted(noa, ronit, show="sums").content.decode()
    assert count_of(shop) == 0


def test_the_sums_while_one_types(ronit: Lead, noa: Client) -> None:
    fields = fields_of(noa.get(new_at(ronit)))
    good = fields | {"lines-0-text": "א", "lines-0-unit": "100", "lines-1-text": "ב", "lines-1-unit": "לא מספר"}
    response = noa.post(reverse("sales:sums"), good)
    assert "100.00\xa0₪" in response.content.decode()
    assert "<html" not in response.content.decode()
    assert noa.post(reverse("sales:sums"), {"vat_percent": "x"}).status_code == 200


def test_for_whom_it_is_is_looked_for(ronit: Lead, noa: Client) -> None:
    page = noa.get(reverse("sales:new"), {"q": "רונית"})
    assert new_at(ronit) in page.content.decode()
    assert noa.get(reverse("sales:new"), {"lead": "999999999"}).status_code == 404
    assert new_at(ronit) in noa.get(reverse("leads:detail", args=[ronit.pk])).content.decode()


def test_while_it_waits_it_is_changed_and_a_stale_form_warns(quote: SalesDocument, noa: Client, dana: Client) -> None:
    fields = fields_of(noa.get(at("change", quote)))
    assert fields["lines-0-unit"] == "80"
    assert filled(dana, at("change", quote), lines__0__unit="90").status_code == 302
    stale = noa.post(at("change", quote), fields | {"lines-0-unit": "70"})
    assert stale.status_code == 409
    assert "השתנה בינתיים" in text_of(stale)
    again = fields_of(stale)
    assert again["lines-0-unit"] == "70"
    assert noa.post(at("change", quote), again).status_code == 302
    assert document_of(quote.business).totals.total == 7_000


# --- deciding --------------------------------------------------------------------------------------------
def test_dana_approves_and_it_is_numbered_printed_and_unchanged(quote: SalesDocument, dana: Client) -> None:
    with for_business(quote.business):
        add_follow_up(business=quote.business, lead=quote.lead, reason="לאישור", due_at=NOW, key=f"document:{quote.pk}")
    asked = text_of(dana.get(at("approve", quote)))
    assert "המסמך יקבל את המספר 1." in asked
    assert "אי אפשר לשנות" in asked
    wrong = approve(dana, quote, "מישהי אחרת")
    assert (wrong.status_code, document_of(quote.business).status) == (422, "waiting")
    approve(dana, quote, " רונית  לוי ")
    document = document_of(quote.business)
    assert (document.status, document.number) == ("approved", 1)
    with for_business(quote.business):
        assert not FollowUp.objects.filter(done_at=None).exists()
    approved_again = dana.post(at("approve", quote), {"name": "רונית לוי"}, follow=True)
    assert "בינתיים כבר התקבלה החלטה" in text_of(approved_again)
    assert dana.get(at("change", quote)).status_code == 302
    assert document_of(quote.business).number == 1


def test_what_changed_since_it_was_seen_is_not_approved(quote: SalesDocument, dana: Client, noa: Client) -> None:
    fields = fields_of(dana.get(at("approve", quote))) | {"name": "רונית לוי"}
    filled(noa, at("change", quote), lines__0__unit="8000")
    response = dana.post(at("approve", quote), fields)
    assert response.status_code == 409
    assert "8,000.00\xa0₪" in response.content.decode()
    assert document_of(quote.business).status == "waiting"
    other = SalesDocumentFactory(business=quote.business, lead=quote.lead, customer_name="רונית לוי")
    fields = fields_of(dana.get(at("approve", quote))) | {"name": "רונית לוי"}
    approve(dana, other)
    assert dana.post(at("approve", quote), fields).status_code == 409
    assert approve(dana, quote).status_code == 302


def test_without_a_name_the_number_is_typed(ronit: Lead, dana: Client) -> None:
    document = SalesDocumentFactory(business=ronit.business, lead=ronit)
    assert approve(dana, document, "לא זה").status_code == 422
    assert approve(dana, document, "053-000-0226").status_code == 302


def test_a_rejection_says_why_and_a_void_one_keeps_its_number(quote: SalesDocument, dana: Client, noa: Client) -> None:
    assert noa.post(at("reject", quote), {"reason": "  "}).status_code == 422
    assert noa.post(at("reject", quote), {"reason": "יקר מדי"}).status_code == 302
    assert "יקר מדי" in text_of(noa.get(at("detail", quote)))
    assert "בינתיים כבר" in text_of(dana.post(at("approve", quote), {}, follow=True))
    other = SalesDocumentFactory(business=quote.business, lead=quote.lead, customer_name="רונית לוי")
    assert "רק מסמך שאושר" in text_of(dana.post(at("void", other), {"reason": "x"}, follow=True))
    approve(dana, other)
    dana.post(at("void", other), {"reason": "נשלח בטעות"})
    document = document_of(quote.business)
    assert (document.status, document.number, document.reason) == ("void", 1, "נשלח בטעות")
    assert b"".join(noa.get(at("pdf", other))).startswith(b"%PDF-")


def test_dana_sends_it_and_reads_why_not(quote: SalesDocument, dana: Client) -> None:
    approve(dana, quote)
    assert "עוד אין התכתבות" in text_of(dana.post(at("send", quote), follow=True))
    ConversationFactory(business=quote.business, lead=quote.lead)
    assert "המסמך בדרך ללקוח." in text_of(dana.post(at("send", quote), follow=True))
    assert "המסמך כבר נשלח." in text_of(dana.post(at("send", quote), follow=True))
    assert "שליחה ללקוח" not in text_of(dana.get(at("detail", quote)))
    with for_business(quote.business):
        message = Message.objects.get()
        Message.objects.update(status=Message.Status.FAILED, error="not_on_whatsapp")
    assert message.media.filename == "הצעת מחיר 1.pdf"
    page = text_of(dana.get(at("detail", quote)))
    assert "ההודעה לא נשלחה:" in page
    assert "שליחה חוזרת" in page


# --- whose it is -----------------------------------------------------------------------------------------
def test_the_file_is_for_the_staff_alone(quote: SalesDocument, dana: Client, noa: Client) -> None:
    assert noa.get(at("pdf", quote)).status_code == 404
    approve(dana, quote)
    response = noa.get(at("pdf", quote))
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert b"".join(response).startswith(b"%PDF-")
    assert Client().get(at("pdf", quote)).status_code == 302
    assert signed_in(BusinessFactory()).get(at("pdf", quote)).status_code == 404


NAMES = ("detail", "pdf", "change", "approve", "reject", "void", "send")


@pytest.mark.parametrize("name", NAMES)
def test_neighbours_find_nothing(quote: SalesDocument, ronit: Lead, name: str) -> None:
    neighbour = signed_in(BusinessFactory())
    found = {neighbour.get(at(name, quote)).status_code, neighbour.post(at(name, quote)).status_code}
    assert found <= {404, 405}
    assert 404 in found
    assert neighbour.get(new_at(ronit)).status_code == 404
    assert neighbour.post(new_at(ronit)).status_code == 404
    assert "רונית" not in text_of(neighbour.get(reverse("sales:list"), {"lead": ronit.pk}))


@pytest.mark.parametrize("name", ["approve", "void", "send"])
def test_staff_do_not_decide_about_money(quote: SalesDocument, noa: Client, name: str) -> None:
    assert noa.post(at(name, quote), {"name": "רונית לוי", "reason": "x"}).status_code == 403
    assert document_of(quote.business).status == "waiting"
    assert f'href="{at(name, quote)}"' not in noa.get(at("detail", quote)).content.decode()


# --- the list --------------------------------------------------------------------------------------------
def test_what_waits_stands_on_top_and_the_rest_is_filtered(quote: SalesDocument, dana: Client) -> None:
    approved = SalesDocumentFactory(business=quote.business, lead=quote.lead, customer_name="סבטלנה")
    approve(dana, approved, "סבטלנה")
    draft = SalesDocumentFactory(business=quote.business, kind="invoice_draft", customer_name="איתי")

    def order(**asked: Any) -> list[int]:
        html = dana.get(reverse("sales:list"), asked).content.decode()
        places = {row.pk: html.find(f'href="{at("detail", row)}"') for row in (quote, approved, draft)}
        return sorted((pk for pk, place in places.items() if place >= 0), key=lambda pk: places[pk])

    assert order() == [draft.pk, quote.pk, approved.pk]
    assert order(state="approved") == [approved.pk]
    assert order(kind="invoice_draft") == [draft.pk]
    assert order(lead=quote.lead_id) == [quote.pk, approved.pk]
    assert order(state="sent") == []
    assert order(state="x", kind="y", lead="z", after="w999x") == [draft.pk, quote.pk, approved.pk]


def test_a_long_list_goes_on_where_it_ended(shop: Business, ronit: Lead, dana: Client) -> None:
    user = UserFactory()
    for number in range(1, 31):
        facts = {"status": "approved", "number": number, "decided_by": user, "decided_at": NOW}
        SalesDocumentFactory(business=shop, lead=ronit, **facts)
        SalesDocumentFactory(business=shop, lead=ronit)
    first = dana.get(reverse("sales:list"))
    after = first.context["listing"].after
    assert [row.status for row, _tone in first.context["listing"].rows] == ["waiting"] * 30 + ["approved"] * 20
    further = dana.get(reverse("sales:list"), {"after": after}, headers={"HX-Request": "true"})
    assert re.findall(r"הצעת מחיר (\d+)", text_of(further)) == [str(number) for number in range(10, 0, -1)]
    assert "after=" not in further.content.decode()


def test_more_rows_are_no_more_queries(shop: Business, ronit: Lead, dana: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            dana.get(reverse("sales:list"))
        return len(seen)

    SalesDocumentFactory(business=shop)
    dana.get(reverse("sales:list"))
    one = queries()
    for _ in range(3):
        SalesDocumentFactory(business=shop)
    assert queries() == one


def test_a_member_s_menu_leads_there(noa: Client) -> None:
    assert "הצעות מחיר וטיוטות" in text_of(noa.get("/follow-ups/"))
