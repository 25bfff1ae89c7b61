"""The rows of a file while its owner looks at the preview: in the database, for an hour at most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from crm.models import Business, PendingImport
from crm.tables import Row
from crm.tenancy import for_everyone

KEPT = timedelta(hours=1)


def keep_import(
    *, business: Business, by: User, kind: str, rows: Sequence[Row], choices: Mapping[str, Any], now: datetime
) -> PendingImport:
    """Keeps the rows for this person; those of an earlier file of the kind are forgotten."""
    PendingImport.objects.filter(by=by, kind=kind).delete()
    listed = [[row.number, dict(row.cells), *([row.surplus] if row.surplus else [])] for row in rows]
    return PendingImport.objects.create(
        business=business, by=by, kind=kind, rows=listed, choices=dict(choices), created_at=now
    )


def kept_import(*, pk: int, by: User, kind: str, now: datetime) -> PendingImport | None:
    """What this person kept; None if it is used, forgotten or another's."""
    return PendingImport.objects.filter(pk=pk, by=by, kind=kind, created_at__gt=now - KEPT).first()


def rows_of(pending: PendingImport) -> tuple[Row, ...]:
    return tuple(Row(number, cells, tuple(surplus[0]) if surplus else ()) for number, cells, *surplus in pending.rows)


def forget_import(pending: PendingImport) -> bool:
    """The rows are used now; False for whoever comes second."""
    return bool(PendingImport.objects.filter(pk=pending.pk).delete()[0])


def forget_stale_imports(now: datetime) -> int:
    """Removes what nobody came back for; how many files that were."""
    with for_everyone("stale files of all businesses are forgotten in one sweep"):
        return PendingImport.objects.filter(created_at__lte=now - KEPT).delete()[0]
