"""Tells open pages that something of their business is new; what it is they ask for themselves, as themselves."""

from __future__ import annotations

from functools import partial

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction


def group(business_id: int) -> str:
    """The channel-layer group of the pages of one business that show conversations or runs."""
    return f"messages.{business_id}"


def announce(
    business_id: int, *, conversation: int | None = None, run: int | None = None, channel: int | None = None
) -> None:
    """Once the transaction is committed. Names ids only, so a group may hold anybody of the business."""
    news: dict[str, object] = {"type": "messages.news", "conversation": conversation, "run": run, "channel": channel}
    transaction.on_commit(partial(_send, group(business_id), news), robust=True)


def _send(name: str, news: dict[str, object]) -> None:
    if (layer := get_channel_layer()) is not None:
        async_to_sync(layer.group_send)(name, news)
