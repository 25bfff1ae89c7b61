"""Documents as the carrier reads them."""

import pytest

from simulator import twiml


def test_connect_with_parameters_and_what_follows():
    verbs = twiml.parse(
        '<?xml version="1.0" encoding="UTF-8"?><Response><Start><Recording channels="dual"/></Start>'
        '<Connect action="/after"><Stream url="wss://h/media" statusCallback="https://h/s">'
        '<Parameter name="token" value="t1"/><Parameter name="call" value="c1"/></Stream></Connect>'
        '<Say language="he-IL">סליחה</Say><Hangup/></Response>'
    )
    assert verbs == [
        twiml.Start("Recording", {"channels": "dual"}),
        twiml.Connect("wss://h/media", {"token": "t1", "call": "c1"}, "/after", "POST", "https://h/s"),
        twiml.Say("סליחה", "he-IL"),
        twiml.Hangup(),
    ]


def test_the_other_verbs():
    verbs = twiml.parse(
        '<Response><Gather action="/g" numDigits="1" timeout="3"><Say>1</Say><Pause length="2"/></Gather>'
        '<Record action="/r" maxLength="9"/><Play>http://h/a.wav</Play><Redirect method="get">/next</Redirect>'
        '<Reject reason="busy"/><Dial><Number>+972521234567</Number></Dial></Response>'
    )
    assert verbs == [
        twiml.Gather("/g", "POST", 3.0, "#", 1, (twiml.Say("1"), twiml.Pause(2.0))),
        twiml.Record("/r", "POST", 5.0, 9.0),
        twiml.Play("http://h/a.wav"),
        twiml.Redirect("/next", "GET"),
        twiml.Reject("busy"),
        twiml.Dial("+972521234567"),
    ]


@pytest.mark.parametrize(
    "document",
    [
        "not xml",
        "<Other/>",
        "<Response><Connect/></Response>",
        "<Response><Speak>x</Speak></Response>",
        '<Response><Connect><Stream url="wss://h" track="both_tracks"/></Connect></Response>',
        '<Response><Connect><Stream url="wss://h"><Parameter name="a" value="LONG"/></Stream></Connect></Response>',
    ],
)
def test_what_the_carrier_would_not_perform(document):
    with pytest.raises(twiml.BadTwiml):
        twiml.parse(document.replace("LONG", "x" * 500))
