"""Every refusal of a business file names the key's path and the reason."""

from __future__ import annotations

import datetime as dt
import string
from decimal import Decimal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlocator.business_files.demo import SALON
from agentlocator.business_files.errors import BadBusinessFile
from agentlocator.business_files.exporter import dump
from agentlocator.business_files.parts import (
    BusinessFile,
    ClosurePart,
    FaqPart,
    ResourcePart,
    ServicePart,
    SettingsPart,
    StaffPart,
)
from agentlocator.business_files.schema import parse
from booking.policy import Window
from crm.limits import BARGE_IN_LEVELS, CALL_COSTS_CENTS, CALL_LENGTHS_MIN, PATIENCE_MS, RECORDINGS_KEPT_DAYS

CONTRACT_EXAMPLE = """
business: {slug: dana, name: "המספרה של דנה", timezone: Asia/Jerusalem, lines: ["+97233334444"]}
settings:
  slot_size_min: 60
  allow_24_7: false
  opening_hours_json: {sun: [["10:00","20:00"]], mon: [["10:00","20:00"]]}   # keys sun..sat
  booking_window_days: 30
  min_notice_min: 0
  require_phone_before_booking: true
  phone_source: keypad            # keypad | caller_id
  ai_prompt: {calls: "…", whatsapp: "…"}
  transfer_to: "+972521234567"     # a person, in opening hours; optional
resources: [{id: noa, name: "נועה", hours: {sun: [["10:00","18:00"]]}}]
services: [{id: haircut, name: "תספורת", duration_min: 30, buffer_before_min: 0, buffer_after_min: 0, price: 80, resources: [noa]}]
closures: [{date: 2026-12-05}, {date: 2026-12-06, hours: [["10:00","13:00"]]}]
holidays: {calendar: IL, closed: true}   # counts as the owner's approval
faq: [{id: parking, question: "יש חניה?", answer: "…"}]
staff: [{username: noa, role: staff}]    # owner | staff
"""  # noqa: E501  # quoted from the contract

MINIMAL = {"business": {"slug": "dana", "name": "המספרה של דנה"}}


def window(opens, closes):
    return Window(dt.time.fromisoformat(opens), dt.time.fromisoformat(closes))


def refusals(text):
    with pytest.raises(BadBusinessFile) as refused:
        parse(text)
    return {problem.path: problem.reason for problem in refused.value.problems}


def refused(**parts):
    """The refusals of a minimal file with these parts."""
    return refusals(yaml.safe_dump(MINIMAL | parts, allow_unicode=True))


def settings_refused(**keys):
    return refused(settings=keys)


def week_refused(**days):
    return settings_refused(opening_hours_json=days)


def test_the_contracts_example_is_read_as_it_is_meant():
    assert parse(CONTRACT_EXAMPLE) == BusinessFile(
        slug="dana",
        name="המספרה של דנה",
        timezone="Asia/Jerusalem",
        lines=("+97233334444",),
        settings=SettingsPart(
            slot_size_min=60,
            opening_hours={0: (window("10:00", "20:00"),), 1: (window("10:00", "20:00"),)},
            ai_prompt_calls="…",
            ai_prompt_whatsapp="…",
            transfer_to="+972521234567",
        ),
        resources=(ResourcePart("noa", "נועה", {0: (window("10:00", "18:00"),)}),),
        services=(ServicePart("haircut", "תספורת", 30, price=Decimal(80), resources=("noa",)),),
        closures=(
            ClosurePart(dt.date(2026, 12, 5)),
            ClosurePart(dt.date(2026, 12, 6), (window("10:00", "13:00"),)),
        ),
        holidays_calendar="IL",
        holidays_closed=True,
        faq=(FaqPart("parking", "יש חניה?", "…"),),
        staff=(StaffPart("noa", "staff"),),
    )


def test_what_a_file_does_not_say_has_its_default():
    assert parse("business: {slug: dana, name: דנה}") == BusinessFile(slug="dana", name="דנה")


