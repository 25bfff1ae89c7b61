"""Time passes: what a call owes to somebody who waits, is silent, or is being read a menu."""

from __future__ import annotations

from calls.conversation import actions as do
from calls.conversation.connected import Connected
from calls.conversation.menu import MENU_PATIENCE_MS
from calls.conversation.silence import SILENCE_TIMER, Silence
from calls.conversation.stage import Phase
from calls.conversation.turns import Intent, Purpose, State

MENU_TIMER, PLAYED_TIMER = "menu", "played"
MARK_LATE_MS = 2_000
HOLD_THE_LINE_MS = 1_500  # of nothing to hear, before a line holds a caller whose session is late
SPOKEN_TO_MENU_MS = 1_500
STILL_HERE = "[SERVER] fact: בסדר, אני על הקו אם צריך."
STILL_THERE = "[SERVER] silence: still_there"
SILENCE_GOODBYE = "[SERVER] silence: goodbye"


class Watching(Connected):
    """Four watches: over an answer that is owed, a silent caller, a menu, and a reply whose end nobody reports."""

    def __init__(self) -> None:
        super().__init__()
        self._menu_waits = False
        self._spoke_to_menu = False  # while it was being read out
        self._playing = ""  # item of the reply whose end is awaited
        self._sounds = False  # something of ours is to be heard

    @property
    def wants_loudness(self) -> bool:
        """Whether it matters now how loud the caller is."""
        return self.playback.pending or not self.link.up

    def _watch(self) -> None:
        """Called after every event."""
        self._watch_playing()
        is_quiet = self._is_quiet
        self._watch_caller(is_quiet)
        self._watch_menu(is_quiet)
        self._watch_waiting()

    @property
    def _is_quiet(self) -> bool:
        """Nobody speaks, nobody is about to, and nothing is on its way."""
        ours = self.playback.pending or self._lines_coming or self.turns.busy
        theirs = self.floor.contested or self.floor.listening.lost_words or self._keying
        return not (ours or theirs or self.server.busy)

    # --- an answer is owed ----------------------------------------------------------------------------
    @property
    def _is_owed(self) -> bool:
        """The caller waits for something to be heard from us."""
        listening = self.floor.listening
        if listening.speaking is not None or self._lines_coming:
            return False
        if self._keying and not listening.waiting:
            return False
        if self.playback.pending:
            return self.playback.paused or self.playback.dry_for(self._now) is not None
        owes = self.turns.busy or listening.waiting or listening.lost_words or self.server.busy
        return self._answered and (owes or self.phase is Phase.CONNECTING)

    def _watch_waiting(self) -> None:
        self._note_sound()
        listening = self.floor.listening
        actions = self.waiting.watch(
            self._now,
            is_owed=self._is_owed,
            is_coming=self.playback.pending,
            goes_on=listening.speaking is not None or self._keying,
            since_ms=max(self._acted_ms, self._sounded_ms),
            lead_ms=self.floor.vad_silence_ms if listening.waiting else 0,  # they ended before the provider could know
        )
        self._do(actions)

    def _note_sound(self) -> None:
        """Keep in mind when something of ours was to be heard last."""
        dry_ms = max(0, self.playback.dry_for(self._now) or 0)
        sounds = self.playback.audible and not dry_ms
        if sounds or self._sounds:
            self._sounded_ms = self._now - dry_ms
        self._sounds = sounds

    def _waited(self) -> None:
        """An answer is owed for three seconds: a short line holds the caller; a reply that stalled is asked anew."""
        self._note_sound()
        if not self.waiting.is_due(self._now):
            self._do(self.waiting.go_on(self._now))
            return
        if not self.waiting.elapsed():
            self._give_up_session(fatal=False)
            if self.link.given_up:
                return
        stalled = self.playback.dry_for(self._now) is not None and self.turns.state is State.ACTIVE
        if self.playback.paused or stalled:
            self._cut()  # what is held back would hold our line back as well
        if stalled:
            self.turns.say_again()
        self.floor.listening.lost_words = False
        self._speak("moment")

    def _hold_the_line(self) -> None:
        """The next session takes its time: who waits for it hears that we are there."""
        self._note_sound()
        if self._is_owed and self._now - max(self._acted_ms, self._sounded_ms) >= HOLD_THE_LINE_MS:
            self._speak("moment")

    # --- the caller is silent -------------------------------------------------------------------------
    def _watch_caller(self, is_quiet: bool) -> None:
        quiet = is_quiet and self.phase is Phase.TALKING and self.server.menu is None
        if quiet and not self.silence.running:
            self.silence.running = True
            self._do([do.StartTimer(SILENCE_TIMER, self.silence.patience_ms(self._now))])
        elif not quiet and self.silence.running:
            self.silence.running = False
            self._do([do.StopTimer(SILENCE_TIMER)])

    def _silence_elapsed(self) -> None:
        if not self.silence.running:
            return
        match self.silence.elapsed():
            case Silence.HELD:
                self.turns.ask(Intent(Purpose.STILL_THERE, STILL_HERE))
            case Silence.ASKED:
                self.turns.ask(Intent(Purpose.STILL_THERE, STILL_THERE))
            case _:
                self._say_goodbye(SILENCE_GOODBYE, "the caller was silent")

    # --- a menu waits for a key -----------------------------------------------------------------------
    def _watch_menu(self, is_quiet: bool) -> None:
        waits = is_quiet and self.server.menu is not None and self.phase in (Phase.TALKING, Phase.OFFLINE)
        if waits != self._menu_waits:
            self._menu_waits = waits
            patience_ms = SPOKEN_TO_MENU_MS if self._spoke_to_menu else MENU_PATIENCE_MS
            self._do([do.StartTimer(MENU_TIMER, patience_ms) if waits else do.StopTimer(MENU_TIMER)])
            self._spoke_to_menu = self._spoke_to_menu and not waits

    def _menu_elapsed(self) -> None:
        if self._menu_waits and self.server.menu is not None:
            self._menu_waits = False
            self._follow(self.server.follow(self.server.menu.silent(self._now)))

    def _caller_loud(self) -> None:
        """Over the assistant it may be an interruption; to the menu somebody speaks whom nobody understands.

        Between two sessions nobody else can tell that the caller speaks; the next one will hear it.
        """
        if not self.link.up and self.phase is not Phase.OFFLINE and not self.playback.pending:
            self.floor.listening.lost_words, self._acted_ms = True, self._now
            return
        self._spoke_to_menu = self.phase is Phase.OFFLINE
        if self._spoke_to_menu and self._menu_waits:
            self._do([do.StartTimer(MENU_TIMER, SPOKEN_TO_MENU_MS)])
        else:
            self._do(self.floor.caller_loud(self._now))

    # --- a reply is being played ----------------------------------------------------------------------
    def _watch_playing(self) -> None:
        """A carrier that returns no marks must not keep a reply for ever."""
        reply = self.playback.current
        item_id = reply.item_id if reply is not None and reply.complete and not self.playback.paused else ""
        if reply is not None and item_id and item_id != self._playing:
            self._do([do.StartTimer(PLAYED_TIMER, reply.received_ms - reply.heard_ms + MARK_LATE_MS)])
        elif self._playing and not item_id:
            self._do([do.StopTimer(PLAYED_TIMER)])
        self._playing = item_id

    def _played(self) -> None:
        over = self.playback.played_out(self._now)
        if over is None and self._playing:
            self._do([do.StartTimer(PLAYED_TIMER, MARK_LATE_MS)])
        self._reply_over(over)
