"""Words as people type them, made fit to be kept."""

from __future__ import annotations


def one_line(text: str) -> str:
    """Single spaces and nothing invisible: no control character reaches a column, a letter's subject or a log."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