def test_the_demo_business_is_a_good_file():
    assert parse(SALON.read_text(encoding="utf-8")).slug == "dana-salon"


def test_times_need_no_quotes():
    file = parse(
        "business: {slug: d, name: ד}\nsettings: {opening_hours_json: {sun: [[9:00, 20:00]], fri: [[08:30, 13:00]]}}"
    )
    assert file.settings.opening_hours == {0: (window("09:00", "20:00"),), 5: (window("08:30", "13:00"),)}


def test_a_window_may_pass_midnight_or_end_at_it():
    file = parse(
        "business: {slug: d, name: ד}\n"
        "settings: {opening_hours_json: {sat: [['20:00', '02:00']], sun: [['10:00', '24:00'], ['05:00', '10:00']]}}"
    )
    assert file.settings.opening_hours == {
        0: (window("05:00", "10:00"), window("10:00", "00:00")),
        6: (window("20:00", "02:00"),),
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("business", "must be a mapping of keys to values"),
        ("[1, 2]", "must be a mapping of keys to values"),
        ("business: {slug: dana, name: ", "not readable as YAML at line 1"),
        ("business:\n  slug: dana\n name: x", "not readable as YAML at line 3"),
        ('business: {slug: dana, name: "dan', "not readable as YAML at line 1"),
        ("a: 1\na: 2", "not readable as YAML at line 2, column 1: the key 'a' is given twice"),
        ("1: x", "a key must be text"),
        ("a: !!python/object:os.system {}", "not readable as YAML at line 1"),
        ("a: !!int x", "a value does not fit its tag"),
        ("a: !!timestamp 2026-99-99", "a value does not fit its tag"),
        ("a: \x07", "characters that no text file has"),
        ("--- 1\n--- 2", "not readable as YAML at line 2"),
        ("[" * 5000, "not readable as YAML"),
    ],
)  # fmt: skip  # pairs
def test_a_file_that_is_no_yaml_says_where_it_breaks(text, reason):
    assert reason in refusals(text)[""]


def read_or_problems(text):
    """The file, or why it was refused: there is no third way."""
    try:
        return parse(text)
    except BadBusinessFile as refused:
        return refused.problems


@pytest.mark.parametrize("cut", range(40, len(CONTRACT_EXAMPLE) - 40, 97))
def test_a_half_written_file_is_refused_with_a_reason_or_is_a_whole_smaller_one(cut):
    found = read_or_problems(CONTRACT_EXAMPLE[:cut])
    assert found
    assert isinstance(found, tuple) or found.slug == "dana"


def test_every_problem_of_a_file_is_told_at_once():
    assert refused(settings={"slot_size_min": 7}, faq="none", holliday={}, services=[{"id": "haircut"}]) == {
        "settings.slot_size_min": "7 is not a multiple of 5",
        "faq": "must be a list",
        "holliday": "unknown key; known here: business, settings, resources, services, closures, holidays, faq, staff",
        "services[0].name": "is missing",
        "services[0].duration_min": "is missing",
    }


