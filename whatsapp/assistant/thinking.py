"""One answer by the language model: asked, its tools called, its words judged. Imported only where there is a key.

Whatever goes wrong at the provider ends in `NoAnswer`, and the rules answer in its place.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents import RunConfig, Runner, RunResult, RunState, gen_trace_id
from agents.exceptions import AgentsException
from agents.models.openai_provider import OpenAIProvider
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from openai import AsyncOpenAI, OpenAIError
from pydantic import ValidationError

from calls.conversation.truth import Verdict
from calls.provider import safety_identifier
from whatsapp.assistant.agent import ATTEMPT_SECONDS, Desk, definition, settings_for
from whatsapp.assistant.guardrails import false_claim, tidy
from whatsapp.assistant.history import Item, Thread
from whatsapp.assistant.scene import Scene
from whatsapp.assistant.spending import cost_cents
from whatsapp.assistant.toolbox import LeaseLost, Toolbox
from whatsapp.models import AgentRun

MOST_REQUESTS = 6
WHOLE_SECONDS = 30.0
FAILURES = (AgentsException, OpenAIError, ValidationError, TimeoutError, OSError, ValueError, KeyError)
CORRECTION = (
    "Your last text was not sent. It claimed something ({kind}) that no tool did or found. What is true: {truth} "
    "Write the answer again without that claim, in the customer's language."
)
UNREADABLE = "Your last text was not sent. Write it again in Hebrew or English."


class NoAnswer(Exception):
    """The model has none: `reason` is provider timeout no_tool truth turns."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Waiting:
    """A call that a person has to allow. `name` is the tool's own."""

    name: str
    call_id: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Thought:
    """The words to send, or what the run waits for with its state."""

    text: str = ""
    waits_for: tuple[Waiting, ...] = ()
    state: str = ""


Decide = Callable[[Any], None]


