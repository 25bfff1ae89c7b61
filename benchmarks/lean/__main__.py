"""One load on one bridge: N calls for so many seconds, measured; the figures go to a file as JSON."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import secrets
import time
from dataclasses import asdict
from pathlib import Path

import httpx2
import uvloop
from picows import ws_connect

from benchmarks.lean import provider
from benchmarks.lean.caller import Caller
from benchmarks.lean.tally import Tally
from simulator import signature, twiml

RAMP_S = 0.1  # between two calls
GREETED_WITHIN_S = 20.0
SETTLE_S = 2.0
WEBHOOK = "/webhook/twilio/voice/incoming"


async def load(chosen: argparse.Namespace) -> dict[str, object]:
    """Ring, talk, measure, hang up."""
    tally = Tally()
    server = await provider.serve(chosen.provider_port, tally)
    callers: list[Caller] = []
    async with httpx2.AsyncClient(timeout=15, trust_env=False, verify=False) as http:
        for number in range(chosen.calls):
            callers.append(await ring(http, number, chosen, tally))
            await asyncio.sleep(RAMP_S)
    await all_greeted(callers)
    await asyncio.sleep(SETTLE_S)
    gc.collect()
    gc.freeze()
    gc.disable()
    before, began = _spent(chosen), time.monotonic()
    tally.measuring = True
    await asyncio.sleep(chosen.seconds)
    tally.measuring = False
    lasted_s = time.monotonic() - began
    bridge_s, core_s, own_s = (now - then for now, then in zip(_spent(chosen), before, strict=True))
    for caller in callers:
        caller.stop_speaking()
    await asyncio.sleep(0.5)  # what is on its way arrives
    lost, broken = tally.frames_sent - tally.frames_received, sum(caller.lost for caller in callers)
    for caller in callers:
        caller.hang_up()
    await asyncio.sleep(1.0)
    server.close()
    return asdict(tally) | {
        "frames_lost": lost,
        "calls_broken": broken,
        "cpu_ms": 1000 * bridge_s / (lasted_s * chosen.calls),
        "load_busy": own_s / lasted_s,
        "strangers": max(0.0, core_s - bridge_s) / lasted_s,
    }


async def ring(http: httpx2.AsyncClient, number: int, chosen: argparse.Namespace, tally: Tally) -> Caller:
    """One call: its webhook, and the media stream that the answer asks for."""
    sid = f"CA{secrets.token_hex(16)}"
    caller, url = f"+97252{number:07d}", chosen.bridge + WEBHOOK
    form = {"CallSid": sid, "AccountSid": chosen.account_sid, "To": chosen.to, "From": caller, "CallStatus": "ringing"}
    headers = {signature.HEADER: signature.sign(chosen.auth_token, url, form)}
    answer = await http.post(url, data=form, headers=headers)
    if answer.status_code != 200:
        raise SystemExit(f"The webhook answered {answer.status_code}.")
    verb = next((verb for verb in twiml.parse(answer.text) if isinstance(verb, twiml.Connect)), None)
    if verb is None:
        raise SystemExit("The webhook did not connect the call.")
    token = verb.parameters.get("token", "")
    _, listener = await ws_connect(lambda: Caller(number, sid, token, chosen.account_sid, tally), verb.url)
    assert isinstance(listener, Caller)
    return listener


async def all_greeted(callers: list[Caller]) -> None:
    """Wait until the assistant has spoken in every call."""
    deadline = time.monotonic() + GREETED_WITHIN_S
    while mute := [caller for caller in callers if not caller.greeted]:
        if time.monotonic() > deadline:
            raise SystemExit(f"{len(mute)} of {len(callers)} calls heard no greeting.")
        await asyncio.sleep(0.1)


def _spent(chosen: argparse.Namespace) -> tuple[float, float, float]:
    """Processor seconds so far: of the bridge, of all programs on its core, and our own."""
    tick = os.sysconf("SC_CLK_TCK")
    fields = Path("/proc", str(chosen.bridge_pid), "stat").read_text().rpartition(")")[2].split()
    name = f"cpu{chosen.bridge_core} "
    core = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith(name)).split()[1:]
    user, nice, system, _idle, _iowait, *interrupts = map(int, core[:8])
    busy = user + nice + system + sum(interrupts)
    return (int(fields[11]) + int(fields[12])) / tick, busy / tick, time.process_time()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bridge", required=True, help="its http base")
    parser.add_argument("--bridge-pid", type=int, required=True)
    parser.add_argument("--bridge-core", type=int, required=True)
    parser.add_argument("--provider-port", type=int, required=True)
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--to", required=True)
    parser.add_argument("--account-sid", required=True)
    parser.add_argument("--auth-token", required=True)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    chosen.out.write_text(json.dumps(uvloop.run(load(chosen))))


if __name__ == "__main__":
    main()
