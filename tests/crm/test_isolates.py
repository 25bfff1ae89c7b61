"""Left-to-right values inside Hebrew, each in its own island."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm.templatetags import isolates

START = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)  # 18:00 in Israel
END = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (isolates.phone("+972520000147"), '<bdi dir="ltr">052-000-0147</bdi>'),
        (isolates.phone(""), ""),
        (isolates.time_range(START, END), '<bdi dir="ltr">18:00–18:30</bdi>'),
        (isolates.moment(START), '<bdi dir="ltr">24/11/2026 18:00</bdi>'),
        (isolates.clock(START), '<bdi dir="ltr">18:00</bdi>'),
        (isolates.signed(12, "%"), '<bdi dir="ltr">+12%</bdi>'),
        (isolates.signed(-3), '<bdi dir="ltr">-3</bdi>'),
        (isolates.duration(127), '<bdi dir="ltr">2:07</bdi>'),
        (isolates.duration(7), '<bdi dir="ltr">0:07</bdi>'),
        (isolates.duration(600), '<bdi dir="ltr">10:00</bdi>'),
        (isolates.duration(3727), '<bdi dir="ltr">1:02:07</bdi>'),
        (isolates.duration(None), ""),
        (isolates.ltr("<b>"), '<bdi dir="ltr">&lt;b&gt;</bdi>'),
        (isolates.ltr(0), '<bdi dir="ltr">0</bdi>'),
        (
            isolates.times("ראשון 10:00–20:00 & שישי"),
            'ראשון <bdi dir="ltr">10:00–20:00</bdi> &amp; שישי',
        ),
    ],
)
def test_islands(made: str, shown: str) -> None:
    assert made == shown
