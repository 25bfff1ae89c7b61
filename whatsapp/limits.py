"""How much of what comes and goes is kept."""

from __future__ import annotations

LARGEST_FILE = 16 * 1024 * 1024  # bytes; what WhatsApp itself passes on of pictures, sounds and films
LARGEST_HOOK = 1024 * 1024  # bytes of one event; the longest text is far below
