"""What a sentence says, by the parser alone and with a text model beside it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openai.lib._parsing._responses import type_to_text_format_param
from pytest_django.fixtures import Settings

from booking.hebrew import Resolution, Understanding
from calls.choices import chosen_place, service_named, services_meant
from calls.clock import Clock
from calls.conversation.actions import RunUnderstanding
from calls.conversation.events import CallFacts, Reading
from calls.model_reading import SaidParts, believed
from calls.services import CallSetup
from calls.understanding import merge, understand, within_hours, worth_a_second_look
from crm.models import Business
from simulator.provider import Served, running_provider

ISRAEL = ZoneInfo("Asia/Jerusalem")
SERVICES = (("haircut", "תספורת"), ("kids", "תספורת ילדים"), ("color", "צבע לשיער"))
SUNDAY = date(2026, 11, 22)
SIX = time(18)
NOTHING_SAID: dict[str, Any] = dict.fromkeys(SaidParts.model_fields) | {"spans": []}


@pytest.fixture
def setup_of_call() -> CallSetup:
    """A call to a salon on Saturday 21/11/2026 at eight in the morning."""
    now = datetime(2026, 11, 21, 8, tzinfo=ISRAEL)
    return CallSetup(
        call_id=1,
        call_sid="CA1",
        business=Business(name="המספרה של דנה", timezone=ISRAEL),
        open_24_7=False,
        windows={},
        facts=CallFacts(started_at=now.isoformat(), services=SERVICES),
        prompt="",
        carrier_account=None,
    )


@pytest.fixture
async def provider(settings: Settings) -> AsyncIterator[Served]:
    """The text model, at a stand-in's address."""
    async with running_provider() as served:
        settings.OPENAI_API_KEY = "test-key"
        settings.OPENAI_BASE_URL = served.base_url
        yield served


def answers(served: Served, **said: Any) -> None:
    body = json.dumps(NOTHING_SAID | said)
    answer: Callable[[Any], Any] = lambda request: body  # noqa: E731  # the stand-in's option is a function
    served.provider.options.text_answer = answer


async def read(setup: CallSetup, text: str, *, rate: float = 0.05) -> Reading:
    """With a clock so slow that the model has all the time it needs."""
    question = RunUnderstanding("u1", text, None, False)
    return await understand(setup, question, clock=Clock(rate), at_ms=0)


# --- the parser alone --------------------------------------------------------------------------------
async def test_without_a_key_the_parser_stands_alone(setup_of_call: CallSetup) -> None:
    reading = await read(setup_of_call, "אני רוצה לקבוע תספורת מחר בשש בערב")

    assert reading == Reading(intent="book", day="2026-11-22", hour="18:00", service="haircut")


async def test_a_farewell_is_told(setup_of_call: CallSetup) -> None:
    assert (await read(setup_of_call, "תודה רבה, להתראות")).farewell


async def test_time_in_the_call_counts(setup_of_call: CallSetup) -> None:
    """A call that passes midnight: tomorrow is another day then."""
    question = RunUnderstanding("u1", "מחר בשש בערב", None, False)
    reading = await understand(setup_of_call, question, clock=Clock(), at_ms=17 * 3_600_000)

    assert reading.day == "2026-11-23"


async def test_what_goes_wrong_becomes_an_empty_reading(setup_of_call: CallSetup) -> None:
    broken = CallSetup(
        **{name: getattr(setup_of_call, name) for name in CallSetup.__dataclass_fields__}
        | {"facts": CallFacts(started_at="no date")}
    )

    assert await read(broken, "מחר בשש") == Reading()


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("אני רוצה לתספורת", "haircut"),
        ("תספורת ילדים בבקשה", "kids"),
        ("אפשר תור לצבע?", "color"),
        ("ולשיער", "color"),
        ("תור לילדים", "kids"),
        ("אני רוצה תור", None),
        ("הצבעתי אתמול", None),
    ],
)
def test_the_service_is_found_by_its_name(text: str, service: str | None) -> None:
    assert service_named(text, SERVICES) == service


