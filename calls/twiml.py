"""What we tell the carrier to do with a call, as TwiML."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from django.conf import settings
from django.http import HttpResponse

from calls.wording import you_have_reached

# Spoken by the carrier where the assistant cannot. Wording: the product's glossary.
UNKNOWN_NUMBER = "המספר הזה לא פעיל. כדאי לבדוק את המספר ולהתקשר שוב. להתראות."
SUSPENDED = "אין מענה במספר הזה כרגע. אפשר לנסות שוב מאוחר יותר. להתראות."
NO_CAPACITY = "כל הקווים תפוסים כרגע. אפשר להתקשר שוב בעוד כמה דקות. להתראות."
CUT_OFF = "סליחה, יש תקלה זמנית בקו. אפשר להתקשר שוב בעוד רגע. להתראות."


def cannot_answer(business_name: str) -> str:
    return f"{you_have_reached(business_name)}. אי אפשר לענות כרגע. אפשר להתקשר שוב מאוחר יותר. להתראות."


def spoken(sentence: str) -> HttpResponse:
    """Say it and hang up."""
    root = Element("Response")
    _say(root, sentence)
    return _answer(root)


def hang_up() -> HttpResponse:
    root = Element("Response")
    SubElement(root, "Hangup")
    return _answer(root)


def nothing() -> HttpResponse:
    """For callbacks that only report."""
    return _answer(Element("Response"))


def connect(token: str, *, fallback: str) -> HttpResponse:
    """Connect the call's audio to us; what follows is for a carrier that could not."""
    root = Element("Response")
    verb = SubElement(root, "Connect", action=f"{settings.PUBLIC_URL}/webhook/twilio/voice/after")
    stream = SubElement(
        verb, "Stream", url=stream_url(), statusCallback=f"{settings.PUBLIC_URL}/webhook/twilio/voice/stream"
    )
    SubElement(stream, "Parameter", name="token", value=token)
    _say(root, fallback)
    return _answer(root)


def stream_url() -> str:
    """The media socket's address: http -> ws, https -> wss."""
    return "ws" + str(settings.PUBLIC_URL).removeprefix("http") + "/ws/twilio/media"


def _say(root: Element, sentence: str) -> None:
    SubElement(root, "Say", language="he-IL").text = sentence
    SubElement(root, "Hangup")


def _answer(root: Element) -> HttpResponse:
    body = b'<?xml version="1.0" encoding="UTF-8"?>' + tostring(root, encoding="utf-8")
    return HttpResponse(body, content_type="text/xml; charset=utf-8")
