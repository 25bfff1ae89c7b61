"""The kept calls: the core still does in them what it did, and a change of mind is shown before it is kept."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from calls.conversation.journal import Journal, unpack
from calls.conversation.replay import differences
from calls.management.commands.replay_corpus import CORPUS
from tests.support.scripted_call import ScriptedCall

KEPT = sorted(CORPUS.resolve().glob("*.jsonl.gz"))


class Recorded(ScriptedCall):
    """A scripted call that keeps its log."""

    def __init__(self) -> None:
        super().__init__()
        self.journal = Journal()

    def happens(self, event):  # noqa: ANN001, ANN201  # as its parent
        actions = super().happens(event)
        self.journal.add(event, actions)
        return actions


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two kept calls."""
    for name in ("goodbye", "silence"):
        call = Recorded().greeted()
        call.caller_says("להתראות", farewell=True) if name == "goodbye" else call.happens_timer("silence")
        (tmp_path / f"{name}.jsonl.gz").write_bytes(call.journal.packed())
    return tmp_path


def replay(folder: Path, *options: str) -> str:
    out = io.StringIO()
    call_command("replay_corpus", "--folder", str(folder), *options, stdout=out)
    return out.getvalue()


def tamper(file: Path) -> None:
    """As if the core had once asked for no response here."""
    lines = gzip.decompress(file.read_bytes()).split(b"\n")
    steps = [json.loads(line) for line in lines]
    at = next(i for i, step in enumerate(steps) if len(step["actions"]) > 1)
    del steps[at]["actions"][0]
    file.write_bytes(gzip.compress(b"\n".join(json.dumps(step).encode() for step in steps)))


def test_calls_that_go_as_they_went_are_counted(corpus: Path) -> None:
    assert replay(corpus) == "2 calls, the same actions.\n"


def test_a_call_that_goes_differently_is_shown_and_named(corpus: Path) -> None:
    tamper(corpus / "silence.jsonl.gz")
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 of 2 calls go differently"):
        call_command("replay_corpus", "--folder", str(corpus), stdout=out)
    assert "silence.jsonl.gz: 1 of" in out.getvalue()
    assert "    kept  [" in out.getvalue()


def test_what_is_kept_is_right_from_then_on(corpus: Path) -> None:
    tamper(corpus / "silence.jsonl.gz")
    assert "1 of 2 calls are kept as they go today." in replay(corpus, "--keep")
    assert replay(corpus) == "2 calls, the same actions.\n"


def test_a_damaged_file_is_named(corpus: Path) -> None:
    (corpus / "silence.jsonl.gz").write_bytes(b"nothing")
    with pytest.raises(CommandError, match=r"silence\.jsonl\.gz cannot be read"):
        replay(corpus)


def test_an_empty_folder_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No calls are kept"):
        replay(tmp_path)


@pytest.mark.parametrize("file", KEPT, ids=lambda file: file.name.removesuffix(".jsonl.gz"))
def test_a_kept_call_goes_as_it_went(file: Path) -> None:
    """If the change is meant: `make replay KEEP=1`, and look at what differs in the commit."""
    assert list(differences(unpack(file.read_bytes()))) == []
