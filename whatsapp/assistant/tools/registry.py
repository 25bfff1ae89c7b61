"""Every tool of the assistant, for both of its engines."""

from __future__ import annotations

from collections.abc import Mapping

from whatsapp.assistant.tools import calendar, handoff, invoices, knowledge, messages, people, records
from whatsapp.assistant.tools.base import Tool

TOOLS: Mapping[str, Tool] = {
    tool.name: tool
    for module in (calendar, people, records, messages, knowledge, invoices, handoff)
    for tool in module.TOOLS
}


def tool(name: str) -> Tool | None:
    return TOOLS.get(name)
