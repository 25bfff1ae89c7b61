"""The house in which scenarios are played: a salon whose date, calendar and provider belong to the test.

Everything is real but time: product, stand-ins and database talk over sockets in virtual time (`virtual_time`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine
import yaml
from django.db import connection, transaction
from pytest_django.fixtures import Settings

from agentlocator.business_files.importer import import_business
from agentlocator.business_files.schema import SETTINGS_KEYS
from agentlocator.business_files.schema import parse as read_business_file
from booking.models import Resource, Service
from calls.models import BlockedNumber, EventLog
from calls.tasks import wrap_up_call
from calls.threads import off_loop
from crm.models import Business, BusinessSettings, Lead
from crm.tenancy import for_business, for_everyone
from simulator.caller import run_scenario
from simulator.misfortunes import CALENDAR, Trouble, strike_provider
from simulator.realtime_session import Session
from simulator.scenario import Given, Scenario
from simulator.verdict import Outcome
from tests.support import virtual_time
from tests.support.factories import AppointmentFactory, LeadFactory
from tests.support.scenario_judges import SOMEBODY_ELSE, ZONE, Played, judge
from tests.support.telephone import NUMBER, House, open_house

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=ZONE)  # a Sunday noon, where a scenario says nothing else
STORED_WITHIN_S = 30.0
_EXPLAINS = {  # trouble: the error of the provider's that comes of it, whatever we do
    "uninvited_answers": "conversation_already_has_active_response",
    "late_created": "conversation_already_has_active_response",
    "gone_transcription_models": "invalid_value",
    "session_lasts": "session_expired",
}
SALON: dict[str, Any] = {
    "business": {"slug": "dana", "name": "המספרה של דנה", "lines": [NUMBER]},
    "settings": {
        "opening_hours_json": {day: [["10:00", "20:00"]] for day in ("sun", "mon", "tue", "wed", "thu", "fri", "sat")}
    },
    "resources": [{"id": "noa", "name": "נועה"}],
}


def play(scenario: Scenario, settings: Settings) -> list[str]:
    """Play it; what did not come true, empty if all is well. The last entry of a failure is the conversation."""
    now = scenario.now.replace(tzinfo=ZONE) if scenario.now else NOW
    with time_machine.travel(now, tick=False) as today:
        business = _open_salon(scenario.business)
        _make_so(scenario, business)
        played = virtual_time.run(_call(scenario, business, settings), on_jump=today.shift)
        with for_business(business):
            settings.OPENAI_API_KEY = ""  # the summary needs no model
            if (row := played.call()) is not None:
                wrap_up_call(business.pk, row.pk)
            failed = [*played.outcome.failed, *judge(played)]
            _keep(played)
        return [*failed, played.conversation] if failed else []


# --- before the call ---------------------------------------------------------------------------------
def _open_salon(changes: Mapping[str, Any]) -> Business:
    """The usual salon and what the scenario says of it. Settings that a business file has no word for go to the row."""
    settings = SALON["settings"] | changes.get("settings", {})
    for_file = {name: value for name, value in settings.items() if name in SETTINGS_KEYS}
    file = SALON | {name: value for name, value in changes.items() if name != "settings"} | {"settings": for_file}
    business, _ = import_business(read_business_file(yaml.safe_dump(file, allow_unicode=True)))
    with for_business(business):
        row = BusinessSettings.objects.get()
        for name in settings.keys() - for_file.keys():
            BusinessSettings._meta.get_field(name)  # a wrong name is an error
            setattr(row, name, settings[name])
        row.save()
    return business


def _make_so(scenario: Scenario, business: Business) -> None:
    with for_business(business):
        for given in scenario.given:
            _give(given, scenario, business)


def _give(given: Given, scenario: Scenario, business: Business) -> None:
    facts = given.facts
    caller = scenario.from_ if scenario.from_ != "anonymous" else SOMEBODY_ELSE
    phone = facts.get("phone", SOMEBODY_ELSE if given.kind == "taken" else caller)
    if given.kind == "blocked":
        BlockedNumber.objects.create(business=business, number=phone)
        return
    name = facts.get("name", "מאיה ברק" if given.kind == "taken" else "דנה לוי")
    lead = Lead.objects.filter(phone=phone).first() or LeadFactory(business=business, name=name, phone=phone)
    if given.kind == "customer":
        return
    service = Service.objects.filter(slug=facts["service"]).first() if "service" in facts else None
    starts = datetime.fromisoformat(facts["start"]).replace(tzinfo=ZONE)
    row = BusinessSettings.objects.get()
    ends = starts + timedelta(minutes=service.duration_min if service else row.slot_size_min)
    AppointmentFactory(
        business=business,
        resource=Resource.objects.first(),
        lead=lead,
        service=service,
        starts_at=starts,
        ends_at=ends,
        customer_name=name,
        customer_phone=phone,
    )


# --- the call ----------------------------------------------------------------------------------------
async def _call(scenario: Scenario, business: Business, settings: Settings) -> Played:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, virtual_time.VirtualLoop)
    async with open_house(settings, virtual_time.VirtualClock()) as house:
        with contextlib.ExitStack() as troubles:

            def strike(trouble: Trouble) -> None:
                if trouble.kind == CALENDAR:
                    troubles.enter_context(_stuck_calendar(loop, float(trouble.value)))
                else:
                    strike_provider(trouble, house.options, house.provider.provider.cut_all)

            for trouble in scenario.provider:
                strike(trouble)
            outcome = await run_scenario(scenario, house.line, to=NUMBER, clock=house.clock, strike=strike)
        await _until_stored(house, outcome)
        sessions = house.provider.provider.sessions
        return Played(outcome, business, scenario, len(sessions), _refused(sessions, scenario))


def _refused(sessions: Sequence[Session], scenario: Scenario) -> tuple[str, ...]:
    """Errors of the provider that no trouble of the scenario explains. Cancels may always come too late."""
    troubles = [*scenario.provider, *(step.value for step in scenario.steps if isinstance(step.value, Trouble))]
    explained = {"response_cancel_not_active", *(_EXPLAINS.get(trouble.name, "") for trouble in troubles)}
    errors = [error for session in sessions for error in session.recording.errors]
    return tuple(
        f"{error['code']}: {error['message']}"
        for error in errors
        if error["code"] not in explained and not error["message"].startswith("Refused on request")
    )


@contextlib.contextmanager
def _stuck_calendar(loop: virtual_time.VirtualLoop, seconds: float) -> Iterator[None]:
    """Nobody gets at an appointment for so long: another transaction holds the table."""
    locked, released = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE booking_appointment IN ACCESS EXCLUSIVE MODE")
            locked.set()
            released.wait(60)
        connection.close()

    def release() -> None:
        released.set()
        loop.waits_for_threads = True

    holder = threading.Thread(target=hold)
    holder.start()
    locked.wait(60)
    loop.waits_for_threads = False  # time goes on although the calendar's threads do not
    timer = loop.call_later(seconds, release)
    try:
        yield
    finally:
        timer.cancel()
        release()
        holder.join()


async def _until_stored(house: House, outcome: Outcome) -> None:
    """Every media stream leaves a log; what is still being written is waited for."""
    streams = sum(stream.was_open for stream in outcome.call.streams)

    def stored() -> bool:
        with for_everyone("a look at one call"):
            return EventLog.objects.filter(call__call_sid=outcome.call.sid).count() >= streams

    end = house.clock.now() + STORED_WITHIN_S
    while not await off_loop(stored) and house.clock.now() < end:
        await house.clock.sleep(0.1)


# --- afterwards --------------------------------------------------------------------------------------
def _keep(played: Played) -> None:
    """Where `KEEP_CALLS` names a folder: the call's log goes there, as the kept corpus has it."""
    if folder := os.environ.get("KEEP_CALLS"):
        for log in EventLog.objects.filter(call__call_sid=played.outcome.call.sid):
            part = f"-{log.part + 1}" if log.part else ""
            name = re.sub(r"[^a-z0-9]+", "_", played.scenario.name.lower())
            (Path(folder) / f"{name}{part}.jsonl.gz").write_bytes(bytes(log.data))
