"""The assistant prepares quotes of what the business sells, at the business's prices; the rest is an owner's."""

from __future__ import annotations

from typing import Any

import pytest

from booking.models import Service
from crm.models import FollowUp, SalesDocument
from crm.tenancy import for_business
from tests.support.factories import BusinessFactory, ServiceFactory
from tests.whatsapp.assistant.conftest import Chat
from tests.whatsapp.assistant.test_tools import Bench


@pytest.fixture
def bench(chat: Chat) -> Any:
    ServiceFactory(business=BusinessFactory(), slug="theirs", name="של אחרים", price=5)
    with for_business(chat.business):
        ServiceFactory(business=chat.business, slug="beard", name="עיצוב זקן", price=80)
        ServiceFactory(business=chat.business, slug="talk", name="ייעוץ", price=None)
        ServiceFactory(business=chat.business, slug="gone", name="לא עוד", price=10, is_active=False)
        yield Bench(chat)


def test_it_is_of_the_business_s_prices_and_waits_for_an_owner(bench: Bench) -> None:
    items = [{"service": "beard", "quantity": 2}, {"service": "עיצוב זקן", "quantity": 0.5}]
    made = bench("invoices.draft", kind="quote", items=items, note="בלי\u202eסימנים")
    document = SalesDocument.objects.get()
    assert (made["total"], made["document_id"]) == ("200.00 ₪", document.pk)
    assert (document.status, document.number, document.made_by) == ("waiting", None, None)
    assert (document.note, document.lead_id) == ("בלי סימנים", bench.chat.lead.pk)
    follow_up = FollowUp.objects.get()
    assert (follow_up.key, follow_up.reason) == (f"document:{document.pk}", "הצעת מחיר לאישור")
    assert bench("invoices.draft", kind="quote", items=items, note="בלי\u202eסימנים")["document_id"] == document.pk
    Service.objects.filter(slug="beard").update(price=999)
    assert SalesDocument.objects.get().totals.total == 20_000


@pytest.mark.parametrize(
    ("items", "error"),
    [
        ([], "no_items"),
        ([{"service": "unheard-of", "quantity": 1}], "unknown_item"),
        ([{"service": "", "quantity": 1}], "unknown_item"),
        ([{"service": "theirs", "quantity": 1}], "unknown_item"),
        ([{"service": "gone", "quantity": 1}], "unknown_item"),
        ([{"service": "beard", "quantity": 1}, {"service": "talk", "quantity": 1}], "no_price"),
        ([{"service": "beard", "quantity": 0}], "bad_quantity"),
        ([{"service": "beard", "quantity": -1}], "bad_quantity"),
        ([{"service": "beard", "quantity": 0.001}], "bad_quantity"),
        ([{"service": "beard", "quantity": 1e9}], "bad_quantity"),
        ([{"service": "beard", "quantity": 1}] * 41, "too_many_items"),
        ([{"service": "beard", "quantity": 1, "unit_price": 1}], "bad_arguments"),
    ],
)
def test_no_price_is_made_up(bench: Bench, items: list[dict[str, Any]], error: str) -> None:
    assert bench("invoices.draft", kind="quote", items=items)["error"] == error
    assert not SalesDocument.objects.exists()
    assert not FollowUp.objects.exists()


def test_nothing_else_is_issued(bench: Bench) -> None:
    items = [{"service": "beard", "quantity": 1}]
    assert bench("invoices.draft", kind="invoice", items=items)["error"] == "unknown_kind"
