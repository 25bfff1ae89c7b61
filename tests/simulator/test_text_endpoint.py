"""The text side, asked by the real client."""

from typing import Literal

import pytest
from openai import AsyncOpenAI, AuthenticationError, BadRequestError, NotFoundError
from pydantic import BaseModel


class Parts(BaseModel):
    intent: Literal["book", "none"]
    day: str | None
    names: list[str]
    sure: bool


@pytest.fixture
async def client(provider):
    async with AsyncOpenAI(api_key="secret", base_url=provider.base_url, max_retries=0) as opened:
        yield opened


async def test_structured_output_says_nothing_that_was_not_scripted(client, provider):
    answer = await client.responses.parse(model="gpt-6-luna", input="מחר בשש", text_format=Parts)
    assert answer.output_parsed == Parts(intent="none", day=None, names=[], sure=False)
    assert provider.provider.requests[0]["input"] == "מחר בשש"


async def test_a_scripted_answer(client, options):
    options.text_answer = lambda body: {"intent": "book", "day": "2026-11-23", "names": [], "sure": True}
    answer = await client.responses.parse(model="gpt-6-luna", input="x", text_format=Parts)
    assert answer.output_parsed == Parts(intent="book", day="2026-11-23", names=[], sure=True)


async def test_plain_text_is_made_of_the_request(client):
    asked = [{"role": "system", "content": "סכם"}, {"role": "user", "content": "דנה קבעה תור"}]
    answer = await client.responses.create(model="gpt-6-luna", input=asked)
    assert answer.output_text == "דנה קבעה תור"
    assert answer.usage.total_tokens > 0


async def test_models_are_listed(client):
    assert "gpt-realtime-2.1" in [model.id async for model in client.models.list()]


async def test_the_clients_library_reads_embeddings(client):
    answer = await client.embeddings.create(model="text-embedding-3-small", input=["יש חניה?", "איפה חונים?"])
    short = await client.embeddings.create(model="text-embedding-3-small", input="יש חניה?", dimensions=64)

    assert [len(datum.embedding) for datum in answer.data] == [1536, 1536]
    assert len(short.data[0].embedding) == 64
    with pytest.raises(BadRequestError):
        await client.embeddings.create(model="text-embedding-3-small", input=[])


async def test_errors_have_the_clients_shape(client, options):
    with pytest.raises(NotFoundError):
        await client.moderations.create(input="x")
    options.api_key = "another"
    with pytest.raises(AuthenticationError):
        await client.models.list()