CUTS = (("men", "תספורת גברים"), ("women", "תספורת נשים"), ("girls", "צבע לנשים"), ("color", "צבע"))


@pytest.mark.parametrize(
    ("text", "services"),
    [
        ("אני רוצה תור לתספורת", ("men", "women")),
        ("תספורת נשים", ()),
        ("צבע", ()),
        ("תור לגברים", ()),
        ("תור בבקשה", ()),
        ("תספורת נשים ותספורת גברים", ("men", "women")),
        ("צבע לנשים", ()),
        ("צבע לנשים ותספורת נשים", ("women", "girls")),
    ],
)
def test_words_that_fit_several_services_name_none(text: str, services: tuple[str, ...]) -> None:
    assert services_meant(text, CUTS) == services


async def test_two_services_in_one_sentence_are_asked_about(setup_of_call: CallSetup) -> None:
    reading = await read(setup_of_call, "אני רוצה לקבוע תספורת ילדים וצבע לשיער")

    assert (reading.service, reading.vague_service) == (None, ("kids", "color"))


async def test_who_is_put_through_moves_no_appointment_and_is_not_the_one_they_ask_for(
    setup_of_call: CallSetup,
) -> None:
    reading = await read(setup_of_call, "תעבירי אותי לדנה")
    assert reading == Reading(wants_person=True, wants_to_talk=True)

    reading = await read(setup_of_call, "תעבירי אותי ליום שלישי")
    assert (reading.intent, reading.day, reading.wants_person) == ("reschedule", "2026-11-24", False)


@pytest.mark.parametrize(
    ("text", "part_of_day"),
    [("ביום חמישי בערב", True), ("ביום חמישי אחרי שש", True), ("ביום חמישי בשש בערב", False), ("ביום חמישי", False)],
)
async def test_when_on_the_day_is_told_from_an_hour(setup_of_call: CallSetup, text: str, part_of_day: bool) -> None:
    reading = await read(setup_of_call, text)

    assert (reading.day, reading.part_of_day) == ("2026-11-26", part_of_day)


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("הראשון", "first"),
        ("אני אקח את הראשונה", "first"),
        ("אפשר את השני?", "second"),
        ("לא, השני", "second"),
        ("מספר שתיים", "second"),
        ("האחרון בבקשה", "second"),
        ("המאוחר יותר", "later"),
        ("עדיף את המוקדם", "earlier"),
        ("לא השני", ""),
        ("הראשון או השני?", ""),
        ("זה מאוחר לי", ""),
        ("מאוחר מדי", ""),
        ("כן", ""),
    ],
)
def test_one_of_two_may_be_pointed_at(text: str, choice: str) -> None:
    assert chosen_place(text) == choice


# --- appointments that exist ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "present", "wanted"),
    [
        ("אני רוצה לבטל את התור של יום שלישי בשש בערב", ("2026-11-24", "18:00"), (None, None)),
        ("תבטלי את התור של מחר", ("2026-11-22", None), (None, None)),
        ("אפשר לבטל את התור שלי?", (None, None), (None, None)),
        ("להעביר את התור ממחר בשש בערב ליום רביעי בחמש", ("2026-11-22", "18:00"), ("2026-11-25", "17:00")),
        ("להזיז את התור של מחר", ("2026-11-22", None), (None, None)),
        ("אני צריכה להזיז את התור ליום רביעי", (None, None), ("2026-11-25", None)),
    ],
)
async def test_which_appointment_is_meant_is_kept_apart_from_where_it_shall_go(
    setup_of_call: CallSetup, text: str, present: tuple[str | None, str | None], wanted: tuple[str | None, str | None]
) -> None:
    reading = await read(setup_of_call, text)
    assert ((reading.from_day, reading.from_hour), (reading.day, reading.hour)) == (present, wanted)
    assert not reading.no_day


