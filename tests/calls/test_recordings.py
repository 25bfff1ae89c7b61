"""Recordings: what the carrier reports, what is fetched from it, what it must never make us fetch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from calls import fetching, tasks
from calls.models import CallSession, Recording, TwilioAccount
from calls.threads import off_loop
from crm.models import Activity, Business, FollowUp
from crm.tenancy import for_business, for_everyone
from simulator.carrier_rest import CarrierRest
from tests.support.carrier_forms import SID, VOICE, call_form, document, post, sign, tags
from tests.support.factories import BusinessFactory, CallSessionFactory
from tests.support.telephone import ACCOUNT, AUTH_TOKEN, DANA, PUBLIC_URL, served

RE = "RE" + "5" * 32
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SOUND = b"\xff" * 8000


@pytest.fixture(autouse=True)
def _carrier(settings: Settings, tmp_path: Path) -> None:
    settings.PUBLIC_URL = PUBLIC_URL
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, AUTH_TOKEN
    settings.TWILIO_API_BASE_URL = "http://carrier.invalid"
    settings.SECURE_SSL_REDIRECT = False
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def call(salon: Business) -> CallSession:
    row: CallSession = CallSessionFactory(
        business=salon, call_sid=SID, from_number=DANA, status="in-progress", next_step="voicemail", streams=1
    )
    return row


def report(**changes: str):
    form = call_form(
        RecordingSid=RE,
        RecordingStatus="completed",
        RecordingSource="RecordVerb",
        RecordingUrl=f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RE}",
        RecordingDuration="7",
        RecordingChannels="1",
    )
    form = {name: value for name, value in (form | changes).items() if name not in ("To", "From")}
    return post(f"{VOICE}/recording", form)


def rows() -> list[Recording]:
    with for_everyone("a look at all recordings"):
        return list(Recording.objects.all())


def waiting(call: CallSession, **fields: object) -> Recording:
    with for_business(call.business_id):
        given = {"kind": "voicemail", "recording_sid": RE, "due_at": NOW, "url": fetching.address_of("", RE)}
        return Recording.objects.create(business=call.business, call=call, **(given | fields))


def fetched(recording: Recording, now: datetime = NOW) -> Recording:
    fetching.fetch(recording.business_id, recording.pk, now=now)
    with for_business(recording.business_id):
        return Recording.objects.get(pk=recording.pk)


def stored(settings: Settings) -> dict[str, bytes]:
    """Every file in our storage."""
    root = Path(settings.MEDIA_ROOT)
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}


# --- reports -----------------------------------------------------------------------------------------
def test_a_message_is_kept_told_and_owed_once(call: CallSession) -> None:
    assert [tags(report()) for _ in range(2)] == [[], []]
    [row] = rows()
    assert (row.kind, row.status, row.duration_s, row.business_id) == ("voicemail", "waiting", 7, call.business_id)
    with for_business(call.business_id):
        stored = CallSession.objects.select_related("lead").get()
        assert (stored.outcome, stored.lead.phone) == ("message", DANA)
        assert [each.reason for each in FollowUp.objects.all()] == ["להאזין להודעה הקולית ולחזור ללקוח"]
        assert [(each.kind, each.text) for each in Activity.objects.all()] == [("voicemail", "הושארה הודעה קולית.")]


def test_a_call_recording_is_nothing_to_do(call: CallSession) -> None:
    report(RecordingSource="StartCallRecordingTwiML", RecordingChannels="2")
    assert [(row.kind, row.channels) for row in rows()] == [("call", 2)]
    with for_business(call.business_id):
        assert (FollowUp.objects.count(), CallSession.objects.get().outcome) == (0, "")


@pytest.mark.parametrize(("status", "kept"), [("absent", ["absent"]), ("failed", ["failed"]), ("in-progress", [])])
def test_what_was_not_recorded_is_nothing_to_do(call: CallSession, status: str, kept: list[str]) -> None:
    report(RecordingStatus=status)
    assert [row.status for row in rows()] == kept
    with for_business(call.business_id):
        assert FollowUp.objects.count() == 0


def test_reports_that_are_nobodys_change_nothing(call: CallSession) -> None:
    assert tags(report(CallSid="CA_unknown")) == []
    assert tags(report(RecordingSid="")) == []
    assert report(RecordingSid="../../Calls").status_code == 400
    assert post(f"{VOICE}/recording", call_form(RecordingSid=RE), "forged").status_code == 403
    assert rows() == []


def test_a_recording_of_one_business_is_not_taken_by_another(call: CallSession) -> None:
    """Ruth's account reports Dana's recording as one of her own calls."""
    report()
    ruth = BusinessFactory(slug="ruth")
    with for_business(ruth):
        TwilioAccount.objects.create(business=ruth, account_sid="AC_ruth", auth_token="ruth's")
    CallSessionFactory(business=ruth, call_sid="CA_ruth")
    form = {"CallSid": "CA_ruth", "AccountSid": "AC_ruth", "RecordingSid": RE, "RecordingStatus": "completed"}
    path = f"{VOICE}/recording"
    assert tags(post(path, form, sign(path, form, "ruth's"))) == []
    form["CallSid"] = SID  # and as Dana's
    assert post(path, form, sign(path, form, "ruth's")).status_code == 403
    assert [row.business_id for row in rows()] == [call.business_id]


def test_a_message_is_thanked_for_and_the_call_is_over(call: CallSession) -> None:
    for _ in range(2):
        say, hangup = document(post(f"{VOICE}/voicemail", call_form(CallStatus="in-progress", Digits="#")))
        assert (say.text, hangup.tag) == ("ההודעה נשמרה ותועבר לצוות. תודה ולהתראות.", "Hangup")
    with for_business(call.business_id):
        stored = CallSession.objects.get()
        assert (stored.outcome, stored.next_step, stored.ended_at is not None) == ("message", "", True)
        assert FollowUp.objects.count() == 1
    assert tags(post(f"{VOICE}/after", call_form())) == ["Hangup"]


# --- fetching ----------------------------------------------------------------------------------------
@pytest.fixture
async def carrier(settings: Settings):
    """The carrier's REST side with one recording of ours in it."""
    rest = CarrierRest(AUTH_TOKEN)
    rest.keep(RE, ACCOUNT, [SOUND])
    async with served(rest) as settings.TWILIO_API_BASE_URL:
        yield rest


