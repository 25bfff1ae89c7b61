"""What a file is, by its first bytes: names and declared types are a stranger's words.

Only these kinds are kept. Nothing among them runs in a browser or on a desk by being opened.
"""

from __future__ import annotations

import zipfile
from typing import IO

_HEAD = 4096
_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"#!AMR", "audio/amr"),
    (b"%PDF-", "application/pdf"),
)
_OFFICE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_AUDIO_BRANDS = (b"M4A ", b"M4B ")
_TEXTS = {"text/plain": "text/plain", "text/csv": "text/csv"}
_CARDS = ("text/vcard", "text/x-vcard", "text/directory")
EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/amr": ".amr",
    "audio/aac": ".aac",
    "audio/mp4": ".m4a",
    "audio/wav": ".wav",
    "video/mp4": ".mp4",
    "video/3gpp": ".3gp",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/csv": ".csv",
    "text/vcard": ".vcf",
    _OFFICE["word/"]: ".docx",
    _OFFICE["xl/"]: ".xlsx",
    _OFFICE["ppt/"]: ".pptx",
}


def kind_of(file: IO[bytes], declared: str) -> str | None:
    """Its type; None for everything that is not kept. `declared` only tells plain texts from each other."""
    file.seek(0)
    head = file.read(_HEAD)
    found = _by_magic(head) or _by_container(head) or (_office(file) if head.startswith(b"PK\x03\x04") else None)
    file.seek(0)
    return found or _text(file, declared.partition(";")[0].strip().lower())


def _by_magic(head: bytes) -> str | None:
    found = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
    if found is None and len(head) > 1 and head[0] == 0xFF:
        if head[1] & 0xF6 == 0xF0:
            return "audio/aac"
        if head[1] & 0xE6 == 0xE2:
            return "audio/mpeg"
    return found


def _by_container(head: bytes) -> str | None:
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12])
    if head[4:8] != b"ftyp":
        return None
    brand = head[8:12]
    if brand in _AUDIO_BRANDS:
        return "audio/mp4"
    return "video/3gpp" if brand.startswith(b"3g") else "video/mp4"


def _office(file: IO[bytes]) -> str | None:
    """Documents without programs in them; every other archive is refused."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        return None
    if "[Content_Types].xml" not in names or any(name.endswith("vbaProject.bin") for name in names):
        return None
    return next((kind for folder, kind in _OFFICE.items() if any(name.startswith(folder) for name in names)), None)


def _text(file: IO[bytes], declared: str) -> str | None:
    if declared not in _TEXTS and declared not in _CARDS:
        return None
    try:
        text = file.read().decode()
    except UnicodeDecodeError:
        return None
    finally:
        file.seek(0)
    if "\x00" in text:
        return None
    if declared in _CARDS:
        return "text/vcard" if text.lstrip("\ufeff \r\n").upper().startswith("BEGIN:VCARD") else None
    return _TEXTS[declared]
