"""Whether what the environment names is there, told in one sentence that names the variable."""

import os

import psycopg
import redis
from django.conf import settings

from .errors import RuntimeProblem

CONNECT_S = 5


def check_addresses() -> None:
    """Raise RuntimeProblem if DATABASE_URL or REDIS_URL is set and nothing usable answers there.

    Reads the settings, so a mistyped one raises ImproperlyConfigured here, before any server starts.
    """
    database = settings.DATABASES["default"]
    if os.environ.get("DATABASE_URL"):
        _check_database(database)
    if os.environ.get("REDIS_URL"):
        _check_redis(settings.REDIS_URL)


def _check_database(database: dict[str, str]) -> None:
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    given = {name: database[key] for name, key in names.items() if database.get(key)}
    try:
        psycopg.connect(**given, connect_timeout=CONNECT_S).close()  # type: ignore[arg-type]  # strings, all of them
    except psycopg.Error as error:
        reason = str(error).strip().split("\n")[0]
        raise RuntimeProblem(f"DATABASE_URL names a database that cannot be used: {reason}") from error


def _check_redis(url: str) -> None:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=CONNECT_S, socket_timeout=CONNECT_S) as connection:
            connection.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        raise RuntimeProblem(f"REDIS_URL names a server that cannot be used: {error}") from error
