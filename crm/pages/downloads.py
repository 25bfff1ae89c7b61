"""Large files to download: written to the disk first, then sent piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import IO

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

_PIECE = 64 * 1024


def download(request: HttpRequest, file: IO[bytes], *, name: str, content_type: str) -> StreamingHttpResponse:
    """The file from its beginning; it is closed with the response.

    Django collects what it cannot stream in the server's own manner, so each server gets its kind of iterator.
    """
    length = file.tell()
    file.seek(0)
    pieces = _awaited(file) if isinstance(request, ASGIRequest) else _pieces(file)
    response = StreamingHttpResponse(pieces, content_type=content_type)
    response["Content-Length"] = str(length)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store, private"
    response._resource_closers.append(file.close)  # type: ignore[attr-defined]  # what FileResponse does
    return response


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


async def _awaited(file: IO[bytes]) -> AsyncIterator[bytes]:
    for piece in _pieces(file):
        yield piece