@pytest.mark.parametrize(
    ("business", "path", "reason"),
    [
        ({}, "business.slug", "is missing"),
        ({"slug": "דנה", "name": "x"}, "business.slug", "must be Latin letters"),
        ({"slug": "a b", "name": "x"}, "business.slug", "must be Latin letters"),
        ({"slug": 12, "name": "x"}, "business.slug", "must be text; put it in quotes"),
        ({"slug": "d", "name": ""}, "business.name", "is empty"),
        ({"slug": "d", "name": "x" * 121}, "business.name", "is longer than 120 characters"),
        ({"slug": "d", "name": "a\nb"}, "business.name", "must be a single line"),
        ({"slug": "d", "name": "a\0b"}, "business.name", "holds a control character"),
        ({"slug": "d", "name": True}, "business.name", "must be text"),
        ({"slug": "d", "name": "x", "timezone": "Asia/Tel_Aviv_"}, "business.timezone", "is not a time zone"),
        ({"slug": "d", "name": "x", "timezone": "../etc/passwd"}, "business.timezone", "is not a time zone"),
        ({"slug": "d", "name": "x", "timezone": 2}, "business.timezone", "must be text"),
        ({"slug": "d", "name": "x", "lines": "+97233334444"}, "business.lines", "must be a list"),
        ({"slug": "d", "name": "x", "lines": [97233334444]}, "business.lines[0]", "put it in quotes"),
        ({"slug": "d", "name": "x", "lines": ["12345"]}, "business.lines[0]", "is not a telephone number"),
        ({"slug": "d", "name": "x", "lines": ["*2200"]}, "business.lines[0]", "is not a telephone number"),
        ({"slug": "d", "name": "x", "lines": ["+97233334444", "03-3334444"]}, "business.lines[1]", "given twice"),
        ({"slug": "d", "name": "x", "phone": "1"}, "business.phone", "unknown key"),
    ],
)
def test_a_bad_business_is_refused_by_path(business, path, reason):
    assert reason in refused(business=business)[path]


def test_a_refusal_does_not_repeat_a_telephone_number():
    with pytest.raises(BadBusinessFile) as error:
        parse("business: {slug: d, name: ד, lines: ['0521234567890']}")
    assert "0521234567890" not in str(error.value)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        *[("slot_size_min", size, "5") for size in (7, 0, -5, 3, 485, 480.5, "60", None, True, "x", 10**20)],
        *[("allow_24_7", value, "must be true or false") for value in ("yes please", 1, None)],
        *[("booking_window_days", value, "between 1 and 730") for value in (0, 731, -1)],
        *[("min_notice_min", value, "between 0 and 86400") for value in (-1, 86401)],
        ("min_notice_min", "an hour", "must be a whole number"),
        *[("cancel_notice_min", value, "between 0 and 86400") for value in (-1, 86401)],
        ("cancel_notice_min", None, "must be a whole number"),
        *[("daily_limit", value, "between 1 and 1000") for value in (0, -1, 1001)],
        *[("daily_limit", value, "must be a whole number") for value in (None, True, "12", 1.5)],
        ("require_phone_before_booking", "true", "must be true or false"),
        ("phone_source", "fax", "must be one of: keypad, caller_id"),
        ("phone_source", [], "must be one of: keypad, caller_id"),
        ("transfer_to", "nobody", "is not a telephone number"),
        ("transfer_to", 521234567, "put it in quotes"),
        ("transfer_to", "1-900-570-070", "is a premium or other special number"),
        ("transfer_to", "+18765551234", "is neither in Israel nor in a country of one of business.lines"),
        ("record_calls", "yes", "must be true or false"),
        ("recordings_kept_days", 0, "is not between 1 and 3650"),
        ("max_call_min", 1, "is not between 2 and 120"),
        ("max_call_cost_cents", 4, "is not between 5 and 10000"),
        ("patience_ms", 2001, "is not between 200 and 2000"),
        ("barge_in_level", 0, "is not between 50 and 5000"),
    ],
)
def test_a_bad_setting_is_refused_by_path(key, value, reason):
    assert reason in settings_refused(**{key: value})[f"settings.{key}"]


def test_calls_are_handed_over_where_the_file_s_own_lines_are():
    lines = {
        "business": MINIMAL["business"] | {"lines": ["+18765550100", "0"]},
        "settings": {"transfer_to": "+18765551234"},
    }

    with pytest.raises(BadBusinessFile) as refused:
        parse(yaml.safe_dump(lines, allow_unicode=True))

    assert [problem.path for problem in refused.value.problems] == ["business.lines[1]"]


@pytest.mark.parametrize("size", range(5, 481, 5))
def test_every_multiple_of_five_from_5_to_480_is_a_slot_size(size):
    text = yaml.safe_dump(MINIMAL | {"settings": {"slot_size_min": size}}, allow_unicode=True)
    assert parse(text).settings.slot_size_min == size