class Thinker:
    """One run's use of the model."""

    def __init__(self, scene: Scene, tools: Toolbox, run: AgentRun, told: str, items: list[Item]) -> None:
        self._scene, self._tools, self._run, self._items = scene, tools, run, items
        self._desk = Desk(tools, told, gen_trace_id())
        self._waits_for: tuple[Waiting, ...] = ()
        self._needs_tool = True  # words without any tool are no answer

    def answer(self, text: str) -> Thought:
        """To the customer's words. Raises NoAnswer and LeaseLost."""
        return self._concluded(lambda client: self._think(client, text))

    def go_on(self, state: str, decisions: Mapping[str, str | None]) -> Thought:
        """After a person decided: by call id, None for what is allowed, else why it is not."""
        self._needs_tool = False
        return self._concluded(lambda client: self._resume(client, state, decisions))

    def _concluded(self, work: Callable[[AsyncOpenAI], Any]) -> Thought:
        """The work with a client of its own; whatever it came to, its cost is noted."""
        try:
            thought: Thought = async_to_sync(self._within)(work)
            return thought
        except FAILURES as error:
            if self._desk.lost:
                raise LeaseLost from error
            raise NoAnswer("timeout" if isinstance(error, TimeoutError) else "provider") from error
        finally:
            self._desk.note_model()
            self._note_cost()

    async def _within(self, work: Callable[[AsyncOpenAI], Any]) -> Any:
        async with (
            asyncio.timeout(WHOLE_SECONDS),
            AsyncOpenAI(
                api_key=settings.OPENAI_API_KEY,
                base_url=settings.OPENAI_BASE_URL,
                timeout=ATTEMPT_SECONDS,
                max_retries=1,
            ) as client,
        ):
            return await work(client)

    async def _think(self, client: AsyncOpenAI, text: str) -> Thought:
        return await self._judged(client, await self._asked(client, text))

    async def _resume(self, client: AsyncOpenAI, kept: str, decisions: Mapping[str, str | None]) -> Thought:
        state: RunState[Desk, Any] = await RunState.from_string(definition(), kept, context_override=self._desk)  # type: ignore[arg-type]  # any context will do
        for item in state.get_interruptions():
            refusal = decisions.get(str(item.call_id), "nobody decided")
            if refusal is None:
                state.approve(item)
            else:
                state.reject(item, rejection_message=refusal)
        return await self._judged(client, await self._asked(client, state))

    async def _asked(self, client: AsyncOpenAI, given: str | Sequence[Any] | RunState[Any, Any]) -> RunResult:
        model = settings.OPENAI_TEXT_MODEL
        conversation = self._run.conversation_id
        config = RunConfig(
            model=model,
            model_provider=OpenAIProvider(openai_client=client, use_responses=True),
            model_settings=settings_for(model, safety_identifier(f"conversation:{conversation}")),
            workflow_name="messages",
            trace_id=self._desk.trace_id,
            group_id=str(conversation),
            trace_include_sensitive_data=True,  # to our own processor, and no further
            tool_not_found_behavior="return_error_to_model",
        )
        session = Thread(conversation, self._items) if not isinstance(given, list) else None
        return await Runner.run(
            definition(),
            given,  # type: ignore[arg-type]  # text, items or a state
            context=None if isinstance(given, RunState) else self._desk,
            max_turns=MOST_REQUESTS,
            run_config=config,
            session=session,  # type: ignore[arg-type]  # its protocol is ours
        )

    async def _judged(self, client: AsyncOpenAI, result: RunResult) -> Thought:
        """The words, once they claim nothing false; asked anew once if they do."""
        for is_last in (False, True):
            result = await self._without_idle_questions(client, result)
            if result.interruptions:
                return self._waiting(result)
            if self._needs_tool and not self._tools.calls:
                raise NoAnswer("no_tool")
            text = tidy(str(result.final_output or ""))
            verdict = await sync_to_async(false_claim)(text, self._tools)
            if verdict is None:
                if not text:
                    raise NoAnswer("empty")
                return Thought(text)
            if is_last:
                break
            told = {"role": "developer", "content": _correction(verdict)}
            result = await self._asked(client, [*result.to_input_list(), told])  # the history is in it
        raise NoAnswer("truth")

    async def _without_idle_questions(self, client: AsyncOpenAI, result: RunResult) -> RunResult:
        """Arguments that cannot be read make the library ask a person; they are refused, and the model tries again."""
        for _attempt in range(MOST_REQUESTS):
            await sync_to_async(self._desk.note_model)()
            self._waits_for = await sync_to_async(self._waits)(result)
            if not result.interruptions or self._waits_for:
                return result
            state = result.to_state()
            for item in state.get_interruptions():
                state.reject(item, rejection_message="The arguments cannot be read.")
            result = await self._asked(client, state)
        raise NoAnswer("turns")

    def _waits(self, result: RunResult) -> tuple[Waiting, ...]:
        """The calls that a person really has to allow."""
        found = []
        for item in result.interruptions:
            name = str(item.tool_name or "").replace("_", ".", 1)
            try:
                arguments = json.loads(item.arguments or "{}")
            except ValueError:
                continue
            if self._tools.why_approve(name, arguments):
                found.append(Waiting(name, str(item.call_id or ""), arguments))
        return tuple(found)

    def _waiting(self, result: RunResult) -> Thought:
        state = result.to_state().to_string(context_serializer=lambda desk: {}, strict_context=True)
        return Thought(waits_for=self._waits_for, state=state)

    def _note_cost(self) -> None:
        desk, run = self._desk, self._run
        run.input_tokens += desk.input_tokens
        run.output_tokens += desk.output_tokens
        run.cost_cents += cost_cents(settings.OPENAI_TEXT_MODEL, desk.input_tokens, desk.output_tokens)
        run.model = settings.OPENAI_TEXT_MODEL[:60]
        run.save(update_fields=["input_tokens", "output_tokens", "cost_cents", "model"])
        desk.input_tokens = desk.output_tokens = 0


def _correction(verdict: Verdict) -> str:
    if verdict.kind == "language":
        return UNREADABLE
    return CORRECTION.format(kind=verdict.kind, truth=verdict.correction or "nothing of the kind.")
