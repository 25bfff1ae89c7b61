"""`make bench`: prints the tables. BENCH_CALLS chooses the loads on the media path (10,50,150).

Exit code 1 if not all of the twenty calls have booked.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from agentlocator.runtime.errors import RuntimeProblem
from benchmarks import children, faq, figures, full_calendar, media_path, sentences, whole_calls, world
from benchmarks.bridges import running_bridges
from benchmarks.interruptions import report as interruptions


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    if not hasattr(os, "sched_setaffinity"):
        print("The benchmarks pin processes to cores, which only Linux can.", file=sys.stderr)
        return 1
    try:
        media_path.levels()  # a mistyped BENCH_CALLS shall not cost a minute
        with world.servers() as scratch:
            return _run(scratch)
    except RuntimeProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(scratch: Path) -> int:
    began = time.monotonic()
    world.furnish()
    figures.heading("Interruptions")
    interruptions.run(scratch)

    cores = children.choose_cores()
    print(f"\nBridges on core {cores.bridge}, callers, provider and database on core {cores.others}.", flush=True)
    if not cores.apart:
        print("There is only one core: callers and bridge share it, so that delays tell little.")
    figures.heading("Hebrew understanding")
    sentences.run(scratch)
    figures.heading("Finding the answer to a question")
    faq.run(scratch)
    figures.heading("Free slots of thirty days")
    full_calendar.run()
    with running_bridges(cores, scratch) as bridges:
        figures.heading("Twenty calls at once")
        all_booked = whole_calls.run(bridges[0], scratch)
        figures.heading("The media path")
        found = media_path.measure(bridges, scratch)
        media_path.show(found)
        figures.heading("The product's own part of a turn")
        media_path.show_turns(found)
        figures.heading("What the design asks of the media path")
        media_path.show_design(found)
    print(f"\n{time.monotonic() - began:.0f} s in all.")
    return 0 if all_booked else 1


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End as by Ctrl-C, so that everything is put away."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
