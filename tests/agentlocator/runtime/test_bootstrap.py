"""Setting a checkout up, as far as no package has to be fetched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agentlocator.runtime import bootstrap


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout with lock files that name nothing."""
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).touch()
    monkeypatch.setattr(bootstrap, "ROOT", str(tmp_path))
    monkeypatch.setattr(bootstrap, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(bootstrap, "PYTHON", str(tmp_path / ".venv/bin/python"))
    monkeypatch.setattr(bootstrap, "STAMP", str(tmp_path / ".venv/set-up"))
    return tmp_path


def test_another_python_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=r"needs Python 3.11, 3.12 or 3.13; this is 3.9"):
        bootstrap.main([])


def test_what_was_set_up_for_tests_serves_a_run_too_and_is_not_touched_again(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", checkout / ".venv"], check=True)
    stamp = ["dev", str(checkout), sys.version, *map(bootstrap.digest, ("requirements.txt", "requirements-dev.txt"))]
    Path(bootstrap.STAMP).write_text("\n".join(stamp))
    for dev in (True, False):
        bootstrap.set_up(dev)
    assert capsys.readouterr().out == ""


def test_a_stamp_of_another_place_or_lock_is_not_believed(checkout: Path) -> None:
    (checkout / ".venv").mkdir()
    Path(bootstrap.STAMP).write_text("run\n/elsewhere")
    assert bootstrap.installed("run") == "run\n/elsewhere"
    assert bootstrap.installed("dev") is None
    assert not bootstrap.fits()
