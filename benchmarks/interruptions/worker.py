"""One process of the run: its share of the interruptions.

python -m benchmarks.interruptions.worker --number 0 --of 2 --out FILE
"""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import quick_time
from benchmarks.interruptions.catalogue import interruptions

if TYPE_CHECKING:
    from tests.support.telephone import House


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, required=True)
    parser.add_argument("--of", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    import django  # noqa: PLC0415  # the settings read an environment that is complete only now

    django.setup()
    logging.disable(logging.ERROR)
    to = quick_time.furnish(chosen.number)
    from benchmarks.interruptions.play import batches, play  # noqa: PLC0415  # as above

    async def work(house: House) -> list[dict[str, Any]]:
        found = []
        for batch in list(batches(interruptions()))[chosen.number :: chosen.of]:
            for result in await play(house, batch, to=to):
                found.append(asdict(result) | {"as_expected": result.as_expected, "name": str(result.of)})
        return found

    chosen.out.write_text(json.dumps(quick_time.in_quick_time(work)))


if __name__ == "__main__":
    main()
