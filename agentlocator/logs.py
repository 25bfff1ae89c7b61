"""What a log line looks like, and what never gets into one."""

from __future__ import annotations

import logging
import re
from typing import Any

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_STANDARD |= {"color_message", "data"}  # uvicorn and Celery say the message twice
_STANDARD |= {"request"}  # Django's refused requests: their query may hold a telephone number
_SECRET_ADDRESS = re.compile(
    r"(/calendar/feed/|/join/|/accounts/confirm-email/|/accounts/password/reset/key/(?!done/))[^\s/?#]+"
)


def _extras(record: logging.LogRecord) -> dict[str, object]:
    """What was given with the line; of a failed request the code that its page shows (`agentlocator.errors`)."""
    extras = {key: value for key, value in vars(record).items() if key not in _STANDARD}
    code = getattr(getattr(record, "request", None), "failure_code", "")
    return extras | {"code": code} if code else extras


class NoPii(logging.Filter):
    """Blanks every extra whose key has the segment `pii`, so that personal data stays out of the logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        for key in _extras(record):
            if "pii" in key.split("_"):
                setattr(record, key, "…")
        return True


class LineFormatter(logging.Formatter):
    """`time LEVEL logger: sentence key=value …` on one line; a traceback follows on its own lines.

    Addresses that open something by themselves (calendar feeds, invitations, links of letters) lose their secret part,
    whoever logs them: Django's 404s or a server's access log.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return _SECRET_ADDRESS.sub(r"\1…", super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = super().formatMessage(record)
        extras = " ".join(f"{key}={value}" for key, value in _extras(record).items())
        return f"{line} {extras}" if extras else line

    def formatException(self, ei: Any) -> str:
        """Without PostgreSQL's DETAIL, which quotes the refused row; the constraint's name remains."""
        lines = super().formatException(ei).split("\n")
        return "\n".join(line for line in lines if not line.startswith(("DETAIL:", "CONTEXT:")))
