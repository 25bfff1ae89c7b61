"""A few of the thousand calls of `make honesty`: the provider lies, mishears, interrupts and drops."""

from __future__ import annotations

import pytest
from pytest_django.fixtures import Settings

from benchmarks import quick_time
from benchmarks.honesty import worker
from benchmarks.honesty.judge import Verdict
from tests.support.telephone import House

CALLS = 20


@pytest.mark.parametrize("seed", [1])
def test_nobody_is_left_with_what_is_not_so(seed: int, transactional_db: None, settings: Settings) -> None:
    to = quick_time.furnish(0)

    async def calls(house: House) -> list[Verdict]:
        return await worker.calls(house, to=to, first=100, count=CALLS, seed=seed)

    verdicts = quick_time.in_quick_time(calls, settings)

    faults = [[*each.uncorrected, *each.wrong, each.silent, *each.protocol] for each in verdicts if not each.fine]
    assert not faults, "\n".join(line for lines in faults for line in lines)
    assert sum(len(each.told) for each in verdicts) > CALLS / 2, "hardly anything was lied about"
    assert {"booked", "cancelled", "rescheduled"} <= {each.outcome for each in verdicts}
