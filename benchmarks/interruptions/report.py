"""Runs the set in processes of their own and prints what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import children, figures
from benchmarks.figures import percentile, percentiles
from benchmarks.interruptions.catalogue import HONOUR, RESUME

PROCESSES = 2
WITHIN_S = 600.0
MOST_TOLD = 10

Result = dict[str, Any]


def run(scratch: Path) -> None:
    figures.note("… calls in virtual time")
    runs = [("--number", str(number), "--of", str(PROCESSES)) for number in range(PROCESSES)]
    told = children.reports_of("benchmarks.interruptions.worker", runs, scratch=scratch, within_s=WITHIN_S)
    show([result for results in told for result in results])


def show(results: Sequence[Result]) -> None:
    rows = []
    for expected, name, target in (
        (RESUME, "noise, echo, listening: it goes on", ">= 95%"),
        (HONOUR, "real words: it stops", ">= 99%"),
    ):
        of = [result for result in results if result["of"]["expected"] == expected]
        right = sum(result["as_expected"] for result in of)
        rows.append([name, str(len(of)), str(right), f"{100 * right / max(1, len(of)):.1f}%", target])
    figures.table(["interruptions", "made", "right", "share", "design"], rows)
    stops = [
        result["stopped_ms"]
        for result in results
        if result["of"]["expected"] == HONOUR and result["stopped_ms"] is not None
    ]
    p50, p95 = percentiles(stops, 50, 95)
    figures.note(f"speech to stopped play-out: p50 {p50}, p95 {p95} ms of the product's own waiting (design: <= 120),")
    figures.note(f"the longest {percentile(stops, 100):.0f} ms. What the machine adds is `stop` in the last table.")
    wrong = [result["name"] for result in results if not result["as_expected"]]
    for name in wrong[:MOST_TOLD]:
        figures.note(f"! {name}")
