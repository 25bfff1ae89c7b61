"""What one caller sentence says: the parser at once, and with a key a small text model beside it.

The model returns parts of a date and a time, never a date; the parser's own resolver computes it. Where both
agree the dialog acts, where they differ it asks. A model that is late, wrong or absent changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import msgspec
from django.conf import settings

from booking.hebrew import Context, Parts, Resolution, Understanding, parse, resolve, wants_person
from booking.hebrew.people import wants_another, wants_to_talk, wants_to_talk_to
from booking.hebrew.small_talk import is_wait
from calls.choices import chosen_place, service_named, services_meant
from calls.clock import Clock
from calls.conversation.actions import RunUnderstanding
from calls.conversation.events import Reading
from calls.services import CallSetup

logger = logging.getLogger(__name__)

MODEL_SECONDS = 0.6
# Questions whose answer may be a plain yes or no as well; the parser hears one only where it was asked for.
_OPEN_QUESTIONS = ("time", "which", "phone", "service", "more")
_POINTED_AT = ("which", "service")  # הראשון, המאוחר יותר


@dataclass(frozen=True)
class _Heard:
    """A sentence as the parser has it, before anybody else was asked."""

    parsed: Understanding
    context: Context
    now: datetime
    service: str | None
    no_day: str
    to_talk: bool


async def understand(setup: CallSetup, question: RunUnderstanding, *, clock: Clock, at_ms: int) -> Reading:
    """The reading of a sentence heard at this millisecond of the call. Never raises."""
    try:
        heard = _hear(setup, question, _moment(setup, at_ms))
        said = None
        if settings.OPENAI_API_KEY and not heard.no_day and worth_a_second_look(heard.parsed):
            said = await _model_parts(question.text, heard.now, clock)
        return _reading(setup, question, heard, said)
    except Exception:  # a worker's outermost door: the conversation waits for an answer, whatever it is
        logger.exception("A sentence could not be read", extra={"call_sid": setup.call_sid})
        return Reading()


def understand_written(setup: CallSetup, question: RunUnderstanding, *, now: datetime) -> Reading:
    """The parser's own reading of a sentence that was written at this moment, local to the business."""
    return _reading(setup, question, _hear(setup, question, now), None)


def _hear(setup: CallSetup, question: RunUnderstanding, now: datetime) -> _Heard:
    context = Context(
        asked="time" if question.asked == "which" else question.asked,
        open_24_7=setup.open_24_7,
        windows=setup.windows,
        wants_name=question.wants_name,
    )
    parsed = with_answer(parse(question.text, now, context), question, now, context)
    parsed = without_present(parsed)
    names = (*setup.people, *filter(None, [parsed.name]))
    by_name = any(wants_to_talk_to(name, question.text) for name in names)
    to_talk = by_name or wants_to_talk(question.text)
    parsed = put_through(parsed, by_name=by_name) if to_talk else parsed
    no_day = why_no_day(parsed, now.date())
    if not no_day:
        parsed = within_hours(ahead_or_over(parsed, now), question.known_day, setup)
    return _Heard(parsed, context, now, service_named(question.text, setup.facts.services), no_day, to_talk)


def _reading(setup: CallSetup, question: RunUnderstanding, heard: _Heard, said: Parts | None) -> Reading:
    """One reading of the parser's and the model's."""
    parsed = heard.parsed
    if heard.no_day:
        reading = without_day(parsed, heard.no_day, service=heard.service)
    else:
        second = resolve(said, heard.now, heard.context) if said is not None else None
        reading = merge(parsed, second, service=heard.service)
    return msgspec.structs.replace(
        reading,
        wants_person=heard.to_talk or wants_person(question.text),
        wants_to_talk=heard.to_talk,
        wants_wait=parsed.wait,
        from_day=_day(parsed.source[0]) if parsed.source else None,
        from_hour=_hour(parsed.source[1]) if parsed.source else None,
        vague_service=services_meant(question.text, setup.facts.services),
        choice=chosen_place(question.text) if question.asked in _POINTED_AT else "",
        part_of_day=bool(parsed.part or parsed.time_range) and reading.hour is None,
        another=wants_another(question.text),
        fact=fact_for(question.text, parsed, setup),
    )


def fact_for(text: str, parsed: Understanding, setup: CallSetup) -> str:
    """What the business answers, where something is asked that is no matter of the calendar."""
    asks = parsed.intent == "question" or (parsed.intent == "none" and text.rstrip().endswith("?"))
    return setup.answers.to(text) if asks else ""


def with_answer(parsed: Understanding, question: RunUnderstanding, now: datetime, context: Context) -> Understanding:
    """Where something was asked, a sentence may also ask for a moment, or be a plain yes or no.

    After news of something done, a no that names a time objects to it: לא, ביקשתי בשש.
    """
    if is_wait(question.text):
        plain = parse(question.text, now, replace(context, asked=None))
        if plain.wait:
            return plain  # the אחד of "רגע אחד" is no hour
    if question.asked not in _OPEN_QUESTIONS or parsed.intent != "none" or parsed.name:
        return parsed
    if parsed.phone or parsed.wait or parsed.farewell:
        return parsed
    answer = parse(question.text, now, replace(context, asked="confirm"))
    if parsed.date or parsed.time:
        objects = question.asked == "more" and answer.intent == "no"
        return replace(parsed, intent="no") if objects else parsed
    return answer if answer.intent in ("yes", "no") else parsed


