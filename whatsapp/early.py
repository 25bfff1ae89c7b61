"""What is told of a message before the message itself is here: a status, an edit, a removal.

Providers promise no order, and the answer to our own send may come after the first status. It waits in the cache; a
fact that is told and looked up at the same moment is found by one of the two, since both write first and look then.
"""

from __future__ import annotations

from typing import Any

from django.core.cache import cache

_KEPT_SECONDS = 24 * 3600


def note(business_id: int, provider: str, provider_id: str, **facts: Any) -> None:
    key = _key(business_id, provider, provider_id)
    cache.set(key, (cache.get(key) or {}) | facts, _KEPT_SECONDS)


def take(business_id: int, provider: str, provider_id: str) -> dict[str, Any]:
    """What was told so far; empty for almost every message."""
    key = _key(business_id, provider, provider_id)
    facts: dict[str, Any] = cache.get(key) or {}
    if facts:
        cache.delete(key)
    return facts


def _key(business_id: int, provider: str, provider_id: str) -> str:
    return f"early:{business_id}:{provider}:{provider_id}"
