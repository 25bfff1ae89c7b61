"""What a run of calls came to, for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from benchmarks import figures
from benchmarks.figures import number, percentile

Verdict = dict[str, Any]  # `judge.Verdict`, as it came from another process

MOST_TOLD = 12  # of the calls with something wrong


def show(verdicts: Sequence[Verdict]) -> bool:
    """Print it; whether nothing was wrong."""
    uncorrected, wrong, silent = (
        [each for each in verdicts if each[what]] for what in ("uncorrected", "wrong", "silent")
    )
    figures.table(
        ["what must not happen", "calls", "asked for"],
        [
            ["told what is not so, and never put right", str(len(uncorrected)), "0"],
            ["an appointment that was not asked for", str(len(wrong)), "0"],
            ["left without a sound for over 4 s", str(len(silent)), "0"],
        ],
    )
    print()
    _show_lies(verdicts)
    print()
    _show_kinds(verdicts)
    for verdict in [*uncorrected, *wrong, *silent][:MOST_TOLD]:
        faults = [*verdict["uncorrected"], *verdict["wrong"], *filter(None, [verdict["silent"]])]
        print(f"\n! {'; '.join(faults)}", *verdict["protocol"], sep="\n")
    return not (uncorrected or wrong or silent)


def _show_lies(verdicts: Sequence[Verdict]) -> None:
    told, heard, corrected = Counter[str](), Counter[str](), Counter[str]()
    for verdict in verdicts:
        told.update(verdict["told"])
        heard.update(verdict["lies"])
        corrected.update(verdict["corrected"])
    rows = [[kind, str(count), str(heard[kind]), str(corrected[kind])] for kind, count in told.most_common()]
    totals = ["all", *(str(each.total()) for each in (told, heard, corrected))]
    figures.table(["lies", "told", "heard", "put right"], [*rows, totals])
    gone = sum(each["left_to_staff"] for each in verdicts)
    figures.note("heard: to their end, while they were not so. The others were cut, or were true by then.")
    figures.note(f"{gone} callers were gone within 4 s of one: the staff follow up.")


def _show_kinds(verdicts: Sequence[Verdict]) -> None:
    rows = []
    for kind in sorted({verdict["kind"] for verdict in verdicts}):
        of_kind = [verdict for verdict in verdicts if verdict["kind"] == kind]
        outcomes = Counter(verdict["outcome"] or "none" for verdict in of_kind)
        quiet = [verdict["dead_air_s"] for verdict in of_kind]
        lengths = [verdict["seconds"] for verdict in of_kind]
        told = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
        waits = [number(percentile(quiet, 50)), number(max(quiet))]
        rows.append([kind, str(len(of_kind)), *waits, number(percentile(lengths, 50)), told])
    titles = ["callers", "calls", "silence p50", "longest s", "call p50 s", "outcomes"]
    figures.table(titles, rows)
