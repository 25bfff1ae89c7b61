"""Speech whose words travel inside the sound.

An utterance is µ-law audio of real speech-like level. The lowest bit of each code (a step no ear notices)
carries packets of 160 bits, one per 20 ms:

    sync 16 | utterance 8 | text checksum 16 | index 12 | packets 12 | text bytes 12 | spare 4 | 8 text bytes | crc 16

`index` of `packets` says which part of the utterance the packet accompanies, so whoever hears only a part knows
which part. Every second packet carries the stretch of text spoken just then, the others go through the whole text in
turn, so a lost frame loses nothing and a lost half second seldom does. Damaged packets fail their checksum and
are not heard; nothing is ever heard wrong.
"""

from __future__ import annotations

import binascii
import functools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from simulator import espeak, ulaw
from simulator.local_lines import Line, LineEar

MS_PER_CHARACTER = 70
SHORTEST_MS = 320
LONGEST_MS = 20_000
_SYNC = 0b1011001110001101
_SYNC_BITS = f"{_SYNC:016b}".encode()
_PACKET_BITS = ulaw.FRAME_BYTES
_CHUNK = 8
_MOST_BYTES = 4095
_BIT_CHARS = bytes(b"01"[code & 1] for code in range(256))


@dataclass(frozen=True)
class Voice:
    """How a speaker sounds. `seed` makes the melody repeatable."""

    pitch_hz: float
    seed: int
    espeak_pitch: int  # 0-99, where espeak-ng is installed


CALLER = Voice(pitch_hz=118, seed=7, espeak_pitch=35)
ASSISTANT = Voice(pitch_hz=204, seed=23, espeak_pitch=65)


