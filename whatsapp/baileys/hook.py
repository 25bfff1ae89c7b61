"""`POST /webhook/baileys/`: the bridge's events, signed, at least once each."""

from __future__ import annotations

import logging

from django.core.cache import cache
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from whatsapp.baileys import signing
from whatsapp.baileys.effects import GoneSession, OldEpoch, UnknownSession, apply
from whatsapp.baileys.events import BadEvent, event_of, parsed
from whatsapp.limits import LARGEST_HOOK

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def hook(request: HttpRequest) -> JsonResponse:
    """200 once it is stored, or was already; anything else the bridge keeps and tells again, or puts aside."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST_HOOK:
        return _refused(422, "too_large")
    now, body = timezone.now(), request.body
    if len(body) > LARGEST_HOOK:  # sent without saying how much
        return _refused(422, "too_large")
    proven = signing.proven(request.headers, method="POST", path=request.get_full_path(), body=body, now=now)
    if proven is None or not cache.add(f"hook:{proven}", True, signing.REMEMBERED_SECONDS):
        logger.warning("An event without a valid signature was refused", extra={"path": request.path})
        return _refused(401, "bad_signature")
    try:
        event = event_of(parsed(body))
        is_news = apply(event, now=now)
    except BadEvent as error:
        logger.warning("An event of the bridge is unreadable", extra={"field": str(error)})
        return _refused(422, "invalid", str(error))
    except UnknownSession:
        return _refused(404, "unknown_session")
    except GoneSession:
        return _refused(410, "session_gone")
    except OldEpoch:
        return _refused(422, "old_epoch")
    return JsonResponse({"ok": True, "duplicate": not is_news})


def _refused(status: int, code: str, message: str = "") -> JsonResponse:
    return JsonResponse({"error": code, "message": message}, status=status)
