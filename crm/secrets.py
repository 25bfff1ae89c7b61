"""Secrets at rest: encrypted with keys derived from SECRET_KEY and SALT_KEY, and never shown again."""

from encrypted_fields.fields import EncryptedTextField

__all__ = ["EncryptedTextField"]
