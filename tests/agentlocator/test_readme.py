"""The README names what there is: every command, and every module of the conversation."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
README = (ROOT / "README.md").read_text(encoding="utf-8")
STARTED_BY_MAKE = {"demo", "up"}


def names_in(folder: str) -> set[str]:
    return {file.stem for file in ROOT.glob(folder) if file.stem != "__init__"}


def test_every_command_is_in_the_table() -> None:
    named = set(re.findall(r"`(?:python manage\.py )?([a-z_]+)[ `]", README.partition("## Everyday commands")[2]))
    assert names_in("*/management/commands/*.py") - STARTED_BY_MAKE - named == set()


def test_the_modules_of_the_conversation_are_those_that_exist() -> None:
    table = re.search(r"Inside `calls/conversation/`.*?\n\n(.*?)\n\n", README, re.DOTALL)
    assert table is not None
    first_cells = [row.split("|")[1] for row in table[1].splitlines()[2:]]
    named = re.findall(r"`(\w+)`", " ".join(first_cells))
    assert sorted(named) == sorted(names_in("calls/conversation/*.py"))


def test_every_file_that_is_named_exists() -> None:
    missing = [
        path for path in re.findall(r"`((?:agentlocator|booking|calls|crm|docs|faq|simulator|tests)/[\w/.]+)`", README)
        if not (ROOT / path).exists()
    ]  # fmt: skip
    assert missing == []
