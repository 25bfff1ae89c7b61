"""Noted changes as an owner reads them: one entry per save, with names instead of columns and keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from typing import Any

from django.contrib.auth.models import User
from django.db.models import DateField, Field, ForeignKey, Model, TimeField
from django.utils.translation import gettext as _

from agentlocator.history.tables import model_of, thing_of
from agentlocator.history.undo import can_undo
from crm.models import Membership, SettingChange

SHORT = 80
_Kind = SettingChange.Kind
# Columns that say nothing to a reader.
_UNSAID = ("id", "business_id")


@dataclass(frozen=True)
class Value:
    """One field's words before and after; empty where there was none. `is_long`: better folded."""

    label: str
    before: str
    after: str

    @property
    def is_long(self) -> bool:
        return len(self.before) > SHORT or len(self.after) > SHORT


@dataclass(frozen=True)
class Item:
    """What happened to one row."""

    thing: str  # שירות
    name: str  # תספורת
    kind: str
    verb: str
    values: list[Value]


@dataclass(frozen=True)
class Entry:
    """What one save changed. `who`: empty where no user did (a file, a command)."""

    transaction: int
    at: datetime
    who: str
    items: list[Item]
    can_undo: bool


def entries_of(changes: Sequence[SettingChange]) -> list[Entry]:
    """Newest first, as the changes come; three queries per kind of thing at most, whatever the number of changes."""
    names = _Names(changes)
    people = User.objects.in_bulk({change.by_id for change in changes if change.by_id})
    entries = []
    for transaction, same in groupby(changes, key=lambda change: change.transaction):
        together = list(same)
        user = people.get(together[0].by_id) if together[0].by_id else None
        who = (user.get_full_name() or user.get_username()) if user else ""
        items = [_item(change, names) for change in _rows_as_changed(together)]
        entries.append(Entry(transaction, together[0].at, who, items, can_undo(together)))
    return entries


class _Names:
    """What rows are called: those that changed, and those that changed rows point to."""

    def __init__(self, changes: Iterable[SettingChange]) -> None:
        wanted: dict[type[Model], set[int]] = {}
        for change in changes:
            model = model_of(change.table)
            wanted.setdefault(model, set()).add(change.row_id)
            for values in (change.before, change.after):
                for field in _fields(model):
                    key = (values or {}).get(str(field.column))
                    if isinstance(field, ForeignKey) and isinstance(key, int) and field.name != "business":
                        wanted.setdefault(field.related_model, set()).add(key)
        self._rows = {model: model._default_manager.in_bulk(keys) for model, keys in wanted.items()}

    def of(self, model: type[Model], key: int) -> str:
        row = self._rows.get(model, {}).get(key)
        return str(row) if row is not None else ""


def _rows_as_changed(changes: list[SettingChange]) -> Iterator[SettingChange]:
    """A row that one save took out and put in again (as the week's form does, so that windows may swap) has changed."""
    removed = {(change.table, change.row_id): change for change in changes if change.kind == _Kind.DELETE}
    again = {(change.table, change.row_id) for change in changes if change.kind == _Kind.INSERT} & removed.keys()
    for change in changes:
        row = change.table, change.row_id
        if row not in again:
            yield change
        elif change.kind == _Kind.INSERT:
            yield _updated(change, removed[row].before or {}, change.after or {})


def _updated(change: SettingChange, before: dict[str, Any], after: dict[str, Any]) -> SettingChange:
    differing = [column for column in after if before.get(column) != after[column]]
    return SettingChange(
        table=change.table,
        row_id=change.row_id,
        kind=_Kind.UPDATE,
        before={column: before.get(column) for column in differing},
        after={column: after[column] for column in differing},
    )


def _item(change: SettingChange, names: _Names) -> Item:
    model = model_of(change.table)
    name = _name(change, model, names)
    values = [
        Value(str(field.verbose_name), _said(field, change.before, names), _said(field, change.after, names))
        for field in _fields(model)
        if field.column in (change.before or {}) or field.column in (change.after or {})
    ]
    return Item(
        thing_of(change.table),
        name,
        change.kind,
        str(_Kind(change.kind).label),
        [value for value in values if value.before or value.after],
    )


def _name(change: SettingChange, model: type[Model], names: _Names) -> str:
    """What the row was called then; of a change, and where only others could tell, what it is called now."""
    values = change.after or change.before or {}
    if not hasattr(model, "business"):
        return str(values.get("name") or "")
    if change.kind == _Kind.UPDATE or model is Membership:
        return names.of(model, change.row_id)
    then = {field.attname: field.to_python(values.get(str(field.column))) for field in _fields(model)}
    return str(model(business_id=change.business_id, **then))


def _fields(model: type[Model]) -> list[Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if field.column not in _UNSAID]


def _said(field: Field[Any, Any], values: dict[str, Any] | None, names: _Names) -> str:
    """A column's value as people write it."""
    value = (values or {}).get(str(field.column))
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, ForeignKey):
        return names.of(field.related_model, value) or "–"
    if isinstance(field, TimeField):
        return f"{time.fromisoformat(value):%H:%M}"
    if isinstance(field, DateField):
        return _day(value)
    return str(value)


def _day(value: str) -> str:
    moment = datetime.fromisoformat(value) if "T" in value else None
    return f"{moment:%d/%m/%Y %H:%M}" if moment else f"{date.fromisoformat(value):%d/%m/%Y}"
