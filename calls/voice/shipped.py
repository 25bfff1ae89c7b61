"""The audio that comes with the product: every fragment in a plain machine voice, rendered once. Pure.

`shipped/lines.ulaw` is all sound in a row, `shipped/index.json` says where each fragment lies in it, and
`shipped/phonemes.yaml` is what it was rendered from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

FOLDER: Final = Path(__file__).parent / "shipped"
SOUND: Final = FOLDER / "lines.ulaw"
INDEX: Final = FOLDER / "index.json"
PHONEMES: Final = FOLDER / "phonemes.yaml"


class Piece(NamedTuple):
    """Where a fragment lies, in bytes, and a digest of what it was rendered from."""

    start: int
    length: int
    source: str


@lru_cache(maxsize=1)
def pieces() -> Mapping[str, Piece]:
    return {key: Piece(*piece) for key, piece in json.loads(INDEX.read_text()).items()}


@lru_cache(maxsize=1)
def clips() -> Mapping[str, bytes]:
    """Fragment -> its µ-law audio, in whole frames."""
    sound = SOUND.read_bytes()
    return {key: sound[piece.start : piece.start + piece.length] for key, piece in pieces().items()}
