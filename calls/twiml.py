"""What we tell the carrier to do with a call, as TwiML."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from django.conf import settings
from django.http import HttpResponse

from calls.voice.lines import PHRASES
from calls.wording import you_have_reached

# Spoken by the carrier where the assistant cannot. Wording: the product's glossary.
UNKNOWN_NUMBER = "המספר הזה לא פעיל. כדאי לבדוק את המספר ולהתקשר שוב. להתראות."
SUSPENDED = "אין מענה במספר הזה כרגע. אפשר לנסות שוב מאוחר יותר. להתראות."
CUT_OFF = PHRASES["cut_off"]
TAKE_MESSAGE = PHRASES["take_message"]
BEFORE_MESSAGE = {
    "asked": TAKE_MESSAGE,
    "no_capacity": PHRASES["no_capacity"],
    "unanswered": f"אין מענה כרגע. {TAKE_MESSAGE}",
    "cut_off": f"סליחה, יש תקלה זמנית בקו. {TAKE_MESSAGE}",
}
MESSAGE_SAVED = PHRASES["message_saved"]
NO_MESSAGE = "לא נקלטה הודעה. אפשר להתקשר שוב בכל עת. להתראות."

MESSAGE_SECONDS = 180
MESSAGE_SILENCE_SECONDS = 6
RING_SECONDS = 20
KEY_SECONDS = 10


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


def reject() -> HttpResponse:
    """Do not answer at all: the caller hears that nobody is there."""
    root = Element("Response")
    SubElement(root, "Reject")
    return _answer(root)


def connect(token: str, *, business_name: str, records: bool = False) -> HttpResponse:
    """Connect the call's audio to us; what follows is for a carrier that could not. `records`: the whole call."""
    root = Element("Response")
    if records:
        SubElement(SubElement(root, "Start"), "Recording", {"channels": "dual", "trim": "do-not-trim", **_recorded()})
    verb = SubElement(root, "Connect", action=_url("after"))
    stream = SubElement(verb, "Stream", url=stream_url(), statusCallback=_url("stream"))
    SubElement(stream, "Parameter", name="token", value=token)
    _take_message(root, f"{you_have_reached(business_name)}. {PHRASES['voicemail']}")
    return _answer(root)


def take_message(why: str) -> HttpResponse:
    """Voicemail. `why` is a key of `BEFORE_MESSAGE`."""
    root = Element("Response")
    _take_message(root, BEFORE_MESSAGE[why])
    return _answer(root)


def ring(number: str, *, shown: str) -> HttpResponse:
    """Ring a person, who is told who calls before they take it. `shown`: the number they see, if not the caller's."""
    root = Element("Response")
    options = {"action": _url("dialled"), "timeout": str(RING_SECONDS), "answerOnBridge": "true"}
    dial = SubElement(root, "Dial", options | ({"callerId": shown} if shown else {}))
    SubElement(dial, "Number", url=_url("whisper")).text = number
    return _answer(root)


def ask_to_take(words: str) -> HttpResponse:
    """For the person called: a key takes the call; without one their line is put down, and the caller comes back."""
    root = Element("Response")
    gather = SubElement(root, "Gather", input="dtmf", numDigits="1", timeout=str(KEY_SECONDS), action=_url("whisper"))
    SubElement(gather, "Say", language="he-IL").text = words
    SubElement(root, "Hangup")
    return _answer(root)


def stream_url() -> str:
    """The media socket's address: http -> ws, https -> wss."""
    return "ws" + str(settings.PUBLIC_URL).removeprefix("http") + "/ws/twilio/media"


def _url(name: str) -> str:
    return f"{settings.PUBLIC_URL}/webhook/twilio/voice/{name}"


def _recorded() -> dict[str, str]:
    return {"recordingStatusCallback": _url("recording"), "recordingStatusCallbackEvent": "completed absent"}


def _take_message(root: Element, words: str) -> None:
    SubElement(root, "Say", language="he-IL").text = words
    SubElement(
        root,
        "Record",
        {
            "action": _url("voicemail"),
            "maxLength": str(MESSAGE_SECONDS),
            "timeout": str(MESSAGE_SILENCE_SECONDS),
            "finishOnKey": "#",
            "playBeep": "true",
            "trim": "trim-silence",
            **_recorded(),
        },
    )
    _say(root, NO_MESSAGE)  # reached only where nothing was said


def _say(root: Element, sentence: str) -> None:
    SubElement(root, "Say", language="he-IL").text = sentence
    SubElement(root, "Hangup")


def _answer(root: Element) -> HttpResponse:
    body = b'<?xml version="1.0" encoding="UTF-8"?>' + tostring(root, encoding="utf-8")
    return HttpResponse(body, content_type="text/xml; charset=utf-8")