async def test_a_recording_is_fetched_with_the_accounts_password_and_stored_out_of_reach(
    call: CallSession, carrier: CarrierRest, settings: Settings
) -> None:
    row = await off_loop(fetched, await off_loop(waiting, call))
    assert (row.status, row.attempts) == ("stored", 1)
    folder, name = row.file.name.rsplit("/", 1)
    assert folder.endswith(f"/{call.business_id}")
    assert (len(name) >= 32, name.endswith(".wav"), RE in name) == (True, True, False)
    assert stored(settings)[row.file.name][:4] == b"RIFF"


async def test_one_that_is_not_ready_is_tried_again_later_and_later(call: CallSession, carrier: CarrierRest) -> None:
    carrier.not_ready = 2
    recording = await off_loop(waiting, call)
    row = await off_loop(fetched, recording)
    assert (row.status, row.due_at) == ("waiting", NOW + timedelta(seconds=15))
    row = await off_loop(fetched, recording, NOW + timedelta(seconds=14))
    assert row.attempts == 1  # not due yet
    row = await off_loop(fetched, recording, NOW + timedelta(seconds=15))
    assert (row.status, row.due_at) == ("waiting", NOW + timedelta(seconds=45))
    row = await off_loop(fetched, recording, row.due_at)
    assert row.status == "stored"


def test_a_carrier_that_is_gone_is_given_up_on_in_the_end(call: CallSession, settings: Settings) -> None:
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:9"  # nobody listens on this port
    recording, now = waiting(call), NOW
    for attempt in range(1, fetching.MOST_ATTEMPTS + 1):
        row = fetched(recording, now)
        assert (row.attempts, row.status) == (attempt, "failed" if attempt == fetching.MOST_ATTEMPTS else "waiting")
        assert row.due_at - now <= fetching.LATEST
        now = row.due_at
    assert fetched(recording, now + timedelta(days=1)).attempts == fetching.MOST_ATTEMPTS


