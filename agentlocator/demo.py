"""The demo call: how it is placed, and what is shown of it afterwards."""

from __future__ import annotations

import time
from typing import TextIO
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from agentlocator.business_files.demo import SALON, seed_demo
from agentlocator.business_files.schema import parse
from agentlocator.runtime import paths
from agentlocator.runtime.errors import RuntimeProblem
from agentlocator.runtime.supervisor import python
from booking.models import Appointment
from calls.models import CallSession, PhoneLine, Turn
from calls.summary import booked_in
from crm.tenancy import for_everyone

SCENARIO = paths.ROOT / "simulator" / "scenarios" / "demo.yaml"
WRAP_UP_S = 20.0
COLUMNS = (
    ("heard", "STT_FIRST_PARTIAL_MS"),
    ("transcript", "STT_FINAL_MS"),
    ("first audio", "AI_FIRST_AUDIO_MS"),
    ("ready", "TTS_READY_MS"),
    ("sent", "FIRST_AUDIO_SENT_MS"),
    ("whole turn", "TOTAL_LATENCY_MS"),
)


def place_call_command(url: str) -> list[str]:
    """The command that calls the demo business's line at the server `url`."""
    slug = parse(SALON.read_text(encoding="utf-8")).slug
    with for_everyone("the business is looked up by its name"):
        line = PhoneLine.objects.filter(business__slug=slug).order_by("pk").first()
    if line is None:
        raise RuntimeProblem("The demo business has no phone line any more: `manage.py seed_demo --reset` restores it.")
    manage = str(paths.ROOT / "manage.py")
    return python(manage, "place_call", "--to", line.number, "--scenario", str(SCENARIO), "--url", url)


def last_call_id() -> int:
    """The newest call before the demo's own; 0 when there is none."""
    with for_everyone("calls of any business count"):
        return CallSession.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def report(*, after: int, out: TextIO) -> bool:
    """Print what came of the first call after call `after`; whether it booked an appointment."""
    with for_everyone("the command line sees every business"):
        call = _wait_for_wrap_up(after)
        if call is None:
            out.write("No call arrived.\n")
            return False
        appointment = booked_in(call)
        _show_appointment(appointment, ZoneInfo(str(call.business.timezone)), out)
        _show_timings(list(call.turns.all()), out)
    _show_people(out)
    return appointment is not None


def _wait_for_wrap_up(after: int) -> CallSession | None:
    """The call, once the worker has written its summary; as it is if that takes long."""
    deadline = time.monotonic() + WRAP_UP_S
    while True:
        call = CallSession.objects.filter(pk__gt=after).order_by("pk").select_related("business").first()
        if (call and call.wrapped_up_at) or time.monotonic() > deadline:
            return call
        time.sleep(0.2)


def _show_appointment(appointment: Appointment | None, zone: ZoneInfo, out: TextIO) -> None:
    if appointment is None:
        out.write("\nNo appointment came of the call.\n")
        return
    starts = timezone.localtime(appointment.starts_at, zone)
    service = appointment.service.name if appointment.service else "-"
    out.write("\nThe appointment in the database\n")
    facts = {
        "date": f"{starts:%Y-%m-%d}",
        "time": f"{starts:%H:%M}",
        "name": appointment.customer_name,
        "service": service,
        "status": appointment.status,
    }
    out.writelines(f"  {label:8} {value}\n" for label, value in facts.items())


def _show_timings(turns: list[Turn], out: TextIO) -> None:
    """One row per answered turn, in ms from the moment the caller stopped speaking."""
    measured = [turn for turn in turns if turn.metrics]
    out.write("\nTimings of the turns, ms after the caller stopped speaking\n")
    out.write("  turn" + "".join(f"{title:>13}" for title, _ in COLUMNS) + "  end of turn\n")
    for turn in measured:
        cells = "".join(f"{_cell(turn.metrics.get(name)):>13}" for _, name in COLUMNS)
        out.write(f"  {turn.index:4}{cells}  {turn.metrics.get('EOU_REASON') or '-'}\n")


def _show_people(out: TextIO) -> None:
    """Who may look at all this, and where."""
    out.write(f"\nSign in at {settings.PUBLIC_URL}/ to see the call, its transcript and the appointment\n")
    out.writelines(f"  {name:12} {password or '(changed)'}\n" for name, password in seed_demo().items())


def _cell(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, int | float) else "-"
