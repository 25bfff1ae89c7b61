"""The caller's audio as the carrier delivers it, put in order for the provider.

The provider hears time only through audio: where frames are missing its ear never reaches the silence that ends a
turn. So what is missing is replaced by silence. Nothing is decoded; a frame's length follows from its base64.
"""

from __future__ import annotations

from calls.carrier import Media

FRAME_MS = 20
GAP_MS = 60  # less is jitter of the carrier's stamps
LONGEST_FILL_MS = 10_000
WINDOW = 3  # frames that wait for one that is late
LOST_COUNT = 25  # frames in a row that seem late: the carrier counts anew
STALL_MS = 750
STALL_LOOKS = 3  # a process that could not run for a while has missed frames that are there
STALL_FILL_MS = 1000
_FILL_MS = 960  # of one piece of silence


def silence(ms: int) -> list[str]:
    """µ-law silence, base64, in pieces of at most a second; short of `ms` by a third of a millisecond at most."""
    return [_silence(min(_FILL_MS, ms - at)) for at in range(0, ms, _FILL_MS)]


def _silence(ms: int) -> str:
    return "////" * (ms * 8 // 3)  # four slashes are three bytes 0xFF


class Inbound:
    """One stream's frames. `filled_ms`: silence put in; `dropped`: frames that came twice or too late."""

    def __init__(self) -> None:
        self._chunk = 0  # number of the last frame passed on
        self._until_ms = -1  # where in the stream the audio passed on ends; -1: not known yet
        self._early: dict[int, Media] = {}
        self._late_in_a_row = 0
        self._came = 0
        self._looked_at, self._looked_ms, self._looks = -1, 0, 0
        self.filled_ms = 0
        self.dropped = 0

    def feed(self, media: Media) -> list[str]:
        """What to pass on now that this frame came, base64, in order."""
        self._came += 1
        if self._early or (media.chunk != self._chunk + 1 and media.chunk and self._chunk):
            return self._out_of_order(media)
        return self._pass_on(media)

    def stalled(self, now_ms: int, speaking: bool) -> list[str]:
        """To be asked several times a second: silence, where frames have stopped coming while the caller speaks."""
        if self._came != self._looked_at or not speaking:
            self._looked_at, self._looked_ms, self._looks = self._came, now_ms, 0
            return []
        self._looks += 1
        if now_ms - self._looked_ms < STALL_MS or self._looks < STALL_LOOKS:
            return []
        self._looked_ms = now_ms + STALL_FILL_MS - STALL_MS  # the next piece when this one has been heard
        waiting = self._release()
        if self._until_ms >= 0:
            self._until_ms += STALL_FILL_MS
        self.filled_ms += STALL_FILL_MS
        return waiting + silence(STALL_FILL_MS)

    def _pass_on(self, media: Media) -> list[str]:
        self._chunk, self._late_in_a_row = media.chunk, 0
        missing_ms = media.timestamp_ms - self._until_ms
        if 0 <= missing_ms < GAP_MS and self._until_ms >= 0:
            self._until_ms += len(media.payload) * 3 // 32
            return [media.payload]
        return self._over_a_gap(media, missing_ms)

    def _over_a_gap(self, media: Media, missing_ms: int) -> list[str]:
        """The first frame, one after a gap, or one whose stamp tells nothing."""
        known = self._until_ms >= 0
        if media.timestamp_ms < 0:
            return [media.payload]
        length_ms = len(media.payload) * 3 // 32
        if known and -GAP_MS < missing_ms < 0:
            self._until_ms += length_ms
            return [media.payload]
        self._until_ms = media.timestamp_ms + length_ms
        if not known or missing_ms < GAP_MS:
            return [media.payload]
        fill_ms = min(missing_ms, LONGEST_FILL_MS)
        self.filled_ms += fill_ms
        return [*silence(fill_ms), media.payload]

    # --- order ----------------------------------------------------------------------------------------
    def _out_of_order(self, media: Media) -> list[str]:
        if media.chunk <= self._chunk or media.chunk in self._early:
            return self._late(media)
        self._early[media.chunk] = media
        if media.chunk == self._chunk + 1 or len(self._early) > WINDOW:
            return self._release_next()
        return []

    def _late(self, media: Media) -> list[str]:
        """Its place has gone by."""
        self._late_in_a_row += 1
        if self._late_in_a_row < LOST_COUNT:
            self.dropped += 1
            return []
        self._early.clear()
        self._until_ms = -1
        return self._pass_on(media)

    def _release_next(self) -> list[str]:
        """The frames that wait, up to the next one that is missing."""
        out: list[str] = []
        number = min(self._early)
        while number in self._early:
            out += self._pass_on(self._early.pop(number))
            number += 1
        return out

    def _release(self) -> list[str]:
        out: list[str] = []
        for number in sorted(self._early):
            out += self._pass_on(self._early.pop(number))
        return out
