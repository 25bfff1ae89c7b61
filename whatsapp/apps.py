"""WhatsApp conversations."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WhatsappConfig(AppConfig):
    name = "whatsapp"
    verbose_name = _("Messages")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Automatic messages hear of what happens in the house."""
        from whatsapp.flows import subscriptions  # noqa: F401, PLC0415 -- models must be loaded first
