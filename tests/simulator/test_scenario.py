"""Callers who follow a script, against the bare bridge and the provider stand-in."""

import pytest

from benchmarks.passthrough import Passthrough
from calls.clock import Clock
from simulator import scenario as scenarios
from simulator.caller import run_scenario
from simulator.carrier import Line
from simulator.scenario import BadScenario, parse

TO = "+97233334444"
GREETING = "שלום, איך אפשר לעזור?"


@pytest.fixture
def clock() -> Clock:
    return Clock(rate=12)


@pytest.fixture
async def line(serve, provider):
    app = Passthrough(provider.base_url.replace("http", "ws") + "/realtime?model=gpt-realtime-2.1", "key")
    address = await serve(app)
    app.media_url = address.replace("http", "ws") + "/media"
    return Line(address)


@pytest.fixture
def play(line, clock):
    async def run(steps, expect=(), **more):
        return await run_scenario(parse({"steps": steps, "expect": list(expect), **more}), line, to=TO, clock=clock)

    return run


def told(outcome):
    return [(event.what, event.text) for event in outcome.call.events if event.what in ("caller", "assistant", "keys")]


async def test_the_caller_speaks_after_the_assistant_has_finished(play):
    outcome = await play(
        [{"say": "אני רוצה תור"}, {"say": "תודה, להתראות"}, {"hang_up": True}],
        [
            {"said": "איך אפשר לעזור"},
            {"said": "איזה יום", "times": 1},
            {"never_said": "קבעתי"},
            {"ended_by": "caller"},
            {"first_reply_words": 24},
        ],
    )
    assert outcome.failed == []
    assert told(outcome) == [
        ("assistant", GREETING),
        ("caller", "אני רוצה תור"),
        ("assistant", "בשמחה. איזה יום ושעה נוחים?"),
        ("caller", "תודה, להתראות"),
        ("assistant", "תודה, יום נעים!"),
    ]


async def test_expectations_that_do_not_come_true_are_named(play):
    outcome = await play(
        [{"hang_up": True}],
        [{"said": "התור נקבע"}, {"never_said": "שלום"}, {"ended_by": "server"}, {"first_reply_words": 2}],
    )
    assert outcome.failed == [
        "expected said: התור נקבע",
        "expected never_said: שלום",
        "expected ended_by: server",
        "expected first_reply_words: 2",
    ]


class BreaksDown(Passthrough):
    """The assistant is reached, the stream is over at once, and what follows it cannot be fetched."""

    async def __call__(self, scope, receive, send):
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await receive()
            await send({"type": "websocket.close", "code": 1000})
            return
        stream = f'<Response><Connect><Stream url="{self.media_url}"/></Connect><Redirect>/gone</Redirect></Response>'
        status = 500 if scope["path"] == "/gone" else 200
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/xml")]})
        await send({"type": "http.response.body", "body": stream.encode()})


@pytest.mark.parametrize(
    ("expect", "failed"),
    [
        ([], ["the server answered HTTP 500 at /gone (11200)"]),
        ([{"never_said": "שלום"}], ["the server answered HTTP 500 at /gone (11200)"]),
        ([{"ended_by": "server"}], ["expected ended_by: server"]),
        ([{"ended_by": "error"}], []),
    ],
)
async def test_a_call_that_breaks_down_fails_unless_that_was_expected(serve, clock, expect, failed):
    app = BreaksDown("", "")
    address = await serve(app)
    app.media_url = address.replace("http", "ws") + "/media"
    scenario = parse({"steps": [{"silence": 1}], "expect": expect})
    outcome = await run_scenario(scenario, Line(address), to=TO, clock=clock)
    assert outcome.failed == failed


async def test_what_was_heard_can_be_said_again(play):
    steps = [{"wait_for": "(?P<what>איך אפשר [^?]+)"}, {"say": "אמרת {what}"}, {"hang_up": True}]
    outcome = await play(steps)
    assert ("caller", "אמרת איך אפשר לעזור") in told(outcome)


async def test_steps_may_depend_on_what_was_said(play):
    steps = [
        {"say": "כן", "if_said": "לקבוע"},
        {"say": "לא", "unless_said": "איך אפשר"},
        {"say": "מחר", "if_said": "איך אפשר"},
        {"hang_up": True},
    ]
    outcome = await play(steps)
    assert [text for what, text in told(outcome) if what == "caller"] == ["מחר"]


async def test_the_caller_can_talk_into_the_assistants_words(play):
    outcome = await play([{"say": "רגע", "interrupt_after_ms": 300}, {"hang_up": True}])
    happened = [event.what for event in outcome.call.events]
    assert happened.index("caller") < happened.index("assistant")


