"""A telephone in tests understands the shipped lines, though no words travel inside them."""

from __future__ import annotations

import pytest

from calls.voice import lines, shipped, sound
from simulator import audio, ulaw
from simulator.local_lines import Line

VALUES = {"start": "2026-11-26 18:27", "today": "2026-11-24", "phone": "0520000147"}


def played(key: str, values: dict[str, str] = VALUES) -> bytes:
    spoken = lines.fragments(key, values)
    return b"".join(shipped.clips()[each.key] + sound.silence(each.pause_ms) for each in spoken)


def heard_in(whole: bytes) -> list[audio.Heard | Line]:
    ear = audio.Ear()
    found: list[audio.Heard | Line] = []
    for frame in audio.frames(whole):
        heard = ear.feed_any(frame)
        if heard is not None and all(heard is not each for each in found):
            found.append(heard)
    return found


@pytest.mark.parametrize("key", sorted(lines.LINES))
@pytest.mark.parametrize("offset", [0, 37])  # play-out need not begin with a frame
def test_a_line_is_heard_as_one_reply_word_for_word(key: str, offset: int):
    [line] = heard_in(b"\xff" * offset + played(key))
    assert line.text == lines.text(key, VALUES)
    assert line.complete


def test_repeated_digits_are_all_heard():
    [line] = heard_in(played("phone_readback", {"phone": "0000000000"}))
    assert line.text.count("אפס") == 10


def test_the_same_menu_again_is_another_reply():
    first, second = heard_in(played("offline_menu") * 2)
    assert first.text == second.text == lines.text("offline_menu", {})


def test_a_line_that_is_cut_is_heard_as_far_as_it_was_played():
    whole = played("goodbye")
    [line] = heard_in(whole[: len(whole) // 2])
    assert not line.complete
    assert line.text in ("תודה", "תודה על", "תודה על השיחה,")


def test_a_line_that_is_resumed_in_its_middle_is_heard_once():
    whole = played("offline_slots")
    stopped, resumed = 5 * 8000, 4 * 8000 + 4 * ulaw.FRAME_BYTES
    [line] = heard_in(whole[:stopped] + whole[resumed:])
    assert line.text == lines.text("offline_slots", VALUES)


def test_lines_and_the_assistants_speech_are_told_apart():
    words = "שלום, איך אפשר לעזור?"
    replies = heard_in(audio.speech(words, audio.ASSISTANT) + played("moment") + audio.speech(words, utterance=1))
    assert [reply.text for reply in replies] == [words, "רגע אחד.", words]


def test_noise_is_no_line():
    assert heard_in(audio.noise(2000)) == []
