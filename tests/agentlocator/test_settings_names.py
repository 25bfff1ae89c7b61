"""README, `.env.example` and the settings name the same variables."""

import re
from pathlib import Path

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
