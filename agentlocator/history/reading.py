"""Noted changes as an owner reads them: one entry per save, with names instead of columns and keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from typing import Any

from django.contrib.auth.models import User
from django.db.models import (
    BinaryField,
    DateField,
    DateTimeField,
    Field,
    ForeignKey,
    Model,
    QuerySet,
    TimeField,
)
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agentlocator.history.tables import model_of, thing_of
from agentlocator.history.undo import can_undo
from booking.owner_rules import in_words
from crm.models import Membership, SettingChange
from crm.names import name_of
from crm.phones import national

SHORT = 80
_Kind = SettingChange.Kind
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_HIDDEN = "***"  # as the trigger writes it
# Columns that say nothing to a reader.
_UNSAID = ("id", "business_id", "updated_at")
_UNSAID_OF = {
    "calls_voiceclip": ("key", "voice", "text", "source"),
    "booking_calendarfeed": ("digest",),
    "whatsapp_channel": (  # told by the provider, and not noted
        *("state", "reason", "restriction", "profile_name", "epoch", "last_seq", "last_event_at", "last_inbound_at"),
        "widget_key",
    ),
}
# Columns whose models have no words for them: no form shows them.
_LABELS = {
    "secret_hash": gettext_lazy("link"),
    "invited_by_id": gettext_lazy("invited by"),
    "accepted_by_id": gettext_lazy("joined"),
    "value": gettext_lazy("what was decided"),
    "service_id": gettext_lazy("service"),
    "resource_id": gettext_lazy("who serves"),
    "audio": gettext_lazy("sound"),
}


@dataclass(frozen=True)
class Value:
    """One field's words before and after; empty where there was none. `is_long`: better folded.

    Of a secret only that it is another one now.
    """

    label: str
    before: str
    after: str
    is_secret: bool = False

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
        items = [_item(change, names) for change in _rows_as_changed(together)]
        entries.append(Entry(transaction, together[0].at, name_of(user), items, can_undo(together)))
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
        self._rows = {model: _rows_of(model).in_bulk(keys) for model, keys in wanted.items()}

    def row(self, model: type[Model], key: int) -> Model | None:
        return self._rows.get(model, {}).get(key)

    def of(self, model: type[Model], key: int) -> str:
        row = self.row(model, key)
        if isinstance(row, User | Membership):
            return name_of(row.user if isinstance(row, Membership) else row)
        return _dialled(str(row)) if row is not None else ""


def _dialled(name: str) -> str:
    """Rows that are called by their number: as people write it."""
    return national(name) if _E164.fullmatch(name) else name


def _rows_of(model: type[Model]) -> QuerySet[Model]:
    """Without the sounds, which have no words; who works here is called by their name."""
    rows = model._default_manager.defer(*(field.name for field in _fields(model) if isinstance(field, BinaryField)))
    return rows.select_related("user") if model is Membership else rows


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
    changed = (change.before or {}).keys() | (change.after or {}).keys()
    values = [_value(field, change, names) for field in _told(change.table) if field.column in changed]
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
    if model is Membership:
        return names.of(model, change.row_id) or names.of(User, values.get("user_id", 0))
    if change.kind == _Kind.UPDATE:
        return names.of(model, change.row_id)
    then = {field.attname: field.to_python(values.get(str(field.column))) for field in _fields(model)}
    return _dialled(str(model(business_id=change.business_id, **then)))


def _fields(model: type[Model]) -> list[Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if field.column not in _UNSAID]


def _told(table: str) -> list[Field[Any, Any]]:
    unsaid = _UNSAID_OF.get(table, ())
    return [field for field in _fields(model_of(table)) if field.column not in unsaid]


def _label(field: Field[Any, Any]) -> str:
    return str(_LABELS.get(str(field.column), field.verbose_name))


def labels_of(table: str) -> list[str]:
    """What the values of a table are called."""
    return [_label(field) for field in _told(table)]


def _value(field: Field[Any, Any], change: SettingChange, names: _Names) -> Value:
    label = _label(field)
    before, after = _said(field, change, change.before, names), _said(field, change, change.after, names)
    if _HIDDEN in (before, after):
        return Value(label, "", _("not shown") if change.kind != _Kind.UPDATE else _("another one; not shown"), True)
    return Value(label, before, after)


def _said(field: Field[Any, Any], change: SettingChange, values: dict[str, Any] | None, names: _Names) -> str:
    """A column's value as people write it."""
    value = (values or {}).get(str(field.column))
    if value is None or value == "":
        return ""
    if change.table == "booking_ownerrule" and field.column == "value":
        return _rule(change, value, names)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, ForeignKey):
        return names.of(field.related_model, value) or "–"
    if isinstance(field, TimeField):
        return f"{time.fromisoformat(value):%H:%M}"
    if isinstance(field, DateTimeField):
        return f"{timezone.localtime(datetime.fromisoformat(value)):%d/%m/%Y %H:%M}"
    if isinstance(field, DateField):
        return f"{date.fromisoformat(value):%d/%m/%Y}"
    return _dialled(str(value))


def _rule(change: SettingChange, value: Any, names: _Names) -> str:
    """What was decided, as the page of the owner's rules says it; of a rule that is gone since, only that it was."""
    row = names.row(model_of(change.table), change.row_id)
    field = (change.after or {}).get("field") or (change.before or {}).get("field") or getattr(row, "field", "")
    return in_words(field, value) if field else "–"
