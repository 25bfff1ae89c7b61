"""The random secret that a checkout makes for itself where no environment gives one."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path


def local_secret(file: Path) -> str:
    """What `file` holds; made on first use, so that sessions survive a restart.

    However many processes start at once, they agree: the file appears whole, and only the first one's does.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")  # readable by us alone
        try:
            with os.fdopen(handle, "w") as out:
                out.write(secrets.token_urlsafe(48))
            with contextlib.suppress(FileExistsError):
                os.link(draft, file)
        finally:
            os.unlink(draft)
    return file.read_text()
