"""The carrier's buffer: in order, in real time, and honest about what was played."""

from simulator import ulaw
from simulator.playout import PlayOut

FRAME = bytes(range(160))


def test_sound_is_played_in_order_and_silence_follows():
    playout = PlayOut()
    playout.add(FRAME + FRAME[:80])
    assert playout.play().sound == FRAME
    last = playout.play()
    assert last.sound == FRAME[:80] + b"\xff" * 80
    assert last.audible_bytes == 80
    assert playout.play().sound == ulaw.SILENCE


def test_a_mark_is_reached_when_everything_before_it_was_played():
    playout = PlayOut()
    playout.add(FRAME * 2)
    assert playout.mark("first") is None
    playout.add(FRAME)
    assert playout.mark("second") is None
    assert [playout.play().marks for _ in range(3)] == [(), ("first",), ("second",)]


def test_a_mark_with_nothing_before_it_returns_at_once():
    assert PlayOut().mark("now") == "now"


def test_clear_empties_and_returns_every_mark_that_was_waiting():
    playout = PlayOut()
    playout.add(FRAME * 10)
    playout.mark("a")
    playout.add(FRAME)
    playout.mark("b")
    playout.play()
    assert playout.clear() == ["a", "b"]
    assert playout.ahead_ms == 0
    assert playout.play().audible_bytes == 0
    assert playout.furthest_ahead_ms == 220


def test_ten_minutes_are_the_most():
    playout = PlayOut()
    for _ in range(61):
        playout.add(FRAME * 500)
    assert playout.ahead_ms == 600_000
    assert playout.discarded_ms == 10_000
