"""Whoever starts together agrees on the checkout's own secret."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agentlocator.runtime.local_secret import local_secret

TOGETHER = 8


def test_a_secret_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "secret_key"

    assert len(local_secret(file)) >= 50
    assert local_secret(file) == file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_those_who_start_at_the_same_moment_read_the_same_secret(tmp_path: Path) -> None:
    """Only files stand between them, so threads race as processes do."""
    start = threading.Barrier(TOGETHER)

    def read(number: int) -> str:
        start.wait()
        return local_secret(tmp_path / str(number) / "secret_key")

    with ThreadPoolExecutor(TOGETHER) as pool:
        for number in range(100):
            answers = set(pool.map(read, [number] * TOGETHER))
            assert len(answers) == 1
            assert answers != {""}
