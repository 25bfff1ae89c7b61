"""The caller's frames as they come, and what the provider hears of them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls import inbound
from calls.carrier import Media
from calls.inbound import Inbound, silence

FRAME = base64.b64encode(bytes(range(160))).decode()


def media(number: int, at_ms: int | None = None) -> Media:
    """The stream's n-th frame; its sound tells which one it is."""
    sound = number.to_bytes(2, "big") * 80
    return Media(base64.b64encode(sound).decode(), (number - 1) * 20 if at_ms is None else at_ms, number)


def heard(payloads: list[str]) -> list[int | str]:
    """Numbers of the frames, and lengths of the silence between them."""
    out: list[int | str] = []
    for payload in payloads:
        sound = base64.b64decode(payload, validate=True)
        quiet = set(sound) == {0xFF}
        if quiet and out and isinstance(out[-1], str):
            out[-1] = f"{int(out[-1].split()[0]) + len(sound) / 8:.0f} ms"
        else:
            out.append(f"{len(sound) / 8:.0f} ms" if quiet else int.from_bytes(sound[:2], "big"))
    return out


def fed(ear: Inbound, *frames: Media) -> list[int | str]:
    return heard([payload for frame in frames for payload in ear.feed(frame)])


def test_a_steady_stream_passes_as_it_is() -> None:
    ear = Inbound()

    assert fed(ear, *(media(n) for n in range(1, 200))) == list(range(1, 200))
    assert (ear.filled_ms, ear.dropped) == (0, 0)


def test_frames_without_numbers_or_stamps_pass_as_they_are() -> None:
    ear = Inbound()

    assert [ear.feed(Media(FRAME)) for _ in range(5)] == [[FRAME]] * 5


def test_a_gap_is_as_long_for_the_provider_as_it_was_for_the_caller() -> None:
    ear = Inbound()

    assert fed(ear, media(1), media(2), media(3, at_ms=840), media(4, at_ms=860)) == [1, 2, "800 ms", 3, 4]
    assert ear.filled_ms == 800


def test_a_long_gap_is_filled_by_ten_seconds_at_most() -> None:
    ear = Inbound()

    assert fed(ear, media(1), media(2, at_ms=60_000), media(3, at_ms=60_020)) == [1, "10000 ms", 2, 3]


def test_stamps_that_tremble_are_no_gaps() -> None:
    ear = Inbound()
    stamps = [5, 27, 42, 66, 80, 104, 121, 139, 166]

    assert fed(ear, *(media(n, at_ms=at) for n, at in enumerate(stamps, 1))) == list(range(1, 10))
    assert ear.filled_ms == 0


def test_single_frames_that_are_lost_add_up() -> None:
    ear = Inbound()

    assert fed(ear, *(media(n, at_ms=(n - 1) * 40) for n in range(1, 6))) == [1, 2, 3, "60 ms", 4, 5]


def test_frames_in_the_wrong_order_are_put_right() -> None:
    ear = Inbound()

    assert fed(ear, media(1), media(3), media(2), media(4)) == [1, 2, 3, 4]
    assert (ear.filled_ms, ear.dropped) == (0, 0)


def test_a_frame_that_comes_twice_or_too_late_is_dropped() -> None:
    ear = Inbound()

    assert fed(ear, media(1), media(2), media(2), media(4), media(5), media(6), media(7), media(3)) == [
        1,
        2,
        4,
        5,
        6,
        7,
    ]
    assert ear.dropped == 2


def test_a_carrier_that_counts_anew_is_heard_again() -> None:
    ear = Inbound()
    fed(ear, *(media(n) for n in range(1, 101)))

    again = fed(ear, *(media(n) for n in range(1, 60)))

    assert again[-10:] == list(range(50, 60))
    assert ear.dropped < inbound.LOST_COUNT


def test_a_stream_that_stops_in_mid_word_ends_the_turn() -> None:
    ear = Inbound()
    fed(ear, media(1), media(2))

    assert [ear.stalled(at, speaking=True) for at in (1000, 1250, 1500)] == [[]] * 3
    assert heard(ear.stalled(1750, speaking=True)) == ["1000 ms"]
    assert [ear.stalled(at, speaking=True) for at in (2000, 2250, 2500)] == [[]] * 3
    assert heard(ear.stalled(2750, speaking=True)) == ["1000 ms"]
    assert fed(ear, media(3, at_ms=3040)) == ["1000 ms", 3], "what was filled is not filled again"


def test_a_stream_that_stops_while_nobody_speaks_is_left_alone() -> None:
    ear = Inbound()
    fed(ear, media(1))

    assert [ear.stalled(at, speaking=False) for at in range(0, 5000, 250)] == [[]] * 20


def test_a_stream_that_goes_on_is_left_alone() -> None:
    ear = Inbound()
    for n in range(1, 100):
        fed(ear, media(n))
        assert ear.stalled(n * 20, speaking=True) == []


def test_frames_that_waited_for_another_are_not_lost_when_the_stream_stops() -> None:
    ear = Inbound()
    fed(ear, media(1), media(3))
    looks = [ear.stalled(at, speaking=True) for at in (0, 250, 500, 800)]

    assert heard(looks[-1]) == [3, "1000 ms"]


def test_a_process_that_stood_still_has_not_lost_the_caller() -> None:
    """The frames are there, and will be read next."""
    ear = Inbound()
    fed(ear, media(1))

    assert [ear.stalled(at, speaking=True) for at in (0, 250, 9000)] == [[]] * 3


@pytest.mark.parametrize("ms", [60, 100, 800, 1000, 10_000])
def test_silence_is_silent_and_as_long_as_asked(ms: int) -> None:
    sound = b"".join(base64.b64decode(piece, validate=True) for piece in silence(ms))

    assert set(sound) == {0xFF}
    assert 0 <= ms - len(sound) / 8 < 1


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(-1, 20_000)), max_size=80))
def test_whatever_comes_no_frame_is_passed_on_twice_in_a_row_of_numbers(frames: list[tuple[int, int]]) -> None:
    """Any order of any frames: nothing raises, what is passed on is audio, and silence stays bounded."""
    ear = Inbound()
    for number, at_ms in frames:
        before = ear.filled_ms
        for payload in ear.feed(Media(FRAME, at_ms, number)):
            assert base64.b64decode(payload, validate=True)
        assert ear.filled_ms - before <= inbound.LONGEST_FILL_MS * (inbound.WINDOW + 1)
