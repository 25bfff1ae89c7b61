"""Files of messages: to members only, and never run by a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from tests.support.factories import MessageMediaFactory
from tests.support.morning import Morning
from whatsapp.models import MessageMedia

SOUND = bytes(range(200))


@pytest.fixture(autouse=True)
def _kept_here(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def media(world: Morning, mimetype: str, *, name: str = "a.bin", filename: str = "", **facts: Any) -> MessageMedia:
    row: MessageMedia = MessageMediaFactory(
        business=world.business, mimetype=mimetype, filename=filename, file=ContentFile(SOUND, name=name), **facts
    )
    return row


@pytest.mark.parametrize(
    ("mimetype", "kind", "shown"),
    [
        ("image/jpeg", "image/jpeg", True),
        ("audio/ogg; codecs=opus", "audio/ogg", True),
        ("video/mp4", "video/mp4", True),
        ("image/svg+xml", "application/octet-stream", False),
        ("text/html", "application/octet-stream", False),
        ("application/pdf", "application/octet-stream", False),
        ("", "application/octet-stream", False),
        ("IMAGE/PNG", "image/png", True),
    ],
)
def test_only_pictures_sounds_and_films_are_shown(
    world: Morning, noa: Client, mimetype: str, kind: str, shown: bool
) -> None:
    response = noa.get(f"/inbox/media/{media(world, mimetype, name='a.html').pk}/")

    assert response.headers["Content-Type"] == kind
    assert response.headers["Content-Disposition"].startswith("inline" if shown else "attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert "no-store" in response.headers["Cache-Control"]
    assert b"".join(response.streaming_content) == SOUND


def test_a_player_asks_for_stretches(world: Morning, noa: Client) -> None:
    response = noa.get(f"/inbox/media/{media(world, 'audio/ogg').pk}/", headers={"Range": "bytes=10-19"})

    assert response.status_code == 206
    assert response.content == SOUND[10:20]
    assert response.headers["Content-Range"] == "bytes 10-19/200"
    assert response.headers["Content-Type"] == "audio/ogg"


def test_a_name_from_outside_breaks_no_header(world: Morning, noa: Client) -> None:
    row = media(world, "application/pdf", filename='הצעה";\r\nX-Evil: 1.pdf')

    response = noa.get(f"/inbox/media/{row.pk}/?download=1")

    assert response.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert "X-Evil" not in response.headers
    response.close()


def test_what_is_not_there_is_not_found(world: Morning, noa: Client) -> None:
    waiting = MessageMediaFactory(business=world.business)
    gone = media(world, "image/jpeg", name="gone.jpg")
    gone.file.storage.delete(gone.file.name)
    revoked = media(world, "image/jpeg")
    revoked.message.revoked_at = world.written.conversation.last_message_at
    revoked.message.save()

    for row in (waiting, gone, revoked):
        assert noa.get(f"/inbox/media/{row.pk}/").status_code == 404


def test_neighbours_and_strangers_get_nothing(world: Morning, ruth: Client) -> None:
    row = media(world, "image/jpeg")

    assert ruth.get(f"/inbox/media/{row.pk}/").status_code == 404
    assert Client().get(f"/inbox/media/{row.pk}/").status_code == 302
