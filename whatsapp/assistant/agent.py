"""The assistant as an agent of the agents library. Imported only where a language model answers.

The definition is made once per process; client, instructions and tools' desk come with each run. Nothing is uploaded:
the library's spans come to our own processor, which keeps them for the run's trace.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from agents import (
    Agent,
    FunctionTool,
    ModelSettings,
    RunContextWrapper,
    Span,
    Trace,
    TracingProcessor,
    set_trace_processors,
)
from agents.strict_schema import ensure_strict_json_schema
from agents.tool_context import ToolContext
from agents.tracing import ResponseSpanData
from asgiref.sync import sync_to_async
from openai.types.shared import Reasoning

from calls.text_model import options_for
from whatsapp.assistant.toolbox import LeaseLost, Toolbox
from whatsapp.assistant.tools import registry
from whatsapp.assistant.tools.base import Tool
from whatsapp.assistant.trace import Kind

NAME = "receptionist"
LONGEST_ANSWER = 200  # tokens
TEMPERATURE = 0.2
ATTEMPT_SECONDS = 12.0


@dataclass
class Desk:
    """What a run of the agent works with; it is never serialised."""

    tools: Toolbox
    instructions: str
    trace_id: str
    input_tokens: int = 0
    output_tokens: int = 0
    lost: bool = False  # the conversation is somebody else's now

    def note_model(self) -> None:
        """Write down what the model was asked since the last time."""
        for asked in spans.take(self.trace_id):
            self.input_tokens += asked.input_tokens
            self.output_tokens += asked.output_tokens
            self.tools.trace.step(
                Kind.MODEL,
                asked.model,
                result={"status": asked.status, "calls": asked.calls},
                input_tokens=asked.input_tokens,
                output_tokens=asked.output_tokens,
                ms=asked.ms,
            )


# --- the definition ----------------------------------------------------------------------------------
@cache
def definition() -> Agent[Desk]:
    set_trace_processors([spans])
    return Agent[Desk](
        name=NAME,
        instructions=_instructions,
        tools=[_function(tool) for tool in registry.TOOLS.values()],
        model_settings=ModelSettings(
            tool_choice="required", parallel_tool_calls=True, max_tokens=LONGEST_ANSWER, store=False
        ),
    )


def settings_for(model: str, identifier: str) -> ModelSettings:
    """What depends on the model: those that reason are told not to, the others take a temperature."""
    reasons = "reasoning" in options_for(model)
    return ModelSettings(
        reasoning=Reasoning(effort="none") if reasons else None,
        temperature=None if reasons else TEMPERATURE,
        timeout=ATTEMPT_SECONDS,
        extra_args={"safety_identifier": identifier},
    )


def _instructions(context: RunContextWrapper[Desk], agent: Agent[Desk]) -> str:
    return context.context.instructions


def _function(tool: Tool) -> FunctionTool:
    async def invoke(context: ToolContext[Any], given: str) -> str:
        return await sync_to_async(_invoke)(context.context, tool.name, given, context.tool_call_id)

    async def needs_approval(context: RunContextWrapper[Any], given: dict[str, Any], call_id: str) -> bool:
        return bool(await sync_to_async(context.context.tools.why_approve)(tool.name, given))

    return FunctionTool(
        name=tool.wire_name,
        description=tool.description,
        params_json_schema=ensure_strict_json_schema(tool.arguments.model_json_schema()),
        on_invoke_tool=invoke,
        strict_json_schema=True,
        needs_approval=needs_approval,
    )


def _invoke(desk: Desk, name: str, given: str, call_id: str) -> str:
    desk.note_model()
    try:
        asked = json.loads(given or "{}")
    except ValueError:
        asked = None  # the tool answers that it cannot be read
    try:
        return json.dumps(desk.tools.call(name, asked, call_id), ensure_ascii=False)
    except LeaseLost:
        desk.lost = True
        raise


# --- what the model was asked ------------------------------------------------------------------------
@dataclass(frozen=True)
class Asked:
    """One request to the model."""

    model: str
    status: str
    calls: list[str]
    input_tokens: int
    output_tokens: int
    ms: int


class Spans(TracingProcessor):
    """Keeps what the library tells of each run until the run writes it down. Called on the event loop: no queries."""

    def __init__(self) -> None:
        self._asked: defaultdict[str, deque[Asked]] = defaultdict(deque)

    def take(self, trace_id: str) -> list[Asked]:
        return list(self._asked.pop(trace_id, ()))

    def on_span_end(self, span: Span[Any]) -> None:
        data = span.span_data
        if not isinstance(data, ResponseSpanData):
            return
        response, usage = data.response, data.usage or {}
        self._asked[span.trace_id].append(
            Asked(
                model=str(response.model) if response else "",
                status=str(response.status or "") if response else "failed",
                calls=[item.name for item in response.output if item.type == "function_call"] if response else [],
                input_tokens=int(usage.get("input_tokens") or 0),
                output_tokens=int(usage.get("output_tokens") or 0),
                ms=_between(span.started_at, span.ended_at),
            )
        )

    def on_trace_start(self, trace: Trace) -> None:
        return None

    def on_trace_end(self, trace: Trace) -> None:
        return None

    def on_span_start(self, span: Span[Any]) -> None:
        return None

    def shutdown(self) -> None:
        self._asked.clear()

    def force_flush(self) -> None:
        return None


def _between(began: str | None, ended: str | None) -> int:
    if not began or not ended:
        return 0
    return round((datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds() * 1000)


spans = Spans()
