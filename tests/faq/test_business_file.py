"""What the business's file says about answers, and what it may say beside the question and the answer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml

from agentlocator.business_files.errors import BadBusinessFile
from agentlocator.business_files.exporter import export_business
from agentlocator.business_files.importer import import_business
from agentlocator.business_files.schema import parse
from crm.models import Business
from crm.tenancy import for_business
from faq.models import FaqEntry
from tests.support.factories import FaqEntryFactory

pytestmark = pytest.mark.django_db
PARKING = {"id": "parking", "question": "יש חניה?", "answer": "כן."}


def text_of(**faq: Any) -> str:
    return yaml.safe_dump(
        {"business": {"slug": "dana", "name": "המספרה של דנה"}, "faq": [PARKING | faq]}, allow_unicode=True
    )


def test_wordings_and_validity_go_in_and_come_out(db: None) -> None:
    optional = {"phrasings": ["איפה חונים?"], "valid_from": "2026-11-01", "valid_until": "2026-12-31"}

    business, changes = import_business(parse(text_of(**optional)))
    assert changes
    with for_business(business):
        entry = FaqEntry.objects.get()
    assert (entry.phrasings, entry.valid_from, entry.valid_until) == (
        ["איפה חונים?"],
        date(2026, 11, 1),
        date(2026, 12, 31),
    )

    written = export_business(business)
    assert not import_business(parse(written))[1]
    assert "valid_until: 2026-12-31" in written


def test_what_is_not_there_is_not_written(salon: Business) -> None:
    FaqEntryFactory(business=salon, slug="parking", question="יש חניה?", answer="כן.")

    assert yaml.safe_load(export_business(salon))["faq"] == [PARKING]


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"phrasings": "איפה?"}, "faq[0].phrasings"),
        ({"phrasings": ["א" * 201]}, "faq[0].phrasings[0]"),
        ({"phrasings": [f"ניסוח {n}" for n in range(21)]}, "faq[0].phrasings"),
        ({"valid_from": "מחר"}, "faq[0].valid_from"),
        ({"valid_from": "2026-12-02", "valid_until": "2026-12-01"}, "faq[0].valid_until"),
        ({"tags": []}, "faq[0].tags"),
    ],
)
def test_what_is_wrong_is_refused_with_its_path(db: None, wrong: dict[str, Any], path: str) -> None:
    with pytest.raises(BadBusinessFile) as refused:
        parse(text_of(**wrong))

    assert [problem.path for problem in refused.value.problems] == [path]
    assert not Business.objects.filter(slug="dana").exists()
