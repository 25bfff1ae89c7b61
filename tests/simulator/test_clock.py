"""One clock for everybody, at any speed."""

import pytest

from calls.clock import Clock


async def test_a_fast_clock_lets_its_own_time_pass():
    clock = Clock(rate=1000)
    before = clock.now()
    await clock.sleep(5)
    assert clock.now() - before >= 4.99
    assert clock.now_ms() >= 4990


async def test_sleeping_until_a_past_moment_only_lets_others_run():
    clock = Clock(rate=1000)
    await clock.sleep(1)
    await clock.sleep_until(0.5)
    await clock.sleep(-3)


def test_time_does_not_run_backwards():
    with pytest.raises(ValueError, match="above zero"):
        Clock(rate=0)
