"""The text side as a model with tools, asked by the real client."""

from __future__ import annotations

import json

import pytest
from openai import APIStatusError, AsyncOpenAI

from simulator.text_tools import call, message

TOOLS = [
    {"type": "function", "name": name, "parameters": {"type": "object", "properties": {}}, "strict": False}
    for name in ("calendar_find_slots", "calendar_create", "faq_lookup", "handoff_to_staff", "crm_get")
]
NOW = "Facts\nNow: 2026-11-24T10:00, יום שלישי"


@pytest.fixture
async def client(provider):
    async with AsyncOpenAI(api_key="secret", base_url=provider.base_url, max_retries=0) as opened:
        yield opened


async def asked(client, items):
    answer = await client.responses.create(model="gpt-6-luna", instructions=NOW, input=items, tools=TOOLS)
    return answer.output[0]


def answered(items, made, result):
    output = {"type": "function_call_output", "call_id": made.call_id, "output": json.dumps(result)}
    return [*items, made.model_dump(exclude_none=True), output]


async def test_it_asks_the_calendar_books_and_tells(client):
    items = [{"role": "user", "content": "אפשר תור מחר ב-12?"}]
    found = await asked(client, items)
    assert (found.name, json.loads(found.arguments)["start_iso"]) == ("calendar_find_slots", "2026-11-25T12:00")
    items = answered(items, found, {"ok": True})
    made = await asked(client, items)
    assert made.name == "calendar_create"
    start = "2026-11-25T12:00:00+02:00"
    items = answered(items, made, {"ok": True, "start_iso": start, "customer_name": "דנה"})
    told = await asked(client, items)
    assert told.content[0].text == "התור נקבע ליום 25/11 בשעה 12:00, על שם דנה."


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({"ok": False, "error": "need_name"}, "על איזה שם לרשום את התור?"),
        ({"ok": False, "error": "need_phone"}, "לאיזה מספר טלפון לרשום את התור?"),
        (
            {"ok": False, "error": "slot_taken", "suggestions": [{"start_iso": "2026-11-25T13:00:00+02:00"}]},
            "הזמן הזה לא פנוי. אפשר ב-13:00, מה מתאים?",
        ),
    ],
)
async def test_refusals_are_told(client, result, told):
    items = [{"role": "user", "content": "אפשר תור מחר ב-12?"}]
    found = await asked(client, items)
    said = await asked(client, answered(items, found, result))
    assert said.content[0].text == told


async def test_questions_go_to_the_ready_answers_and_then_to_the_staff(client):
    items = [{"role": "user", "content": [{"type": "input_text", "text": "יש חניה?"}]}]
    looked = await asked(client, items)
    assert looked.name == "faq_lookup"
    told = await asked(client, answered(items, looked, {"ok": True, "answer": "יש חניה."}))
    assert told.content[0].text == "יש חניה."
    handed = await asked(client, answered(items, looked, {"ok": True, "answer": None}))
    assert handed.name == "handoff_to_staff"


async def test_a_script_and_misfortunes(client, options):
    options.text_steps.extend(["שלום", [call("crm_get", name="x"), message("רגע")]])
    options.text_misfortunes.extend(["", 0.01, 500, "incomplete"])
    assert (await asked(client, "היי")).content[0].text == "שלום"
    answer = await client.responses.create(model="gpt-6-luna", input="היי", tools=TOOLS)
    assert [item.type for item in answer.output] == ["function_call", "message"]
    with pytest.raises(APIStatusError):
        await asked(client, "היי")
    cut = await client.responses.create(model="gpt-6-luna", input="היי", tools=TOOLS)
    assert (cut.status, cut.incomplete_details.reason) == ("incomplete", "max_output_tokens")
