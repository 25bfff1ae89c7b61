"""What we tell the carrier to do with a call, as TwiML.

`clips` are the addresses of what the business has in its own voice (`calls.voice.at_the_carrier`): they are played,
everything else is read out.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

from django.conf import settings
from django.http import HttpResponse

from calls.voice.lines import BY_CARRIER
from calls.wording import you_have_reached

# Spoken by the carrier where the assistant cannot. Wording: the product's glossary.
UNKNOWN_NUMBER = "המספר הזה לא פעיל. כדאי לבדוק את המספר ולהתקשר שוב. להתראות."
SUSPENDED = "אין מענה במספר הזה כרגע. אפשר לנסות שוב מאוחר יותר. להתראות."
CUT_OFF = "סליחה, יש תקלה זמנית בקו. אפשר להתקשר שוב בעוד רגע. להתראות."  # with no database nothing better is known
BEFORE_MESSAGE = {  # why a message is taken -> the line that says so
    "asked": "take_message",
    "no_capacity": "no_capacity",
    "unanswered": "unanswered",
    "cut_off": "cut_off",
}
NO_CLIPS: Mapping[str, str] = {}

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


def connect(
    token: str, *, business_name: str, records: bool = False, clips: Mapping[str, str] = NO_CLIPS
) -> HttpResponse:
    """Connect the call's audio to us; what follows is for a carrier that could not. `records`: the whole call."""
    root = Element("Response")
    if records:
        SubElement(SubElement(root, "Start"), "Recording", {"channels": "dual", "trim": "do-not-trim", **_recorded()})
    verb = SubElement(root, "Connect", action=_url("after"))
    stream = SubElement(verb, "Stream", url=stream_url(), statusCallback=_url("stream"))
    SubElement(stream, "Parameter", name="token", value=token)
    _take_message(root, "voicemail", clips, before=f"{you_have_reached(business_name)}. ")
    return _answer(root)


def take_message(why: str, clips: Mapping[str, str] = NO_CLIPS) -> HttpResponse:
    """Voicemail. `why` is a key of `BEFORE_MESSAGE`."""
    root = Element("Response")
    _take_message(root, BEFORE_MESSAGE[why], clips)
    return _answer(root)


def message_saved(clips: Mapping[str, str]) -> HttpResponse:
    """The message is there, and the call is over."""
    root = Element("Response")
    _line(root, "message_saved", clips)
    SubElement(root, "Hangup")
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


def _take_message(root: Element, key: str, clips: Mapping[str, str], *, before: str = "") -> None:
    _line(root, key, clips, before=before)
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
    _line(root, "no_message", clips)  # reached only where nothing was said
    SubElement(root, "Hangup")


def _line(root: Element, key: str, clips: Mapping[str, str], *, before: str = "") -> None:
    """A line of the catalogue, in the business's voice if it has one. `before`: what no clip can say."""
    if key not in clips:
        SubElement(root, "Say", language="he-IL").text = before + BY_CARRIER[key]
        return
    if before:
        SubElement(root, "Say", language="he-IL").text = before.strip()
    SubElement(root, "Play").text = clips[key]


def _say(root: Element, sentence: str) -> None:
    SubElement(root, "Say", language="he-IL").text = sentence
    SubElement(root, "Hangup")


def _answer(root: Element) -> HttpResponse:
    body = b'<?xml version="1.0" encoding="UTF-8"?>' + tostring(root, encoding="utf-8")
    return HttpResponse(body, content_type="text/xml; charset=utf-8")
