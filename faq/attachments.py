"""What may be attached to an answer: a picture or a PDF that WhatsApp takes, known by its first bytes."""

from __future__ import annotations

from typing import Any

from django.core.files import File
from django.utils.translation import gettext as _

MAX_BYTES = 5 * 1024 * 1024
_BEGINNINGS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"%PDF-": "application/pdf"}
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "application/pdf": ".pdf"}


def media_type_of(head: bytes) -> str:
    """By the first dozen bytes; empty for what may not be attached."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for beginning, kind in _BEGINNINGS.items() if head.startswith(beginning)), "")


def attachment_problem(file: File[Any]) -> str:
    """Why this upload cannot be attached; empty if it can."""
    if file.size > MAX_BYTES:
        return _("The file is larger than 5 MB.")
    file.seek(0)
    kind = media_type_of(file.read(16))
    file.seek(0)
    return "" if kind else _("Only JPEG, PNG, WebP and PDF can be attached.")
