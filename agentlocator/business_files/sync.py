"""Bring the rows of one kind to what a file says, touching only those that differ."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from django.db import models
from django.db.models import ProtectedError

_RowT = TypeVar("_RowT", bound=models.Model)
_KeyT = TypeVar("_KeyT")


class Changes:
    """What an import did, counted per kind of row. Empty: the database already said what the file says."""

    def __init__(self) -> None:
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def note(self, kind: str, done: str) -> None:
        self._counts[kind][done] += 1

    def __bool__(self) -> bool:
        return bool(self._counts)

    def lines(self) -> list[str]:
        """One line per kind, such as `services: 2 created, 1 removed`."""
        return [
            f"{kind}: " + ", ".join(f"{count} {done}" for done, count in counts.items())
            for kind, counts in self._counts.items()
        ]


def assign(row: models.Model, values: Mapping[str, Any]) -> bool:
    """Give the row these values and save the ones that differ; whether any did."""
    differing = [name for name, value in values.items() if getattr(row, name) != value]
    for name in differing:
        setattr(row, name, values[name])
    if differing:
        row.save(update_fields=differing)
    return bool(differing)


def sync(
    changes: Changes,
    kind: str,
    rows: Iterable[_RowT],
    *,
    key: Callable[[_RowT], _KeyT],
    wanted: Mapping[_KeyT, Mapping[str, Any]],
    new: Callable[[_KeyT], _RowT],
) -> dict[_KeyT, _RowT]:
    """The rows of the file, by key. `wanted` maps keys to the other fields; `new` makes an unsaved row of a key.

    What is gone from the file leaves first: a changed opening window would overlap its former self.
    """
    present = {key(row): row for row in rows}
    for gone in [row for name, row in present.items() if name not in wanted]:
        _remove(changes, kind, gone)
    for name, values in wanted.items():
        row = present.get(name)
        if row is None:
            row = present[name] = new(name)
            for field, value in values.items():
                setattr(row, field, value)
            row.save(force_insert=True)
            changes.note(kind, "created")
        elif assign(row, values):
            changes.note(kind, "changed")
    return {name: present[name] for name in wanted}


def _remove(changes: Changes, kind: str, row: models.Model) -> None:
    """Delete the row or, where appointments still need it, take it out of use."""
    try:
        row.delete()
    except ProtectedError:
        if assign(row, {"is_active": False}):
            changes.note(kind, "deactivated")
    else:
        changes.note(kind, "removed")
