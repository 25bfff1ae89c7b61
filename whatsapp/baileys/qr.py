"""The code that links a phone: in the cache while it can be scanned, never in a row and never in a log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from django.core.cache import cache
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString, mark_safe

from whatsapp.models import Channel

_LONGEST_SECONDS = 90
_LONGEST_CODE = 1000


@dataclass(frozen=True)
class Code:
    value: str
    expires_at: datetime

    def seconds_left(self, now: datetime) -> int:
        return max(0, round((self.expires_at - now).total_seconds()))


def keep(channel: Channel, said: dict[str, Any], now: datetime) -> None:
    code = _code(said)
    if code is not None and (left := code.seconds_left(now)) > 0:
        cache.set(_key(channel), (code.value, code.expires_at), min(left, _LONGEST_SECONDS))


def current(channel: Channel) -> Code | None:
    found: tuple[str, datetime] | None = cache.get(_key(channel))
    return Code(*found) if found else None


def forget(channel: Channel) -> None:
    cache.delete(_key(channel))


def drawn(code: Code) -> SafeString:
    """As an SVG that stands in the page itself: no request of its own, nothing for a browser to keep."""
    import qrcode  # noqa: PLC0415 -- loaded by the one page that draws
    from qrcode.image.svg import SvgPathImage  # noqa: PLC0415 -- as above

    picture, drawing = BytesIO(), qrcode.QRCode(border=4, error_correction=qrcode.constants.ERROR_CORRECT_L)
    drawing.add_data(code.value)
    drawing.make(fit=True)
    drawing.make_image(image_factory=SvgPathImage).save(picture)
    svg = picture.getvalue().decode()
    return mark_safe(svg[svg.index("<svg") :])  # noqa: S308 -- drawn here; the code's text is not in it


def _code(said: dict[str, Any]) -> Code | None:
    value, until = said.get("value"), said.get("expires_at")
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_CODE:
        return None
    try:
        expires_at = parse_datetime(str(until))
    except ValueError:
        return None
    if expires_at is None:
        return None
    return Code(value, expires_at if expires_at.tzinfo else expires_at.replace(tzinfo=UTC))


def _key(channel: Channel) -> str:
    return f"whatsapp-qr:{channel.pk}"
