"""`make honesty`: the calls, spread over the cores, and what came of them. CALLS sets how many, SEED which.

Exit code 1 if anybody was told what is not so and not put right, got a wrong appointment, or was left in silence.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from agentlocator.runtime.errors import RuntimeProblem
from benchmarks import children, figures, world
from benchmarks.honesty import report

CALLS, SEED = 1000, 1
SECONDS_A_CALL = 6.0  # at the most, of a busy machine
AROUND_S = 120.0


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        calls, seed = (_number(name, default) for name, default in (("CALLS", CALLS), ("SEED", SEED)))
        with world.servers() as scratch:
            world.furnish()
            began = time.monotonic()
            verdicts = _run(calls, seed, scratch)
        figures.heading(f"{len(verdicts)} calls with a provider that lies, mishears, interrupts and drops")
        fine = report.show(verdicts)
        print(f"\n{time.monotonic() - began:.0f} s in all, seed {seed}.")
    except RuntimeProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0 if fine else 1


def _run(calls: int, seed: int, scratch: Path) -> list[report.Verdict]:
    """At least two processes, each with a salon and a time of its own."""
    processes = max(2, min(4, os.cpu_count() or 1))
    shares = [calls // processes + (number < calls % processes) for number in range(processes)]
    print(f"{calls} calls in {processes} processes …", flush=True)
    runs = [
        ("--number", str(number), "--calls", str(share), "--seed", str(seed))
        for number, share in enumerate(shares)
        if share
    ]
    within_s = AROUND_S + SECONDS_A_CALL * max(shares)
    told = children.reports_of("benchmarks.honesty.worker", runs, scratch=scratch, within_s=within_s)
    return [verdict for verdicts in told for verdict in verdicts]


def _number(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdigit() or not 1 <= int(text) <= 100_000:
        raise RuntimeProblem(f"{name} must be a number from 1 to 100000.")
    return int(text)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End as by Ctrl-C, so that everything is put away."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
