"""`manage.py understand`: JSON lines in, answers out in the same order."""

import io
import json

import pytest
from django.core.management import call_command

NOW = "2026-04-14T12:20:00+03:00"


def run(monkeypatch, capsys, *lines, policy=False, claims=False):
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    code = 0
    try:
        call_command("understand", policy=policy, claims=claims)
    except SystemExit as end:
        code = end.code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()], code


def line(**fields):
    return json.dumps({"id": "a", "text": "מחר בחמש", "now": NOW, "tz": "Asia/Jerusalem", **fields})


def test_answers_come_in_order_with_their_ids(monkeypatch, capsys):
    answers, code = run(monkeypatch, capsys, line(id="a"), "", line(id="b", text="ביום חמישי אחרי שש"))
    assert code == 0
    assert answers == [
        {
            "id": "a",
            "intent": "none",
            "date": "2026-04-15",
            "time": "17:00",
            "name": None,
            "phone": None,
            "ambiguous": False,
        },
        {
            "id": "b",
            "intent": "none",
            "date": "2026-04-16",
            "time": None,
            "name": None,
            "phone": None,
            "ambiguous": False,
            "time_range": ["18:00", None],
        },
    ]


def test_context_reaches_the_parser(monkeypatch, capsys):
    answers, _ = run(monkeypatch, capsys, line(text="שני לוי", context={"asked": "name", "open_24_7": False}))
    assert answers[0]["name"] == "שני לוי"


def test_now_is_read_in_the_business_zone(monkeypatch, capsys):
    answers, _ = run(monkeypatch, capsys, line(text="היום", now="2026-04-14T22:30:00+00:00"))
    assert answers[0]["date"] == "2026-04-15"


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        "[]",
        line(text=None),
        line(now="yesterday"),
        line(now="2026-04-14T12:20:00"),
        line(tz="Mars/Olympus"),
        line(context={"asked": "shoe size"}),
        line(context=[]),
        line(context={"open_24_7": "yes"}),
        line(now="9999-12-31T23:30:00+02:00"),
        line(now="0001-01-01T00:00:00+02:00"),
        line(text="מחר \ud800 בחמש"),
        "[" * 100_000,
        '{"id": ' + "9" * 5000 + "}",
    ],
)
def test_unreadable_line_is_answered_and_the_rest_still_read(monkeypatch, capsys, broken):
    answers, code = run(monkeypatch, capsys, broken, line(id="after"))
    assert code == 1
    assert "error" in answers[0]
    assert answers[1]["id"] == "after"


def test_line_that_is_not_utf8_costs_no_other(monkeypatch, capsys):
    stdin = io.TextIOWrapper(io.BytesIO(b'{"id": "x", "text": "\xff"}\n' + line(id="after").encode()), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", stdin)
    with pytest.raises(SystemExit):
        call_command("understand")
    answers = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    assert "error" in answers[0]
    assert answers[1]["date"] == "2026-04-15"


def test_id_that_cannot_be_printed_comes_back_escaped(monkeypatch, capsys):
    answers, code = run(monkeypatch, capsys, '{"id": "\\ud800", "text": "", "now": "2026-04-14T12:20:00+03:00"}')
    assert (answers[0]["id"], code) == ("\ud800", 0)


def test_policy_mode_reads_the_rules_of_a_prompt(monkeypatch, capsys):
    prompt = json.dumps({"id": "p", "text": "א-ה 10-20, תורים כל חצי שעה, חובה טלפון"})
    answers, code = run(monkeypatch, capsys, prompt, json.dumps({"id": "q", "text": "תספורת 60-90 שקל"}), policy=True)
    assert code == 0
    assert answers == [
        {
            "id": "p",
            "slot_size_min": 30,
            "allow_24_7": None,
            "opening_hours": {day: [["10:00", "20:00"]] for day in ("sun", "mon", "tue", "wed", "thu")},
            "min_notice_min": None,
            "window_days": None,
            "require_phone": True,
        },
        {
            "id": "q",
            "slot_size_min": None,
            "allow_24_7": None,
            "opening_hours": None,
            "min_notice_min": None,
            "window_days": None,
            "require_phone": None,
        },
    ]


@pytest.mark.parametrize(
    "broken",
    ["{", "[]", json.dumps({"id": "p", "text": 7}), json.dumps({"id": "p", "text": "\ud800"}), "[" * 100_000],
)
def test_policy_mode_answers_an_unreadable_line_and_goes_on(monkeypatch, capsys, broken):
    answers, code = run(monkeypatch, capsys, broken, json.dumps({"id": "after", "text": ""}), policy=True)
    assert code == 1
    assert "error" in answers[0]
    assert answers[1]["id"] == "after"


def test_claims_mode_labels_sentences_of_the_assistant(monkeypatch, capsys):
    said = ("קבעתי לך למחר בשלוש.", "שלחתי לך הודעה.", "מחר בשש פנוי.", "לקבוע לך למחר?", "")
    answers, code = run(monkeypatch, capsys, *(json.dumps({"id": text, "text": text}) for text in said), claims=True)
    assert code == 0
    labels = ("claims_booking_done", "claims_details_sent", "claims_availability", "none", "none")
    assert answers == [{"id": text, "label": label} for text, label in zip(said, labels, strict=True)]


@pytest.mark.parametrize("broken", ["{", "[]", json.dumps({"id": "p", "text": 7}), json.dumps({"id": "p"})])
def test_claims_mode_answers_an_unreadable_line_and_goes_on(monkeypatch, capsys, broken):
    answers, code = run(monkeypatch, capsys, broken, json.dumps({"id": "after", "text": "קבעתי."}), claims=True)
    assert code == 1
    assert "error" in answers[0]
    assert answers[1] == {"id": "after", "label": "claims_booking_done"}
