"""Who is called with <Dial>: the other leg, what its owner hears, and what the server is told."""

import pytest

from calls.clock import Clock
from simulator.carrier_rest import CarrierRest
from simulator.person import Person
from tests.simulator.carrier_server import FROM, PUBLIC, TO, until, words

OWNER = "+972529999999"
INCOMING = "/webhook/twilio/voice/incoming"


@pytest.fixture
def clock():
    return Clock(rate=15)


@pytest.fixture
def transferring(server):
    """The server rings the owner, who hears who calls and presses 1 to take it."""
    server.documents |= {
        INCOMING: f'<Response><Dial action="{PUBLIC}/dialled" timeout="10"><Number url="{PUBLIC}/whisper">{OWNER}'
        "</Number></Dial></Response>",
        "/whisper": f'<Response><Gather numDigits="1" timeout="3" action="{PUBLIC}/key"><Say>שיחה מהמספרה</Say>'
        "</Gather><Hangup/></Response>",
        "/key": "<Response/>",
        "/dialled": "<Response><Say>אין מענה</Say></Response>",
    }
    return server


async def test_a_person_who_takes_the_call_talks_and_hangs_up(ring, transferring):
    call = ring()
    call.person = Person("answers", after_s=2, talks_s=4)
    await until(lambda: call.is_bridged)
    await call.task
    whisper, key, dialled = (transferring.forms(path)[0] for path in ("/whisper", "/key", "/dialled"))
    assert (whisper["ParentCallSid"], whisper["To"], whisper["From"]) == (call.sid, OWNER, FROM)
    assert whisper["Direction"] == "outbound-dial"
    assert whisper["CallSid"] not in ("", call.sid)
    assert key["Digits"] == "1"
    assert (dialled["CallSid"], dialled["DialCallSid"]) == (call.sid, whisper["CallSid"])
    assert (dialled["DialCallStatus"], dialled["DialBridged"]) == ("completed", "true")
    assert int(dialled["DialCallDuration"]) >= 4
    assert words(call, "person") == ["שיחה מהמספרה"]
    assert [event.what for event in call.events][-3:] == ["dialled", "carrier", "ended"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("no_answer", "no-answer"),
        ("busy", "busy"),
        ("failed", "failed"),
        ("rejects", "completed"),
        ("silent", "completed"),
    ],
)
async def test_a_person_who_does_not_take_it_sends_the_caller_back(ring, transferring, kind, status):
    call = ring()
    call.person = Person(kind, after_s=1)
    await call.task
    [dialled] = transferring.forms("/dialled")
    assert (dialled["DialCallStatus"], dialled["DialBridged"]) == (status, "false")
    assert transferring.forms("/key") == []
    assert words(call, "carrier") == ["אין מענה"]
    assert "bridged" not in [event.what for event in call.events]


async def test_ringing_ends_when_the_servers_patience_does(ring, transferring):
    call = ring()
    call.person = Person("answers", after_s=60)
    await call.task
    assert transferring.forms("/dialled")[0]["DialCallStatus"] == "no-answer"
    assert transferring.forms("/whisper") == []


async def test_a_caller_who_hangs_up_ends_both_legs(ring, transferring):
    call = ring()
    call.person = Person("answers", after_s=1, talks_s=None)
    await until(lambda: call.is_bridged)
    call.hang_up()
    await call.task
    assert (call.ended_by, call.is_bridged) == ("caller", False)


async def test_a_shown_number_is_the_servers_choice(ring, transferring):
    transferring.documents[INCOMING] = (
        f'<Response><Dial callerId="{TO}"><Number url="{PUBLIC}/whisper">{OWNER}</Number></Dial>'
        "<Say>להתראות</Say></Response>"
    )
    call = ring()
    call.person = Person("rejects", after_s=1)
    await call.task
    assert transferring.forms("/whisper")[0]["From"] == TO
    assert words(call, "carrier") == ["להתראות"]  # without an action the next verb follows


def test_a_person_of_no_kind_is_refused():
    with pytest.raises(ValueError, match="answers, rejects"):
        Person("asleep")


async def test_a_rejected_call_never_was_answered(ring, server):
    server.documents[INCOMING] = "<Response><Reject/></Response>"
    call = ring()
    await call.task
    assert (call.ended_by, words(call, "rejected")) == ("document", ["rejected"])
    assert server.forms("/webhook/twilio/voice/status")[0]["CallStatus"] == "no-answer"


# --- the last callback -------------------------------------------------------------------------------
async def test_a_last_callback_may_be_lost(ring, server):
    call = ring()
    call.status_callback = "never"
    await until(lambda: call.is_answered)
    call.hang_up()
    await call.task
    assert server.forms("/webhook/twilio/voice/status") == []


async def test_a_last_callback_may_come_before_the_stream_is_over(ring, server):
    call = ring()
    call.status_callback = "first"
    await until(lambda: call.is_answered)
    call.hang_up()
    await call.task
    paths = [path for path, *_ in server.posts]
    assert len(server.forms("/webhook/twilio/voice/status")) == 1
    last_stream = len(paths) - 1 - paths[::-1].index("/stream")
    assert paths.index("/webhook/twilio/voice/status") < last_stream


# --- the media socket --------------------------------------------------------------------------------
async def test_a_dropped_stream_says_no_stop_and_leads_to_the_action(ring, server):
    call = ring()
    await until(lambda: call.is_answered)
    call.drop_stream()
    await call.task
    assert server.events("stop") == []
    assert len(server.forms("/after")) == 1


async def test_frames_may_get_lost_held_swapped_and_repeated(ring, server):
    call = ring()

    def chunks():
        return [int(frame["media"]["chunk"]) for frame in server.events("media")]

    await until(lambda: len(chunks()) >= 3)
    for mishap in (lambda: call.stream.lose(100), call.stream.swap, call.stream.repeat, lambda: call.stream.hold(100)):
        before = len(chunks())
        mishap()
        await until(lambda before=before: len(chunks()) >= before + 8)
    call.hang_up()
    await call.task
    got = chunks()
    missing = set(range(1, max(got) + 1)) - set(got)
    assert len(missing) == 5
    assert max(missing) - min(missing) == 4
    assert len(got) - len(set(got)) == 1
    assert len([1 for one, next_ in zip(got, got[1:], strict=False) if next_ < one]) == 1


# --- REST --------------------------------------------------------------------------------------------
async def test_a_redirect_is_fetched_as_it_was_asked_for(ring, server, serve):
    import httpx2

    server.documents["/elsewhere"] = "<Response><Say>כאן</Say></Response>"
    rest = await serve(CarrierRest())
    call = ring(rest=rest)
    await until(lambda: call.is_answered)
    account = call.line.account_sid
    async with httpx2.AsyncClient(auth=(account, "any"), trust_env=False) as client:
        url = f"{rest}/2010-04-01/Accounts/{account}/Calls/{call.sid}.json"
        answer = await client.post(url, data={"Url": f"{PUBLIC}/elsewhere", "Method": "POST"})
    assert answer.status_code == 200
    await call.task
    assert server.forms("/elsewhere")[0]["CallSid"] == call.sid
    assert words(call, "carrier") == ["כאן"]
    assert server.forms("/after") == []
