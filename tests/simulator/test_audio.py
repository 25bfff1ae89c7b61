"""The words travel inside the sound, and nothing is ever heard wrong."""

import base64
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import audio, ulaw

SENTENCE = "שלום, אני רוצה לקבוע תספורת ליום שלישי בשתים עשרה"


def heard(sound: bytes, piece: int = ulaw.FRAME_BYTES) -> list[audio.Heard]:
    ear = audio.Ear()
    for start in range(0, len(sound), piece):
        ear.feed(sound[start : start + piece])
    return ear.utterances


def test_codes_decode_to_the_samples_they_encode():
    assert all(ulaw.encode(ulaw.decode(code)) == code for code in range(256) if code != 0x7F)  # 0x7F is minus zero
    assert ulaw.decode(0xFF) == 0
    assert ulaw.decode(0x80) == 32124


@pytest.mark.parametrize("piece", [160, 1, 37, 800, 1600, 100_000])
def test_a_sentence_is_heard_whatever_the_pieces(piece):
    [utterance] = heard(audio.speech(SENTENCE), piece)
    assert utterance.complete
    assert utterance.text == SENTENCE


def test_every_twenty_milliseconds_of_speech_are_well_above_the_barge_in_level():
    for voice in (audio.CALLER, audio.ASSISTANT):
        levels = [ulaw.rms(frame) for frame in audio.frames(audio.speech(SENTENCE, voice))]
        assert min(levels[:-1]) > 2 * 260
        assert max(levels) < 12_000


def test_length_follows_the_text_within_bounds():
    def ms(text: str) -> int:
        return len(audio.speech(text)) // ulaw.BYTES_PER_MS

    assert ms("כן") == audio.SHORTEST_MS
    assert ms("א" * 100) == 100 * audio.MS_PER_CHARACTER
    assert ms("א" * 1000) == audio.LONGEST_MS


def test_sentences_in_a_row_are_kept_apart_even_when_equal():
    row = audio.speech("כן", utterance=1) + ulaw.SILENCE * 30 + audio.speech("כן", utterance=2)
    assert [utterance.text for utterance in heard(row)] == ["כן", "כן"]


def test_base64_passes_it_untouched():
    sound = audio.speech(SENTENCE)
    assert heard(base64.b64decode(base64.b64encode(sound)))[0].text == SENTENCE


def test_of_a_sentence_cut_short_the_words_until_then_are_heard():
    sound = audio.speech(SENTENCE)
    [utterance] = heard(sound[: len(sound) // 2 // 160 * 160])
    assert not utterance.complete
    assert utterance.fraction == pytest.approx(0.5, abs=0.02)
    assert utterance.text
    assert SENTENCE.startswith(utterance.text)
    assert len(utterance.text) < len(SENTENCE) * 0.6


def test_resumed_playback_is_heard_as_one_sentence_also_off_the_frame_grid():
    sound = audio.speech(SENTENCE)
    cut = len(sound) // 3 // 160 * 160 + 56
    [utterance] = heard(sound[:cut] + ulaw.SILENCE * 20 + sound[cut - 8 * 30 :])
    assert utterance.complete
    assert utterance.text == SENTENCE


def test_a_few_lost_frames_do_no_harm():
    frames = list(audio.frames(audio.speech(SENTENCE)))
    rng = random.Random(3)
    kept = [frame for frame in frames if rng.random() > 0.05]
    ear = audio.Ear()
    for frame in [*kept, frames[-1]]:
        ear.feed(frame)
    assert ear.utterances[0].whole_text == SENTENCE


@settings(max_examples=60)
@given(st.text(alphabet="אבגדהוזחטי ,.?0123456789", min_size=1, max_size=60), st.integers())
def test_whatever_is_lost_or_damaged_nothing_is_heard_wrong(text, seed):
    rng = random.Random(seed)
    sound = bytearray(audio.speech(text))
    for _ in range(rng.randrange(1, 40)):
        start = rng.randrange(len(sound))
        sound[start : start + rng.randrange(1, 600)] = rng.randbytes(rng.randrange(0, 600))
    ear = audio.Ear()
    ear.feed(bytes(sound))
    for utterance in ear.utterances:
        assert utterance.whole_text in (None, text)
        assert " ".join(utterance.text.split()) in " ".join(text.split())


def test_noise_is_loud_and_says_nothing():
    sound = audio.noise(400)
    assert ulaw.rms(sound) > 1000
    assert heard(sound) == []
    assert heard(ulaw.SILENCE * 100) == []


def test_text_longer_than_a_packet_count_can_say_is_cut_at_a_character():
    [utterance] = heard(audio.speech("אב" * 3000))
    assert utterance.complete
    assert ("אב" * 3000).startswith(utterance.text)
