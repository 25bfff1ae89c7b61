"""Whole calls, each written down in a file that an owner can read: `tests/calls/scenarios/*.yaml`."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from simulator import scenario as scenarios
from tests.support.scenario_house import play

FILES = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_scenario(file: Path, transactional_db: None, settings: Settings) -> None:
    if failed := play(scenarios.load(file), settings):
        pytest.fail("\n".join(failed), pytrace=False)
