"""Audio that knows when it was sent.

Each frame begins with 21 bytes of the quietest codes of µ-law that spell out when it left, whether it belongs to
speech, a number and whose it is. A bridge that leaves audio as it is delivers them; one that measures its level hears
silence or speech, as intended.
"""

from __future__ import annotations

import binascii
import time
from typing import NamedTuple

_SIGN = b"\xfa\xf5\xfa"
_TO_QUIET = bytes.maketrans(b"0123456789abcdef", bytes(range(0xF0, 0x100)))
_TO_HEX = bytes.maketrans(bytes(range(0xF0, 0x100)), b"0123456789abcdef")
_HEAD_BYTES = 21
HEAD_CHARS = _HEAD_BYTES * 4 // 3
FRAME_BYTES, DELTA_BYTES = 160, 1600


def _base64(sound: bytes) -> str:
    return binascii.b2a_base64(sound, newline=False).decode()


SIGN = _base64(_SIGN).encode()
_SILENCE = _base64(bytes([0xFF]) * (FRAME_BYTES - _HEAD_BYTES))
_SPEECH = _base64((bytes([0xB0, 0x30]) * FRAME_BYTES)[: FRAME_BYTES - _HEAD_BYTES])  # 3,900 of 32,767
_REPLY = _base64((bytes([0xB0, 0x30]) * DELTA_BYTES)[: DELTA_BYTES - _HEAD_BYTES])


class Stamp(NamedTuple):
    sent_us: int
    loud: bool
    number: int  # of the caller's turn, or of the delta in its reply
    call: int


def now_us() -> int:
    return time.monotonic_ns() // 1000


def frame(*, loud: bool, number: int, call: int) -> str:
    """20 ms of a caller, base64."""
    return _head(loud, number, call) + (_SPEECH if loud else _SILENCE)


def delta(*, number: int, call: int) -> str:
    """200 ms of a reply, base64."""
    return _head(True, number, call) + _REPLY


def _head(loud: bool, number: int, call: int) -> str:
    digits = f"{now_us():012x}{loud:d}{number & 0xFF:02x}{call:03x}".encode()
    return _base64(_SIGN + digits.translate(_TO_QUIET))


def read(message: bytes, at: int) -> Stamp:
    """The stamp that begins at this place of a message; SIGN was found there."""
    digits = binascii.a2b_base64(message[at : at + HEAD_CHARS])[len(_SIGN) :].translate(_TO_HEX)
    return Stamp(int(digits[:12], 16), digits[12:13] == b"1", int(digits[13:15], 16), int(digits[15:], 16))
