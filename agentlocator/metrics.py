"""`/metrics` for Prometheus: what this process has counted. Each process answers for itself."""

from __future__ import annotations

import ipaddress
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from calls.capacity import capacity
from calls.measures import CONTENT_TYPE, measures

_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Real-IP", "Via", "CF-Connecting-IP")


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Numbers without names, for whoever shows the token; without one set, for neighbours on a private network."""
    if not may_read(request):
        return HttpResponseForbidden("set METRICS_TOKEN, or ask from a private network", content_type="text/plain")
    return HttpResponse(measures.text(live_calls=capacity.live), content_type=CONTENT_TYPE)


def may_read(request: HttpRequest) -> bool:
    """A proxy of ours is a neighbour, too: what it passes on comes from anywhere."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        peer = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    # A socket of both families shows 8.8.8.8 as ::ffff:8.8.8.8, whose range counts as private.
    return (getattr(peer, "ipv4_mapped", None) or peer).is_private
