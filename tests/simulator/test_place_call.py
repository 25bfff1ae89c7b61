"""`manage.py place_call` against a running server: what it prints and how it ends."""

import asyncio
import io
import threading
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest
from django.core.management import CommandError, call_command
from twilio.request_validator import RequestValidator

from benchmarks.passthrough import Passthrough
from calls.models import PhoneLine, TwilioAccount
from calls.prompts import draft_of, save_draft
from crm.models import Business
from crm.tenancy import for_business
from simulator.provider import running_provider, serve_app
from simulator.provider_options import ProviderOptions

TO = "+97233334444"


@dataclass
class Running:
    """A server in another thread, as another process would be."""

    url: str = ""
    posts: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def server():
    running, ready, over = Running(), threading.Event(), asyncio.Event()

    async def serve():
        quick = ProviderOptions(first_audio_delay_s=0.05, transcription_delay_s=0.05)
        async with running_provider(options=quick) as provider:
            bridge = Passthrough(provider.base_url.replace("http", "ws") + "/realtime?model=gpt-realtime-2.1", "key")

            async def recorded(scope, receive, send):
                if scope["path"] == "/simulator/carrier/link":
                    await receive()
                    await send({"type": "websocket.close"})
                    return
                if scope["type"] == "http":
                    message = await receive()
                    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
                    running.posts.append((scope["path"], message.get("body", b""), headers))
                await bridge(scope, receive, send)

            uvicorn, task, port = await serve_app(recorded)
            running.url = f"http://127.0.0.1:{port}"
            bridge.media_url = f"ws://127.0.0.1:{port}/media"
            ready.set()
            await over.wait()
            uvicorn.should_exit = uvicorn.force_exit = True
            await task

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(20)
    yield running
    loop.call_soon_threadsafe(over.set)
    thread.join(20)
    loop.close()


@pytest.fixture
def scenario(tmp_path):
    def write(text):
        path = tmp_path / "scenario.yaml"
        path.write_text(text)
        return str(path)

    return write


def place(*args, **options):
    out = io.StringIO()
    call_command("place_call", *args, stdout=out, **options)
    return out.getvalue()


SHORT = 'steps: [{hang_up: true}]\nexpect: [{said: "איך אפשר לעזור"}]\n'


@pytest.mark.django_db
def test_the_conversation_is_printed_and_the_expectations_hold(server, scenario):
    out = place("--to", TO, "--url", server.url, "--scenario", scenario(SHORT), "--from", "anonymous")
    lines = [line.split("s  ", 1)[1] for line in out.splitlines()[:-1]]
    assert [line.split()[0] for line in lines] == ["ringing", "answered", "assistant", "ended"]
    assert lines[2] == "assistant   \u2067שלום, איך אפשר לעזור?\u2069"
    assert "anonymous -> +97233334444" in lines[0]
    assert out.splitlines()[-1] == "Everything the scenario expects came true."


@pytest.mark.django_db
def test_what_did_not_come_true_is_named(server, scenario):
    script = scenario('steps: [{hang_up: true}]\nexpect: [{said: "התור נקבע"}]\n')
    with pytest.raises(CommandError) as failed:
        place("--to", TO, "--url", server.url, "--scenario", script)
    assert str(failed.value) == "The call did not go as the scenario expects: \u2067expected said: התור נקבע\u2069"


@pytest.mark.django_db
def test_the_number_s_own_account_signs(server, scenario, settings):
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = "ACinstallation", "the installation's"
    settings.PUBLIC_URL = server.url
    business = Business.objects.create(slug="dana", name="המספרה של דנה")
    with for_business(business):
        PhoneLine.objects.create(number=TO)
        TwilioAccount.objects.create(account_sid="ACdana", auth_token="dana's")
    place("--to", TO, "--url", server.url, "--scenario", scenario(SHORT))
    place("--to", "+97239999999", "--url", server.url, "--scenario", scenario(SHORT))
    incoming = [post for post in server.posts if post[0].endswith("/incoming")]
    for (path, body, headers), sid, token in zip(
        incoming, ("ACdana", "ACinstallation"), ("dana's", "the installation's"), strict=True
    ):
        form = dict(pair.split("=", 1) for pair in body.decode().replace("%2B", "+").split("&"))
        assert form["AccountSid"] == sid
        assert RequestValidator(token).validate(server.url + path, form, headers["x-twilio-signature"])


@pytest.mark.django_db
def test_a_scenario_that_needs_the_test_house_is_not_begun(server, scenario):
    script = scenario("business: {}\nprovider: {breaks: true}\nsteps: [hang_up: true]\nexpect: [{outcome: booked}]\n")
    with pytest.raises(CommandError, match="a house of its own for business, provider, outcome; such scenarios are"):
        place("--to", TO, "--url", server.url, "--scenario", script)
    assert server.posts == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (["--to", "03-3334444"], "is no number in international form"),
        (["--to", TO, "--from", "nobody"], "is no number in international form"),
        (["--to", TO, "--url", "localhost:8000"], "--url must be an address"),
        (["--to", TO, "--scenario", "/nowhere.yaml"], "The scenario cannot be used: /nowhere.yaml cannot be read"),
        (["--to", TO, "--url", "http://127.0.0.1:9"], "nobody answers at http://127.0.0.1:9"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(args, complaint):
    with pytest.raises(CommandError) as refused:
        place(*args)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.django_db
def test_a_draft_is_tried_by_the_name_of_the_caller(server, scenario):
    business = Business.objects.create(slug="dana", name="המספרה של דנה")
    with for_business(business):
        PhoneLine.objects.create(number=TO)
    draft = save_draft(business, "דברו מהר.", by=None)
    place("--to", TO, "--url", server.url, "--scenario", scenario(SHORT), "--draft", str(draft.number))
    [body] = [body for path, body, _ in server.posts if path.endswith("/incoming")]
    assert draft_of(business, parse_qs(body.decode())["From"][0]) == draft


@pytest.mark.django_db
@pytest.mark.parametrize("args", [["--draft", "1"], ["--draft", "2", "--from", "+972521234567"]])
def test_a_draft_that_is_none_is_refused(args):
    business = Business.objects.create(slug="dana", name="המספרה של דנה")
    with for_business(business):
        PhoneLine.objects.create(number=TO)
    save_draft(business, "דברו מהר.", by=None)  # number 2; number 1 is live
    with pytest.raises(CommandError, match=r"has no draft with the number 1|leave --from out"):
        place("--to", TO, *args)
