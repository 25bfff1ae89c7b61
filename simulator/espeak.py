"""Hebrew speech by espeak-ng, where that is installed; nothing is needed where it is not."""

from __future__ import annotations

import array
import functools
import io
import shutil
import subprocess
import sys
import wave

from simulator import ulaw

_TIMEOUT_S = 5
_QUIET_RMS = 150
_LONGEST_PAUSE_FRAMES = 10  # a longer one would end the turn of a caller who merely breathes at a comma


@functools.lru_cache(maxsize=256)
def speak(text: str, pitch: int) -> bytes | None:
    """The text as µ-law audio; None without espeak-ng or when it fails."""
    program = shutil.which("espeak-ng")
    if program is None or not text.strip():
        return None
    command = [program, "-v", "he", "-p", str(pitch), "-s", "160", "--stdin", "--stdout"]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=_TIMEOUT_S, check=True)  # noqa: S603 -- the program found above, words on stdin
        with wave.open(io.BytesIO(done.stdout)) as spoken:
            rate = spoken.getframerate()
            samples = array.array("h", spoken.readframes(spoken.getnframes()))
    except (subprocess.SubprocessError, OSError, wave.Error, EOFError, ValueError):
        return None
    if sys.byteorder == "big":
        samples.byteswap()
    return _without_long_pauses(_to_ulaw(samples, rate)) or None


def _to_ulaw(samples: array.array[int], rate: int) -> bytes:
    """Down to 8 kHz; each sample is the mean of those it stands for, which is filter enough for a telephone."""
    step = rate / ulaw.SAMPLE_RATE
    bounds = [int(i * step) for i in range(int(len(samples) / step) + 1)]
    return bytes(ulaw.encode(sum(samples[a:b]) // (b - a)) for a, b in zip(bounds, bounds[1:], strict=False) if b > a)


def _without_long_pauses(sound: bytes) -> bytes:
    kept = bytearray()
    quiet = _LONGEST_PAUSE_FRAMES  # so that silence before the first word goes as well
    for start in range(0, len(sound), ulaw.FRAME_BYTES):
        frame = sound[start : start + ulaw.FRAME_BYTES]
        quiet = quiet + 1 if ulaw.rms(frame) < _QUIET_RMS else 0
        if quiet <= _LONGEST_PAUSE_FRAMES:
            kept += frame
    return bytes(kept)
