"""Status words as badges: word and dot, never colour alone (`static/css/pieces.css`)."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString


def badge(word: object, tone: str = "") -> SafeString:
    """A word in its tone: `ok` stored, `warn` a person is needed, `bad` broken, `live`, `hollow` called off."""
    return format_html('<span class="al-badge {}">{}</span>', tone, word)
