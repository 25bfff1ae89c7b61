"""The files of messages, to members of the business only.

They come from strangers: only pictures, sounds and films of known kinds are shown on the spot; everything else, and
above all what a browser would run (pages, drawings), is only ever saved.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from calls.sound_page import sound_response
from crm.roles import member_required
from whatsapp.models import MessageMedia

SHOWN = frozenset(
    ("image/jpeg", "image/png", "image/webp", "image/gif")
    + ("audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr", "audio/wav", "audio/webm")
    + ("video/mp4", "video/3gpp", "video/webm")
)
_UNKNOWN = "application/octet-stream"


def bare_type(mimetype: str) -> str:
    """Without its parameters: `audio/ogg; codecs=opus` is audio/ogg."""
    return mimetype.partition(";")[0].strip().lower()


@require_safe
@never_cache
@member_required
def media(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Whole, or by stretches as players ask; `download` saves it."""
    row = get_object_or_404(MessageMedia.objects.select_related("message"), pk=pk)
    if row.message.revoked_at or not row.file or not row.file.storage.exists(str(row.file.name)):
        raise Http404
    kind = bare_type(row.mimetype)
    is_shown = kind in SHOWN and "download" not in request.GET
    response = sound_response(request, row.file, name=str(row.pk))
    response["Content-Type"] = kind if kind in SHOWN else _UNKNOWN
    name = row.filename or f"{row.pk}.{str(row.file.name).rpartition('.')[2]}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=not is_shown, filename=name) or ""
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
