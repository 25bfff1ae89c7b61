"""One response at a time: who may ask the provider to speak, and when.

    IDLE -> CREATE_SENT -> ACTIVE -> IDLE
              |              `-> CANCELLING -> IDLE
              `- an error, or no answer in time: asked for once more, then given up

Every state but IDLE has a time limit, so that a provider that falls silent never holds the next response.

What the server wants said is an intent. Intents wait until nobody else is speaking and coalesce: the newest
`[SERVER]` item wins, but items about things that were done (a booking) are never dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from calls.conversation.actions import (
    AddServerItem,
    AnyAction,
    CancelResponse,
    CreateResponse,
    DiscardReply,
    StartTimer,
    StopTimer,
)

RESPONSE_TIMER, RETRY_TIMER = "response", "retry"
CREATED_WITHIN_MS = 1_500
AUDIBLE_WITHIN_MS = 6_000
DONE_WITHIN_MS = 2_000  # after a cancel, or after the last of it was heard
ATTEMPTS = 2
DEED = "[SERVER] appointment_"
MAX_REFUSALS = 5
RATE_LIMITED = "rate_limit"  # stands in the code of every refusal for haste
RETRY_AFTER_MS = 1_500
MAX_RETRIES = 3  # in a row
FATAL = frozenset({"insufficient_quota", "invalid_api_key", "account_deactivated", "billing_hard_limit_reached"})


class State(Enum):
    IDLE = "idle"
    CREATE_SENT = "create_sent"
    ACTIVE = "active"
    CANCELLING = "cancelling"


MOVES = {
    State.IDLE: {State.CREATE_SENT},
    State.CREATE_SENT: {State.CREATE_SENT, State.ACTIVE, State.CANCELLING, State.IDLE},
    State.ACTIVE: {State.CANCELLING, State.IDLE},
    State.CANCELLING: {State.IDLE},
}


class Purpose(Enum):
    GREETING = "greeting"
    ANSWER = "answer"
    STILL_THERE = "still_there"
    GOODBYE = "goodbye"


@dataclass(frozen=True)
class Intent:
    """Something the assistant shall say next. `item` is a `[SERVER]` text, or None to let it just answer."""

    purpose: Purpose
    item: str | None = None
    lasting: bool = False  # it tells of something done, and must reach the model
    told: bool = False  # the item is in the provider's conversation already


class Turns:
    """The response in flight and the intents that wait for their turn."""

    def __init__(self) -> None:
        self.state = State.IDLE
        self.response_id: str | None = None
        self.purpose: Purpose | None = None  # of the response in flight, or of the last one
        self.gave_up = False
        self.fatal = False  # and asking again is useless
        self._retries = 0
        self._retry_later = False  # the provider wants a pause
        self._waiting: list[Intent] = []
        self._in_flight: list[Intent] = []
        self._intents = 0
        self._items = 0
        self._attempt = 0
        self._refusals = 0  # in a row
        self._cancel_when_created = False
        self._other_done = False
        self._is_audible = False
        self._sent_items: dict[str, str] = {}  # not yet sent twice

    @property
    def busy(self) -> bool:
        """A response is in flight, or something waits to be said."""
        return self.state is not State.IDLE or bool(self._waiting)

    def ask(self, intent: Intent) -> None:
        """Queue an intent; of those that are not lasting, only the newest is kept."""
        self._waiting = [waiting for waiting in self._waiting if waiting.lasting]
        self._waiting.append(intent)

    def say_instead(self, item: str) -> None:
        """What was being said must not stand: this, and then the question that was to be asked."""
        question = self.question
        self.say_only(item)
        if question is not None and self.purpose is Purpose.ANSWER:
            self._waiting.append(question)

    @property
    def question(self) -> Intent | None:
        """What the response in flight, or the last one, was to ask."""
        return next((i for i in reversed(self._in_flight) if i.item is not None and not i.lasting), None)

    def say_only(self, item: str) -> None:
        """What was being said must not stand, and this says all of it."""
        waiting = [intent for intent in self._waiting if intent.lasting]
        self._waiting = [*waiting, Intent(Purpose.ANSWER, item, lasting=True)]

    def tell_first(self, item: str) -> None:
        """Before whatever waits: this must be heard."""
        said = item.partition(": ")[2]
        if all(waiting.item is None or waiting.item.partition(": ")[2] != said for waiting in self._waiting):
            self._waiting.insert(0, Intent(Purpose.ANSWER, item, lasting=True))

    def take(self, beginning: str) -> list[str]:
        """The items that wait and begin so. They are told in another way."""
        taken = [intent.item for intent in self._waiting if intent.item and intent.item.startswith(beginning)]
        self._waiting = [intent for intent in self._waiting if intent.item not in taken]
        return taken

    def say_again(self) -> None:
        """The response in flight stalled and was cut: what it was about is asked for once more."""
        self._waiting = self._waiting or self._in_flight_once_more()

    def give_up(self) -> None:
        """The provider is worth nothing in this call."""
        self.gave_up = self.fatal = True

    def drop_all(self) -> None:
        """There is nobody to say it."""
        self._waiting = []

    @property
    def items_in_flight(self) -> list[str]:
        """The items that the response in flight tells of; none while it is being stopped."""
        if self.state not in (State.CREATE_SENT, State.ACTIVE) or self._cancel_when_created:
            return []
        return [intent.item for intent in self._in_flight if intent.item is not None]

    def release(self) -> list[AnyAction]:
        """Send what waits, if nothing is in flight. Call it only while the caller is not speaking."""
        if self.state is not State.IDLE or not self._waiting or self._retry_later:
            return []
        self._in_flight, self._waiting = self._waiting, []
        self.purpose = self._in_flight[-1].purpose
        actions: list[AnyAction] = []
        for intent in self._in_flight:
            if intent.item is not None and not intent.told:
                actions += self.item(intent.item)
        self._intents += 1
        self._attempt = 0
        return actions + self._create()

    def item(self, text: str) -> list[AnyAction]:
        """Put a `[SERVER]` item into the conversation without asking for a response."""
        self._items += 1
        item_id = f"srv_{self._items}"
        self._sent_items[item_id] = text
        return [AddServerItem(item_id, text)]

    def created(self, response_id: str, intent_id: str) -> list[AnyAction]:
        """A response began. One that we did not ask for is cancelled at once.

        Sessions create none by themselves, so one without our metadata is ours while we wait for one.
        """
        awaited = intent_id.split(".")[0] in (f"r{self._intents}", "")
        ours = awaited and self.state is State.CREATE_SENT
        if not ours:
            if response_id == self.response_id:
                return []
            return [CancelResponse(response_id), DiscardReply(response_id)]
        self._move(State.ACTIVE)
        self.response_id = response_id
        self._refusals = 0
        self._is_audible = False
        actions: list[AnyAction] = [StartTimer(RESPONSE_TIMER, AUDIBLE_WITHIN_MS)]
        if self._cancel_when_created:
            self._cancel_when_created = False
            actions += self.cancel()
        return actions

    def cancel(self) -> list[AnyAction]:
        """Stop the response in flight; one that is not created yet is stopped as soon as it is."""
        if self.state is State.CREATE_SENT:
            self._cancel_when_created = True
            return []
        if self.state is not State.ACTIVE or self.response_id is None:
            return []
        self._move(State.CANCELLING)
        limit = StartTimer(RESPONSE_TIMER, DONE_WITHIN_MS)
        return [CancelResponse(self.response_id), DiscardReply(self.response_id), limit]

    def audible(self) -> list[AnyAction]:
        """Audio of the response in flight arrived."""
        if self._is_audible:
            return []
        self._is_audible = True
        return [StopTimer(RESPONSE_TIMER)]

    def heard(self, response_id: str) -> list[AnyAction]:
        """An item of this response was heard to its end; the response should be over soon."""
        if self.state is State.ACTIVE and response_id == self.response_id:
            return [StartTimer(RESPONSE_TIMER, DONE_WITHIN_MS)]
        return []

    def lost(self) -> None:
        """The session is gone. What was being said is asked for again of the next one, with its items."""
        unsaid = self.gave_up or self.state in (State.CREATE_SENT, State.ACTIVE)
        if unsaid and not self._cancel_when_created:
            newer = bool(self._waiting) and not all(intent.lasting for intent in self._waiting)
            self._waiting = [intent for intent in self._in_flight if intent.lasting or not newer] + self._waiting
        self._waiting = [replace(intent, told=False) for intent in self._waiting]
        self.state, self.response_id = State.IDLE, None
        self._in_flight, self._cancel_when_created, self._retry_later = [], False, False
        self._sent_items.clear()
        self.gave_up = False
        self._refusals = self._attempt = 0

    def retry(self) -> None:
        """The pause that the provider wanted is over."""
        self._retry_later = False

    def done(self, response_id: str, status: str, code: str = "") -> list[AnyAction]:
        """The response is over. One that failed is asked for once more."""
        if response_id != self.response_id:
            self._other_done = True
            if self.state is State.ACTIVE and self.response_id is None:
                self._move(State.IDLE)
                return [StopTimer(RESPONSE_TIMER)]
            return []
        cancelled = self.state is State.CANCELLING
        self.response_id = None
        self._move(State.IDLE)
        if cancelled or status == "cancelled" or (status != "failed" and self._is_audible):
            self._retries = 0
            return [StopTimer(RESPONSE_TIMER)]
        self.fatal = code in FATAL
        if self.fatal:
            self.gave_up = True
            return [StopTimer(RESPONSE_TIMER)]
        if RATE_LIMITED in code:
            return [StopTimer(RESPONSE_TIMER), *self._later()]
        return [StopTimer(RESPONSE_TIMER), *self._again()]

    def _later(self) -> list[AnyAction]:
        """The provider is asked too often, by whomever: again after a pause."""
        self._retries += 1
        if self._retries > MAX_RETRIES:
            self.gave_up = True
            return []
        self._waiting = self._in_flight_once_more() + self._waiting
        self._retry_later = True
        return [StartTimer(RETRY_TIMER, RETRY_AFTER_MS)]

    def overdue(self) -> list[AnyAction]:
        """The watchdog fired: the response did not go on in time. Asked for once more if nothing of it was heard."""
        if self.state is State.IDLE:
            return []
        mute = self.state is State.CREATE_SENT or (self.state is State.ACTIVE and not self._is_audible)
        abandoned, self.response_id = self.response_id, None
        actions: list[AnyAction] = []
        if abandoned is not None and self.state is State.ACTIVE and mute:
            actions += [CancelResponse(abandoned), DiscardReply(abandoned)]
        foreign = self.state is State.ACTIVE and abandoned is None
        self._move(State.IDLE)
        return actions + (self._again() if mute and not foreign else [])

    def refused(self, code: str, event_id: str) -> list[AnyAction]:
        """The provider answered one of our requests with an error."""
        if code == "response_cancel_not_active":
            if self.state is State.CANCELLING:
                self.response_id = None
                self._move(State.IDLE)
            return []
        if event_id.startswith("srv_"):
            return self._repeat_item(event_id)
        if self.state is not State.CREATE_SENT or event_id.split(".")[0] != f"r{self._intents}":
            return []
        self._move(State.IDLE)
        if code == "conversation_already_has_active_response":
            # Somebody else's response is running; its end lets us go on, unless that end came before the error.
            self._waiting = self._in_flight_once_more() + self._waiting
            self._refusals += 1
            self.gave_up = self._refusals > MAX_REFUSALS
            if self._other_done:
                return [StopTimer(RESPONSE_TIMER)]
            self.state, self.response_id, self._is_audible = State.ACTIVE, None, False
            return [StartTimer(RESPONSE_TIMER, AUDIBLE_WITHIN_MS)]
        return [StopTimer(RESPONSE_TIMER), *self._again()]

    def forget(self) -> None:
        """Drop what waits but has not been sent; what was done stays."""
        self._waiting = [intent for intent in self._waiting if intent.lasting]

    def _create(self) -> list[AnyAction]:
        self._attempt += 1
        self._other_done = False
        self._move(State.CREATE_SENT)
        suffix = f".{self._attempt}" if self._attempt > 1 else ""
        return [CreateResponse(f"r{self._intents}{suffix}"), StartTimer(RESPONSE_TIMER, CREATED_WITHIN_MS)]

    def _again(self) -> list[AnyAction]:
        if self._cancel_when_created:
            self._cancel_when_created = False
            return []
        if self._attempt >= ATTEMPTS:
            self.gave_up = True
            return []
        return self._create()

    def _repeat_item(self, item_id: str) -> list[AnyAction]:
        """The model must learn it: once more under another id, and once more to be spoken about."""
        text = self._sent_items.pop(item_id, None)
        if text is None:
            self.gave_up = True
            return []
        self._items += 1
        self.ask(Intent(Purpose.ANSWER, lasting=True))
        return [AddServerItem(f"srv_{self._items}", text)]

    def _in_flight_once_more(self) -> list[Intent]:
        return [replace(intent, told=True) for intent in self._in_flight]

    def _move(self, to: State) -> None:
        if to not in MOVES[self.state]:
            raise ValueError(f"{self.state} -> {to}")
        self.state = to
