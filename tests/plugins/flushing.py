"""Empties the database between tests that commit: only the tables that hold something, by DELETE.

Django truncates all of them together, and a hundred empty tables cost more than most tests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection

# Rows come into being here while others are deleted: a trigger notes the end of settings.
_LAST = "crm_settingchange"


def _flush(self: Any, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
    names = [self.quote_name(table) for table in tables]
    if not names:
        return []
    with connection.cursor() as cursor:
        held = " UNION ALL ".join(f"SELECT {n} WHERE EXISTS (SELECT FROM {name})" for n, name in enumerate(names))
        cursor.execute(held)
        full = {names[n] for (n,) in cursor.fetchall()}
    last = self.quote_name(_LAST)
    return [f"DELETE FROM {name}" for name in sorted(full - {last})] + ([f"DELETE FROM {last}"] if full else [])


@pytest.fixture(autouse=True, scope="session")
def _flush_what_is_full() -> None:
    """Foreign keys are checked at the end of the transaction, in which everything goes."""
    from django.db.backends.postgresql.operations import DatabaseOperations  # settings must be there first

    DatabaseOperations.sql_flush = _flush
