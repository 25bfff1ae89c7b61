"""A stored recording, for a browser's player: whole, or the stretch it asks for.

Source: RFC 9110, section 14 (range requests). Of a range only its beginning may be sent; the player asks on.
"""

from __future__ import annotations

import re

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase

PIECE = 1024 * 1024  # bytes of an answer to a range request
TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav"}
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def sound_response(request: HttpRequest, file: FieldFile, *, name: str) -> HttpResponseBase:
    """The file under this name, which has no extension yet. Whoever calls this keeps caches away from it."""
    extension = file.name.rpartition(".")[2] if file.name else ""
    kind = TYPES.get(extension, "application/octet-stream")
    size = file.size
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    answer: HttpResponseBase
    if asked is None or asked.groups() == ("", ""):
        answer = FileResponse(file.open("rb"), content_type=kind)
    else:
        answer = _stretch(file, size, asked[1], asked[2], kind)
    answer["Accept-Ranges"] = "bytes"
    answer["Content-Disposition"] = f'inline; filename="{name}.{extension}"'
    return answer


def _stretch(file: FieldFile, size: int, first: str, last: str, kind: str) -> HttpResponse:
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start >= size or end < start:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"}, content_type=kind)
    end = min(end, start + PIECE - 1)
    with file.open("rb") as sound:
        sound.seek(start)
        piece = sound.read(end - start + 1)
    headers = {"Content-Range": f"bytes {start}-{end}/{size}"}
    return HttpResponse(piece, status=206, headers=headers, content_type=kind)
