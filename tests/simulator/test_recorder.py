"""Messages after the beep and recordings of calls: what is caught, where it lies, what the server is told."""

import io
import wave

import httpx2
import pytest

from calls.clock import Clock
from simulator import audio, ulaw
from simulator.carrier_rest import CarrierRest
from simulator.tape import wav
from tests.simulator.carrier_server import ACCOUNT, PUBLIC, STREAM, until, words

INCOMING = "/webhook/twilio/voice/incoming"


@pytest.fixture
def clock():
    return Clock(rate=15)


@pytest.fixture
async def rest(serve):
    stand_in = CarrierRest(auth_token="secret")
    stand_in.address = await serve(stand_in)
    return stand_in


@pytest.fixture
def voicemail(server):
    server.documents |= {
        INCOMING: f'<Response><Say>אפשר להשאיר הודעה</Say><Record action="{PUBLIC}/left" timeout="4" maxLength="60" '
        f'finishOnKey="#" recordingStatusCallback="{PUBLIC}/recording" '
        'recordingStatusCallbackEvent="completed absent"/><Say>לא נקלטה הודעה</Say></Response>',
        "/left": "<Response><Say>תודה</Say></Response>",
    }
    return server


async def fetched(rest, sid, password="secret", kind="wav"):
    async with httpx2.AsyncClient(auth=(ACCOUNT, password), trust_env=False) as client:
        return await client.get(f"{rest.address}/2010-04-01/Accounts/{ACCOUNT}/Recordings/{sid}.{kind}")


async def test_a_message_is_kept_told_and_served_to_whoever_has_the_password(ring, voicemail, rest):
    call = ring(rest=rest.address)
    await until(lambda: call.is_recording)
    await call.say("שלום, מדברת דנה, אשמח שתחזרו אליי")
    await call.press("#")
    await call.task
    [left], [told] = voicemail.forms("/left"), voicemail.forms("/recording")
    [taken] = call.recordings
    assert (left["RecordingSid"], left["Digits"]) == (taken.sid, "#")
    assert (told["RecordingStatus"], told["RecordingSource"]) == ("completed", "RecordVerb")
    assert told["RecordingUrl"].endswith(f"/Recordings/{taken.sid}")
    assert told["RecordingDuration"] == str(taken.seconds) != "0"
    assert words(call, "carrier") == ["אפשר להשאיר הודעה", "תודה"]

    answer = await fetched(rest, taken.sid)
    with wave.open(io.BytesIO(answer.content)) as file:
        samples = file.readframes(file.getnframes())
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 2, 1)
    codes = bytes(
        ulaw.encode(int.from_bytes(samples[at : at + 2], "little", signed=True)) for at in range(0, len(samples), 2)
    )
    ear = audio.Ear()
    ear.feed(codes)
    assert [utterance.text for utterance in ear.utterances] == ["שלום, מדברת דנה, אשמח שתחזרו אליי"]
    assert (await fetched(rest, taken.sid, password="guessed")).status_code == 401
    assert (await fetched(rest, taken.sid, kind="mp3")).status_code == 404


async def test_who_says_nothing_leaves_no_message(ring, voicemail):
    call = ring()
    await call.task
    assert voicemail.forms("/left") == []
    assert [form["RecordingStatus"] for form in voicemail.forms("/recording")] == ["absent"]
    assert words(call, "carrier") == ["אפשר להשאיר הודעה", "לא נקלטה הודעה"]


async def test_a_message_that_ends_with_the_call_is_kept_all_the_same(ring, voicemail):
    call = ring()
    await until(lambda: call.is_recording)
    await call.say("תחזרו אליי")
    call.hang_up()
    await call.task
    assert [form["RecordingStatus"] for form in voicemail.forms("/recording")] == ["completed"]
    assert [form["Digits"] for form in voicemail.forms("/left")] == ["hangup"]
    assert call.ended_by == "caller"


async def test_a_recorded_call_has_both_sides_in_their_time(ring, server, rest):
    server.documents[INCOMING] = STREAM.replace(
        "<Response>",
        f'<Response><Start><Recording channels="dual" recordingStatusCallback="{PUBLIC}/recording"/></Start>',
    )
    call = ring(rest=rest.address)
    await until(lambda: server.events("start"))
    server.say("שלום")
    await until(lambda: "שלום" in call.listener.words)
    await call.clock.sleep(2)
    await call.say("אני רוצה תור")
    call.hang_up()
    await call.task
    [told] = server.forms("/recording")
    [taken] = call.recordings
    assert (told["RecordingSource"], told["RecordingChannels"]) == ("StartCallRecordingTwiML", "2")
    caller, assistant = taken.tracks
    heard = []
    for track in (caller, assistant):
        ear = audio.Ear()
        ear.feed(track)
        heard.append([utterance.text for utterance in ear.utterances])
    assert heard == [["אני רוצה תור"], ["שלום"]]
    first_sound = next(at for at, code in enumerate(caller) if code != ulaw.SILENT_CODE)
    assert first_sound > len(assistant.rstrip(bytes([ulaw.SILENT_CODE])))  # the caller spoke after the assistant


def test_tracks_of_different_length_share_a_file():
    with wave.open(io.BytesIO(wav([b"\x00" * 160, b"\xff" * 320]))) as file:
        assert (file.getnchannels(), file.getnframes()) == (2, 320)


async def test_numbers_are_looked_up_and_set_up_within_their_account(rest):
    row = rest.numbers.add("+97233334444", account_sid=ACCOUNT)
    rest.numbers.add("+97233335555", account_sid="ACother")
    base = f"{rest.address}/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers"
    async with httpx2.AsyncClient(auth=(ACCOUNT, "secret"), trust_env=False) as client:
        found = (await client.get(f"{base}.json", params={"PhoneNumber": "+97233334444"})).json()
        nothing = (await client.get(f"{base}.json", params={"PhoneNumber": "+97233335555"})).json()
        changed = await client.post(f"{base}/{row['sid']}.json", data={"VoiceUrl": "https://h/in", "Strange": "x"})
        unknown = await client.post(f"{base}/PNnobody.json", data={"VoiceUrl": "https://h/in"})
    assert [each["phone_number"] for each in found["incoming_phone_numbers"]] == ["+97233334444"]
    assert nothing["incoming_phone_numbers"] == []
    assert (changed.status_code, changed.json()["voice_url"]) == (200, "https://h/in")
    assert unknown.status_code == 404
