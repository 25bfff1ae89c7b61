"""Commands that need the product's tables, and may be the first to need them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

_LOCK = 7_246_001  # any number; whoever migrates holds the advisory lock of this one


class TablesCommand(BaseCommand):
    """Brings the database up to date first, as a start does, or says that this is still to be done."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        if _is_behind():
            if not settings.RUN_MIGRATIONS_ON_START:
                raise CommandError("The database is not up to date: run `manage.py migrate` first.")
            with _alone():
                call_command("migrate", interactive=False, verbosity=0)
        return super().execute(*args, **options)


def _is_behind() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@contextmanager
def _alone() -> Iterator[None]:
    """Two commands on a fresh database: the second waits until the first has made the tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
