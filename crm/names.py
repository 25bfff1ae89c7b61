"""What people of the staff are called on pages."""

from __future__ import annotations

from typing import Any


def name_of(user: Any) -> str:
    """A user's full name, or what they sign in with; nothing for nobody."""
    return str(user.get_full_name() or user.get_username()) if user is not None else ""