# --- answers to open questions ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("כן", "which", Reading(intent="yes")),
        ("לא, עזבי", "time", Reading(intent="no")),
        ("לא תודה", "more", Reading(intent="no")),
        ("בשבע בערב", "which", Reading(hour="19:00")),
        ("המאוחר", "which", Reading(choice="later")),
        ("המאוחר", "time", Reading()),
        ("רגע אחד", "time", Reading(wants_wait=True)),
        ("דקה אחת", "which", Reading(wants_wait=True)),
        ("רגע, בשש בערב", "time", Reading(hour="18:00")),
        ("מחר", "more", Reading(day="2026-11-22")),
    ],
)
async def test_an_open_question_may_be_answered_with_yes_or_no(
    setup_of_call: CallSetup, text: str, asked: str, expected: Reading
) -> None:
    question = RunUnderstanding("u1", text, asked, False)
    assert await understand(setup_of_call, question, clock=Clock(), at_ms=0) == expected


@pytest.mark.parametrize(
    ("text", "day", "hour"),
    [
        ("לא, ביקשתי ב-6 בדצמבר בשש בערב", "2026-12-06", "18:00"),
        ("לא, אמרתי שש בערב", None, "18:00"),
        ("לא, התכוונתי לשש", None, "18:00"),
        ("לא בחמש, בשש", None, "18:00"),
        ("אמרתי שש, לא חמש", None, "18:00"),
        ("רגע, לא, ביום שלישי", "2026-11-24", None),
    ],
)
async def test_who_is_told_what_was_done_may_object_to_its_time(
    setup_of_call: CallSetup, text: str, day: str | None, hour: str | None
) -> None:
    question = RunUnderstanding("u1", text, "more", False)
    reading = await understand(setup_of_call, question, clock=Clock(), at_ms=0)
    assert reading == Reading(intent="no", day=day, hour=hour)


async def test_one_more_appointment_is_told_from_another_time(setup_of_call: CallSetup) -> None:
    assert (await read(setup_of_call, "עוד תור לבן שלי מחר בשש")).another
    assert not (await read(setup_of_call, "אני רוצה לקבוע תור מחר בשש")).another


@pytest.mark.parametrize(
    ("text", "person", "talk"),
    [
        ("אפשר לדבר עם נציג?", True, True),
        ("תשלחו לי את הפרטים", True, False),
        ("אני לא צריכה נציג", False, False),
        ("מתי אתם פתוחים?", False, False),
    ],
)
async def test_who_wants_a_person_is_told_from_who_wants_something_sent(
    setup_of_call: CallSetup, text: str, person: bool, talk: bool
) -> None:
    reading = await read(setup_of_call, text)
    assert (reading.wants_person, reading.wants_to_talk) == (person, talk)


# --- days on which nothing can be booked --------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "no_day", "hour"),
    [
        ("אני רוצה תור אתמול בחמש", "past", None),
        ("תקבעו לי לאתמול בחמש", "past", None),
        ("ביום שני שעבר בעשר", "past", None),
        ("ב-3.3.2025 בבקשה", "past", None),
        ("אני רוצה תור ב-31.6 בחמש", "unreal", "17:00"),
        ("תור ל-30 בפברואר", "unreal", None),
        ("הייתי אצלכם אתמול בחמש ואני רוצה לקבוע תור", "", None),
        ("הייתם פתוחים אתמול?", "", None),
        ("כואב לי מאתמול ואני רוצה תור", "", None),
    ],
)
async def test_a_day_that_is_over_or_is_none_is_told_as_such(
    setup_of_call: CallSetup, text: str, no_day: str, hour: str | None
) -> None:
    reading = await read(setup_of_call, text)

    assert (reading.no_day, reading.day, reading.hour) == (no_day, None, hour)


async def test_another_day_in_the_same_sentence_counts(setup_of_call: CallSetup) -> None:
    reading = await read(setup_of_call, "לא אתמול, מחר בחמש")

    assert (reading.no_day, reading.day, reading.hour) == ("", "2026-11-22", "17:00")


