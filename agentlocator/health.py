"""Is this process alive, and should work be sent to it?"""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis, RedisError

from agentlocator.runtime import draining

BROKER_TIMEOUT_S = 2.0


@require_safe
@never_cache
def alive(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 while database and broker answer and no drain has begun, else 503.

    The provider is reported only: its outage must not take every node out of service at once.
    """
    checks = {"database": database_answers(), "broker": broker_answers(), "draining": draining.is_draining()}
    is_ready = checks["database"] and checks["broker"] and not checks["draining"]
    body = {"status": "ready" if is_ready else "unavailable", "checks": checks, "provider": provider_state()}
    return JsonResponse(body, status=200 if is_ready else 503)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except DatabaseError:
        return False


def broker_answers() -> bool:
    try:
        with Redis.from_url(
            settings.REDIS_URL, socket_timeout=BROKER_TIMEOUT_S, socket_connect_timeout=BROKER_TIMEOUT_S
        ) as broker:
            return bool(broker.ping())
    except (RedisError, OSError):
        return False


def provider_state() -> str:
    """What answers calls here: `practice` (the stand-in) or `configured` (the real one)."""
    return "practice" if settings.PRACTICE_MODE else "configured"
