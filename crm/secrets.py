"""Secrets at rest: encrypted with keys derived from SECRET_KEY and SALT_KEY, and never shown again."""

from __future__ import annotations

from cryptography.fernet import InvalidToken
from encrypted_fields.fields import EncryptedTextField

__all__ = ["EncryptedTextField", "seal", "unseal"]

_MARK = "sealed:"
_box = EncryptedTextField()


def seal(secret: str) -> str:
    """The secret as a page may carry it, from one form to the next."""
    return _MARK + _box.f.encrypt(secret.encode()).decode() if secret else ""


def unseal(text: str) -> str:
    """What was sealed; any other text as it is, and nothing for a seal that was tampered with."""
    if not text.startswith(_MARK):
        return text
    try:
        return str(_box.f.decrypt(text.removeprefix(_MARK).encode()).decode())
    except InvalidToken:
        return ""
