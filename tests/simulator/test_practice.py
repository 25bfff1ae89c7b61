"""Practice mode: the stand-ins where the product looks for them."""

import httpx2
import pytest

from agentlocator import practice
from calls import provider as calls_provider
from simulator.carrier_rest import CarrierRest


@pytest.fixture(autouse=True)
def a_developers_machine(settings):
    settings.DEBUG = True
    registered = calls_provider._practice_provider
    yield
    calls_provider.register_practice_provider(registered)


async def models(address, key):
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{address.base_url}/models", headers={"Authorization": f"Bearer {key}"})
        return answer.status_code


async def test_one_stand_in_answers_everybody_in_the_process_and_nobody_else():
    practice.install()
    first = await calls_provider.provider_address()
    second = await calls_provider.provider_address()
    assert first == second
    assert first.base_url.startswith("http://127.0.0.1:")
    assert await models(first, first.api_key) == 200
    assert await models(first, "guessed") == 401


async def test_a_second_loop_gets_a_stand_in_that_lives():
    address = await practice.provider_address()
    assert await models(address, address.api_key) == 200


async def test_with_a_key_the_provider_is_never_simulated(settings):
    settings.OPENAI_API_KEY, settings.PRACTICE_MODE = "sk-real", False
    practice.install()
    assert (await calls_provider.provider_address()).api_key == "sk-real"
    settings.OPENAI_API_KEY = ""
    with pytest.raises(calls_provider.NoProvider):
        await calls_provider.provider_address()


async def product(scope, receive, send):
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def status_of(serve, application, path):
    async with httpx2.AsyncClient(trust_env=False, auth=("AC1", "")) as client:
        return (await client.get(await serve(application) + path)).status_code


CALL = "/simulator/carrier/2010-04-01/Accounts/AC1/Calls/CA1.json"


async def test_the_carriers_rest_side_stands_beside_the_product(serve):
    both = practice.with_carrier_stand_in(product)
    assert await status_of(serve, both, CALL) == 404  # no such call
    assert await status_of(serve, both, "/anything/else") == 204


async def test_it_is_there_for_any_account_that_is_sent_to_it(serve, settings):
    settings.TWILIO_AUTH_TOKEN, settings.TWILIO_API_BASE_URL = "token", "http://localhost:8000/simulator/carrier"
    assert await status_of(serve, practice.with_carrier_stand_in(product), CALL) == 404


@pytest.mark.parametrize("real", [{"TWILIO_AUTH_TOKEN": "token"}, {"DEBUG": False}])
async def test_it_is_not_there_for_a_real_carrier_nor_in_production(serve, settings, real):
    for name, value in real.items():
        setattr(settings, name, value)
    assert practice.with_carrier_stand_in(product) is product


async def test_a_password_is_checked_where_one_is_given(serve):
    assert await status_of(serve, CarrierRest(auth_token="secret"), CALL) == 401