async def test_silence_noise_and_keys(play, provider):
    outcome = await play([{"silence": 2}, {"noise": 500}, {"press": "12#", "then": "go_on"}, {"hang_up": True}])
    assert ("keys", "12#") in told(outcome)
    assert outcome.call.events[-1].at_s > 4
    assert outcome.ok


async def test_a_step_may_wait_for_the_words_it_talks_into(play):
    outcome = await play(
        [{"say": "רגע", "while_hearing": "איך", "then": "go_on"}, {"hang_up": True}],
        [{"order": ["שלום", "איך"]}, {"longest_silence_ms": 1000}],
    )
    assert outcome.failed == []
    assert [what for what, _ in told(outcome)][0] == "caller"


async def test_a_backchannel_waits_for_no_answer(play):
    outcome = await play([{"backchannel": "אהה", "interrupt_after_ms": 300}, {"wait_for": "לעזור"}, {"hang_up": True}])
    assert outcome.ok
    assert outcome.spoke_until == []


async def test_the_assistants_own_voice_comes_back_softer(play, provider):
    heard_before = provider.provider.sessions
    outcome = await play([{"echo": 400, "loudness": 0.5}, {"cough": 200}, {"hang_up": True}])
    assert outcome.ok
    assert heard_before[0].recording.appended > 50


async def test_how_replies_went_can_be_expected(play):
    outcome = await play(
        [{"say": "אני רוצה תור"}, {"hang_up": True}],
        [
            {"heard_to_end": "איך אפשר לעזור"},
            {"cut": "שלום"},
            {"order": ["איזה יום", "איך אפשר"]},
            {"replies": 7},
            {"dialled": 1},
            {"person_heard": "בעניין"},
            {"longest_silence_ms": 10},
        ],
    )
    assert [each.split(":")[0] for each in outcome.failed] == [
        f"expected {kind}" for kind in ("cut", "order", "replies", "dialled", "person_heard", "longest_silence_ms")
    ]


async def test_something_may_be_waited_for(play):
    outcome = await play([{"wait_until": "answered"}, {"wait_until": "beep", "within": 1}])
    assert outcome.failed == ["there was no `beep` within 1 s"]


async def test_troubles_of_the_line_happen_to_the_line_and_others_are_passed_on(line, clock):
    scenario = parse(
        {
            "line": {"status_callback": "never"},
            "steps": [{"trouble": "breaks"}, {"trouble": {"loses_sound": 100}}, {"hang_up": True}],
        }
    )
    struck = []
    outcome = await run_scenario(scenario, line, to=TO, clock=clock, strike=struck.append)
    assert [trouble.name for trouble in struck] == ["breaks"]
    assert outcome.call.status_callback == "never"


async def test_an_assistant_that_does_not_answer(play, options):
    options.swallow["response.create"] = 1
    outcome = await play([{"say": "שלום", "within": 3}])
    assert outcome.failed == ["the assistant did not answer within 20 s after answering the call"]
    assert outcome.call.ended_by == "caller"


async def test_words_that_nobody_says(play):
    outcome = await play([{"wait_for": "קבעתי", "within": 2}])
    assert outcome.failed == ["nobody said 'קבעתי' within 2 s"]


async def test_a_server_that_refuses_the_call_is_all_that_is_reported(serve):
    async def refuse(scope, receive, send):
        say = b"<Response><Say>no such number</Say><Hangup/></Response>"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/xml")]})
        await send({"type": "http.response.body", "body": say})

    scenario = parse({"steps": [{"say": "שלום"}], "expect": [{"said": "שלום"}]})
    outcome = await run_scenario(scenario, Line(await serve(refuse)), to=TO, clock=Clock(20))
    assert outcome.failed == ["The call was not connected to an assistant; it heard: no such number"]
    wanted = parse({"steps": [{"say": "שלום"}], "expect": [{"spoken_by_carrier": "no such"}, {"ended_by": "document"}]})
    assert (await run_scenario(wanted, Line(await serve(refuse)), to=TO, clock=Clock(20))).ok


@pytest.mark.parametrize("name", sorted(path.stem for path in scenarios.FOLDER.glob("*.yaml")))
def test_our_own_scenarios_can_be_read(name):
    scenario = scenarios.load(name)
    assert scenario.steps
    assert scenario.expectations


