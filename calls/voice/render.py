"""Rendering the shipped lines from their phonemes, with espeak-ng. For maintainers; the product needs only the result.

espeak-ng reads unvocalised Hebrew without its vowels, so it is given phonemes, never text.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Mapping
from typing import Final, NamedTuple

import yaml

from calls.voice import lines, shipped, sound

_TIMEOUT_S: Final = 20
_QUIET_RMS: Final = 30
_LONGEST_PAUSE_FRAMES: Final = 14
_PHRASE: Final = re.compile(r"(.+?)([,.?])(?:\s|$)")  # a question mark within a word is a sound


class Source(NamedTuple):
    """How the machine voice says one fragment. `phonemes` in espeak-ng's own notation with punctuation."""

    voice: str
    words_per_minute: int
    pitch: int
    phonemes: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr(tuple(self)).encode()).hexdigest()[:12]


class Mismatch(ValueError):
    """The phonemes and the catalogue of lines do not belong together; the message names the key."""


def sources() -> dict[str, Source]:
    """What every fragment is rendered from. Raises Mismatch."""
    written = yaml.safe_load(shipped.PHONEMES.read_text(encoding="utf-8"))
    entries: Mapping[str, Mapping[str, str]] = {**written["phrases"], **written["words"]}
    if different := entries.keys() ^ lines.OURS.keys():
        raise Mismatch(", ".join(sorted(different)))
    if changed := [key for key, entry in entries.items() if entry["text"] != lines.OURS[key]]:
        raise Mismatch(", ".join(changed))
    manner = (written["voice"], written["words_per_minute"], written["pitch"])
    return {key: Source(*manner, entries[key]["say"]) for key in lines.OURS}


def render(source: Source, program: str) -> bytes:
    """One fragment as a line of µ-law. Raises OSError, subprocess.SubprocessError or sound.BadSound."""
    text = " ".join(f"[[{words.strip()}]]{mark}" for words, mark in _PHRASE.findall(source.phonemes))
    manner = ["-v", source.voice, "-s", str(source.words_per_minute), "-p", str(source.pitch)]
    command = [program, *manner, "--stdin", "--stdout"]
    done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=_TIMEOUT_S, check=True)  # noqa: S603 -- the maintainer's own program, phonemes on stdin
    samples, rate = sound.read_wav(_with_true_length(done.stdout))
    return sound.as_line(_without_long_pauses(sound.resampled(samples, rate)))


def _without_long_pauses(samples: list[int]) -> list[int]:
    """Between sentences the program waits longer than a caller likes to."""
    kept: list[int] = []
    quiet = 0
    for at in range(0, len(samples), sound.FRAME):
        block = samples[at : at + sound.FRAME]
        quiet = quiet + 1 if sound.rms(block) < _QUIET_RMS else 0
        if quiet <= _LONGEST_PAUSE_FRAMES:
            kept += block
    return kept


def _with_true_length(wav: bytes) -> bytes:
    """A program that writes to a pipe does not know the length beforehand and states the largest there is."""
    return wav[:4] + (len(wav) - 8).to_bytes(4, "little") + wav[8:40] + (len(wav) - 44).to_bytes(4, "little") + wav[44:]


def write(clips: Mapping[str, bytes], rendered_from: Mapping[str, Source]) -> int:
    """Store all fragments in one file with its index; the size in bytes."""
    index: dict[str, shipped.Piece] = {}
    whole = bytearray()
    for key, clip in clips.items():
        index[key] = shipped.Piece(len(whole), len(clip), rendered_from[key].digest)
        whole += clip
    shipped.SOUND.write_bytes(whole)
    rows = ",\n".join(f"{json.dumps(key)}: {json.dumps(piece)}" for key, piece in index.items())
    shipped.INDEX.write_text("{\n" + rows + "\n}\n")
    return len(whole)
