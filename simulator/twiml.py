"""TwiML: what a carrier is told to do with a call."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field


class BadTwiml(ValueError):
    """The document is no TwiML, or asks for something that does not exist."""


@dataclass(frozen=True)
class Connect:
    """Talk over a media stream; go on with `action` when it ends, else with the next verb."""

    url: str
    parameters: dict[str, str]
    action: str | None = None
    method: str = "POST"
    status_callback: str | None = None


@dataclass(frozen=True)
class Say:
    text: str
    language: str = ""


@dataclass(frozen=True)
class Play:
    url: str


@dataclass(frozen=True)
class Pause:
    length_s: float = 1.0


@dataclass(frozen=True)
class Redirect:
    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Hangup:
    pass


@dataclass(frozen=True)
class Reject:
    reason: str = "rejected"


@dataclass(frozen=True)
class Gather:
    """Wait for keys. Without any, the next verb follows."""

    action: str | None = None
    method: str = "POST"
    timeout_s: float = 5.0
    finish_on_key: str = "#"
    num_digits: int | None = None
    prompts: tuple[Say | Play | Pause, ...] = ()


@dataclass(frozen=True)
class Record:
    """Take a message; go on with `action`, or with the next verb if nothing was said."""

    action: str | None = None
    method: str = "POST"
    timeout_s: float = 5.0
    max_length_s: float = 3600.0
    finish_on_key: str = "1234567890*#"
    beeps: bool = True
    status_callback: str | None = None
    status_events: tuple[str, ...] = ("completed",)


@dataclass(frozen=True)
class Dial:
    """Ring another number; go on with `action`, else with the next verb. `url`: what its owner hears first."""

    number: str
    action: str | None = None
    method: str = "POST"
    timeout_s: float = 30.0
    caller_id: str = ""
    url: str | None = None
    url_method: str = "POST"


@dataclass(frozen=True)
class Start:
    """Something that runs beside the call (recording, a one-way stream); only noted."""

    what: str
    attributes: dict[str, str] = field(default_factory=dict)


Verb = Connect | Say | Play | Pause | Redirect | Hangup | Reject | Gather | Record | Dial | Start


def parse(document: str) -> list[Verb]:
    """The verbs of a document. Raises BadTwiml, where the carrier would end the call with an error."""
    try:
        root = ET.fromstring(document.strip())  # noqa: S314 -- from the product under test, size limited by the client
    except ET.ParseError as error:
        raise BadTwiml(f"document parse failure (12100): {error}") from error
    if root.tag != "Response":
        raise BadTwiml(f"the document must be a <Response>, not <{root.tag}> (12100)")
    return [_verb(element) for element in root]


def _verb(element: ET.Element) -> Verb:
    text, get = (element.text or "").strip(), element.get
    match element.tag:
        case "Connect":
            return _connect(element)
        case "Say":
            return Say(text, get("language", ""))
        case "Play":
            return Play(text)
        case "Pause":
            return Pause(_seconds(element, "length", 1.0))
        case "Redirect":
            return Redirect(text, get("method", "POST").upper())
        case "Hangup":
            return Hangup()
        case "Reject":
            return Reject(get("reason", "rejected"))
        case "Gather":
            return _gather(element)
        case "Record":
            return _record(element)
        case "Dial":
            return _dial(element, text)
        case "Start":
            child = next(iter(element), None)
            return Start("" if child is None else child.tag, {} if child is None else dict(child.attrib))
    raise BadTwiml(f"<{element.tag}> is not a verb (12200)")


def _connect(element: ET.Element) -> Connect:
    stream = element.find("Stream")
    if stream is None or not stream.get("url"):
        raise BadTwiml("<Connect> needs a <Stream url> (12200)")
    if stream.get("track", "inbound_track") != "inbound_track":
        raise BadTwiml("a bidirectional stream carries the inbound track only (31941)")
    parameters: dict[str, str] = {}
    for parameter in stream.findall("Parameter"):
        name, value = parameter.get("name", ""), parameter.get("value", "")
        if len(name) + len(value) >= 500:
            raise BadTwiml(f"<Parameter name={name!r}> is 500 characters or more")
        parameters[name] = value
    action, method = element.get("action"), element.get("method", "POST").upper()
    return Connect(stream.get("url", ""), parameters, action, method, stream.get("statusCallback"))


def _gather(element: ET.Element) -> Gather:
    prompts = [prompt for child in element if isinstance(prompt := _verb(child), Say | Play | Pause)]
    digits = element.get("numDigits")
    return Gather(
        action=element.get("action"),
        method=element.get("method", "POST").upper(),
        timeout_s=_seconds(element, "timeout", 5.0),
        finish_on_key=element.get("finishOnKey", "#"),
        num_digits=int(digits) if digits and digits.isdigit() else None,
        prompts=tuple(prompts),
    )


def _record(element: ET.Element) -> Record:
    get = element.get
    return Record(
        action=get("action"),
        method=get("method", "POST").upper(),
        timeout_s=_seconds(element, "timeout", 5.0),
        max_length_s=_seconds(element, "maxLength", 3600.0),
        finish_on_key=get("finishOnKey", Record.finish_on_key),
        beeps=get("playBeep", "true") == "true",
        status_callback=get("recordingStatusCallback"),
        status_events=tuple(get("recordingStatusCallbackEvent", "completed").split()),
    )


def _dial(element: ET.Element, text: str) -> Dial:
    number = element.find("Number")
    if number is None:
        return Dial(text, *_dial_options(element))
    url, method = number.get("url"), number.get("method", "POST").upper()
    return Dial((number.text or "").strip(), *_dial_options(element), url, method)


def _dial_options(element: ET.Element) -> tuple[str | None, str, float, str]:
    get = element.get
    return get("action"), get("method", "POST").upper(), _seconds(element, "timeout", 30.0), get("callerId", "")


def _seconds(element: ET.Element, name: str, default: float) -> float:
    try:
        return float(element.get(name, default))
    except ValueError:
        return default
