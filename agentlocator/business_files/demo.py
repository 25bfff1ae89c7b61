"""The demo business and the people who may look at it."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from agentlocator.business_files.importer import import_business
from agentlocator.business_files.schema import parse
from agentlocator.runtime import paths
from crm.models import Business

SALON = Path(__file__).with_name("salon.yaml")
ADMIN = "admin"


def passwords_file() -> Path:
    return paths.data_dir() / "demo_passwords.json"


def seed_demo(*, reset: bool = False) -> dict[str, str | None]:
    """Make what is missing of the demo; users with their passwords, None for one that was changed since.

    A demo business that is there stays as people have set it up; `reset` gives it back the file's content.
    """
    file = parse(SALON.read_text(encoding="utf-8"))
    if reset or not Business.objects.filter(slug=file.slug).exists():
        import_business(file)
    users = get_user_model().objects
    kept = _read_passwords()
    names = [ADMIN, *(person.username for person in file.staff or ())]
    people = [
        users.get_or_create(username=name, defaults={"is_staff": True, "is_superuser": name == ADMIN})[0]
        for name in names
    ]
    shown = {user.get_username(): _give_password(user, kept) for user in people}
    _write_passwords(kept)
    return shown


def _give_password(user: User, kept: dict[str, str]) -> str | None:
    """The password that opens this account, if it is one of ours. A user without any gets the kept or a new one."""
    name = user.get_username()
    if not user.password or not user.has_usable_password():
        kept.setdefault(name, secrets.token_urlsafe(12))
        user.set_password(kept[name])
        user.save(update_fields=["password"])
        return kept[name]
    password = kept.get(name)
    return password if password is not None and user.check_password(password) else None


def _read_passwords() -> dict[str, str]:
    try:
        kept = json.loads(passwords_file().read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return {str(name): str(password) for name, password in kept.items()} if isinstance(kept, dict) else {}


def _write_passwords(kept: dict[str, str]) -> None:
    """Replace the file in one step; nobody else may read it at any moment."""
    file = passwords_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump(kept, out, indent=2)
    draft.replace(file)