def test_prompts_have_their_own_keys():
    assert settings_refused(ai_prompt="text") == {"settings.ai_prompt": "must be a mapping of keys to values"}
    assert list(settings_refused(ai_prompt={"phone": "x"})) == ["settings.ai_prompt.phone"]
    assert list(settings_refused(ai_prompt={"calls": 5})) == ["settings.ai_prompt.calls"]


NOA = {"id": "noa", "name": "נועה"}
CUT = {"id": "cut", "name": "תספורת", "duration_min": 5}
WEEK = "settings.opening_hours_json"


@pytest.mark.parametrize(
    ("day", "path", "reason"),
    [
        ([["20:00", "10:00"]], "sun[0]", "closes before it opens"),
        ([["18:00", "09:00"]], "sun[0]", "closes before it opens"),
        ([["10:00", "09:59"]], "sun[0]", "closes before it opens"),
        ([["10:00", "10:00"]], "sun[0]", "opens and closes at the same time"),
        ([["00:00", "24:00"]], "sun[0]", "allow_24_7"),
        ([["24:00", "02:00"]], "sun[0][0]", "is not a time of day"),
        ([["25:00", "26:00"]], "sun[0][0]", "is not a time of day"),
        ([["10:00", "20:60"]], "sun[0][1]", "is not a time of day"),
        ([["10", "20"]], "sun[0][0]", "is not a time of day"),
        ([[10, 20]], "sun[0][0]", "must be text"),
        ([["10:00"]], "sun[0]", "must be two times"),
        ([["10:00", "12:00", "14:00"]], "sun[0]", "must be two times"),
        (["10:00-20:00"], "sun[0]", "must be a list"),
        ("10:00-20:00", "sun", "must be a list"),
        ([["10:00", "14:00"], ["13:59", "20:00"]], "sun", "overlaps"),
        ([["13:00", "20:00"], ["10:00", "14:00"]], "sun", "overlaps"),
        ([["10:00", "20:00"], ["10:00", "20:00"]], "sun", "overlaps"),
        ([["20:00", "02:00"], ["23:00", "23:30"]], "sun", "overlaps"),
    ],
)
def test_a_bad_window_is_refused_by_path(day, path, reason):
    assert reason in week_refused(sun=day)[f"{WEEK}.{path}"]


def test_a_night_may_not_run_into_the_next_morning_nor_into_the_next_week():
    assert week_refused(sun=[["20:00", "02:00"]], mon=[["01:00", "05:00"]]) == {
        f"{WEEK}.mon": "a window overlaps the one before it"
    }
    assert list(week_refused(sat=[["20:00", "02:00"]], sun=[["01:00", "05:00"]])) == [f"{WEEK}.sun"]


def test_windows_that_touch_do_not_overlap():
    text = "business: {slug: d, name: ד}\nsettings: {opening_hours_json: {sun: [['08:00', '12:00'], ['12:00', '02:00']], mon: [['02:00', '08:00']]}}"  # noqa: E501  # one file
    assert len(parse(text).settings.opening_hours[0]) == 2


def test_days_have_their_english_names():
    assert list(week_refused(sunday=[["10:00", "20:00"]])) == [f"{WEEK}.sunday"]


