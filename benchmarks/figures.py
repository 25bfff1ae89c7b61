"""Percentiles, and tables for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that `percent` of all do not exceed; NaN of nothing."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def percentiles(values: Sequence[float], *percents: float) -> list[str]:
    """Several of them, as a table's cells."""
    return [number(percentile(values, percent)) for percent in percents]


def number(value: float) -> str:
    """Three digits that matter; a dash where there is nothing to tell."""
    if math.isnan(value):
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def times(value: float, yardstick: float) -> str:
    """How many times the yardstick."""
    return "-" if math.isnan(value) or not yardstick else f"{value / yardstick:.2f}x"


def heading(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """The first column to the left, the others to the right."""
    lines = [list(titles), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    for line in lines:
        cells = [cell.rjust(width) for cell, width in zip(line, widths, strict=True)]
        print("  " + "  ".join([line[0].ljust(widths[0]), *cells[1:]]).rstrip(), flush=True)


def note(text: str) -> None:
    print(f"  {text}", flush=True)
