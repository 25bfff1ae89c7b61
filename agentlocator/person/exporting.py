"""What is held about a person, as JSON and files."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import BinaryField, Field, FileField, Model

from agentlocator.person.held import Person, files, held
from crm.models import Business

# Of the machinery, and nothing that is about a person.
_LEFT_OUT = frozenset(("business", "lease", "leased_until", "due_at", "attempts", "token", "source", "url"))


def export_person(*, business: Business, number: str, now: datetime) -> dict[str, Any] | None:
    """Everything by the names of `held`, each a list of rows; None if nothing is held. The business is current."""
    person = Person.of_number(number)
    sections = {name: [_row(row) for row in rows.order_by("pk")] for name, rows in held(person).items()}
    if not any(sections.values()):
        return None
    return {
        "business": {"slug": business.slug, "name": business.name},
        "phone": number,
        "exported_at": now,
        **sections,
        "media": [name for name, _file in files(person)],
    }


def _row(row: Model) -> dict[str, Any]:
    return {field.name: _value(row, field) for field in row._meta.concrete_fields if field.name not in _LEFT_OUT}


def _value(row: Model, field: Field[Any, Any]) -> Any:
    value = field.value_from_object(row)
    match field:
        case FileField():
            return value.name if value else None
        case BinaryField():
            return base64.b64encode(bytes(value)).decode() if value is not None else None
        case _:
            return value


class Encoder(DjangoJSONEncoder):
    """Also ranges of times, which appointments have."""

    def default(self, o: Any) -> Any:
        return [o.lower, o.upper] if hasattr(o, "lower") and hasattr(o, "upper") else super().default(o)


def media_of(number: str) -> Iterator[tuple[str, Any]]:
    """(name as in `media`, stored file); a file that is lost at the store is the caller's to skip."""
    return files(Person.of_number(number))
