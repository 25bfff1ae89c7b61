"""What a bridge adds to the sound that passes through it, and what that costs: the product beside a bare one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agentlocator.runtime.errors import RuntimeProblem
from benchmarks import figures
from benchmarks.bridges import Bridge
from benchmarks.children import report_of
from benchmarks.figures import number, percentile, percentiles, times
from benchmarks.world import ACCOUNT, NUMBER, TOKEN

SECONDS = 15.0
AROUND_S = 90.0  # for ringing, greeting and hanging up
DEFAULT = "10,50,150"
CROWDED = 0.8  # from here on the load itself is late, and its lateness is in the figures
DISTURBED = 0.05  # of the bridge's core used by other programs: theirs is the tail of the delays then

DESIGN_DELAY_MS = {50: 5.0, 150: 20.0}  # added by the bridge, p99, by calls at once
DESIGN_CPU_MS, DESIGN_ANSWER_MS, DESIGN_STOP_MS = 6.0, 30.0, 120.0  # at 50 calls

Load = dict[str, Any]
Level = tuple[int, dict[str, Load]]  # so many calls; what each bridge made of them


def levels() -> list[int]:
    """How many calls at once, one level after the other: BENCH_CALLS, such as 10,50."""
    text = os.environ.get("BENCH_CALLS") or DEFAULT
    try:
        wanted = [int(part) for part in text.replace(",", " ").split()]
    except ValueError:
        wanted = []
    if not wanted or not all(1 <= calls <= 200 for calls in wanted):
        raise RuntimeProblem("BENCH_CALLS must be numbers from 1 to 200, such as 10,50,150.")
    return wanted


def measure(bridges: Sequence[Bridge], scratch: Path) -> list[Level]:
    """At each level both bridges, one right after the other."""
    found = []
    for calls in levels():
        at_level = {}
        for bridge in bridges:
            figures.note(f"… {calls} calls through the {bridge.name}")
            at_level[bridge.name] = _load(bridge, calls, scratch)
        found.append((calls, at_level))
    return found


def _load(bridge: Bridge, calls: int, scratch: Path) -> Load:
    arguments = {
        "bridge": bridge.url,
        "bridge-pid": bridge.pid,
        "bridge-core": bridge.core,
        "provider-port": bridge.provider_port,
        "calls": calls,
        "seconds": SECONDS,
        "to": NUMBER,
        "account-sid": ACCOUNT,
        "auth-token": TOKEN,
    }
    options = [text for name, value in arguments.items() for text in (f"--{name}", str(value))]
    found: Load = report_of("benchmarks.lean", *options, scratch=scratch, within_s=SECONDS + AROUND_S)
    return found


def show(found: Sequence[Level]) -> None:
    """Delay and cost, with a line of ratios under each pair."""
    titles = ["calls", "bridge", "up p50", "p95", "p99 ms", "down p50", "p95", "p99 ms", "CPU ms/call-s"]
    rows = []
    for calls, at_level in found:
        for name, load in at_level.items():
            up, down = percentiles(load["up"], 50, 95, 99), percentiles(load["down"], 50, 95, 99)
            checks = [str(load["frames_lost"]), _percent(load["load_busy"]), _percent(load["strangers"])]
            rows.append([str(calls), name, *up, *down, number(load["cpu_ms"]), *checks])
        rows.append(["", "ratio", *_ratios(at_level), "", "", ""])
    figures.table([*titles, "lost", "load", "others"], rows)
    figures.note("up: caller to provider, every frame. down: provider to caller, the part of each reply that may leave")
    figures.note("at once. CPU: of the bridge, user and system. lost: frames. load: how busy the callers' process was.")
    figures.note("others: what programs outside this benchmark used of the bridge's core.")
    for calls, at_level in found:
        for name, load in at_level.items():
            for trouble in _troubles(load):
                figures.note(f"! {calls} calls, {name}: {trouble}")


def _troubles(load: Load) -> list[str]:
    """What makes a measurement doubtful."""
    troubles = []
    if load["calls_broken"]:
        troubles.append(f"{load['calls_broken']} calls broke.")
    if load["load_busy"] > CROWDED:
        troubles.append("the callers' process was too busy to be on time.")
    if load["strangers"] > DISTURBED:
        troubles.append("other programs used the bridge's core; its delays hold their time slices too.")
    return troubles


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _ratios(at_level: dict[str, Load]) -> list[str]:
    product, bare = at_level["product"], at_level["pass-through"]
    directions = [
        times(percentile(product[way], percent), percentile(bare[way], percent))
        for way in ("up", "down")
        for percent in (50, 95, 99)
    ]
    return [*directions, times(product["cpu_ms"], bare["cpu_ms"])]


def show_turns(found: Sequence[Level]) -> None:
    """How quick the product itself is within a turn, at each level."""
    titles = ["calls", "answer p50", "p95 ms", "answers", "stop p50", "p95 ms", "barge-ins", "gaps", "unanswered"]
    rows = []
    for calls, at_level in found:
        load = at_level["product"]
        answers, stops = percentiles(load["answers"], 50, 95), percentiles(load["stops"], 50, 95)
        counts = [str(load["gaps"]), f"{load['unanswered']} of {load['turns']}"]
        rows.append([str(calls), *answers, str(len(load["answers"])), *stops, str(len(load["stops"])), *counts])
    figures.table(titles, rows)
    figures.note("answer: end of speech to first audio sent, beyond the provider's fixed delays (silence, transcript,")
    figures.note("first audio). stop: first loud frame to `clear`. gaps: play-out ran dry within a reply.")


def show_design(found: Sequence[Level]) -> None:
    """What was asked for, beside what was measured."""
    rows = []
    for calls, at_level in found:
        load = at_level["product"]
        if calls in DESIGN_DELAY_MS:
            slower = max(percentile(load["up"], 99), percentile(load["down"], 99))
            rows.append(_held(f"added delay, p99 ms, {calls} calls on one core", slower, DESIGN_DELAY_MS[calls]))
        if calls == min(DESIGN_DELAY_MS):
            rows += [
                _held(f"CPU ms a call-second, {calls} calls", load["cpu_ms"], DESIGN_CPU_MS),
                _held(
                    f"own part of an answer, p95 ms, {calls} calls", percentile(load["answers"], 95), DESIGN_ANSWER_MS
                ),
                _held(
                    f"speech to stopped play-out, p95 ms, {calls} calls", percentile(load["stops"], 95), DESIGN_STOP_MS
                ),
            ]
    if rows:
        figures.table(["design", "measured", "asked for", ""], rows)
    else:
        figures.note(f"It speaks of {' and '.join(map(str, DESIGN_DELAY_MS))} calls at once; neither was measured.")


def _held(what: str, measured: float, asked: float) -> list[str]:
    return [what, number(measured), f"<= {number(asked)}", "" if measured <= asked else "missed"]
