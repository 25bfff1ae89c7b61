"""Twenty people who call at the same moment, by the full stand-ins: real sound, real marks, every callback.

    python -m benchmarks.callers --server http://… --provider-port … --rest-port … --to … --out FILE

Each wants a slot of its own. Whether the rows exist is for the database to say; this tells how the calls went.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

from benchmarks.whole_calls import CALLS, FIRST_AUDIO_S, TRANSCRIPT_S
from simulator.caller import run_scenario
from simulator.carrier import Line
from simulator.carrier_rest import CarrierRest
from simulator.provider import serve_app, serve_provider
from simulator.provider_options import ProviderOptions
from simulator.scenario import Scenario, parse

HOURS = (
    *("בעשר בבוקר", "באחת עשרה בבוקר", "בשתים עשרה בצהריים", "באחת בצהריים", "בשתיים בצהריים"),
    *("בשלוש אחר הצהריים", "בארבע אחר הצהריים", "בחמש אחר הצהריים", "בשש בערב", "בשבע בערב"),
)
SLOTS = tuple(f"{day} {hour}" for day in ("מחר", "מחרתיים") for hour in HOURS)
NAMES = (
    *("דנה לוי", "נועה כהן", "יעל מזרחי", "רון ברק", "מיכל פרץ", "אורי שגב", "תמר אלון", "עידו גולן", "שירה דהן"),
    *("גיא ביטון", "הדס רוזן", "אמיר חדד", "ליאת אברהם", "יואב פרידמן", "רותם שמש", "איתי קפלן", "מאיה סגל"),
    *("עומר אזולאי", "ענת שפירא", "ניר עמר"),
)


def scenario(number: int) -> Scenario:
    """The wish of one caller, who answers what is asked and takes what was asked for."""
    return parse(
        {
            "name": f"caller {number + 1}",
            "words": {"when": SLOTS[number], "name": NAMES[number], "phone": f"05212345{number:02d}"},
            "steps": [
                {"say": "שלום, אני רוצה לקבוע תור {when}, בבקשה"},
                {"say": "כן, השם {name}"},
                {"press": "{phone}#", "if_said": "טלפון|סולמית"},
                {"say": "כן", "if_said": "לקבוע|שאקבע"},
                {"say": "לא תודה, להתראות"},
            ],
            "expect": [
                {"said": "אפשר לעזור בעוד משהו", "times": 1},
                {"never_said": "no instruction|the item has no"},
                {"ended_by": "server"},
            ],
        }
    )


@contextlib.asynccontextmanager
async def carrier_rest(port: int) -> AsyncIterator[str]:
    """Where the product asks the carrier to hang up."""
    server, task, bound = await serve_app(CarrierRest(), port=port)
    try:
        yield f"http://127.0.0.1:{bound}"
    finally:
        server.should_exit = server.force_exit = True
        await task


async def call(chosen: argparse.Namespace) -> dict[str, list[str]]:
    """All calls at once; per call what did not come true."""
    options = ProviderOptions(transcription_delay_s=TRANSCRIPT_S, first_audio_delay_s=FIRST_AUDIO_S)
    provider = await serve_provider(port=chosen.provider_port, options=options)
    try:
        async with carrier_rest(chosen.rest_port) as rest:
            line = Line(
                server=chosen.server,
                public_url=chosen.server,
                auth_token=chosen.auth_token,
                account_sid=chosen.account_sid,
                rest=rest,
            )
            outcomes = await asyncio.gather(
                *(
                    run_scenario(scenario(number), line, to=chosen.to, from_=f"+9725212345{number:02d}")
                    for number in range(CALLS)
                )
            )
    finally:
        await provider.close()
    return {outcome.call.sid: outcome.failed for outcome in outcomes}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    parser.add_argument("--provider-port", type=int, required=True)
    parser.add_argument("--rest-port", type=int, required=True)
    parser.add_argument("--to", required=True)
    parser.add_argument("--account-sid", required=True)
    parser.add_argument("--auth-token", required=True)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    chosen.out.write_text(json.dumps(asyncio.run(call(chosen))))


if __name__ == "__main__":
    main()
