"""Large files to download: written to the disk first, then sent piece by piece."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import IO

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from crm.tables import Cell, csv_into, excel_into

CSV, EXCEL = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PIECE = 64 * 1024
_Row = Sequence[Cell]


class _Counted:
    """Rows on their way, and how many have passed."""

    def __init__(self, rows: Iterable[_Row]) -> None:
        self._rows, self.count = rows, 0

    def __iter__(self) -> Iterator[_Row]:
        for row in self._rows:
            self.count += 1
            yield row


def table_file(
    title: str, headings: Sequence[str], rows: Iterable[_Row], *, is_excel: bool
) -> tuple[IO[bytes], str, int]:
    """The table, row by row into a file that has no name on the disk; its media type, and how many rows it has."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with the response
    counted = _Counted(rows)
    try:
        if is_excel:
            excel_into(file, title, headings, counted)
        else:
            csv_into(file, headings, counted)
    except BaseException:
        file.close()
        raise
    return file, EXCEL if is_excel else CSV, counted.count


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
