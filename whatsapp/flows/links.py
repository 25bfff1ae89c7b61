"""The address by which a customer confirms or cancels an appointment with one tap. Only its digest is kept."""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings


def new_token() -> str:
    return secrets.token_urlsafe(18)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def address(token: str) -> str:
    return f"{settings.PUBLIC_URL}/a/{token}/"
