"""Who carried a list in or out, and how much of it: for good, in the history and the log; never whom."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from crm.models import Business

logger = logging.getLogger(__name__)


def note_carried(
    *, model: type[Model], business: Business, by: User, kind: str, text: str, counts: Mapping[str, int]
) -> None:
    """`text` is for the history that owners read, `counts` for the log."""
    LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(model),
        object_repr=business.slug,
        action_flag=CHANGE,
        change_message=text,
    )
    ids = {"business_id": business.pk, "user_id": by.pk, "kind": kind}
    logger.info("A table was carried.", extra=ids | {f"rows_{name}": count for name, count in counts.items()})
