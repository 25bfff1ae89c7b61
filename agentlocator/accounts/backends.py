"""How a signed-in user is found again at every request."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User


class HouseBackend(AuthenticationBackend):
    """Sign-in by username or e-mail. The user comes with their preferences: the language costs no query of its own."""

    def get_user(self, user_id: int) -> User | None:
        user = get_user_model().objects.select_related("preferences").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
