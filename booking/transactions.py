"""Running a booking's transaction again when it lost a race."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from django.db import IntegrityError, OperationalError, transaction

logger = logging.getLogger(__name__)
T = TypeVar("T")

ATTEMPTS = 4
# Two inserts that meet in an exclusion constraint wait for each other; PostgreSQL ends one of them.
_LOST_RACES = {"40P01", "40001"}  # deadlock_detected, serialization_failure


def in_one_transaction(work: Callable[[], T], *, otherwise: Callable[[], T]) -> T:
    """What `work` returns, committed. Whoever loses a race looks again at what the winner left.

    Constraints, the exclusion constraint among them, have the last word; if they refuse every attempt,
    `otherwise` words the answer.
    """
    for _ in range(ATTEMPTS):
        try:
            with transaction.atomic():
                return work()
        except (IntegrityError, OperationalError) as error:
            if isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", None) not in _LOST_RACES:
                raise  # the database itself is in trouble; nothing is known about the time
            sqlstate = getattr(error.__cause__, "sqlstate", None)
            logger.info("A booking lost a race.", extra={"sqlstate": sqlstate})
    logger.error("A booking was refused by the database every time.", extra={"attempts": ATTEMPTS})
    return otherwise()