def without_present(parsed: Understanding) -> Understanding:
    """What is cancelled has its day and hour already: they tell which appointment it is."""
    if parsed.intent != "cancel":
        return parsed
    sure = (parsed.date, parsed.time) if not parsed.ambiguous and (parsed.date or parsed.time) else None
    return replace(
        parsed,
        date=None,
        time=None,
        part=None,
        date_range=None,
        time_range=None,
        ambiguous=False,
        alternatives=(),
        parts=Parts(),
        source=parsed.source or sure,
    )


def put_through(parsed: Understanding, *, by_name: bool) -> Understanding:
    """Who asks for a person moves no appointment (תעבירי אותי), and a name is that person's, not the caller's."""
    timed = parsed.date or parsed.time or parsed.part or parsed.date_range or parsed.time_range or parsed.source
    moves = parsed.intent == "reschedule" and not timed
    return replace(parsed, intent="none" if moves else parsed.intent, name=None if by_name else parsed.name)


def why_no_day(parsed: Understanding, today: date) -> str:
    """Nothing can be booked on the day that was named: `past` or `unreal` (31.6). Empty where there is a time to check.

    A time of which day and hour are known is for the calendar to refuse, however long ago it was.
    """
    days = [day for day in (parsed.date, *(day for day, _ in parsed.alternatives)) if day is not None]
    if days:
        return "past" if parsed.time is None and max(days) < today else ""
    if parsed.parts.day is not None:
        return "unreal"
    said_when = parsed.time or parsed.part or parsed.date_range or parsed.time_range
    wants_it = parsed.intent not in ("question", "reschedule", "cancel")
    return "past" if parsed.past_day and wants_it and not said_when else ""


def without_day(parsed: Understanding, no_day: str, *, service: str | None) -> Reading:
    """What is left of the sentence; an hour only if it can mean one thing."""
    hour = None if parsed.alternatives else _hour(parsed.time)
    return Reading(
        intent=parsed.intent, hour=hour, name=parsed.name, phone=parsed.phone, service=service, no_day=no_day
    )


def ahead_or_over(parsed: Understanding, now: datetime) -> Understanding:
    """A time that has passed in each of its readings is not asked about: the calendar refuses it and offers others."""
    readings = [(parsed.date, parsed.time), *parsed.alternatives]
    here = now.replace(tzinfo=None)
    if any(day is None or hour is None or datetime.combine(day, hour) >= here for day, hour in readings):
        return parsed
    return replace(parsed, ambiguous=False, alternatives=())


def within_hours(parsed: Understanding, known_day: str | None, setup: CallSetup) -> Understanding:
    """Of an hour that may be meant in two ways, the one in which the business is open.

    Where it is open in neither, the likelier one stands, for the calendar to refuse and to offer others. Words that
    disagree (עשר אחר הצהריים) stay in doubt.
    """
    day = parsed.date or (date.fromisoformat(known_day) if known_day else None)
    hours = [parsed.time, *(hour for _, hour in parsed.alternatives)]
    one_day = all(other in (None, day) for other, _ in parsed.alternatives)
    if not (parsed.ambiguous and parsed.alternatives) or day is None or not one_day or None in hours:
        return parsed
    if not setup.windows or setup.open_24_7:
        return parsed
    windows = setup.windows.get((day.weekday() + 1) % 7, [])
    possible = [hour for hour in hours if hour is not None and any(_holds(window, hour) for window in windows)]
    if len(possible) > 1:
        return parsed
    return replace(parsed, time=possible[0] if possible else parsed.time, ambiguous=False, alternatives=())


def _holds(window: tuple[time, time], hour: time) -> bool:
    opens, closes = window
    return opens <= hour < closes if opens < closes else hour >= opens or hour < closes


def worth_a_second_look(parsed: Understanding) -> bool:
    """There is booking content in the sentence, or doubt."""
    timed = parsed.date or parsed.time or parsed.part or parsed.date_range or parsed.time_range
    return bool(timed or parsed.ambiguous or parsed.intent in ("book", "reschedule"))


def merge(parsed: Understanding, second: Resolution | None, *, service: str | None) -> Reading:
    """One reading of two. What the second one adds or contradicts is a question, never a fact."""
    first = (parsed.date, parsed.time)
    other = (second.date, second.time) if second is not None else (None, None)
    contradicts = any(theirs is not None and theirs != ours for ours, theirs in zip(first, other, strict=True))
    readings = list(parsed.alternatives)
    lead = first
    if contradicts:
        # Where the parser heard nothing, the model's reading is the one to ask about.
        lead = first if first != (None, None) else other
        filled = (other[0] or first[0], other[1] or first[1])
        readings = [filled, *readings] if filled != lead else readings
    return Reading(
        intent=parsed.intent,
        day=_day(lead[0]),
        hour=_hour(lead[1]),
        name=parsed.name,
        phone=parsed.phone,
        service=service,
        ambiguous=parsed.ambiguous,
        alternatives=tuple(dict.fromkeys((_day(day), _hour(hour)) for day, hour in readings)),
        disagreement=contradicts,
        farewell=parsed.farewell,
    )


def _moment(setup: CallSetup, at_ms: int) -> datetime:
    started = datetime.fromisoformat(setup.facts.started_at)
    return (started + timedelta(milliseconds=at_ms)).astimezone(setup.business.timezone)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _hour(hour: time | None) -> str | None:
    return f"{hour:%H:%M}" if hour is not None else None


async def _model_parts(text: str, now: datetime, clock: Clock) -> Parts | None:
    from calls import model_reading  # noqa: PLC0415  # the SDK behind it is loaded only where there is a key

    try:
        async with asyncio.timeout(MODEL_SECONDS / clock.rate):
            return await model_reading.parts_of(text, now)
    except TimeoutError:
        logger.info("The text model was too late")
    except model_reading.FAILURES as error:
        logger.warning("The text model could not be asked", extra={"error": type(error).__name__})
    return None
