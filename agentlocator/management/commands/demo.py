"""`manage.py demo`: `up`, with one Hebrew call placed once everything is ready."""

from __future__ import annotations

from argparse import ArgumentParser

from agentlocator.management.commands import up


class Command(up.Command):
    help = "Starts everything, places one Hebrew phone call, shows what came of it and keeps serving."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(demo_call=True)
