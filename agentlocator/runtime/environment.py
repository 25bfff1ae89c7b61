"""Typed environment variables whose mistakes are told by name."""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

KINDS: dict[Any, str] = {int: "a whole number", float: "a number"}
SAYS_YES_OR_NO = ("0", "1", "true", "false", "yes", "no", "on", "off", "t", "f", "y", "n")


class Env(environ.Env):  # type: ignore[misc]  # environ has no types
    """`environ.Env` that refuses a mistyped value in one sentence, instead of a guess or a traceback."""

    @classmethod
    def read_env(cls, env_file: Any = None, **options: Any) -> None:
        """Take over what `.env` says and the environment does not; no file is no news."""
        if Path(env_file).is_file():
            super().read_env(env_file, **options)

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False
    ) -> Any:
        text = str(self.ENVIRON.get(var, "")).strip().lower()
        if cast in (bool, int, float) and not text and default is not self.NOTSET:
            return default  # `NAME=` in .env means that nothing was chosen
        if cast is bool and text not in SAYS_YES_OR_NO:
            raise ImproperlyConfigured(f"{var} must be 0 or 1.")
        try:
            return super().get_value(var, cast=cast, default=default, parse_default=parse_default)
        except ValueError as error:
            raise ImproperlyConfigured(f"{var} must be {KINDS.get(cast, 'well formed')}.") from error
