"""`manage.py create_api_token USERNAME`: a token for the REST API."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management import CommandError
from rest_framework.authtoken.models import Token

from agentlocator.management.base import TablesCommand


class Command(TablesCommand):
    help = "Prints the user's token for the REST API, making one if there is none yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = get_user_model().objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no user named {username!r}.")
        if not user.is_active:
            raise CommandError(f"The user {username!r} is not active, so a token would open nothing.")
        token, _ = Token.objects.get_or_create(user=user)
        self.stdout.write(token.key)
