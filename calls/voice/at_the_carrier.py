"""Lines that the carrier speaks, in the business's own voice: at addresses that the carrier can fetch.

Whoever holds an address hears one line of one business, for as long as a call may last. Nothing else is behind it.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.http import require_safe

from calls.voice import clips, lines, sound
from crm.tenancy import for_business

LIFETIME_SECONDS = 4 * 3600  # the longest call that a carrier connects
_signer = signing.TimestampSigner(sep=".", salt="calls.voice.line")


def addresses(business_id: int | None) -> Mapping[str, str]:
    """Line -> where its sound is, for the lines of `BY_CARRIER` that the business has in a voice of its own."""
    if business_id is None:
        return {}
    with for_business(business_id):
        spoken = clips.speakers(lines.BY_CARRIER)
    return {key: _address(business_id, key) for key in spoken}


def _address(business_id: int, key: str) -> str:
    return f"{settings.PUBLIC_URL}/webhook/twilio/voice/line/{_signer.sign(f'{business_id}.{key}')}.wav"


@require_safe
def line_sound(request: HttpRequest, token: str) -> HttpResponse:
    """What an address holds. A forged address, an old one and one whose clip is gone are all unknown."""
    audio = _audio(token)
    if audio is None:
        response: HttpResponse = HttpResponseNotFound("", content_type="text/plain")
    else:
        response = HttpResponse(sound.to_telephone_wav(audio), content_type="audio/wav")
    response["Cache-Control"] = "private, no-store"
    return response


def _audio(token: str) -> bytes | None:
    try:
        business_id, _, key = _signer.unsign(token, max_age=LIFETIME_SECONDS).partition(".")
    except signing.BadSignature:
        return None
    with for_business(int(business_id)):
        return clips.sound_of(key)