@pytest.mark.parametrize(
    ("text", "day", "hour"),
    [("ב-3.3.2025 בעשר בבוקר", "2025-03-03", "10:00"), ("היום בשבע בבוקר", "2026-11-21", "07:00")],
)
async def test_a_whole_time_that_is_over_is_left_to_the_calendar(
    setup_of_call: CallSetup, text: str, day: str, hour: str
) -> None:
    assert await read(setup_of_call, text) == Reading(day=day, hour=hour)


async def test_no_model_is_asked_about_a_day_that_is_none(provider: Served, setup_of_call: CallSetup) -> None:
    answers(provider, relative_days=-1, hour=5, spans=["אתמול בחמש"])
    reading = await read(setup_of_call, "תקבעו לי תור לאתמול בחמש")

    assert (reading.no_day, provider.provider.requests) == ("past", [])


async def test_the_model_is_asked_as_the_openai_package_would_ask(provider: Served, setup_of_call: CallSetup) -> None:
    await read(setup_of_call, "תור מחר בשש")

    (request,) = provider.provider.requests
    assert request["text"]["format"] == type_to_text_format_param(SaidParts)
    assert (request["store"], request["max_output_tokens"]) == (False, 200)
    assert request["input"].endswith("Sentence: תור מחר בשש")


# --- two readings ------------------------------------------------------------------------------------
def test_agreement_acts() -> None:
    parsed = Understanding(intent="book", date=SUNDAY, time=SIX)

    assert not merge(parsed, Resolution(SUNDAY, SIX), service=None).disagreement


def test_a_model_that_heard_less_does_not_contradict() -> None:
    parsed = Understanding(intent="book", date=SUNDAY, time=SIX)

    assert not merge(parsed, Resolution(SUNDAY, None), service=None).disagreement


def test_disagreement_asks_with_both_readings() -> None:
    reading = merge(Understanding(intent="book", date=SUNDAY, time=SIX), Resolution(SUNDAY, time(6)), service=None)

    assert reading.disagreement
    assert (reading.day, reading.hour) == ("2026-11-22", "18:00")
    assert reading.alternatives == (("2026-11-22", "06:00"),)


def test_what_only_the_model_heard_is_asked_about() -> None:
    reading = merge(Understanding(intent="book"), Resolution(SUNDAY, SIX), service=None)

    assert (reading.day, reading.hour, reading.disagreement) == ("2026-11-22", "18:00", True)


@pytest.mark.parametrize("parsed", [Understanding(intent="yes"), Understanding(), Understanding(intent="no")])
def test_small_talk_is_not_worth_a_model(parsed: Understanding) -> None:
    assert not worth_a_second_look(parsed)


# --- the model ---------------------------------------------------------------------------------------
async def test_the_model_is_asked_for_booking_content_only(provider: Served, setup_of_call: CallSetup) -> None:
    answers(provider, relative_days=1, hour=6, day_part="evening", spans=["מחר", "בשש בערב"])
    await read(setup_of_call, "כן")
    assert provider.provider.requests == []

    reading = await read(setup_of_call, "אני רוצה תור מחר בשש בערב")
    assert (reading.day, reading.hour, reading.disagreement) == ("2026-11-22", "18:00", False)
    request = provider.provider.requests[0]
    assert (request["store"], request["reasoning"], request["text"]["format"]["strict"]) == (
        False,
        {"effort": "none"},
        True,
    )


async def test_a_model_that_reads_otherwise_makes_a_question(provider: Served, setup_of_call: CallSetup) -> None:
    answers(provider, relative_days=1, hour=17, spans=["מחר"])

    assert (await read(setup_of_call, "אני רוצה תור מחר בשש בערב")).disagreement


