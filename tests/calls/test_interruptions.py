"""A sample of the interruptions of `make bench`: what stops the assistant, and what does not."""

from __future__ import annotations

from pytest_django.fixtures import Settings

from benchmarks import quick_time
from benchmarks.interruptions.catalogue import HONOUR, RESUME, interruptions
from benchmarks.interruptions.play import Result, batches, play
from tests.support.telephone import House

EVERY = 12
STOPPED_WITHIN_MS = 120


def test_real_words_stop_the_assistant_and_nothing_else_does(transactional_db: None, settings: Settings) -> None:
    to = quick_time.furnish(0)
    chosen = interruptions()[::EVERY]

    async def calls(house: House) -> list[Result]:
        return [result for batch in batches(chosen) for result in await play(house, batch, to=to)]

    results = quick_time.in_quick_time(calls, settings)

    assert [str(result.of) for result in results if not result.as_expected] == []
    assert {result.of.expected for result in results} == {RESUME, HONOUR}
    stops = [result.stopped_ms for result in results if result.of.expected == HONOUR and result.stopped_ms is not None]
    assert max(stops) <= STOPPED_WITHIN_MS  # of the product's own time: the clock stands still while anybody works


def test_the_set_is_large_and_always_the_same() -> None:
    assert len(interruptions()) >= 200
    assert interruptions() == interruptions()
