"""`manage.py up`: the whole product on this machine, in one terminal."""

from __future__ import annotations

import errno
import http.client
import os
import signal
import socket
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command

from agentlocator import demo
from agentlocator.business_files.demo import seed_demo
from agentlocator.runtime import paths
from agentlocator.runtime.errors import RuntimeProblem
from agentlocator.runtime.services import Services
from agentlocator.runtime.supervisor import WORKER_READY, Program, Supervisor, python
from agentlocator.runtime.whatsapp_bridge import BridgeMissing, Plan, plan

LOOPBACK = "127.0.0.1"


class Command(BaseCommand):
    help = "Starts the services, migrates, and serves web, calls, worker and scheduler until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--split", action="store_true", help="pages on PORT (daphne), calls on PORT+1 (uvicorn)")
        parser.add_argument("--bind", default=LOOPBACK, help="address to listen on (default: this machine only)")
        parser.add_argument("--demo-call", action="store_true", help="place one Hebrew call once everything is ready")

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _interrupt)  # also where a shell started us with SIGINT ignored
        for port in ports(options["split"]):
            check_port_free(options["bind"], port)
        services = Services()
        try:
            code = self.serve(services, options)
        except KeyboardInterrupt:
            code = 0
        finally:
            services.stop()
        sys.exit(code)

    def serve(self, services: Services, options: dict[str, Any]) -> int:
        services.start()
        self.prepare(demo=options["demo_call"])
        whatsapp = self.whatsapp()
        os.environ.update(whatsapp.environment)
        supervisor = Supervisor(services, [*programs(options["bind"], split=options["split"]), *whatsapp.programs])
        return supervisor.run(lambda: self.when_ready(options))

    def prepare(self, *, demo: bool) -> None:
        """Bring the database, and outside DEBUG the static files, to what the code expects."""
        if settings.RUN_MIGRATIONS_ON_START:
            self.stdout.write("Bringing the database up to date…")
            call_command("migrate", interactive=False, verbosity=0)
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        if demo:
            seed_demo()  # the report after the call shows the passwords
        elif not os.environ.get("DATABASE_URL"):
            call_command("seed_demo")

    def whatsapp(self) -> Plan:
        """The bridge to run beside the product, if it can; what is missing is told and stops nothing."""
        try:
            return plan(settings.DATABASE_URL)
        except BridgeMissing as missing:
            self.stdout.write(str(missing))
            return Plan()

    def when_ready(self, options: dict[str, Any]) -> Program | None:
        """Say where it serves; what to run next, if anything."""
        self.stdout.write(self.style.SUCCESS(f"\nAgentLocator is ready: {settings.PUBLIC_URL}  (Ctrl-C ends it)\n"))
        if not options["demo_call"]:
            return None
        calls_port = ports(options["split"])[-1]
        return Program(
            "call",
            demo.place_call_command(f"http://localhost:{calls_port}"),
            environment("all", calls_port),
            shows_name=False,
            then=self.after_call(demo.last_call_id()),
        )

    def after_call(self, before: int) -> Callable[[int], int | None]:
        """What to do once the demo call has ended: report, and with DEMO_EXIT end everything."""

        def then(code: int) -> int | None:
            booked = demo.report(after=before, out=sys.stdout)
            if os.environ.get("DEMO_EXIT") == "1":
                return 0 if booked and code == 0 else 1
            self.stdout.write(f"\nServing on {settings.PUBLIC_URL} until Ctrl-C.")
            return None

        return then


def ports(split: bool) -> list[int]:
    return [settings.PORT, settings.PORT + 1] if split else [settings.PORT]


def check_port_free(host: str, port: int) -> None:
    """Raise RuntimeProblem if nothing can listen there."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OverflowError as error:
        raise RuntimeProblem(f"PORT must be between 1 and 65535, not {port}.") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise RuntimeProblem(f"Port {port} is in use; choose another one, such as PORT={port + 10}.") from error
        raise RuntimeProblem(f"Port {port} cannot be used: {os.strerror(error.errno or 0)}.") from error


def programs(host: str, *, split: bool) -> list[Program]:
    """Web, calls, worker and scheduler, with the environment each needs."""
    port, calls_port = settings.PORT, ports(split)[-1]
    calls_env = environment("media" if split else "all", calls_port)
    if split and not os.environ.get("PUBLIC_URL"):
        calls_env["PUBLIC_URL"] = f"http://localhost:{calls_port}"  # no proxy here brings PORT's calls over
    celery_options = ["--loglevel", "INFO", "--without-gossip", "--without-mingle", "--concurrency", "2"]
    schedule = ["--pidfile=", "--schedule", str(paths.data_dir() / "beat-schedule")]
    serve_calls = python("-m", "agentlocator.runtime.media_server", "--host", host, "--port", str(calls_port))
    chosen = [
        Program(
            "worker",
            python("-m", "agentlocator.runtime.worker", *celery_options),
            environment("worker", port),
            ready_line=WORKER_READY,
        ),
        Program(
            "beat",
            python("-m", "celery", "--quiet", "-A", "agentlocator", "beat", *schedule),
            environment("worker", port),
        ),
        Program(
            "calls" if split else "web",
            serve_calls,
            calls_env,
            is_ready=answers(host, calls_port),
            grace_s=settings.DRAIN_SECONDS + 15,
        ),
    ]
    if split:
        serve_pages = python("-m", "daphne", "-v", "0", "-b", host, "-p", str(port), "agentlocator.asgi:application")
        chosen.append(Program("web", serve_pages, environment("web", port), is_ready=answers(host, port)))
    return chosen


def environment(role: str, port: int) -> dict[str, str]:
    """What a program inherits: this environment, and the addresses that were settled here."""
    env = os.environ | {
        "ROLE": role,
        "PORT": str(port),
        "DATABASE_URL": settings.DATABASE_URL,
        "REDIS_URL": settings.REDIS_URL,
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }
    env.pop("DATABASE_POOL", None)  # this command's own choice, not theirs
    return env


def answers(host: str, port: int) -> Callable[[], bool]:
    """A question: does the server there say that it is ready?"""
    reachable = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)  # noqa: S104 -- only compared with
    named = next((name for name in settings.ALLOWED_HOSTS if not name.startswith((".", "*"))), "localhost")

    def ask() -> bool:
        connection = http.client.HTTPConnection(reachable, port, timeout=5)
        try:
            connection.request("GET", "/readyz", headers={"Host": named})
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