@pytest.mark.parametrize(
    ("part", "path", "reason"),
    [
        ({"resources": [{"id": "noa"}]}, "resources[0].name", "is missing"),
        ({"resources": [{"id": "Noa", "name": "נ"}]}, "resources[0].id", "lower-case"),
        ({"resources": [{"id": "a", "name": "א"}] * 2}, "resources[1]", "the same id is given twice"),
        ({"resources": [{"id": "a", "name": "א", "hours": {}}]}, "resources[0].hours", "has no windows"),
        ({"resources": [{"id": "a", "name": "א", "hours": {"sun": []}}]}, "resources[0].hours", "has no windows"),
        ({"resources": [NOA | {"daily_limit": 0}]}, "resources[0].daily_limit", "between 1 and 1000"),
        ({"resources": [NOA | {"closures": {}}]}, "resources[0].closures", "must be a list"),
        ({"resources": [NOA | {"closures": [{"date": "31.6"}]}]}, "resources[0].closures[0].date", "is not a date"),
        ({"resources": [NOA | {"closures": [{"date": "2026-12-05"}] * 2}]}, "resources[0].closures[1]", "given twice"),
        ({"resources": [NOA | {"closures": [{"date": "2026-12-05", "hours": [["20:00", "10:00"]]}]}]},
         "resources[0].closures[0].hours[0]", "closes before"),
        ({"resources": [NOA | {"closures": [{"date": "2026-12-05", "by": "noa"}]}]},
         "resources[0].closures[0].by", "unknown key"),
        ({"resources": [NOA | {"limit": 3}]}, "resources[0].limit", "unknown key"),
        ({"services": {"id": "cut"}}, "services", "must be a list"),
        ({"services": ["cut"]}, "services[0]", "must be a mapping"),
        ({"services": [{"id": "cut", "name": "x", "duration_min": 0}]}, "services[0].duration_min", "not between 5"),
        ({"services": [CUT | {"price": -1}]}, "services[0].price", "between 0"),
        ({"services": [CUT | {"price": "80"}]}, "services[0].price", "a number"),
        ({"services": [CUT | {"price": float("nan")}]}, "services[0].price", "between"),
        ({"services": [CUT | {"price": 1.005}]}, "services[0].price", "decimals"),
        ({"services": [CUT | {"buffer_after_min": 481}]},
         "services[0].buffer_after_min", "not between 0 and 480"),
        ({"services": [CUT | {"resources": ["noa"]}]},
         "services[0].resources[0]", "is not the id of a resource of this file"),
        ({"services": [{"id": "a", "name": "x", "duration_min": 5}] * 2}, "services[1]", "the same id is given twice"),
        ({"closures": [{"date": "2026-02-30"}]}, "closures[0].date", "is not a date"),
        ({"closures": [{"date": ""}]}, "closures[0].date", "is empty"),
        ({"closures": [{"date": "31.6"}]}, "closures[0].date", "is not a date"),
        ({"closures": [{"date": "20261205"}]}, "closures[0].date", "is not a date"),
        ({"closures": [{"date": "2026-12-05"}, {"date": "2026-12-05"}]}, "closures[1]", "the same date is given twice"),
        ({"closures": [{"date": "2026-12-05", "hours": [["20:00", "10:00"]]}]}, "closures[0].hours[0]", "closes"),
        ({"closures": [{"date": "2026-12-05", "hours": [["20:00", "02:00"]]},
                       {"date": "2026-12-06", "hours": [["01:00", "03:00"]]}]}, "closures[1].hours", "overlaps"),
        ({"holidays": {"calendar": "Mars"}}, "holidays.calendar", "must be one of"),
        ({"holidays": {"closed": True}}, "holidays.calendar", "is missing"),
        ({"faq": [{"id": "a", "question": "?", "answer": " "}]}, "faq[0].answer", "is empty"),
        ({"faq": [{"id": "a", "question": "?" * 201, "answer": "x"}]}, "faq[0].question", "is longer than 200"),
        ({"faq": [{"id": "a", "question": "?", "answer": "x"}] * 2}, "faq[1]", "the same id is given twice"),
        ({"staff": [{"username": "noa", "role": "boss"}]}, "staff[0].role", "must be one of: owner, staff"),
        ({"staff": [{"username": "no a"}]}, "staff[0].username", "must be letters"),
        ({"staff": [{"username": "noa"}, {"username": "noa"}]}, "staff[1]", "the same username is given twice"),
        ({"staff": [{"username": "noa", "password": "x"}]}, "staff[0].password", "unknown key"),
        ({"settings": None}, "settings", "must be a mapping"),
    ],
)  # fmt: skip  # a table
def test_a_bad_part_is_refused_by_path(part, path, reason):
    assert reason in refused(**part)[path]


