"""News for the apps above: written in the transaction that made it true, delivered after it.

A handler works on the database only, in the transaction that marks its event as handled: whatever it
writes happens once, together with what the event's other handlers write, or not at all. What must leave
the machine is queued there as a row or with `transaction.on_commit`.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from crm.models import Business, OutboxEvent
from crm.tenancy import for_business, for_everyone

logger = logging.getLogger(__name__)

Handler = Callable[[OutboxEvent], None]

_handlers: defaultdict[str, list[Handler]] = defaultdict(list)


class OutsideTransaction(RuntimeError):
    """News was published with no transaction open, so it could be told of something that never happened."""


def publish(*, business: Business, name: str, payload: dict[str, Any]) -> OutboxEvent:
    """Tell everyone who subscribed to `name`, should the caller's transaction commit. The payload is ids, not names."""
    if not connection.in_atomic_block:
        raise OutsideTransaction(name)
    return OutboxEvent.objects.create(business=business, name=name, payload=payload)


def subscribe(name: str) -> Callable[[Handler], Handler]:
    """Register the decorated function for events of this name; it runs inside the event's business."""

    def register(handler: Handler) -> Handler:
        if handler not in _handlers[name]:
            _handlers[name].append(handler)
        return handler

    return register


def deliver_pending(now: datetime, limit: int = 100) -> int:
    """Hand up to `limit` waiting events to their handlers, oldest first; how many were delivered.

    Any number of sweeps may run at once: each event is locked by one of them and skipped by the others.
    An event whose handler fails waits for the next sweep and holds up no other.
    """
    delivered, last_id = 0, 0
    with for_everyone("news of all businesses is delivered in one sweep"):
        while delivered < limit:
            event_id, done = _deliver_next(last_id, now)
            if event_id is None:
                break
            delivered += done
            last_id = event_id
    return delivered


def _deliver_next(after_id: int, now: datetime) -> tuple[int | None, bool]:
    """Id of the next waiting event, None when there is none, and whether it was delivered."""
    event_id: int | None = None
    try:
        with transaction.atomic():
            waiting = OutboxEvent.objects.filter(handled_at=None, pk__gt=after_id).order_by("pk")
            event = waiting.select_for_update(skip_locked=True).first()
            if event is None:
                return None, False
            event_id = event.pk
            with for_business(event.business_id):
                for handler in _handlers.get(event.name, ()):
                    handler(event)
            event.handled_at = now
            event.save(update_fields=["handled_at"])
    except Exception:  # an outermost door: one event's trouble must not keep the others waiting
        if event_id is None:
            raise
        logger.exception("An event could not be delivered.", extra={"event_id": event_id})
        return event_id, False
    return event_id, True
