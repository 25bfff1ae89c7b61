"""One process of the run: so many calls one after the other, each judged as soon as it is over.

python -m benchmarks.honesty.worker --number 0 --calls 500 --seed 1 --out FILE
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import quick_time

if TYPE_CHECKING:
    from benchmarks.honesty.judge import Verdict
    from benchmarks.honesty.people import Person
    from tests.support.telephone import House

MOST_PROTOCOLS = 5


async def calls(house: House, *, to: str, first: int, count: int, seed: int) -> list[Verdict]:
    """So many callers, whose numbers begin with `first`; what they do and suffer follows from the seed."""
    from django.utils import timezone  # noqa: PLC0415  # Django is set up by now

    from benchmarks.honesty.judge import judge  # noqa: PLC0415  # as above
    from benchmarks.honesty.people import somebody  # noqa: PLC0415  # as above
    from benchmarks.honesty.play import call_up  # noqa: PLC0415  # as above
    from calls.threads import off_loop  # noqa: PLC0415  # as above

    verdicts = []
    for number in range(first, first + count):
        now = timezone.now()
        local = now.astimezone(quick_time.ZONE)
        person = somebody(random.Random(f"{seed} {number}"), number, local.date())  # noqa: S311  # a simulation
        if person.existing is not None:
            await off_loop(_make_exist, person, to, now)
        heard = await call_up(house, person, to=to, now=timezone.now())
        verdicts.append(await off_loop(judge, heard))
    return verdicts


def _make_exist(person: Person, to: str, now: datetime) -> None:
    """The appointment that they had before they called; at another time where theirs is taken."""
    from benchmarks.honesty.people import wished  # noqa: PLC0415  # Django is set up by now
    from booking.results import Booked  # noqa: PLC0415  # as above
    from booking.services import create_appointment  # noqa: PLC0415  # as above
    from calls.models import PhoneLine  # noqa: PLC0415  # as above
    from crm.models import Medium  # noqa: PLC0415  # as above
    from crm.tenancy import for_business, for_everyone  # noqa: PLC0415  # as above

    with for_everyone("the benchmark finds the business of its line"):
        business = PhoneLine.objects.select_related("business").get(number=to).business
    with for_business(business):
        while True:
            assert person.existing is not None
            start = person.existing.replace(tzinfo=quick_time.ZONE)
            made = create_appointment(
                business=business,
                start_iso=start,
                customer_name=person.name,
                customer_phone=person.phone,
                service_id="haircut",
                medium=Medium.WEB,
                now=now,
            )
            if isinstance(made, Booked):
                return
            person.existing = wished(person.rng, person.today)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, required=True)
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    import django  # noqa: PLC0415  # the settings read an environment that is complete only now

    django.setup()
    logging.disable(logging.ERROR)
    to = quick_time.furnish(chosen.number)
    first = chosen.number * 100_000

    async def work(house: House) -> list[Verdict]:
        return await calls(house, to=to, first=first, count=chosen.calls, seed=chosen.seed)

    verdicts = quick_time.in_quick_time(work)
    chosen.out.write_text(json.dumps([asdict(verdict) for verdict in verdicts]))


if __name__ == "__main__":
    sys.exit(main())
