"""The product and its neighbours in one process and in virtual time: calls that take a second for each minute.

The house is the tests' own. What is measured in it is what the product does, never how long the machine needs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

T = TypeVar("T")

ZONE = ZoneInfo("Asia/Jerusalem")
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZONE)  # a Sunday
LINES = ("+97233334401", "+97233334402", "+97233334403", "+97233334404")

_SALON = """
business: {{slug: quick-{number}, name: "מספרת הזמן", timezone: Asia/Jerusalem, lines: ["{line}"]}}
settings:
  slot_size_min: 60
  booking_window_days: 40
  opening_hours_json: {{{days}}}
resources: [{{id: noa, name: "נועה"}}, {{id: dana, name: "דנה"}}]
services: [{{id: haircut, name: "תספורת", duration_min: 60, price: 80, resources: [noa, dana]}}]
"""


def furnish(number: int) -> str:
    """A salon, open every day from ten to eight; the telephone number of it."""
    from agentlocator.business_files.importer import import_business  # noqa: PLC0415  # Django is set up by now
    from agentlocator.business_files.schema import parse  # noqa: PLC0415  # as above
    from booking.policy import DAY_KEYS  # noqa: PLC0415  # as above

    days = ", ".join(f'{day}: [["10:00", "20:00"]]' for day in DAY_KEYS)
    import_business(parse(_SALON.format(number=number, line=LINES[number], days=days)))
    return LINES[number]


def in_quick_time(work: Callable[..., Awaitable[T]], settings: Any = None) -> T:
    """Await `work(house)` in a house of its own, from `NOW` on. `settings` are Django's, or a test's own."""
    import time_machine  # noqa: PLC0415  # a development tool, for the runs that need it
    from django.conf import settings as django_settings  # noqa: PLC0415  # Django is set up by now

    from tests.support import virtual_time  # noqa: PLC0415  # as above
    from tests.support.telephone import open_house  # noqa: PLC0415  # as above

    async def opened() -> T:
        async with open_house(settings or django_settings, virtual_time.VirtualClock()) as house:
            return await work(house)

    with time_machine.travel(NOW, tick=False) as today:
        return virtual_time.run(opened(), on_jump=today.shift)
