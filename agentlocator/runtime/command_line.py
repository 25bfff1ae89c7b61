"""What `manage.py` does around a command: .env, services, problems told in one sentence."""

import contextlib
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from . import preflight, services
from .environment import Env
from .errors import RuntimeProblem
from .paths import ROOT

# Commands that meet no database.
ALONE = {
    *("help", "version", "check", "diffsettings", "startapp", "startproject"),
    *("makemessages", "compilemessages", "findstatic", "collectstatic", "spectacular", "understand", "replay_corpus"),
}
SUPERVISORS = {"up", "demo"}  # these start the services themselves


def run(arguments: list[str]) -> int:
    """Run one management command; the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "agentlocator.settings")
    Env.read_env(ROOT / ".env")
    if arguments[1:2] != ["runserver"]:
        os.environ.setdefault("DATABASE_POOL", "0")  # a command is one thread, and ends
    try:
        if needs_services(arguments):
            preflight.check_addresses()
        with services.running() if starts_services(arguments) else contextlib.nullcontext():
            execute_from_command_line(arguments)
    except (RuntimeProblem, ImproperlyConfigured) as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def starts_services(arguments: list[str]) -> bool:
    """Whether the embedded services are to run around the command."""
    return needs_services(arguments) and arguments[1] not in SUPERVISORS


def needs_services(arguments: list[str]) -> bool:
    """Whether a command line may touch the database or the broker."""
    if len(arguments) < 2 or arguments[1].startswith("-") or arguments[1] in ALONE:
        return False
    return not {"-h", "--help"} & set(arguments)
