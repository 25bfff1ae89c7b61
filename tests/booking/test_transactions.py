"""What PostgreSQL refuses, and who gets to try again."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection

from booking.transactions import ATTEMPTS, in_one_transaction
from crm.models import Business
from tests.support.factories import BusinessFactory

pytestmark = pytest.mark.django_db


class Work:
    """Writes a row, then makes the database raise the next of these states; without any it succeeds."""

    def __init__(self, *sqlstates: str) -> None:
        self.sqlstates = list(sqlstates)
        self.runs = 0

    def __call__(self) -> str:
        self.runs += 1
        BusinessFactory()
        if self.sqlstates:
            with connection.cursor() as cursor:
                cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{self.sqlstates.pop(0)}'; END $$")
        return "done"


@pytest.mark.parametrize(
    "sqlstate",
    [
        pytest.param("23P01", id="exclusion_violation"),
        pytest.param("23505", id="unique_violation"),
        pytest.param("40P01", id="deadlock_detected"),
        pytest.param("40001", id="serialization_failure"),
    ],
)
def test_who_loses_a_race_looks_again_and_leaves_nothing_of_the_first_try(sqlstate: str):
    work = Work(sqlstate)
    assert in_one_transaction(work, otherwise=lambda: "refused") == "done"
    assert work.runs == 2
    assert Business.objects.count() == 1


def test_who_is_refused_every_time_is_told_so():
    work = Work(*["23P01"] * 10)
    assert in_one_transaction(work, otherwise=lambda: "refused") == "refused"
    assert work.runs == ATTEMPTS
    assert Business.objects.count() == 0


def test_a_database_in_trouble_is_not_a_taken_slot():
    with pytest.raises(OperationalError):
        in_one_transaction(Work("57P01"), otherwise=lambda: "refused")
