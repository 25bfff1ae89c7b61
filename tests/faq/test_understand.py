"""`manage.py understand --faq`: JSON lines in, the entry that answers out, in the same order."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

Patch, Capture = pytest.MonkeyPatch, pytest.CaptureFixture[str]
ENTRIES = [
    {"id": "parking", "question": "יש חניה?", "answer": "יש חניון ממול."},
    {"id": 7, "question": "כמה עולה תספורת?", "answer": "80 ש״ח."},
]


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *lines: str) -> tuple[list[Any], int]:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    code = 0
    try:
        call_command("understand", faq=True)
    except SystemExit as end:
        code = int(str(end.code))
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()], code


def asked(text: str = "איפה חונים?", **fields: Any) -> str:
    return json.dumps({"id": "q1", "business": "salon", "text": text, "entries": ENTRIES, **fields})


def test_the_answer_names_the_entry_not_the_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [parking, price, nothing], code = run(
        monkeypatch, capsys, asked(), "", asked("בכמה להסתפר?"), asked("יש לכם בריכה?", entries=[])
    )

    assert (parking["id"], parking["best"]) == ("parking", "parking")
    assert 0 < parking["score"] <= 1
    assert (price["id"], price["best"]) == (7, 7)
    assert nothing == {"id": None, "best": None, "score": 0.0}
    assert code == 0


def test_a_wish_to_book_gets_no_entry(monkeypatch: Patch, capsys: Capture) -> None:
    [answer], code = run(monkeypatch, capsys, asked("אפשר לקבוע תספורת מחר בשש?"))

    assert (answer["id"], answer["best"], code) == (None, 7, 0)


def test_a_bad_line_costs_its_own_answer_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        "no json",
        json.dumps({"id": "a", "text": "יש חניה?"}),
        json.dumps({"id": "b", "entries": ENTRIES}),
        asked(id="c", entries=["parking"]),
        asked(id="d", entries=[{"id": "x", "question": "יש?"}]),
        asked(id="e", entries=[{"id": None, "question": "יש?", "answer": "כן"}]),
        asked(),
    ]

    answers, code = run(monkeypatch, capsys, *lines)

    assert answers[:6] == [
        {"id": None, "error": "not a JSON object"},
        {"id": "a", "error": "entries: a list is needed"},
        {"id": "b", "error": "text: a string is needed"},
        {"id": "c", "error": "entries[0]: an object is needed"},
        {"id": "d", "error": "entries[0].answer: a string is needed"},
        {"id": "e", "error": "entries[0].id: a string or a whole number is needed"},
    ]
    assert (answers[6]["id"], code) == ("parking", 1)


def test_the_modes_exclude_each_other() -> None:
    with pytest.raises(CommandError):
        call_command("understand", "--faq", "--claims")