def speech(text: str, voice: Voice = CALLER, utterance: int = 0) -> bytes:
    """The text as audio in whole frames. `utterance` (0-255) tells equal sentences in a row apart."""
    spoken = text.encode()[:_MOST_BYTES].decode(errors="ignore")
    sound = espeak.speak(spoken, voice.espeak_pitch) or _carrier_wave(duration_ms(spoken), voice)
    sound += bytes([ulaw.SILENT_CODE]) * (-len(sound) % ulaw.FRAME_BYTES)
    sound = sound[: LONGEST_MS * ulaw.BYTES_PER_MS]
    bits = b"".join(_packets(spoken.encode(), utterance & 0xFF, len(sound) // ulaw.FRAME_BYTES))
    cleared = sound.translate(_LOW_BIT_CLEARED)
    return (int.from_bytes(cleared, "big") | int.from_bytes(bits, "big")).to_bytes(len(sound), "big")


def noise(ms: int, voice: Voice = CALLER) -> bytes:
    """Sound as loud as speech that says nothing: a cough, a door, a television."""
    sound = _carrier_wave(ms, voice).translate(_LOW_BIT_CLEARED)
    return sound + bytes([ulaw.SILENT_CODE]) * (-len(sound) % ulaw.FRAME_BYTES)


def softer(sound: bytes, loudness: float) -> bytes:
    """The sound at this share of its loudness. Its words, if it had any, cannot be made out any more."""
    return sound.translate(bytes(ulaw.encode(int(ulaw.decode(code) * loudness)) for code in range(256)))


def duration_ms(text: str) -> int:
    """How long a sentence takes to say."""
    return min(max(SHORTEST_MS, len(text) * MS_PER_CHARACTER), LONGEST_MS)


def frames(sound: bytes) -> Iterator[bytes]:
    """The sound in the carrier's frames of 20 ms."""
    for start in range(0, len(sound), ulaw.FRAME_BYTES):
        yield sound[start : start + ulaw.FRAME_BYTES].ljust(ulaw.FRAME_BYTES, b"\xff")


# --- the sound ---------------------------------------------------------------------------------------
_LOW_BIT_CLEARED = bytes(code & 0xFE for code in range(256))
_LOOP_S = 3


def _carrier_wave(ms: int, voice: Voice) -> bytes:
    loop = _voice_loop(voice)
    wanted = ms * ulaw.BYTES_PER_MS
    return (loop * (wanted // len(loop) + 1))[:wanted]


@functools.cache
def _voice_loop(voice: Voice) -> bytes:
    """Three seconds of a voiced sound with a melody and four to six syllables a second."""
    rng = random.Random(voice.seed)
    samples = bytearray()
    phase = 0.0
    while len(samples) < _LOOP_S * ulaw.SAMPLE_RATE:
        length = rng.randrange(1300, 2000)
        pitch = voice.pitch_hz * rng.uniform(0.88, 1.15)
        colours = [(h, rng.uniform(0.5, 1.0) / h) for h in (1, 2, 3, 5, 8)]
        loudness = rng.uniform(5000, 8000)
        for i in range(length):
            phase += 2 * math.pi * pitch / ulaw.SAMPLE_RATE
            envelope = 0.3 + 0.7 * math.sin(math.pi * i / length)
            value = sum(weight * math.sin(h * phase) for h, weight in colours)
            samples.append(ulaw.encode(int(loudness * envelope * value / 2)))
    return bytes(samples[: _LOOP_S * ulaw.SAMPLE_RATE])


# --- the words ---------------------------------------------------------------------------------------
def _packets(text: bytes, utterance: int, count: int) -> Iterator[bytes]:
    """`count` packets as strings of zero and one bytes."""
    chunks = max(1, -(-len(text) // _CHUNK))
    checksum = binascii.crc_hqx(text, 0)
    for index in range(count):
        number = _chunk_number(index, count, chunks)
        chunk = text[number * _CHUNK : (number + 1) * _CHUNK].ljust(_CHUNK, b"\0")
        head = (utterance << 52) | (checksum << 36) | (index << 24) | (count << 12) | len(text)
        body = (head << 4).to_bytes(8, "big") + chunk
        body += binascii.crc_hqx(body, 0xFFFF).to_bytes(2, "big")
        bits = f"{(_SYNC << 144) | int.from_bytes(body, 'big'):0{_PACKET_BITS}b}"
        yield bits.encode().translate(_CHARS_TO_BITS)


_CHARS_TO_BITS = bytes((code & 1) for code in range(256))


def _chunk_number(index: int, count: int, chunks: int) -> int:
    """Which stretch of the text a packet carries."""
    now = index * chunks // count
    return now if index % 2 == 0 else (index // 2) % chunks


@dataclass
class Heard:
    """One utterance as far as it was heard."""

    utterance: int
    checksum: int
    packets: int
    text_bytes: int
    indexes: set[int] = field(default_factory=set)
    chunks: dict[int, bytes] = field(default_factory=dict)

    @property
    def whole_text(self) -> str | None:
        """All of the text, if enough arrived to know it; it may not all have been played."""
        count = max(1, -(-self.text_bytes // _CHUNK))
        if len(self.chunks) < count:
            return None
        text = b"".join(self.chunks[i] for i in range(count))[: self.text_bytes]
        return text.decode() if binascii.crc_hqx(text, 0) == self.checksum else None

    @property
    def complete(self) -> bool:
        """The end was heard and hardly anything before it was missed."""
        return self.packets - 1 in self.indexes and len(self.indexes) >= 0.9 * self.packets

    @property
    def fraction(self) -> float:
        return len(self.indexes) / self.packets

    @property
    def text(self) -> str:
        """The words that were heard from the first to the last; empty if too much between them is missing."""
        first, last = min(self.indexes), max(self.indexes)
        if len(self.indexes) < 0.7 * (last - first + 1):
            return ""
        if self.complete and first == 0:
            return self.whole_text or ""
        start = first * self.text_bytes // self.packets
        end = self.text_bytes if last == self.packets - 1 else (last + 1) * self.text_bytes // self.packets
        return self._words(start, end)

    def _words(self, start: int, end: int) -> str:
        """The whole words between two bytes of the text, empty where a stretch of it never arrived."""
        wanted = range(start // _CHUNK, -(-end // _CHUNK))
        if any(number not in self.chunks for number in wanted):
            return ""
        known = b"".join(self.chunks[number] for number in wanted)
        part = known[start - wanted.start * _CHUNK : end - wanted.start * _CHUNK].decode(errors="ignore")
        words = part.split(" ")
        if end < self.text_bytes:
            words = words[:-1]
        if start > 0:
            words = words[1:]
        return " ".join(words)


class Ear:
    """Hears the words in a stream of µ-law audio, in whatever pieces it comes."""

    def __init__(self) -> None:
        self._bits = b""
        self._lines = LineEar()
        self.utterances: list[Heard] = []

    def feed_any(self, sound: bytes) -> Heard | Line | None:
        """As `feed`, and the lines that come with the product, which carry no words, are recognised too."""
        heard = self.feed(sound)
        if heard is None:
            return self._lines.feed(sound)
        self._lines.other_sound()
        return heard

    def feed(self, sound: bytes) -> Heard | None:
        """Listen to some more; the utterance that this audio belongs to, None if it says nothing."""
        bits = self._bits + sound.translate(_BIT_CHARS)
        heard: Heard | None = None
        at = bits.find(_SYNC_BITS)
        while at >= 0 and at + _PACKET_BITS <= len(bits):
            found = self._packet(int(bits[at : at + _PACKET_BITS], 2))
            heard = found or heard
            at = bits.find(_SYNC_BITS, at + (_PACKET_BITS if found else 1))
        keep = len(bits) - at if at >= 0 else len(_SYNC_BITS) - 1
        self._bits = bits[-keep:]
        return heard

    def forget(self) -> None:
        """Start anew, with nothing heard."""
        self.utterances.clear()

    def _packet(self, packet: int) -> Heard | None:
        body = (packet & ((1 << 144) - 1)).to_bytes(18, "big")
        if binascii.crc_hqx(body[:-2], 0xFFFF) != int.from_bytes(body[-2:], "big"):
            return None
        head = int.from_bytes(body[:8], "big") >> 4
        index, count, length = (head >> 24) & 0xFFF, (head >> 12) & 0xFFF, head & 0xFFF
        if index >= count:
            return None
        heard = self._utterance(head >> 52, (head >> 36) & 0xFFFF, count, length)
        heard.indexes.add(index)
        chunks = max(1, -(-length // _CHUNK))
        heard.chunks[_chunk_number(index, count, chunks)] = body[8:16]
        return heard

    def _utterance(self, number: int, checksum: int, count: int, length: int) -> Heard:
        for heard in reversed(self.utterances):
            if (heard.utterance, heard.checksum, heard.packets, heard.text_bytes) == (number, checksum, count, length):
                return heard
        self.utterances.append(Heard(number, checksum, count, length))
        return self.utterances[-1]