def test_words_fill_the_gaps_of_a_scenario():
    assert scenarios.load("quick_booking", hour="שלוש").words["hour"] == "שלוש"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ([], "a scenario is a mapping with `steps`"),
        ({"steps": []}, "`steps` is a list with something in it"),
        ({"steps": [{"say": "x"}], "stepps": []}, "unknown keys: stepps"),
        ({"steps": ["say"]}, "steps[0] is a mapping such as `say: …`"),
        ({"steps": [{"say": "x", "press": "1"}]}, "steps[0] needs exactly one of"),
        ({"steps": [{"shout": "x"}]}, "steps[0] needs exactly one of"),
        ({"steps": [{"say": "x", "loud": True}]}, "steps[0] has unknown keys: loud"),
        ({"steps": [{"press": "05-1"}]}, "steps[0]: keys are 0-9 * #"),
        ({"steps": [{"silence": "long"}]}, "steps[0]: not a number"),
        ({"steps": [{"wait_for": "("}]}, "steps[0]: not a pattern"),
        ({"steps": [{"say": "x", "then": "run"}]}, "steps[0]: `then` is wait or go_on"),
        ({"steps": [{"say": "x"}], "expect": [{"booked": 1}]}, "expect[0] needs exactly one of"),
        ({"steps": [{"say": "x"}], "given": [{"holiday": 1}]}, "given[0] is one of appointment, taken, customer"),
        ({"steps": [{"say": "x"}], "given": [{"taken": "soon"}]}, "given[0]: not a time such as"),
        ({"steps": [{"say": "x"}], "given": [{"appointment": {"at": "x"}}]}, "given[0].appointment has name, phone"),
        ({"steps": [{"say": "x"}], "business": []}, "`business` is a mapping"),
        ({"steps": [{"say": "x"}], "now": "noon"}, "now: not a time such as"),
        ({"steps": [{"say": "x"}], "person": {"kind": "angry"}}, "person: `kind` is one of answers"),
        ({"steps": [{"say": "x"}], "provider": {"sings": True}}, "no trouble is called sings"),
        ({"steps": [{"say": "x"}], "provider": {"stream_breaks": True}}, "is no trouble of the provider"),
        ({"steps": [{"say": "x"}], "provider": {"slow_answers": "very"}}, "slow_answers takes a number"),
        ({"steps": [{"say": "x"}], "provider": {"lies": ["x"]}}, "lies takes a list of {instead_of"),
        ({"steps": [{"trouble": {"breaks": True, "freezes_after": 1}}]}, "steps[0]: one trouble at a time"),
        ({"steps": [{"wait_until": "morning"}]}, "steps[0]: answered, carrier, beep"),
        ({"steps": [{"say": "x", "loudness": 0.5}]}, "steps[0]: only noise, cough, echo have a loudness"),
        ({"steps": [{"say": "x"}], "expect": [{"order": ["x"]}]}, "expect[0]: `order` is a list"),
        (
            {"steps": [{"say": "x"}], "expect": [{"appointment": {"name": "x"}}]},
            "expect[0]: an appointment has a `start`",
        ),
        ({"steps": [{"say": "x"}], "expect": [{"no_appointment": False}]}, "expect[0]: `no_appointment` is true"),
        ({"steps": [{"say": "x"}], "expect": [{"outcome": "fine"}]}, "expect[0]: booked, rescheduled"),
        ({"steps": [{"say": "x"}], "expect": [{"ended_by": "magic"}]}, "expect[0]: server, caller, document or error"),
    ],
)
def test_a_scenario_that_cannot_be_used_says_where(given, complaint):
    with pytest.raises(BadScenario) as refused:
        parse(given)
    assert complaint in str(refused.value)


def test_what_only_the_test_house_can_do_is_named():
    scenario = parse(
        {
            "now": "2026-11-22 12:00",
            "line": {"status_callback": "never"},
            "steps": [{"trouble": "breaks"}, {"trouble": "stream_breaks"}, {"trouble": {"calendar_stuck": 5}}],
            "expect": [{"said": "x"}, {"outcome": "booked"}],
        }
    )
    assert scenario.house_keys == ("now", "trouble: breaks", "trouble: calendar_stuck", "outcome")
    assert all(scenarios.load(path).house_keys == () for path in scenarios.FOLDER.glob("*.yaml"))


def test_a_file_that_cannot_be_used_is_named(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("steps: [")
    for path, complaint in (
        (broken, "is no YAML"),
        (tmp_path / "none.yaml", "cannot be read"),
        ("nobody", "cannot be"),
    ):
        with pytest.raises(BadScenario, match=complaint):
            scenarios.load(path)
