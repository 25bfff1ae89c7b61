"""`cut_scenario`: what a caller did in a recorded call, as a scenario without names and numbers."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from agentlocator.scenario_cut import cut
from booking.models import Appointment
from calls.conversation import actions as do
from calls.conversation import events as ev
from calls.conversation.journal import Step
from calls.models import CallSession
from crm.tenancy import for_everyone
from simulator.scenario import parse
from tests.support.factories import LeadFactory
from tests.support.scenario_house import play

BOOKING = {
    "from": "+972541112233",
    "steps": [
        {"say": "מדברת מיכל אדרי, אני רוצה לקבוע תור", "then": "go_on"},
        {"backchannel": "אהה", "while_hearing": "אפשר לקבל"},
        {"wait_for": "בסולמית"},
        {"silence": 6},
        {"press": "0549998877#"},
        {"say": "מחר בשש בערב"},
        {"say": "לא תודה, להתראות"},
    ],
    "expect": [{"outcome": "booked"}],
}
STARTED = "2026-11-22T12:00:00+02:00"


def cut_of(call_sid: str, *options: str) -> str:
    out = io.StringIO()
    call_command("cut_scenario", call_sid, *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def recorded(transactional_db: None, settings: Settings) -> str:
    """SID of a call in which Michal booked; the time she took is free again."""
    assert play(parse(BOOKING), settings) == []
    with for_everyone("a look at one call"):
        Appointment.objects.all().delete()
        return CallSession.objects.latest("pk").call_sid


def test_the_call_can_be_played_again_and_holds_nobodys_name(recorded: str, settings: Settings) -> None:
    text = cut_of(recorded)
    for personal in ("מיכל", "אדרי", "0549998877", "541112233"):
        assert personal not in text
    again = yaml.safe_load(text)
    assert [step.get("say") or step.get("press") for step in again["steps"] if {"say", "press"} & step.keys()] == [
        "מדברת {name}, אני רוצה לקבוע תור",
        "{phone}#",
        "מחר בשש בערב",
        "לא תודה, להתראות",
    ]
    assert {"said": "התור נקבע בהצלחה"} in again["expect"]

    again["expect"].append({"outcome": "booked"})
    assert play(parse(again), settings) == []


def test_names_and_numbers_stay_where_they_are_wanted(recorded: str, tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    cut_of(recorded, "--keep-personal", "--out", str(file))
    kept = yaml.safe_load(file.read_text(encoding="utf-8"))

    assert kept["from"] == "+972541112233"
    assert {"press": "0549998877#"} in kept["steps"]
    with pytest.raises(CommandError, match="cannot be written"):
        cut_of(recorded, "--out", str(file))  # never over something that is there


@pytest.mark.django_db
def test_a_call_that_was_not_recorded_is_named() -> None:
    with pytest.raises(CommandError, match="There is no recorded call CA1"):
        cut_of("CA1")


# --- by hand -----------------------------------------------------------------------------------------
class Log:
    """A recorded stream, written event by event."""

    def __init__(self, **facts: Any) -> None:
        self.steps: list[Step] = []
        self.happens(ev.CallAnswered(0, ev.CallFacts(started_at=STARTED, **facts)))

    def happens(self, event: ev.AnyEvent, *actions: do.AnyAction) -> Log:
        self.steps.append(Step(event, actions))
        return self

    def plays(self, item_id: str, at_ms: int, ms: int) -> Log:
        return self.happens(ev.AudioSent(at_ms, item_id, ms))

    def says(self, text: str, at_ms: int, ms: int = 1000, *actions: do.AnyAction) -> Log:
        item_id = f"user_{at_ms}"
        self.happens(ev.SpeechStarted(at_ms, item_id))
        self.happens(ev.SpeechStopped(at_ms + ms + 500, item_id, ms))
        return self.happens(ev.CallerTranscript(at_ms + ms + 800, item_id, text), *actions)

    def understood(self, at_ms: int, **reading: Any) -> Log:
        return self.happens(ev.Understood(at_ms, "u1", ev.Reading(**reading)))

    def keys(self, keys: str, at_ms: int) -> Log:
        for number, key in enumerate(keys):
            self.happens(ev.KeyPressed(at_ms + number * 100, key))
        return self

    def steps_of(self, **options: Any) -> list[dict[str, Any]]:
        steps = cut([self.steps], name="x", **options)["steps"]
        assert isinstance(steps, list)
        return steps


def test_words_into_the_assistants_sentence_interrupt_it_again() -> None:
    log = Log().plays("a", 500, 3000).says("רגע", 1900).plays("b", 5000, 1000)
    assert log.happens(ev.CallerHungUp(6100)).steps_of() == [
        {"say": "רגע", "interrupt_after_ms": 1400},
        {"hang_up": True},
    ]


def test_a_backchannel_and_a_cough_stay_what_they_were() -> None:
    dropped = do.DeleteItem("x")
    log = Log().plays("a", 0, 9000).says("אהה", 1000, 300, dropped).plays("a", 3000, 9000).says("", 5000, 200, dropped)
    assert [set(step) for step in log.plays("a", 8000, 9000).steps_of()] == [
        {"backchannel", "interrupt_after_ms"},
        {"cough", "interrupt_after_ms"},
    ]


def test_silence_is_told_where_it_is_long() -> None:
    log = Log().plays("a", 0, 1000).says("שלום", 9000).plays("b", 11_000, 1000).says("להתראות", 12_600)
    assert log.plays("c", 15_000, 500).steps_of() == [{"silence": 7.5}, {"say": "שלום"}, {"say": "להתראות"}]


def test_a_caller_who_never_spoke_is_silent_again() -> None:
    log = Log().plays("a", 0, 3000).plays("b", 18_000, 1500).plays("c", 34_000, 3000)
    scenario = cut([log.happens(ev.TimerFired(38_000, "goodbye")).steps], name="x")
    assert scenario["steps"] == [{"silence": 38.0}]
    assert scenario["expect"][-1] == {"ended_by": "server"}


def test_keys_of_one_number_belong_together() -> None:
    log = Log().plays("a", 0, 1000).keys("0541112233#", 2000).plays("b", 4000, 500).keys("1", 6000)
    assert log.plays("c", 7000, 500).steps_of() == [{"press": "{phone}#"}, {"press": "1"}]


def test_what_follows_without_an_answer_goes_on_at_once() -> None:
    log = Log().plays("a", 0, 1000).says("אני רוצה תור", 1500).says("מחר בשש", 3100).plays("b", 6000, 500)
    assert log.steps_of()[0] == {"say": "אני רוצה תור", "then": "go_on"}


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("אני מיכל אדרי", "אני {name}"),
        ("תרשמו על שם מיכל", "תרשמו על שם {first_name}"),
        ("זה למיכל אדרי בבקשה", "זה ל{name} בבקשה"),
        ("משפחת אדרי", "משפחת {last_name}"),
        ("המספר 054-111-22-33", "המספר {phone}"),
        ("אפס חמש ארבע, אחת אחת אחת שתיים שתיים שלוש שלוש", "{phone}"),
        ("בשעה 18:00 ב-24.11", "בשעה 18:00 ב-24.11"),
        ("אני {רוצה}", "אני {{רוצה}}"),
    ],
)
def test_names_and_numbers_give_way_to_placeholders(said: str, written: str) -> None:
    log = Log(caller_phone="+972541112233").plays("a", 0, 500).says(said, 1000).understood(3000, name="מיכל אדרי")
    scenario = cut([log.plays("b", 4000, 500).steps], name="x")
    assert scenario["steps"] == [{"say": written}]
    assert scenario["from"] == "+972521234567"


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("אפשר לכתוב לי ל-michal.adri+1@example.co.il תודה", "אפשר לכתוב לי ל-{email} תודה"),
        ("אני גרה ברחוב הרצל 12 בחולון", "אני גרה ברחוב {street} בחולון"),
        ("ברחוב בן יהודה 7, דירה 4", "ברחוב {street}, דירה {house}"),
        ("ברחוב אלנבי, בית שלוש", "ברחוב {street}, בית {house}"),
        ("שדרות רוטשילד שתיים", "שדרות {street}"),
        ("כאן אביגיל", "כאן {first_name_said}"),
        ("שלום, מדבר יואב שטרן, אפשר תור?", "שלום, מדבר {name_said}, אפשר תור?"),
        ("קוראים לי אביגיל ואני רוצה תור", "קוראים לי {name_said} רוצה תור"),
        ("שמי אביגיל מחר", "שמי {first_name_said} מחר"),
        ("תרשמו על שם אביגיל", "תרשמו על שם {first_name_said}"),
        ("אני מדברת עם נציג?", "אני מדברת עם נציג?"),
        ("אני מדברת על התור של מחר", "אני מדברת על התור של מחר"),
        ("אפשר כאן ביום שני בשעה 18:00?", "אפשר כאן ביום שני בשעה 18:00?"),
        ("התור של רחל אוחיון", "התור של {customer}"),
        ("זה לרחל, ביום שני", "זה ל{customer_first}, ביום שני"),
        ("בית קפה 2 אנשים", "בית קפה 2 אנשים"),
    ],
)
def test_what_else_tells_who_somebody_is_gives_way_too(said: str, written: str) -> None:
    log = Log().plays("a", 0, 500).says(said, 1000).plays("b", 4000, 500)
    scenario = cut([log.steps], name="x", customers=["רחל אוחיון", "שני כץ"])
    assert scenario["steps"] == [{"say": written}]
    assert all(f"{{{key}}}" in written for key in scenario["words"])
    parse(scenario)


def test_customers_of_the_business_are_nobody_in_the_file_and_the_reader_is_warned(
    recorded: str, settings: Settings
) -> None:
    with for_everyone("a look at one call"):
        call = CallSession.objects.get(call_sid=recorded)
    LeadFactory(business=call.business, name="להתראות כהן")  # as if the caller had spoken of somebody

    text = cut_of(recorded)

    assert "לא תודה, {customer_first}" in text
    assert "Read every line before you keep this file." in text
    assert "Read every line" not in cut_of(recorded, "--keep-personal")


def test_two_people_are_not_one() -> None:
    log = Log(caller_name="מיכל אדרי").says("אני מיכל אדרי, זה לרות כץ", 1000).understood(3000, name="רות כץ")
    scenario = cut([log.plays("b", 4000, 500).steps], name="x")
    assert scenario["steps"] == [{"say": "אני {name}, זה ל{name_2}"}]
    assert scenario["words"] == {"name": "דנה לוי", "name_2": "נועה כהן"}


def test_a_second_stream_goes_on_where_the_first_one_ended() -> None:
    first = Log().plays("a", 0, 1000).says("שלום", 1500).happens(ev.CallerHungUp(4000))
    second = Log().plays("b", 100, 1000).says("כן", 1500).happens(ev.TimerFired(5000, "goodbye"))
    scenario = cut([first.steps, second.steps], name="x")
    assert [step["say"] for step in scenario["steps"]] == ["שלום", "כן"]
    assert scenario["expect"][-1] == {"ended_by": "server"}


def test_an_empty_log_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing that could be played"):
        cut([[]], name="x")
