"""Hears the lines that come with the product, which carry no words inside their sound: by their frames.

Each fragment is made of frames of 20 ms that occur nowhere else, or in few places. A line is told from
the fragments in it, and where they pause.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from calls.voice import lines, shipped, sound
from simulator import ulaw

_NEIGHBOURS = frozenset(pair for parts in lines.LINES.values() for pair in zip(parts, parts[1:], strict=False))
_FIRST = frozenset(parts[0] for parts in lines.LINES.values())
_MARKS = {".": len(sound.silence(300)), ",": len(sound.silence(140))}  # pauses after words of dates and digits
_Place = tuple[str, int]  # fragment, number of the frame


@functools.lru_cache(maxsize=1)
def _places() -> Mapping[bytes, tuple[_Place, ...]]:
    """Where each frame that is not silent occurs."""
    found: defaultdict[bytes, list[_Place]] = defaultdict(list)
    for key, clip in shipped.clips().items():
        for number in range(len(clip) // ulaw.FRAME_BYTES):
            frame = clip[number * ulaw.FRAME_BYTES : (number + 1) * ulaw.FRAME_BYTES]
            if ulaw.rms(frame) > 20:
                found[frame].append((key, number))
    return {frame: tuple(places) for frame, places in found.items()}


@functools.lru_cache(maxsize=1)
def _lengths() -> Mapping[str, int]:
    """How many frames of each fragment can be recognised."""
    counts: defaultdict[str, set[int]] = defaultdict(set)
    for places in _places().values():
        for key, number in places:
            counts[key].add(number)
    return {key: max(numbers) for key, numbers in counts.items()}


@dataclass
class _Part:
    """One fragment as far as it was heard: what it may be, and the last frame of it."""

    keys: frozenset[str]
    first: int
    last: int
    silence: int = 0  # bytes of it since

    @property
    def key(self) -> str:
        """Of several that sound alike so far, the shortest."""
        return min(self.keys, key=lambda key: (_lengths()[key], key))

    @property
    def complete(self) -> bool:
        return self.first <= 2 and self.last >= _lengths()[self.key] - 1

    @property
    def words(self) -> str:
        text = lines.TEXTS[self.key]
        if self.complete:
            pause = next((mark for mark, length in _MARKS.items() if self.silence >= length), "")
            return text if self.key in lines.PHRASES else text + pause
        words = text.split()
        frames = _lengths()[self.key] + 1
        return " ".join(words[len(words) * self.first // frames : len(words) * (self.last + 1) // frames])


@dataclass(eq=False)
class Line:
    """One local line as far as it was heard. Read like `audio.Heard`."""

    parts: list[_Part] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(part.words for part in self.parts if part.words)

    @property
    def complete(self) -> bool:
        """Its last fragment ends lines, and was heard to its own end."""
        return self.parts[-1].complete and self.parts[-1].key in lines.ENDS_A_LINE

    def takes(self, key: str) -> bool:
        """Whether a fragment that begins now goes on with this line."""
        last = self.parts[-1]
        if not last.complete or self.complete:
            return False
        return key not in _FIRST or (last.key, key) in _NEIGHBOURS


class LineEar:
    """Fed with whatever is played, in whatever pieces it comes."""

    def __init__(self) -> None:
        self._rest = b""
        self._line: Line | None = None

    def feed(self, played: bytes) -> Line | None:
        """Listen to some more; the line that this audio belongs to, None if it is part of none."""
        audio, at, heard = self._rest + played, 0, None
        places = _places()
        while at + ulaw.FRAME_BYTES <= len(audio):
            frame = audio[at : at + ulaw.FRAME_BYTES]
            if found := places.get(frame):
                heard = self._note(found)
                at += ulaw.FRAME_BYTES
            elif frame == ulaw.SILENCE:
                if self._line is not None:
                    self._line.parts[-1].silence += ulaw.FRAME_BYTES
                at += ulaw.FRAME_BYTES
            else:
                at += 1
        self._rest = audio[at:]
        return heard

    def other_sound(self) -> None:
        """Somebody else speaks: the line is not continued."""
        self._line = None
        self._rest = b""

    def _note(self, found: tuple[_Place, ...]) -> Line:
        if self._line is None or not (self._goes_on(self._line, found) or self._goes_back(self._line, found)):
            self._begin(found)
        assert self._line is not None
        self._line.parts[-1].silence = 0
        return self._line

    @staticmethod
    def _goes_on(line: Line, found: tuple[_Place, ...]) -> bool:
        """The fragment that is being heard goes on; frames may have been too quiet to tell, or lost."""
        part = line.parts[-1]
        following = {key: number for key, number in found if key in part.keys and part.last < number <= part.last + 25}
        if not following:
            return False
        part.keys, part.last = frozenset(following), min(following.values())
        return True

    @staticmethod
    def _goes_back(line: Line, found: tuple[_Place, ...]) -> bool:
        """Play-out went on from an earlier place, in the middle of a fragment."""
        for at in range(len(line.parts) - 1, max(-1, len(line.parts) - 4), -1):
            part = line.parts[at]
            places = {key: number for key, number in found if key in part.keys and 2 < number <= part.last}
            if places:
                part.keys, part.last = frozenset(places), min(places.values())
                del line.parts[at + 1 :]
                return True
        return False

    def _begin(self, found: tuple[_Place, ...]) -> None:
        """A new fragment, of the same line where it can be."""
        number = min(number for _, number in found)
        keys = frozenset(key for key, at in found if at == number)
        taken = frozenset(filter(self._line.takes, keys)) if self._line is not None else frozenset()
        if self._line is None or not taken:
            self._line = Line()
        self._line.parts.append(_Part(taken or keys, number, number))
