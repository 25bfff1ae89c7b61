"""README, `.env.example` and the settings name the same variables."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

from agentlocator.runtime.environment import Env

ROOT = Path(__file__).resolve().parents[2]
# Read by the servers' drivers before there are settings.
READ_ELSEWHERE = {"DATABASE_URL", "REDIS_URL"}
READ = re.compile(r'env\.\w+\(\s*"([A-Z0-9_]+)"')


def names_in_settings() -> set[str]:
    return set(READ.findall((ROOT / "agentlocator/settings.py").read_text())) | READ_ELSEWHERE


def names_in_example() -> set[str]:
    return set(re.findall(r"^([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def names_in_readme() -> set[str]:
    table = (ROOT / "README.md").read_text().split("## Configuration", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`([A-Z0-9_]+)`", row)}


def test_the_example_names_every_setting_and_nothing_else():
    assert names_in_example() == names_in_settings()


def test_the_readme_names_every_setting_and_nothing_else():
    assert names_in_readme() == names_in_settings()


def values_of_the_example() -> dict[str, str]:
    """As the settings' own reader sees them."""

    class Reader(Env):
        ENVIRON: ClassVar[dict[str, str]] = {}

    Reader.read_env(ROOT / ".env.example")
    return Reader.ENVIRON


SHOW_SETTINGS = """
import json
from agentlocator.runtime.environment import Env
Env.read_env = lambda file: None  # a developer's own .env says nothing about the example
from agentlocator import settings
chosen = {name: value for name, value in vars(settings).items() if name.isupper()}
print(json.dumps(chosen, default=lambda value: type(value).__name__, sort_keys=True))
"""


def settings_with(values: dict[str, str]) -> dict[str, object]:
    """Every setting of a process with these variables."""
    environment = {name: value for name, value in os.environ.items() if name not in names_in_settings()}
    child = [sys.executable, "-c", SHOW_SETTINGS]
    shown = subprocess.run(child, env=environment | values, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return dict(json.loads(shown.stdout))


def test_no_value_of_the_example_takes_its_comment_along():
    values = values_of_the_example()

    assert values.keys() == names_in_settings()
    assert {name: value for name, value in values.items() if "#" in value or " " in value} == {}


def test_a_copy_of_the_example_changes_nothing():
    assert settings_with(values_of_the_example()) == settings_with({})
