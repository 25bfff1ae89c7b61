"""Letters of the house: in the reader's language, as plain text and as simple HTML that reads in its direction."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

logger = logging.getLogger(__name__)


def deliver(template: str, *, to: str, language: str, context: Mapping[str, Any]) -> bool:
    """Send `<template>_subject.txt`, `_message.txt` and `_message.html`; whether the mail server took it.

    A server that is down is no reason to lose what the user did: the caller says that nothing was sent.
    """
    if not settings.EMAIL_READY:
        return False
    with translation.override(language):
        values = {**context, "email": to}
        subject = " ".join(render_to_string(f"{template}_subject.txt", values).split())
        letter = EmailMultiAlternatives(
            subject, render_to_string(f"{template}_message.txt", values).strip(), settings.DEFAULT_FROM_EMAIL, [to]
        )
        letter.attach_alternative(render_to_string(f"{template}_message.html", values), "text/html")
    try:
        letter.send()
    except (SMTPException, OSError) as error:
        logger.warning("A letter was not sent.", extra={"letter": template, "reason": type(error).__name__})
        return False
    return True


def on_our_address(path: str) -> str:
    """The whole address of one of our pages: PUBLIC_URL, not what a request calls our host."""
    return f"{settings.PUBLIC_URL}{path}"
