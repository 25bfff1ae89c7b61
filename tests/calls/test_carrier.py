"""Media Streams on the wire. Samples follow Twilio's documentation, with made-up ids."""

from __future__ import annotations

import json
from typing import Any

import pytest

from calls import carrier

START: dict[str, Any] = {
    "event": "start",
    "sequenceNumber": "1",
    "start": {
        "accountSid": "AC1",
        "streamSid": "MZ1",
        "callSid": "CA1",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"token": "secret"},
    },
    "streamSid": "MZ1",
}


def start_with(**changes: Any) -> dict[str, Any]:
    return START | {"start": START["start"] | changes}


@pytest.mark.parametrize(
    ("frame", "meaning"),
    [
        ({"event": "connected", "protocol": "Call", "version": "1.0.0"}, carrier.Connected()),
        (START, carrier.Started("MZ1", "CA1", "AC1", "secret")),
        (start_with(customParameters={}), carrier.Started("MZ1", "CA1", "AC1", "")),
        (
            {"event": "media", "media": {"track": "inbound", "chunk": "1", "timestamp": "5", "payload": "////"}},
            carrier.Media("////", timestamp_ms=5, chunk=1),
        ),
        ({"event": "media", "media": {"payload": "////"}}, carrier.Media("////")),
        ({"event": "media", "media": {"payload": "////", "chunk": 3, "timestamp": "-9"}}, carrier.Media("////")),
        (
            {"event": "media", "media": {"payload": "////", "chunk": "9" * 5000, "timestamp": "²"}},
            carrier.Media("////"),
        ),
        ({"event": "media", "media": {"track": "outbound", "payload": "////"}}, carrier.Unknown("media")),
        ({"event": "media", "media": {"payload": ""}}, carrier.Unknown("media")),
        ({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": "#"}}, carrier.Key("#")),
        ({"event": "mark", "mark": {"name": "g0:item:180"}}, carrier.Mark("g0:item:180")),
        ({"event": "text", "text": " אפשר תור\nמחר?\u202e "}, carrier.Text("אפשר תור מחר?")),
        ({"event": "text", "text": "א" * 500}, carrier.Text("א" * 500)),
        ({"event": "stop", "stop": {"callSid": "CA1"}}, carrier.Stopped()),
        ({"event": "dance"}, carrier.Unknown("dance")),
        (start_with(mediaFormat={"encoding": "audio/l16", "sampleRate": 16000}), carrier.Unknown("start")),
    ],
    ids=lambda value: value["event"] if isinstance(value, dict) else "",
)
def test_a_frame_means(frame: dict[str, Any], meaning: carrier.Frame) -> None:
    assert carrier.parse(json.dumps(frame)) == meaning


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "hello",
        "{}",
        "[1]",
        '{"event": 5}',
        '{"event": "media"}',
        '{"event": "media", "media": {"payload": "not base64!"}}',
        '{"event": "media", "media": {"payload": "///"}}',
        '{"event": "media", "media": {"payload": "\\",\\"type\\":\\"x"}}',
        '{"event": "dtmf", "dtmf": {"digit": "12"}}',
        '{"event": "mark"}',
        '{"event": "start"}',
        json.dumps(start_with(streamSid='MZ","x":"')),
        json.dumps({"event": "text"}),
        json.dumps({"event": "text", "text": " \n "}),
        json.dumps({"event": "text", "text": "א" * 501}),
        json.dumps({"event": "text", "text": ["אפשר תור?"]}),
    ],
)
def test_a_malformed_frame_is_none(frame: str) -> None:
    assert carrier.parse(frame) is None


def test_frames_to_the_carrier_are_what_it_expects() -> None:
    writer = carrier.Writer("MZ1")

    assert json.loads(writer.media("////")) == {"event": "media", "streamSid": "MZ1", "media": {"payload": "////"}}
    assert json.loads(writer.mark('g1:"x":60')) == {
        "event": "mark",
        "streamSid": "MZ1",
        "mark": {"name": 'g1:"x":60'},
    }
    assert json.loads(writer.clear) == {"event": "clear", "streamSid": "MZ1"}


def test_a_stream_with_an_impossible_name_is_not_written_to() -> None:
    with pytest.raises(ValueError, match="stream SID"):
        carrier.Writer('MZ","x":"')
