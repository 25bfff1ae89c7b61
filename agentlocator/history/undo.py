"""Taking back what one save changed: all of it, or nothing and the reason."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Field, Model, ProtectedError
from django.db.models.deletion import Collector
from django.utils.translation import gettext as _

from agentlocator.history.tables import OF_BUSINESS, UNDOABLE, model_of
from crm.models import Business, SettingChange

_Kind = SettingChange.Kind


class NotUndone(Exception):
    """It stays as it is; the text says why, for the owner."""


def can_undo(changes: list[SettingChange]) -> bool:
    """Whether taking these back is offered at all; that nothing was changed since is seen when it is done."""
    return all(change.table in UNDOABLE and _is_reversible(change) for change in changes)


def undo(*, business: Business, transaction_id: int) -> None:
    """Puts back what this save changed. Raises NotUndone; SettingChange.DoesNotExist where there is no such save."""
    changes = list(SettingChange.objects.filter(business=business, transaction=transaction_id).order_by("-pk"))
    if not changes:
        raise SettingChange.DoesNotExist
    if not can_undo(changes):
        raise NotUndone(_("This change cannot be taken back here."))
    try:
        with transaction.atomic():
            for change in changes:
                _put_back(change)
    except ProtectedError as error:
        raise NotUndone(_("It is in use by now, and cannot be taken away.")) from error
    except (ValidationError, IntegrityError) as error:
        raise NotUndone(_("What was there before does not fit what is there now.")) from error


def _is_reversible(change: SettingChange) -> bool:
    return change.table != "crm_business" or change.kind == _Kind.UPDATE


def _put_back(change: SettingChange) -> None:
    model = model_of(change.table)
    now = _row_now(change)
    if change.kind == _Kind.DELETE:
        if now is not None:
            raise NotUndone(_changed_since())
        _saved(model(pk=change.row_id), change.before or {}, is_new=True)
        return
    if now is None or not _is_still(now, change.after or {}):
        raise NotUndone(_changed_since())
    row = model._default_manager.get(pk=change.row_id)
    if change.kind == _Kind.INSERT:
        if _has_dependants(row):
            raise NotUndone(_("It is in use by now, and cannot be taken away."))
        row.delete()
    else:
        _saved(row, change.before or {}, is_new=False)


def _has_dependants(row: Model) -> bool:
    """Something came later that would go with it; what the same save made is taken back before."""
    collector = Collector(using=connection.alias)
    collector.collect([row])
    others = sum(len(rows) for rows in collector.data.values()) - 1
    return others > 0 or any(rows.exists() for rows in collector.fast_deletes)


def _row_now(change: SettingChange) -> dict[str, Any] | None:
    """The row as the trigger would note it, locked; None if it is gone."""
    table, is_ours = connection.ops.quote_name(change.table), OF_BUSINESS.get(change.table, "business_id = %s")
    with connection.cursor() as cursor:
        cursor.execute(  # the table is one of ours, the values are parameters
            f"SELECT to_jsonb(row_) FROM {table} AS row_ WHERE id = %s AND {is_ours} FOR UPDATE",  # noqa: S608
            [change.row_id, change.business_id],
        )
        found = cursor.fetchone()
    return _decoded(found[0]) if found else None


def _decoded(value: Any) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(value) if isinstance(value, str) else value  # bare cursors leave jsonb as text
    return row


def _is_still(now: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    return all(now.get(column) == value for column, value in after.items())


def _saved(row: Model, values: Mapping[str, Any], *, is_new: bool) -> None:
    by_column: dict[str, Field[Any, Any]] = {str(field.column): field for field in row._meta.concrete_fields}
    fields = [(by_column[column], value) for column, value in values.items() if column in by_column]
    for field, value in fields:
        setattr(row, field.attname, field.to_python(value))
    row.full_clean()
    row.save(force_insert=is_new, update_fields=None if is_new else [field.name for field, _value in fields])


def _changed_since() -> str:
    return _("It was changed since then, so it stays as it is.")
