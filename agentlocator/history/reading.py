"""Noted changes as an owner reads them: one entry per save, with names instead of columns and keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from typing import Any

from django.contrib.auth.models import User
from django.db.models import DateField, Field, ForeignKey, Model, TimeField
from django.utils.translation import gettext as _

from agentlocator.history.tables import model_of
from agentlocator.history.undo import can_undo
from crm.models import SettingChange

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
        items = [_item(change, names) for change in together]
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


def _item(change: SettingChange, names: _Names) -> Item:
    model = model_of(change.table)
    name = names.of(model, change.row_id) or str((change.before or change.after or {}).get("name") or "")
    values = [
        Value(str(field.verbose_name), _said(field, change.before, names), _said(field, change.after, names))
        for field in _fields(model)
        if field.column in (change.before or {}) or field.column in (change.after or {})
    ]
    return Item(
        str(model._meta.verbose_name),
        name,
        change.kind,
        str(_Kind(change.kind).label),
        [value for value in values if value.before or value.after],
    )


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