async def test_a_storage_that_takes_nothing_is_given_up_on_in_the_end(
    call: CallSession, carrier: CarrierRest, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "no folder").write_bytes(b"")
    settings.MEDIA_ROOT = tmp_path / "no folder"
    recording, now = await off_loop(waiting, call), NOW
    for attempt in range(1, fetching.MOST_ATTEMPTS + 1):
        row = await off_loop(fetched, recording, now)
        assert (row.attempts, row.status) == (attempt, "failed" if attempt == fetching.MOST_ATTEMPTS else "waiting")
        now = row.due_at
    assert row.file.name == ""


def test_one_whose_fetchers_never_lived_to_tell_is_given_up_on(call: CallSession) -> None:
    assert fetched(waiting(call, attempts=50)).status == "failed"


async def test_one_that_is_erased_while_it_is_fetched_leaves_no_file(call: CallSession, settings: Settings) -> None:
    class ErasedMeanwhile(Answers):
        async def __call__(self, scope, receive, send) -> None:
            if scope["type"] == "http":
                await off_loop(erase)
            await super().__call__(scope, receive, send)

    def erase() -> None:
        with for_business(call.business_id):
            Recording.objects.all().delete()

    async with served(ErasedMeanwhile(200, "audio/mpeg", b"ID3")) as settings.TWILIO_API_BASE_URL:
        recording = await off_loop(waiting, call)
        await off_loop(fetching.fetch, call.business_id, recording.pk, now=NOW)
    assert await off_loop(rows) == []
    assert stored(settings) == {}


def test_whoever_is_fetching_is_left_alone(call: CallSession) -> None:
    recording = waiting(call, due_at=NOW + fetching.LEASE, attempts=1)
    assert fetched(recording).attempts == 1


def test_the_address_in_the_report_is_never_asked(call: CallSession) -> None:
    report(RecordingUrl="http://169.254.169.254/latest/meta-data")
    assert [row.url for row in rows()] == [f"http://carrier.invalid/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RE}"]


class Answers:
    """A carrier that gives whatever it is told to."""

    def __init__(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.status, self.kind, self.body, self.headers = status, kind, body, headers
        self.paths: list[str] = []

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return
        self.paths.append(scope["path"].rpartition("/")[2])
        headers = [(b"content-type", self.kind.encode())]
        headers += [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


@pytest.mark.parametrize(
    ("answers", "status", "asked"),
    [
        (Answers(200, "audio/mpeg", b"ID3"), "stored", [f"{RE}.mp3"]),
        (Answers(200, "text/html", b"<html>"), "failed", [f"{RE}.mp3"]),
        (Answers(200, "audio/mpeg", b""), "waiting", [f"{RE}.mp3"]),
        (Answers(401, "application/json", b"{}"), "waiting", [f"{RE}.mp3"]),
        (Answers(302, "audio/mpeg", b"", location="http://127.0.0.1:1/secret"), "waiting", [f"{RE}.mp3"]),
        (Answers(404, "application/json", b"{}"), "waiting", [f"{RE}.mp3", f"{RE}.wav"]),
    ],
)
async def test_what_the_carrier_may_answer(
    call: CallSession, settings: Settings, answers: Answers, status: str, asked: list[str]
) -> None:
    async with served(answers) as settings.TWILIO_API_BASE_URL:
        row = await off_loop(fetched, await off_loop(waiting, call))
    assert (row.status, answers.paths) == (status, asked)


async def test_one_that_is_too_large_is_not_kept(
    call: CallSession, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LARGEST", 1000)
    async with served(Answers(200, "audio/mpeg", b"x" * 1001)) as settings.TWILIO_API_BASE_URL:
        row = await off_loop(fetched, await off_loop(waiting, call))
    assert (row.status, row.file.name) == ("failed", "")
    assert stored(settings) == {}


def test_the_sweep_takes_what_is_due_and_leaves_what_another_sweep_has(call: CallSession) -> None:
    due = waiting(call)
    waiting(call, recording_sid="RE2", due_at=NOW + timedelta(seconds=1))
    waiting(call, recording_sid="RE3", status="stored")
    with transaction.atomic():
        assert fetching.claim_due(NOW) == [(call.business_id, due.pk)]


def test_a_report_leads_to_a_fetch_by_itself(call: CallSession, settings: Settings) -> None:
    tasks.fetch_recording.app.conf.task_always_eager = True
    try:
        settings.TWILIO_API_BASE_URL = "http://127.0.0.1:9"
        report()
    finally:
        tasks.fetch_recording.app.conf.task_always_eager = False
    assert [row.attempts for row in rows()] == [1]