async def test_words_that_were_never_said_are_not_believed(provider: Served, setup_of_call: CallSetup) -> None:
    answers(provider, relative_days=2, hour=17, spans=["מחרתיים"])

    assert not (await read(setup_of_call, "אני רוצה תור מחר בשש בערב")).disagreement


async def test_a_model_that_answers_nonsense_changes_nothing(provider: Served, setup_of_call: CallSetup) -> None:
    provider.provider.options.text_answer = lambda request: "no json"
    reading = await read(setup_of_call, "אני רוצה תור מחר בשש בערב")

    assert (reading.day, reading.hour, reading.disagreement) == ("2026-11-22", "18:00", False)


async def test_a_model_that_is_late_changes_nothing(provider: Served, setup_of_call: CallSetup) -> None:
    answers(provider, relative_days=1, hour=17, spans=["מחר"])
    reading = await read(setup_of_call, "אני רוצה תור מחר בשש בערב", rate=1e6)

    assert (reading.hour, reading.disagreement) == ("18:00", False)


async def test_a_model_that_is_down_changes_nothing(setup_of_call: CallSetup, settings: Settings) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "test-key", "http://127.0.0.1:9/v1"

    assert (await read(setup_of_call, "אני רוצה תור מחר בשש בערב")).hour == "18:00"


@pytest.mark.parametrize(
    ("spans", "is_believed"), [(["מחר"], True), (["מחר", "בשש  בערב"], True), ([], False), (["יום שני"], False)]
)
def test_parts_are_believed_by_their_words(spans: list[str], is_believed: bool) -> None:
    said = SaidParts(**(NOTHING_SAID | {"relative_days": 1, "spans": spans}))

    assert (believed(said, "אני רוצה תור מחר בשש בערב") is not None) == is_believed


EIGHT = Understanding(intent="book", date=SUNDAY, time=time(8), ambiguous=True, alternatives=((SUNDAY, time(20)),))


@pytest.mark.parametrize(
    ("opens", "closes", "hour", "ambiguous"),
    [
        (time(7), time(15), time(8), False),
        (time(10), time(21), time(20), False),
        (time(10), time(20), time(8), False),  # open in neither: the calendar says so, and offers others
        (time(7), time(22), time(8), True),
    ],
)
def test_an_hour_that_means_two_is_the_one_in_which_the_business_is_open(
    setup_of_call: CallSetup, opens: time, closes: time, hour: time, ambiguous: bool
) -> None:
    setup_of_call.windows[0] = [(opens, closes)]
    read = within_hours(EIGHT, None, setup_of_call)
    assert (read.time, read.ambiguous) == (hour, ambiguous)


def test_an_hour_alone_is_judged_by_the_day_that_is_known(setup_of_call: CallSetup) -> None:
    setup_of_call.windows[0] = [(time(10), time(21))]
    said = Understanding(intent="none", time=time(8), ambiguous=True, alternatives=((None, time(20)),))
    assert within_hours(said, SUNDAY.isoformat(), setup_of_call).time == time(20)
    assert within_hours(said, None, setup_of_call).ambiguous


def test_words_that_disagree_stay_in_doubt(setup_of_call: CallSetup) -> None:
    """עשר אחר הצהריים: ten o'clock, or the afternoon?"""
    setup_of_call.windows[0] = [(time(9), time(20))]
    said = Understanding(intent="book", date=SUNDAY, time=time(10), ambiguous=True)
    assert within_hours(said, None, setup_of_call).ambiguous


@pytest.mark.parametrize(
    ("text", "talk"),
    [
        ("אפשר לדבר עם דנה?", True),
        ("תעבירי אותי לנועה", True),
        ("אפשר תור לדנה מחר?", False),
        ("אפשר לדבר עם רותי?", False),
    ],
)
async def test_who_asks_for_somebody_who_works_there_wants_a_person(
    setup_of_call: CallSetup, text: str, talk: bool
) -> None:
    setup = replace(setup_of_call, people=("דנה לוי", "דנה", "נועה"))
    assert (await read(setup, text)).wants_to_talk is talk
