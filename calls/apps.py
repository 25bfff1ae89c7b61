"""Phone calls: from the carrier's webhook to the stored transcript."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CallsConfig(AppConfig):
    name = "calls"
    verbose_name = _("Calls")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from calls import origins  # noqa: F401, PLC0415  # tells follow-ups of calls; models first
