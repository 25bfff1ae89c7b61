#!/usr/bin/env python3
"""Django's command line; the embedded services run for as long as a command needs them."""

import importlib.util
import os
import sys
from pathlib import Path

VENV = Path(__file__).resolve().parent / ".venv"


def main() -> None:
    if importlib.util.find_spec("django") is None:
        python = VENV / "bin" / "python"
        if Path(sys.prefix) == VENV or not os.access(python, os.X_OK):
            sys.exit("The requirements are not installed: run `make setup` first.")
        os.execv(python, [os.fspath(python), *sys.argv])  # noqa: S606 -- our own interpreter, our own arguments
    from agentlocator.runtime.command_line import run  # noqa: PLC0415 -- needs the interpreter chosen above

    sys.exit(run(sys.argv))


if __name__ == "__main__":
    main()
