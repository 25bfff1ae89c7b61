"""How long the deterministic Hebrew understanding takes, of callers and of owners, in a process of its own.

    python -m benchmarks.sentences --out FILE

Each sentence is read once, so that nothing is answered from memory; the yardstick is splitting it into words.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agentlocator.runtime import paths
from benchmarks import figures
from benchmarks.children import report_of
from benchmarks.figures import number, percentile, percentiles, times

FOLDER = paths.ROOT / "tests" / "booking" / "hebrew"
WORD = re.compile(r"\w+")
WITHIN_S = 60.0


def run(scratch: Path) -> None:
    found: dict[str, Any] = report_of("benchmarks.sentences", scratch=scratch, within_s=WITHIN_S)
    parsed, split = found["parsed"], found["split"]
    rows = [
        ["understanding", *percentiles(parsed, 50, 95), number(max(parsed))],
        ["split into words", *percentiles(split, 50, 95), number(max(split))],
        ["ratio", *(times(percentile(parsed, p), percentile(split, p)) for p in (50, 95)), ""],
    ]
    rules = found["rules"]
    rows.insert(1, ["owners' instructions", *percentiles(rules, 50, 95), number(max(rules))])
    figures.table(["", "p50", "p95", "max ms"], rows)
    figures.note(
        f"{len(parsed)} sentences, {len(rules)} instructions. Memory at its highest: {found['peak_mb']:.0f} MB,"
        f" of which {found['idle_mb']:.0f} MB before the parser was imported. (design: p95 <= 1 ms)"
    )


def _measure() -> dict[str, Any]:
    lines = [json.loads(line) for file in sorted(FOLDER.glob("*.jsonl")) for line in file.open(encoding="utf-8")]
    cases = [line for line in lines if "now" in line]
    instructions = [line["text"] for line in lines if "now" not in line]
    idle = _peak_mb()
    from booking.hebrew import Context, parse  # noqa: PLC0415  # what it weighs is measured
    from booking.hebrew.owner_rules import read_rules  # noqa: PLC0415  # as above

    questions = []
    for case in cases:
        now = datetime.fromisoformat(case["now"]).astimezone(ZoneInfo(case["tz"]))
        given = case.get("context") or {}
        questions.append(
            (case["text"], now, Context(asked=given.get("asked"), open_24_7=given.get("open_24_7", False)))
        )
    parse("שלום, אני רוצה לקבוע תור", questions[0][1], Context())
    parsed = [_ms(partial(parse, *each)) for each in questions]
    split = [_ms(partial(WORD.findall, text)) for text, _, _ in questions]
    read_rules(instructions[0])
    rules = [_ms(partial(read_rules, text)) for text in instructions]
    return {"parsed": parsed, "split": split, "rules": rules, "peak_mb": _peak_mb(), "idle_mb": idle}


def _ms(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def _peak_mb() -> float:
    """Of this process alone; `ru_maxrss` would remember the one that started it."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    chosen.out.write_text(json.dumps(_measure()))


if __name__ == "__main__":
    main()
