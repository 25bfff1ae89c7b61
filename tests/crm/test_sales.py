"""Quotes and drafts of invoices: summed up right, numbered in order, unchanged once approved."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from crm import sales
from crm.amounts import Line, shekels, totals
from crm.models import Business, Lead, SalesDocument
from crm.tenancy import for_business
from tests.support.factories import NOW, BusinessFactory, LeadFactory, UserFactory

HAIRCUT, COLOUR = Line("תספורת", Decimal(2), 8_000), Line("צבע", Decimal("0.5"), 25_001)


def test_sums_with_the_vat_in_the_prices() -> None:
    sums = totals([HAIRCUT, COLOUR], vat_percent=Decimal(18), includes_vat=True)
    assert (sums.before_vat, sums.vat, sums.total) == (24_153, 4_348, 28_501)


def test_sums_with_the_vat_on_top() -> None:
    sums = totals([HAIRCUT], vat_percent=Decimal(18), includes_vat=False)
    assert (sums.before_vat, sums.vat, sums.total) == (16_000, 2_880, 18_880)


@given(st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 10**7)), max_size=8), st.booleans())
def test_the_parts_are_always_the_whole(lines: list[tuple[int, int]], includes_vat: bool) -> None:
    rows = [Line("x", Decimal(quantity) / 100, unit) for quantity, unit in lines]
    sums = totals(rows, vat_percent=Decimal(18), includes_vat=includes_vat)
    assert sums.before_vat + sums.vat == sums.total
    whole = sum(row.amount for row in rows)
    assert whole == (sums.total if includes_vat else sums.before_vat)


def test_money_is_written_with_its_sign() -> None:
    assert shekels(118_050) == "1,180.50 ₪"


@pytest.fixture
def shop(settings: Any, tmp_path: Path) -> Business:
    settings.MEDIA_ROOT = tmp_path
    return BusinessFactory(name="המספרה של דנה")


@pytest.fixture
def dana() -> User:
    return UserFactory()


def drafted(shop: Business, lead: Lead | None = None, **values: Any) -> SalesDocument:
    values = {"kind": SalesDocument.Kind.QUOTE, "content": sales.Content([HAIRCUT]), "now": NOW} | values
    with for_business(shop):
        return sales.draft_document(business=shop, lead=lead or LeadFactory(business=shop), **values)


def approved(shop: Business, dana: User, **values: Any) -> SalesDocument:
    document = drafted(shop, **values)
    with for_business(shop):
        return sales.approve_document(document=document, by=dana, now=NOW)


@pytest.mark.django_db
def test_an_approved_quote_is_numbered_and_printed(shop: Business, dana: User) -> None:
    first, second = approved(shop, dana), approved(shop, dana)
    draft = approved(shop, dana, kind=SalesDocument.Kind.INVOICE_DRAFT)
    assert (first.number, second.number, draft.number) == (1, 2, 1)
    with first.pdf.open() as pdf:
        assert pdf.read(5) == b"%PDF-"


@pytest.mark.django_db
def test_each_business_counts_by_itself(shop: Business, dana: User) -> None:
    approved(shop, dana)
    assert approved(BusinessFactory(), dana).number == 1


@pytest.mark.django_db
def test_what_was_approved_says_the_same_for_ever(shop: Business, dana: User) -> None:
    document = approved(shop, dana)
    with for_business(shop):
        with pytest.raises(sales.NotOpen):
            sales.change_document(document=document, content=sales.Content([COLOUR]))
        for change in ({"lines": []}, {"number": 9}, {"note": "אחרת"}, {"customer_name": "אחר"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                SalesDocument.objects.filter(pk=document.pk).update(**change)
        assert sales.note_sent(document=document, now=NOW)
        assert sales.void_document(document=document, reason="נשלח ללקוח אחר")


@pytest.mark.django_db
def test_what_was_decided_is_not_decided_again(shop: Business, dana: User) -> None:
    document = drafted(shop)
    with for_business(shop):
        assert sales.reject_document(document=document, by=dana, reason="יקר מדי", now=NOW)
        assert not sales.reject_document(document=document, by=dana, reason="שוב", now=NOW)
        with pytest.raises(sales.NotOpen):
            sales.approve_document(document=document, by=dana, now=NOW)
        assert not sales.void_document(document=document, reason="")


@pytest.mark.django_db
def test_asked_for_twice_under_one_key_it_is_one(shop: Business) -> None:
    lead = LeadFactory(business=shop)
    assert drafted(shop, lead, key="run:1") == drafted(shop, lead, key="run:1")


@pytest.mark.django_db(transaction=True)
def test_approved_at_once_they_have_following_numbers(shop: Business, dana: User) -> None:
    waiting = [drafted(shop) for _ in range(6)]

    def approve(document: SalesDocument) -> int | None:
        try:
            with for_business(shop):
                return sales.approve_document(document=document, by=dana, now=NOW).number
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(approve, waiting)) == [1, 2, 3, 4, 5, 6]