# --- Whatever is written is read again ---
ids = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)
lines = (
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), include_characters="\n\r\t"), max_size=60)
minutes = st.integers(0, 24 * 60 - 1).map(lambda minute: dt.time(minute // 60, minute % 60))


@st.composite
def day_windows(draw):
    """Windows of one day that neither touch midnight nor each other."""
    ends = sorted(draw(st.sets(minutes, max_size=6)))
    return tuple(Window(opens, closes) for opens, closes in zip(ends[::2], ends[1::2], strict=False))


weeks = st.dictionaries(st.integers(0, 6), day_windows().filter(bool)).map(lambda week: dict(sorted(week.items())))


def unique(parts, key):
    return st.lists(parts, unique_by=key, max_size=3).map(tuple)


@st.composite
def files(draw):
    closures = unique(
        st.builds(ClosurePart, st.dates(dt.date(2026, 1, 1)), day_windows(), st.just("") | lines),
        lambda part: part.date,
    )
    limits = st.none() | st.integers(1, 1000)
    resources = draw(unique(st.builds(ResourcePart, ids, lines, weeks, limits, closures), lambda part: part.id))
    given_by = st.sets(st.sampled_from([part.id for part in resources]) if resources else st.nothing())
    services = st.builds(
        ServicePart,
        ids,
        lines,
        st.integers(5, 1440),
        st.integers(0, 480),
        st.integers(0, 480),
        st.none() | st.decimals(0, 999999, places=2),
        given_by.map(lambda names: tuple(sorted(names))),
    )
    settings_part = st.builds(
        SettingsPart,
        slot_size_min=st.integers(1, 96).map(lambda n: n * 5),
        allow_24_7=st.booleans(),
        opening_hours=weeks,
        booking_window_days=st.integers(1, 730),
        min_notice_min=st.integers(0, 86400),
        cancel_notice_min=st.integers(0, 86400),
        daily_limit=limits,
        require_phone_before_booking=st.booleans(),
        phone_source=st.sampled_from(["keypad", "caller_id"]),
        ai_prompt_calls=texts,
        ai_prompt_whatsapp=texts,
        transfer_to=st.sampled_from(["", "+972521234567"]),
        record_calls=st.booleans(),
        recordings_kept_days=st.none() | st.sampled_from(RECORDINGS_KEPT_DAYS),
        max_call_min=st.sampled_from(CALL_LENGTHS_MIN),
        max_call_cost_cents=st.none() | st.sampled_from(CALL_COSTS_CENTS),
        patience_ms=st.none() | st.sampled_from(PATIENCE_MS),
        barge_in_level=st.none() | st.sampled_from(BARGE_IN_LEVELS),
    )
    return BusinessFile(
        slug=draw(ids),
        name=draw(lines),
        timezone=draw(st.sampled_from(["Asia/Jerusalem", "UTC", "America/New_York"])),
        lines=draw(st.sampled_from([(), ("+97233334444",), ("+97233334444", "+12025550123")])),
        settings=draw(settings_part),
        resources=resources,
        services=draw(unique(services, lambda part: part.id)),
        closures=draw(closures),
        holidays_calendar="IL",
        holidays_closed=draw(st.booleans()),
        faq=draw(unique(st.builds(FaqPart, ids, lines, lines), lambda part: part.id)),
        staff=draw(
            st.none()
            | unique(st.builds(StaffPart, ids, st.sampled_from(["owner", "staff"])), lambda part: part.username)
        ),
    )


@settings(max_examples=150, deadline=None)
@given(files())
def test_every_file_that_is_written_reads_the_same(file):
    assert parse(dump(file)) == file


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.text("{}[]:,-#&*!|>'\"%@` \n\tabc0123456789", max_size=60))
def test_any_text_is_read_or_refused(text):
    assert read_or_problems(text)
