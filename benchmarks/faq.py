"""How long it takes to find the answer to a customer's question, by its words, in a process of its own.

    python -m benchmarks.faq --out FILE

The entries are those of the matcher's tests, up to two hundred; the yardstick is reading the question's intent, which
every look-up does first. Each question is asked once, so that nothing is answered from memory.
"""

from __future__ import annotations

import argparse
import json
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

FOLDER = paths.ROOT / "tests" / "faq" / "data"
SIZES = (50, 200)
WITHIN_S = 60.0
_MORNING = datetime(2026, 1, 14, 9, tzinfo=ZoneInfo("Asia/Jerusalem"))


def run(scratch: Path) -> None:
    found: dict[str, Any] = report_of("benchmarks.faq", scratch=scratch, within_s=WITHIN_S)
    read = found["read"]
    rows = [["reading the question", *percentiles(read, 50, 95), number(max(read)), ""]]
    for size in SIZES:
        asked = found[f"asked {size}"]
        built = number(found[f"built {size}"])
        rows.append([f"{size} entries", *percentiles(asked, 50, 95), number(max(asked)), built])
    largest = found[f"asked {SIZES[-1]}"]
    rows.append(["ratio", *(times(percentile(largest, p), percentile(read, p)) for p in (50, 95)), "", ""])
    figures.table(["", "p50", "p95", "max ms", "index built, ms"], rows)
    figures.note(f"{len(read)} questions. (FAQ: <= 5 ms a look-up for 200 entries)")


def _measure() -> dict[str, Any]:
    lines = [json.loads(line) for file in sorted(FOLDER.glob("*.jsonl")) for line in file.open(encoding="utf-8")]
    from booking.hebrew import Context, parse  # noqa: PLC0415  # a process of its own loads it
    from faq.matching import Index, Item  # noqa: PLC0415  # as above

    entries = [line for line in lines if line["type"] == "entry"]
    questions = [line["text"] for line in lines if line["type"] == "query"]
    parse("שלום", _MORNING, Context())
    found: dict[str, Any] = {}
    for size in SIZES:
        items = [
            Item(str(at), f"{entry['question']}{'' if at < len(entries) else f' {at}'}", entry["answer"])
            for at, entry in ((at, entries[at % len(entries)]) for at in range(size))
        ]
        began = time.perf_counter()
        index = Index.of(items)
        found[f"built {size}"] = 1000 * (time.perf_counter() - began)
        index.find("יש חניה?")
        # A mark that changes nothing keeps each question new to what remembers whole sentences.
        found[f"asked {size}"] = [_ms(partial(index.find, f"{text}{'?' * (1 + size % 7)}")) for text in questions]
    found["read"] = [_ms(partial(parse, f"{text}!", _MORNING, Context())) for text in questions]
    return found


def _ms(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    chosen.out.write_text(json.dumps(_measure()))


if __name__ == "__main__":
    main()
